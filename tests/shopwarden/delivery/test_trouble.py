"""Why a server was not reached, in words."""

from __future__ import annotations

import errno
import smtplib

from shopwarden.delivery.trouble import trouble


def test_a_rejected_password_is_said() -> None:
    rejected = smtplib.SMTPAuthenticationError(535, b"5.7.8 no: gardening9")
    assert trouble(rejected) == "it does not accept this user and password (it answered 535)"
    assert trouble(smtplib.SMTPServerDisconnected("Connection unexpectedly closed")) == "it closed the connection"
    assert trouble(ConnectionAbortedError(errno.ECONNABORTED, "Software caused abort")) == "software caused abort"

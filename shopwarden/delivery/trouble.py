"""Why a server was not reached or would not talk to us, in words."""

from __future__ import annotations

import smtplib
import socket
import ssl


def trouble(error: BaseException) -> str:
    """Why a server was not reached or would not talk to us, in words. Holds nothing that we sent."""
    while not isinstance(error, smtplib.SMTPException) and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__ or error
    match error:
        case smtplib.SMTPException():
            return _mail_trouble(error)
        case ConnectionResetError():
            return "it closed the connection"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return "it speaks no TLS on this port"
        case ConnectionRefusedError():
            return "it refused the connection"
        case TimeoutError():
            return "it did not answer in time"
        case socket.gaierror():
            return "its name could not be looked up"
        case OSError() if error.strerror:
            return error.strerror.lower()
    return f"it failed with {type(error).__name__}"


def _mail_trouble(error: smtplib.SMTPException) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"it does not accept this user and password (it answered {error.smtp_code})"
        case smtplib.SMTPResponseException():
            return f"it answered {error.smtp_code} {_text(error.smtp_error)}"
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
            return f"it answered {code} {_text(said)}"
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            return "it offers no encryption (STARTTLS) on this port"
        case smtplib.SMTPNotSupportedError():
            return "it offers no login on this port, or none without encryption"
        case smtplib.SMTPServerDisconnected():
            return "it closed the connection"
        case _:
            return f"it failed with {type(error).__name__}"


def _text(answer: bytes | str) -> str:
    return " ".join((answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer).split())

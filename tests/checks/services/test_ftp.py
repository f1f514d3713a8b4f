"""Judging an FTP server: literal evidence, no server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.services.ftp import ftp_anonymous, ftp_open, ftp_plaintext, ftp_version_leak
from scanner import Certificate, Found, FtpReply, FtpServer, ImplicitFtps, Inconclusive, Passed, Unavailable, Verdict
from scanner.testing import certificate
from tests.patience import cpu

ALL = (ftp_plaintext, ftp_anonymous, ftp_open, ftp_version_leak)
SILENT = Unavailable("The server did not answer within 8 s.")

PURE_FTPD = """---------- Welcome to Pure-FTPd [privsep] [TLS] ----------
You are user number 1 of 50 allowed.
Local time is now 12:30. Server port: 21.
This is a private system - No anonymous login
IPv6 connections are also welcome on this server.
You will be disconnected after 15 minutes of inactivity."""


def server(**parts: Any) -> FtpServer:
    """A well-kept server: TLS only, nobody without a name, a greeting that tells nothing."""
    hardened = {
        "greeting": FtpReply(220, "Welcome."),
        "features": ("AUTH TLS", "UTF8"),
        "auth_tls": FtpReply(234, "Proceed with negotiation."),
        "user": FtpReply(530, "Non-anonymous sessions must use encryption."),
        "anonymous": FtpReply(530, "Login incorrect."),
    }
    return FtpServer("shop.example", parts.pop("port", 21), True, datetime(2026, 5, 3, tzinfo=UTC), **{**hardened, **parts})


def found(verdict: Verdict) -> str:
    """What the one finding shows."""
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.subject == "ftp:21"
    assert finding.places == ("ftp:21",)
    return finding.shown


def test_a_well_kept_server_only_answers() -> None:
    for rule in (ftp_plaintext, ftp_anonymous, ftp_version_leak):
        verdict = rule(server())
        assert isinstance(verdict, Passed), rule
        assert set(verdict.examined) - {"ftps:990"} == {"ftp:21"}
    assert found(ftp_open(server())) == "An FTP server answers on port 21: “Welcome”."


@pytest.mark.parametrize("rule", ALL)
def test_a_closed_port_passes_and_says_why(rule: Any) -> None:
    closed = FtpServer("shop.example", 21, False, datetime(2026, 5, 3, tzinfo=UTC), because="shop.example refuses connections.")
    verdict = rule(closed)
    assert isinstance(verdict, Passed)
    assert set(verdict.examined) - {"ftps:990"} == {"ftp:21"}
    assert verdict.because == "FTP is not open from here. shop.example refuses connections."


@pytest.mark.parametrize("rule", ALL)
def test_a_silent_server_is_neither_good_nor_bad(rule: Any) -> None:
    parts = dict.fromkeys(("greeting", "features", "auth_tls", "user", "anonymous"), SILENT)
    verdict = rule(server(**parts))
    assert isinstance(verdict, Inconclusive)
    assert verdict.because == SILENT.because
    assert "ftp:21" not in verdict.examined


CERTIFICATE = replace(
    certificate(names=["shop.example"]), not_before=datetime(2026, 3, 1, tzinfo=UTC), not_after=datetime(2026, 6, 1, tzinfo=UTC)
)
ALSO_IMPLICIT = ImplicitFtps(990, True, "", FtpReply(220, "ProFTPD 1.3.5"), CERTIFICATE, FtpReply(230, "In."))


def test_the_port_with_tls_from_the_start_is_judged_too() -> None:
    for rule, words in (
        (ftp_anonymous, "let “anonymous” in"),
        (ftp_open, "on port 990 (encrypted from the start)"),
        (ftp_version_leak, "1.3.5"),
    ):
        verdict = rule(server(implicit=ALSO_IMPLICIT))
        assert isinstance(verdict, Found), rule
        (finding,) = [one for one in verdict.findings if one.subject == "ftps:990"]
        assert words in finding.shown
        assert set(verdict.examined) == {"ftp:21", "ftps:990"}
    assert isinstance(ftp_plaintext(server(implicit=ALSO_IMPLICIT)), Passed)


@pytest.mark.parametrize("rule", [ftp_anonymous, ftp_version_leak])
def test_one_door_that_stays_unknown_is_no_pass(rule: Any) -> None:
    verdict = rule(server(implicit=SILENT))
    assert verdict == Inconclusive(SILENT.because, ("ftp:21",))
    closed = FtpServer("shop.example", 21, False, datetime(2026, 5, 3, tzinfo=UTC), because="Refused.", implicit=SILENT)
    assert rule(closed) == Inconclusive(SILENT.because, ("ftp:21",))
    bad = rule(server(anonymous=FtpReply(230, "In."), greeting=FtpReply(220, "(vsFTPd 3.0.3)"), implicit=SILENT))
    assert isinstance(bad, Found)
    assert bad.examined == ("ftp:21",)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (CERTIFICATE, "Its certificate is for shop.example and runs until"),
        (
            replace(CERTIFICATE, names=("ftp.host.example",), covers=False),
            "is for ftp.host.example, not for shop.example: use the name",
        ),
        (replace(CERTIFICATE, names=(), covers=False), "is for no name at all, not for shop.example"),
        (replace(CERTIFICATE, not_after=datetime(2026, 4, 1, tzinfo=UTC)), "ran out on 1 April 2026: FTP programs warn"),
        (replace(CERTIFICATE, not_before=datetime(2026, 6, 1, tzinfo=UTC)), "is not valid before 1 June 2026: FTP programs warn"),
        (replace(CERTIFICATE, self_signed=True), "was issued by the server itself: FTP programs warn"),
    ],
)
def test_what_an_ftp_program_will_say_of_the_certificate(shown: Certificate, words: str) -> None:
    assert words in found(ftp_open(server(certificate=shown)))


def test_the_subject_names_the_port_that_was_asked() -> None:
    verdict = ftp_open(server(port=2121))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "ftp:2121"


def test_a_password_in_clear_is_found_even_where_tls_is_offered() -> None:
    asks = FtpReply(331, "Please specify the password.")
    offers = found(ftp_plaintext(server(user=asks)))
    assert "“331 Please specify the password”." in offers
    assert "offers encryption (AUTH TLS), but does not insist" in offers
    without = found(ftp_plaintext(server(user=asks, auth_tls=FtpReply(530, "Please login with USER and PASS."))))
    assert "AUTH TLS" not in without
    assert "AUTH TLS" not in found(ftp_plaintext(server(user=asks, auth_tls=SILENT)))


@pytest.mark.parametrize("code", [230, 232])
def test_a_login_without_a_password_is_found(code: int) -> None:
    assert "without any password" in found(ftp_plaintext(server(user=FtpReply(code, "Logged in."))))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (530, "Non-anonymous sessions must use encryption."),  # vsftpd
        (550, "SSL/TLS required on the control channel"),  # ProFTPD, pyftpdlib
        (
            421,
            "Sorry, cleartext sessions and weak ciphers are not accepted on this server.\nPlease reconnect using TLS.",
        ),  # Pure-FTPd
        (534, "Policy requires SSL.\nWin32 error: Access is denied."),  # IIS
        (503, "Use AUTH first."),  # FileZilla Server
        (530, "This server does not allow plain FTP. You have to use FTP over TLS."),
    ],
)
def test_enforced_encryption_passes(code: int, text: str) -> None:
    verdict = ftp_plaintext(server(user=FtpReply(code, text)))
    assert isinstance(verdict, Passed)
    assert text.partition("\n")[0].rstrip(".") in (verdict.because or "")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (530, "Permission denied."),
        (530, "Login incorrect."),
        (421, "Too many connections from your address."),
        (500, "Unknown command."),
        (530, "Secure shop server: authentication refused, see the platform's settings."),
        (220, ""),
    ],
)
def test_what_does_not_settle_the_question_is_inconclusive(code: int, text: str) -> None:
    assert isinstance(ftp_plaintext(server(user=FtpReply(code, text))), Inconclusive)


def test_a_server_for_anonymous_only_takes_no_passwords() -> None:
    only = server(user=FtpReply(530, "This FTP server is anonymous only."), anonymous=FtpReply(230, "Login successful."))
    assert isinstance(ftp_plaintext(only), Passed)
    assert "230 Login successful" in found(ftp_anonymous(only))


@pytest.mark.parametrize("code", [202, 331, 332, 421, 450])
def test_an_unclear_answer_to_anonymous_is_inconclusive(code: int) -> None:
    assert isinstance(ftp_anonymous(server(anonymous=FtpReply(code, "Hm."))), Inconclusive)


def test_anonymous_behind_tls_that_we_could_not_enter_is_inconclusive() -> None:
    insists = FtpReply(530, "Anonymous sessions must use encryption.")
    assert isinstance(ftp_anonymous(server(anonymous=insists)), Inconclusive)


@pytest.mark.parametrize(
    ("greeting", "named"),
    [
        ("(vsFTPd 3.0.3)", "vsFTPd 3.0.3"),
        ("ProFTPD 1.3.5b Server (Debian) [::ffff:192.0.2.7]", "ProFTPD 1.3.5b"),
        ("ProFTPD 1.3.8rc4 Server (shop)", "ProFTPD 1.3.8rc4"),
        ("NASFTPD Turbo station 1.3.5a Server (ProFTPD) [192.0.2.7]", "NASFTPD Turbo station 1.3.5a"),
        ("FileZilla Server 1.7.3", "FileZilla Server 1.7.3"),
        ("Microsoft FTP Service (Version 5.0).", "Microsoft FTP Service (Version 5.0"),
        ("Serv-U FTP Server v15.1 ready...", "Serv-U FTP Server v15.1"),
        ("Serv-U FTP Server v15.1.7.162", "Serv-U FTP Server v15.1.7.162"),
        ("pyftpdlib 1.5.9 ready.", "pyftpdlib 1.5.9"),
        ("shop.example FTP server (Version 6.00LS) ready.", "FTP server (Version 6.00LS"),
        ("---------- Welcome ----------\nPure-FTPd 1.0.49 here", "Pure-FTPd 1.0.49"),
        ("shop FTP server (Version wu-2.6.2(1)) ready.", "wu-2.6.2"),
    ],
)
def test_a_greeting_with_program_and_version_is_found(greeting: str, named: str) -> None:
    assert named in found(ftp_version_leak(server(greeting=FtpReply(220, greeting))))


@pytest.mark.parametrize(
    "greeting",
    [
        PURE_FTPD,
        "Microsoft FTP Service",
        "ProFTPD Server (Petal) [192.0.2.7]",
        "FTP server 192.0.2.7 ready",
        "ftp2.shop.example ready",
        "Shop 24.7 welcomes you",
        "",
    ],
)
def test_a_greeting_without_a_version_passes(greeting: str) -> None:
    assert isinstance(ftp_version_leak(server(greeting=FtpReply(220, greeting))), Passed)


@pytest.mark.parametrize("unit", ["ftp-", "ftp version ", "ftp (1.", "1.1.1.1.", "a", "ftp" * 7 + " "])
def test_a_greeting_made_to_be_slow_is_read_quickly(unit: str) -> None:
    text = (unit * 30_000)[:30_000]
    with cpu(20):  # a pattern that backtracks takes hours
        for rule in ALL:
            rule(server(greeting=FtpReply(220, text), user=FtpReply(530, text), anonymous=FtpReply(530, text)))

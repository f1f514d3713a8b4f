"""``shopwarden check-config``: what works is said, what does not ends with 5, and nobody is told anything unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import configured, shopwarden
from tests.receivers import Hook, MailServer
from tests.servers.processes import free_port

pytestmark = [pytest.mark.usefixtures("folder"), pytest.mark.slow]

A = "amber.example"


def alert(mails: MailServer, hook: Hook, *, port: int = 0, language: str = "en") -> str:
    mail = f"mailto://127.0.0.1:{port or mails.port}/?from=robot@agency.example&to=care@agency.example"
    return (
        f'[defaults]\nlanguage = "{language}"\n[[alert]]\nto = ["{mail}"]\n'
        f'[[alert]]\nto = ["{mail}"]\nwebhook = "http://127.0.0.1:{hook.port}/h"\nsecret = "${{KEY}}"\n'
    )


def states(stdout: str) -> list[tuple[str, str]]:
    """(how it ended, what was tried), in order; what is wrapped belongs to the line before."""
    lines = [line for line in stdout.splitlines()[1:] if not line.startswith(" ")]
    return [(line[:9].strip(), line[9:].strip()) for line in lines]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "k")


def test_each_thing_is_tried_once_and_nobody_is_told(mails: MailServer, hook: Hook) -> None:
    Path("dumps").mkdir()
    Path("dumps/shop.sql").write_text("-- nothing\n")
    Path("empty").mkdir()
    backups = "".join(f'[[site.backup]]\nkind = "database"\nlocation = "{place}"\n' for place in ("dumps", "empty", "gone"))
    configured(A, more=alert(mails, hook))
    file = Path("shopwarden.toml")
    file.write_text(file.read_text() + backups)
    result = shopwarden("check-config")
    assert result.exit_code == 5, result.output
    assert result.stdout.startswith("1 shop, 2 to tell. All of it can be read.")
    assert [state for state, _ in states(result.stdout)] == [
        "works", "works", "works", "doubtful", "failed", "works", "not tried",
    ]  # fmt: skip
    assert "gone: there is no such folder" in result.stdout
    assert "1 found, the newest of" in result.stdout
    assert (mails.mails, hook.requests) == ([], [])
    assert not Path("shopwarden-reports").exists()


def test_a_test_message_goes_to_each_receiver_once_in_the_shops_language(mails: MailServer, hook: Hook) -> None:
    configured(A, more=alert(mails, hook, language="pl"))
    result = shopwarden("check-config", "--send-test")
    assert result.exit_code == 0, result.output
    (mail,) = mails.mails
    assert mail["Subject"] == "Amber: wiadomość próbna"
    assert "To jest próba" in mail.get_body(("plain",)).get_content()
    assert "To jest próba" in mail.get_body(("html",)).get_content()
    ((method, path, headers, body),) = hook.requests
    assert (method, path) == ("POST", "/h")
    assert b'"events": []' in body
    assert "shopwarden-signature" in headers


def test_a_receiver_that_refuses_is_5_and_gets_nothing_later(mails: MailServer, hook: Hook) -> None:
    mails.refuse, hook.status = True, 500
    configured(A, more=alert(mails, hook))
    result = shopwarden("check-config", "--send-test")
    assert result.exit_code == 5
    assert [state for state, _ in states(result.stdout)][-2:] == ["failed", "failed"]
    mails.refuse, hook.status = False, 204
    assert shopwarden("check-config").exit_code == 0
    assert (mails.mails, hook.requests) == ([], [])


def test_a_mail_server_that_is_not_there_is_5(mails: MailServer, hook: Hook) -> None:
    configured(A, more=alert(mails, hook, port=free_port()))
    result = shopwarden("check-config")
    assert result.exit_code == 5
    assert "it refused the connection" in result.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[nightly]\nat_once = 0\n", "shopwarden.toml, line 2: nightly.at_once: must be at least 1"),
        ('[[alert]]\nto = ["nonsense://x"]\n', "alert[1]"),
        ('[defaults]\nonly = ["no-such-rule"]\n', "no-such-rule"),
    ],
)
def test_what_cannot_be_read_is_2_and_nothing_is_tried(more: str, said: str) -> None:
    configured(A, more=more)
    result = shopwarden("check-config")
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_history_that_cannot_be_opened_is_5() -> None:
    configured(A, more='[defaults]\ndatabase = "no/such/folder/h.sqlite3"\n')
    result = shopwarden("check-config")
    assert result.exit_code == 5
    assert "there is no folder" in result.stdout


def test_an_accepted_risk_that_ran_out_is_doubtful() -> None:
    configured(A)
    file = Path("shopwarden.toml")
    risk = '[[site.accepted]]\nrule = "hsts-missing"\nreason = "planned"\nuntil = {}\n'
    file.write_text(file.read_text() + risk.format("2099-01-01") + risk.format("2026-01-31"))
    assert (
        "doubtful",
        "Amber, accepted[2] (hsts-missing): its last day was 2026-01-31, so that it counts again; write a later one, or delete it",
    ) in states(shopwarden("check-config").stdout)


def test_a_narrow_terminal_wraps_below_and_cuts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopwarden.cli.console.terminal_width", lambda *, err=False: 40)
    configured(A, more='[[alert]]\nwebhook = "http://127.0.0.1:9/h"\nsecret = "${KEY}"\n')
    shown = shopwarden("check-config").stdout
    assert "only a message shows whether it arrives; --send-test sends one" in " ".join(shown.split())
    assert max(len(line) for line in shown.splitlines() if "/" not in line) <= 40


@pytest.mark.parametrize(
    ("content", "state", "said"),
    [
        ("<svg></svg>", "works", "mails show the name in its place"),
        ("\x89PNG\r\n\x1a\n", "works", "logo.svg"),
        ("GIF89a", "failed", "neither PNG, JPEG nor SVG"),
    ],
)
def test_a_logo_is_read_and_what_mails_show_of_it_is_said(content: str, state: str, said: str) -> None:
    Path("logo.svg").write_bytes(content.encode("latin-1"))
    configured(A, more='[agency]\nname = "Harbour Web"\nlogo = "logo.svg"\n')
    (tried,) = [one for one in states(shopwarden("check-config").stdout) if one[1].startswith("agency.logo")]
    assert tried[0] == state
    assert said in tried[1]


def test_places_of_letters_are_tried() -> None:
    Path("letters").mkdir()
    mail = "From: news@petalandstem.example\nTo: a@mailbox.example\nSubject: 20% off\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n\nHello\n"
    Path("letters/a.eml").write_text(mail)
    configured(A)
    file = Path("shopwarden.toml")
    places = ('location = "letters"', 'location = "letters"\nauthserv_id = "mx.mailbox.example"', 'location = "gone"')
    file.write_text(file.read_text() + "".join(f"[[site.letter]]\n{place}\n" for place in places))
    result = shopwarden("check-config")
    assert result.exit_code == 5
    tried = [(state, what) for state, what in states(result.stdout) if "letter[" in what]
    assert [state for state, _ in tried] == ["works", "doubtful", "failed"]
    words = " ".join(result.stdout.split())
    assert "letters: the newest is of 2026-11-02 (newsletter from petalandstem.example)" in words
    assert "mx.mailbox.example wrote no Authentication-Results into it" in words
    assert "gone: cannot be read (No such file or directory)" in words

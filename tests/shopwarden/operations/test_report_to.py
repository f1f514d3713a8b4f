"""A shop's own people: told of their shop alone, in its language and the agency's name, with the report on paper."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.alerts.words import Told, Words
from scanner.history.events import Change, Event, Health
from scanner.rules.rule import Severity
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from shopwarden.operations.notify import Post, _changes
from tests.command_line import shopwarden
from tests.receivers import MailServer
from tests.scanning import catalogue
from tests.street import HTML, LISTING, Street, response

A, B = "amber.example", "birch.example"
LEAK = response(
    b"<html><title>Amber</title></html>", headers=HTML + "Server: Apache/2.4.1 (Debian)\r\nX-Powered-By: PHP/5.6.40\r\n"
)


def mailto(port: int, to: str) -> str:
    return f"mailto://127.0.0.1:{port}/?from=robot@agency.example&to={to}"


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_each_shop_writes_to_its_own_people_with_the_report(shops: Street, mails: MailServer) -> None:
    pytest.importorskip("weasyprint")
    Path("shopwarden.toml").write_text(
        f'[agency]\nname = "Harbour Web"\n[[alert]]\nto = ["{mailto(mails.port, "all@agency.example")}"]\n'
        f'[[site]]\nurl = "http://{A}"\nname = "Amber"\nlanguage = "pl"\nreport_to = ["{mailto(mails.port, "jo@amber.example")}"]\n'
        f'[[site]]\nurl = "http://{B}"\nname = "Birch"\n'
    )
    shops.pages = {A: {"/": LEAK, "/img/": LISTING}, B: {"/": LEAK, "/img/": LISTING}}
    night = shopwarden("nightly", *shops.options(A, B))
    assert night.exit_code == 0, night.output
    by_receiver = {str(mail["To"]): mail for mail in mails.mails}
    assert set(by_receiver) == {"all@agency.example", "jo@amber.example"}
    own = by_receiver["jo@amber.example"]
    assert own["From"] == "Harbour Web <robot@agency.example>"
    words = own.get_body(("plain",)).get_content()
    assert "Amber" in words
    assert "Birch" not in words
    assert "Pierwsz" in str(own["Subject"]) + words or "pierwsz" in str(own["Subject"]) + words, "in the shop's language"
    (paper,) = own.iter_attachments()
    assert (paper.get_content_type(), paper.get_filename()) == ("application/pdf", f"{A}.pdf")
    assert paper.get_content() == (Path("shopwarden-reports") / f"{A}.pdf").read_bytes()
    assert paper.get_content().startswith(b"%PDF-")
    assert not list(by_receiver["all@agency.example"].iter_attachments())
    assert not (Path("shopwarden-reports") / f"{B}.pdf").exists()
    assert shopwarden("nightly", *shops.options(A, B)).exit_code == 0
    assert len(mails.mails) == 2, "nothing changed"


def test_whoever_is_told_of_all_shops_too_is_another_receiver() -> None:
    to = mailto(2525, "jo@amber.example")
    settings = Settings.model_validate({"alert": [{"to": [to]}], "site": [{"url": f"http://{A}", "report_to": [to]}]})
    (_, (first,)), (alert, (second,)) = Post.of(settings).entries
    assert alert.sites == (A,)
    assert first.fingerprint != second.fingerprint
    assert (first.label, second.label) == ("alert[1], mail by 127.0.0.1", "site[1].report_to, mail by 127.0.0.1")


def test_an_address_that_cannot_be_right_is_named_where_it_stands() -> None:
    settings = Settings.model_validate({"site": [{"url": f"http://{A}", "report_to": ["jo@amber.example"]}]})
    with pytest.raises(BadSettings, match=r"site\[1\]\.report_to: the address cannot be used"):
        Post.of(settings)


def test_what_only_the_agency_can_mend_is_not_told_to_its_client() -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC)
    old = Event(site=A, at=at, kind=Health.DATA_TOO_OLD, severity=Severity.MEDIUM)
    new = Event(site=A, at=at, kind=Change.NEW, rule="https-missing", subject="x", severity=Severity.CRITICAL)
    to = [mailto(2525, "jo@amber.example")]
    post = Post.of(Settings.model_validate({"alert": [{"to": to}], "site": [{"url": f"http://{A}", "report_to": to}]}))
    words = Words(catalogue().articles)
    for events, told in (((old,), ["agency"]), ((new, old), ["agency", "client"])):
        shops = (Told(A, "Amber", f"http://{A}", events=events),)
        messages = dict(_changes(post, shops, words, at, {}))
        assert len(messages) == len(told)
        for receiver, message in messages.items():
            assert ("update-data" in message.text) is not receiver.startswith("own-")

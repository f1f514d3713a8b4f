"""What a list of the server's names is looked at before the usual names are."""

from __future__ import annotations

import pytest

from checks.exposure.copies import MOST, OF_LISTS, archives, dumps, exposed_backup, exposed_database_dump
from checks.exposure.tables import exposed_customer_data, tables
from scanner import Found, Known, Passed
from scanner.testing import HOST, answer, knowledge, probes

NAMES = ("/b/1.sql", "/b/2.SQL.gz", "/b/3.dump", "/b/4.sql", "/b/5.zip", "/b/6.tar.gz", "/b/7.csv", "/b/8.csv", "/b/9.jpg")
KNOWN = Known(HOST, 2026, listed=NAMES)


def test_listed_files_come_first_and_leave_room_for_the_usual_names() -> None:
    assert [probe.path[1:] for probe in dumps(KNOWN, knowledge())][: OF_LISTS + 1] == [
        "/b/1.sql",
        "/b/2.SQL.gz",
        "/b/3.dump",
        "/backup.sql",
    ]
    assert [probe.path[1:] for probe in archives(KNOWN, knowledge())][:3] == ["/b/5.zip", "/b/6.tar.gz", "/backup.zip"]
    assert [probe.path[1:] for probe in tables(KNOWN, knowledge())] == ["/b/7.csv", "/customers.csv", "/orders.csv"]
    assert len(dumps(KNOWN, knowledge())) == len(dumps(Known(HOST, 2026), knowledge())) == MOST + 1


@pytest.mark.parametrize(
    ("check", "place", "text"),
    [
        (exposed_database_dump, "/b/1.sql", "-- MySQL dump 10.13\n"),
        (exposed_customer_data, "/b/7.csv", "email,lastname\n…,…\n"),
    ],
)
def test_content_decides_here_too(check, place: str, text: str) -> None:
    assert isinstance(check(probes(check, {place: answer(206, text)}, listed=NAMES)), Found)
    assert isinstance(check(probes(check, {place: answer(200, "<html><title>Please log in</title>")}, listed=NAMES)), Passed)


def test_an_archive_is_proven_by_its_first_bytes() -> None:
    found = exposed_backup(
        probes(exposed_backup, {"/b/5.zip": answer(206, head=b"PK\x03\x04" + bytes(90), size=9_000)}, listed=NAMES)
    )
    assert isinstance(found, Found)
    assert found.findings[0].subject == "/b/5.zip"


def test_a_hosted_shop_is_asked_for_nothing() -> None:
    assert dumps(Known(HOST, 2026, platforms=(("/", "shopify"),), listed=NAMES, hosted="Shopify"), knowledge()) == ()

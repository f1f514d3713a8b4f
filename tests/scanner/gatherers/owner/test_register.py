"""The configuration as evidence: days, and one spelling a person."""

from __future__ import annotations

from datetime import UTC, date, datetime

from scanner.gatherers.owner.register import record_of
from scanner.settings.models import SiteSettings

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)


def test_a_shop_that_is_not_configured_keeps_nothing() -> None:
    assert record_of(None, NOW).empty


def test_a_person_is_one_in_whatever_spelling() -> None:
    site = SiteSettings.model_validate(
        {
            "url": "https://a.example",
            "review": [{"name": "ftp-password", "done": date(2026, 11, 2)}, {"name": "own", "every": "1m"}],
            "account": [{"name": "Shop", "people": ["b. ROOT", "A"]}, {"name": "Mail", "people": ["B.  Root"]}],
            "person": [{"name": "B. Root", "left": date(2026, 11, 30)}],
            "records": [{"location": "sftp://user@nas.example/logs"}],
        }
    )
    record = record_of(site, NOW)
    assert [one.due for one in record.reviews] == [date(2026, 12, 3), None]
    assert [account.name for account in record.reached_by("B. Root")] == ["Shop", "Mail"]
    assert [len(record.leavers(account)) for account in record.accounts] == [1, 1]
    assert record.records == ("sftp://nas.example/logs",)
    assert record.team is None

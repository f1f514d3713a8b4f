"""Notes: one short line each, and only where it matters for this shop."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reports.i18n.language import codes, language
from scanner.engine.notes import notes_of
from scanner.evidence import Arrival, Welcome

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ARRIVAL = {Arrival: Arrival(Welcome.OPEN, "https://a.example", "/", NOW)}


@pytest.mark.parametrize("data_as_of", [None, date(2026, 11, 1), date(2026, 8, 2)])
def test_data_that_nothing_needed_or_that_is_new_enough_is_not_spoken_of(data_as_of: date | None) -> None:
    assert notes_of(ARRIVAL, data_as_of) == ()


def test_old_data_that_a_verdict_needed_is_one_short_line_in_every_language() -> None:
    (note,) = notes_of(ARRIVAL, date(2026, 7, 8))
    assert note == "Data on old software: 8 July 2026. Newer: shopwarden update-data."
    for code in codes():
        said = language(code).repeat(note)
        assert (said.lang, len(said) < 78) == (code, True)
    assert language("de").repeat(note) == "Daten zu alter Software: 8. Juli 2026. Neuere: shopwarden update-data."

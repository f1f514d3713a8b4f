"""The authorities: whole, dated, and refused with the nearest where a key is unknown."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from scanner.settings.errors import BadSettings
from scanner.settings.reading import read_settings
from scanner.settings.regulators import recorded, regulators

EU = [
    "at",
    "be",
    "bg",
    "cy",
    "cz",
    "de",
    "dk",
    "ee",
    "es",
    "fi",
    "fr",
    "gr",
    "hr",
    "hu",
    "ie",
    "it",
    "lt",
    "lu",
    "lv",
    "mt",
    "nl",
    "pl",
    "pt",
    "ro",
    "se",
    "si",
    "sk",
]


def test_every_country_of_the_union_and_its_neighbours() -> None:
    assert {key.partition("-")[0] for key in regulators()} == {*EU, "is", "li", "no", "uk", "ch"}
    assert sum(key.startswith("de-") for key in regulators()) == 17, "the federal one, and each state's"


def test_each_says_what_is_needed() -> None:
    assert recorded() >= date(2026, 11, 30)
    for one in regulators().values():
        assert one.name
        assert re.fullmatch(r"https://[a-z0-9.-]+", one.site)
        assert not one.form or one.form.startswith(one.site)
        assert one.hours == (0 if one.key == "ch-edoeb" else 72)


def test_an_unknown_one_is_refused_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "shopwarden.toml"
    file.write_text('[[site]]\nurl = "https://petalandstem.example"\n[site.breach]\nregulator = "uk-ioc"\n')
    with pytest.raises(
        BadSettings,
        match=r"'uk-ioc' is no authority that is known here \(docs/regulators.md lists them\); did you mean 'uk-ico'\?",
    ):
        read_settings(file)
    file.write_text('[[site]]\nurl = "https://petalandstem.example"\n[site.breach]\nregulator = "UK-ICO"\n')
    breach = read_settings(file).site[0].breach
    assert breach is not None
    assert breach.regulator == "uk-ico"

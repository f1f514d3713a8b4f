"""Words as they are compared and sorted."""

from __future__ import annotations

import random

import pytest

from scanner.text.words import in_order


@pytest.mark.parametrize(
    "names",
    [
        ("client2.example", "client10.example", "client10b.example", "client100.example"),
        ("a", "a1", "a1.example", "a01b", "ab"),
        ("", "1", "2", "10", "9" * 5_000, "1" + "0" * 5_000, "a"),
        ("Ärger 2", "arger 10", "Äsop", "Östlich", "paris", "Żywiec"),
        ("1.2.3", "1.2.10", "1.10.1"),
        ("01", "1"),
        ("shop-2", "shop.2", "shop-10"),
    ],
)
def test_names_are_sorted_as_people_do(names: tuple[str, ...]) -> None:
    mixed = random.Random(1).sample(names, len(names))
    assert sorted(mixed, key=in_order) == [*names]

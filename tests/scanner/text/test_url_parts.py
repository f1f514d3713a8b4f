"""The parts of addresses that strangers wrote."""

from __future__ import annotations

import pytest

from scanner.text.url_parts import parts_of, path_of


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://shop.example/roses/red?size=L#top", "/roses/red"),
        ("https://shop.example", "/"),
        ("https://shop.example?x=1", "/"),
        ("/roses", "/roses"),
        ("", "/"),
        ("https://shop.example/caf%C3%A9", "/caf%C3%A9"),
        ("https://[shop.example/roses", "/"),
    ],
)
def test_the_path_of_an_address(address: str, path: str) -> None:
    assert path_of(address) == path
    assert parts_of(address).path in {path, ""}

"""The names of a run's files: plain, on any file system, and never two alike."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.scope.target import Target
from shopwarden.operations.file_names import OVERVIEW_DATA, OVERVIEW_PAGE, OVERVIEW_TABLE, file_stem

HOSTS = [
    "a.example",
    "www2.a-b.example",
    "xn--blmchen-n2a.example",
    "192.0.2.7",
    "index.example",
    "con-rad.example",
    "com10.example",
]
OVERVIEW = {OVERVIEW_PAGE, OVERVIEW_TABLE, OVERVIEW_DATA}
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


def files(key: str) -> set[str]:
    return {file_stem(key) + ending for ending in (".html", ".json", ".csv", ".pdf")}


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_its_own_name(host: str) -> None:
    assert file_stem(host) == host


@pytest.mark.parametrize("address", ["index", "https://shops/", "http://[::1]/", "nul", "aux.example", "LPT1.Shop.example"])
def test_addresses_that_cannot_be_names_of_files(address: str) -> None:
    key = Target.of(address).key
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*_[0-9a-f]{12}", file_stem(key))
    assert not files(key) & OVERVIEW
    assert file_stem(key).partition(".")[0] not in DEVICES


@given(st.one_of(st.text(max_size=400), st.from_regex(r"(con|index|shops|a\.example)?[a-zA-Z0-9_./:-]{0,9}", fullmatch=True)))
@example("")
@example("::1")
@example("../etc/passwd")
@example("con.html")
@example("a.example/" + "x" * 300)
@example("\ud800")
def test_any_key_gives_a_name_that_any_file_system_takes(key: str) -> None:
    stem = file_stem(key)
    assert re.fullmatch("[a-z0-9][a-z0-9._-]*[a-z0-9]|[a-z0-9]", stem), stem
    assert stem.partition(".")[0] not in DEVICES
    assert len(stem) <= 120
    assert not files(key) & OVERVIEW


@given(st.lists(st.text(alphabet="aA.-_/:ü1", max_size=6), unique=True, max_size=40))
@example(
    ["a.example", "a.example/blog", "a.example/Blog", "a.example/BLOG", "a.example-blog", "index", "Index", "1", "::1", "1::"]
)
def test_no_two_keys_share_a_name_even_where_capitals_do_not_count(keys: list[str]) -> None:
    assert len({file_stem(key).casefold() for key in keys}) == len(keys)


@given(st.sampled_from(["a.example/blog", "index", "con", "::1", ""]))
def test_nobody_can_be_called_like_the_name_of_another(key: str) -> None:
    """Whoever could would take its files over."""
    assert file_stem(file_stem(key)) != file_stem(key)

"""JavaScript libraries with published holes."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.versions.libraries import js_library_vulnerable
from scanner import Confidence, Found, Inconclusive, LoadedFiles, Passed, Script, Unavailable, Unread
from scanner.platforms.libraries import at_or_above, is_version, needed
from scanner.platforms.retire_js import converted
from scanner.testing import ORIGIN, knowledge, loaded_file, loaded_files, page, pages
from tests.patience import cpu


def seen(*, src: str = "", inline: str = ""):
    return js_library_vulnerable(pages(page(scripts=[Script(src=src, inline=inline)])), loaded_files(), knowledge())


@pytest.mark.parametrize(
    ("src", "library"),
    [
        (f"{ORIGIN}/js/jquery-1.12.4.min.js", "jquery"),
        (f"{ORIGIN}/js/jquery-1.12.4.min.js?v=77", "jquery"),
        ("https://code.jquery.com/jquery-3.4.1.slim.min.js", "jquery"),
        ("https://ajax.googleapis.com/ajax/libs/jquery/1.11.3/jquery.min.js", "jquery"),
        ("https://cdn.jsdelivr.net/npm/bootstrap@3.3.7/dist/js/bootstrap.min.js", "bootstrap"),
        ("https://cdnjs.cloudflare.com/ajax/libs/lodash.js/4.17.4/lodash.min.js", "lodash"),
    ],
)
def test_an_old_library_by_its_name(src: str, library: str) -> None:
    verdict = seen(src=src)
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.confidence) == (library, Confidence.PROBABLE)
    assert "CVE-" in finding.shown


@pytest.mark.parametrize(
    "src",
    [
        f"{ORIGIN}/js/jquery-3.7.1.min.js",
        f"{ORIGIN}/js/jquery.min.js?v=1.0.2",
        f"{ORIGIN}/js/jquery-20140401.js",
        f"{ORIGIN}/js/my-jquery-1.2.3-plugin.js",
        f"{ORIGIN}/blog/jquery-1.12.4/",
        "",
        "data:text/javascript,1",
    ],
)
def test_a_new_or_unversioned_one_passes(src: str) -> None:
    assert isinstance(seen(src=src), Passed)


def test_what_another_company_brings_along_is_only_possible() -> None:
    verdict = seen(src="https://widgets.reviews.example/jquery-1.12.4.min.js")
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.POSSIBLE


def test_the_shops_own_file_says_what_it_is() -> None:
    address = f"{ORIGIN}/js/vendor.js"
    shop = pages(page(scripts=[Script(address)]))
    file = loaded_file(address, text="/*! jQuery v1.12.4 | (c) jQuery Foundation */")
    verdict = js_library_vulnerable(shop, loaded_files(file), knowledge())
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].confidence) == ("jquery", Confidence.PROBABLE)


@pytest.mark.parametrize(
    "files",
    [loaded_files(unread=[Unread(f"{ORIGIN}/js/vendor.js", "It did not answer.", examined=False)]), Unavailable("No time.")],
)
def test_a_file_that_was_not_read_this_time_repairs_nothing(files: LoadedFiles | Unavailable) -> None:
    plain, loading = page("/roses"), page("/checkout", scripts=[Script(f"{ORIGIN}/js/vendor.js")])
    assert js_library_vulnerable(pages(loading, plain), files, knowledge()) == Passed(("/roses",))
    assert isinstance(js_library_vulnerable(pages(loading), files, knowledge()), Inconclusive)


def test_a_banner_is_probable_and_packed_code_possible() -> None:
    banner = seen(inline="/*! jQuery v1.12.4 | (c) jQuery Foundation | jquery.org/license */\n!function(a){}")
    packed = seen(inline='!function(){n.fn=n.prototype={jquery:"1.12.4",constructor:n}}()')
    assert isinstance(banner, Found)
    assert isinstance(packed, Found)
    assert banner.findings[0].confidence is Confidence.PROBABLE
    assert packed.findings[0].confidence is Confidence.POSSIBLE


def test_the_same_library_on_two_pages_is_one_problem() -> None:
    script = Script(src=f"{ORIGIN}/js/jquery-1.12.4.min.js")
    verdict = js_library_vulnerable(pages(page(scripts=[script]), page("/roses", scripts=[script])), loaded_files(), knowledge())
    assert isinstance(verdict, Found)
    assert len(verdict.findings) == 1
    assert verdict.findings[0].places == ("/", "/roses")


@pytest.mark.parametrize("text", ["3.4.1", "1.12", "4.0.0-beta.2", "1.9.0b1", "2.0.0-rc1"])
def test_a_version(text: str) -> None:
    assert is_version(text)


@pytest.mark.parametrize("text", ["", "3", "20140401", "1.2.3.4.5", "1.2.3-deadbeef", "3.x", "1.2-custom"])
def test_no_version(text: str) -> None:
    assert not is_version(text)


@pytest.mark.parametrize(("one", "other"), [("1.9.0", "1.9.0b1"), ("1.10", "1.9"), ("1.9", "1.9.0"), ("3.0.0", "3.0.0-rc1")])
def test_later(one: str, other: str) -> None:
    assert at_or_above(one, other)


@pytest.mark.parametrize(("one", "other"), [("1.8.3", "1.9.0b1"), ("1.9", "1.10"), ("3.4.1", "3.5.0")])
def test_earlier(one: str, other: str) -> None:
    assert not at_or_above(one, other)


def test_the_data_are_whole_and_hold_facts_only() -> None:
    table = knowledge().libraries
    assert table.recorded >= date(2026, 7, 18)
    assert len(table.libraries) > 40
    for library in table.libraries:
        assert library.holes
        for hole in library.holes:
            assert hole.identifiers
            assert hole.below
        assert library.filename or library.uri or library.content or library.package
    list(table.in_address("/x-1.0.js"))
    list(table.in_source("/* x 1.0 */"))  # every pattern compiles


PATTERNS = [
    pattern
    for library in knowledge().libraries.libraries
    for pattern in (*library.filename, *library.uri, *library.content)
    if "(?<" not in pattern  # of a length that only the package regex allows
]


@given(st.sampled_from(PATTERNS).flatmap(lambda pattern: st.tuples(st.just(pattern), st.from_regex(pattern))))
def test_what_a_pattern_needs_is_in_all_that_it_matches(pair: tuple[str, str]) -> None:
    pattern, text = pair
    assert needed(pattern)
    assert needed(pattern) in text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("abc", "abc"),
        ("ab?cd", "cd"),
        ("ab*cd", "cd"),
        ("ab{0,2}", "a"),
        ("a.{10,850}?bc", "bc"),
        ("abc+de", "abc"),
        ("a(bcd)?ef", "ef"),
        ("abc|d", ""),
        ("x(abc|d)", "x"),
        ("(?i)abc", ""),
        (r"a\.b\/c", "a.b/c"),
        (r"\x41bcd", ""),
        (r"(a)\12bcd", "bcd"),
        (r"\sab\d", "ab"),
        ("[]abc]d", "d"),
        (r"[^\]ab]cd", "cd"),
        ("^ab$", "ab"),
        ("a(?!bcd)e", "a"),
        ("", ""),
    ],
)
def test_what_a_pattern_needs(pattern: str, text: str) -> None:
    assert needed(pattern) == text


def test_converting_keeps_facts_and_drops_words() -> None:
    made = converted(
        {
            "retire-example": {"vulnerabilities": [{"below": "1", "severity": "high", "identifiers": {"CVE": ["x"]}}]},
            "rose": {
                "npmname": "rose-js",
                "vulnerabilities": [
                    {
                        "below": "2.0",
                        "severity": "high",
                        "identifiers": {"CVE": ["CVE-1"], "summary": "words"},
                        "info": ["https://x.example"],
                    },
                    {"below": "3.0", "severity": "low", "identifiers": {"CVE": ["CVE-2"]}},
                    {"below": "9", "severity": "high", "identifiers": {"summary": "no number"}},
                ],
                "extractors": {"filename": ["rose-(§§version§§).js"], "func": ["rose.version"]},
            },
        },
        date(2026, 7, 18),
    )
    rose = {
        "package": "rose-js",
        "filename": ["rose-(§§version§§).js"],
        "holes": [{"below": "2.0", "identifiers": ["CVE-1"], "severity": "high"}],
    }
    assert made["libraries"] == {"rose": rose}
    assert "words" not in json.dumps(made)


@pytest.mark.parametrize(
    "text",
    [
        "a1." * 100_000,
        "/*! " * 50_000 + "1",
        " " * 300_000 + "1",
        "jQuery v" * 30_000 + "1.",
        "(" * 100_000 + "1",
        '"' * 99_999 + "1.1",
    ],
)
def test_a_hostile_script_takes_bounded_time(text: str) -> None:
    with cpu(3):
        list(knowledge().libraries.in_source(text))
        list(knowledge().libraries.in_address(text))


def test_an_address_that_is_none_crashes_nothing() -> None:
    assert isinstance(seen(src="http://[/jquery-1.12.4.js"), Passed)


def test_a_library_that_only_its_own_text_names():
    """``jquery-latest.js`` tells no version; the file does. What another company's script brings along is not the owner's."""
    text = "/*! jQuery v1.11.1 | (c) jQuery Foundation | jquery.org/license */"
    for address, found in (("https://code.jquery.com/jquery-latest.js", Found), ("https://widget.other.example/w.js", Passed)):
        shop = pages(page(scripts=[Script(address)]))
        assert isinstance(js_library_vulnerable(shop, loaded_files(), knowledge()), Passed)
        assert isinstance(js_library_vulnerable(shop, loaded_files(loaded_file(address, text=text)), knowledge()), found)

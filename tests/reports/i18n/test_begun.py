"""Translations that are begun: not offered, not in the wheel, and true as far as they go."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from reports.formats.html import html
from reports.i18n.language import Language, UnknownLanguage, codes, english, language, read_language
from reports.view.build import view_of
from tests.reports.i18n.test_languages import ENGLISH_WORDS, numbers, originals, placeholders, source, spans
from tests.scanning import catalogue
from tools.record_shops import judged_again
from tools.try_language import SHOP, main

BEGUN = Path(__file__).parents[3] / "translations"
CODES = sorted(folder.name for folder in BEGUN.iterdir() if folder.is_dir())


@cache
def begun(code: str) -> Language:
    return read_language(code, BEGUN / code)


TRANSLATED = [(code, rule) for code in CODES for rule in sorted(begun(code).articles)]


def test_there_is_french_with_ten_articles() -> None:
    french = begun("fr")
    assert len(french.articles) == 10
    assert french.repeat("Set-Cookie: PHPSESSID=… has no Secure attribute.").lang == "fr"
    assert [french.count("count.problems", number) for number in (0, 1, 2)] == ["0 problème", "1 problème", "2 problèmes"]


@pytest.mark.parametrize("code", CODES)
def test_it_is_not_offered(code: str) -> None:
    assert code not in codes()
    with pytest.raises(UnknownLanguage):
        language(code)


@pytest.mark.parametrize("code", CODES)
def test_its_phrases_have_the_same_placeholders_and_its_own_plurals(code: str) -> None:
    spoken, original = begun(code), english().phrases
    assert set(spoken.phrases) <= set(original)
    plurals = len({spoken.plural(number) for number in range(200)})
    for key, forms in spoken.phrases.items():
        wanted = placeholders(original[key])[0] | ({"n"} if "{n}" in "".join(original[key]) else set())
        assert all(used == wanted for used in placeholders(forms)), key
        assert len(forms) in {1, plurals} or key == "language.months", key


@pytest.mark.parametrize("code", CODES)
def test_its_sentences_are_those_that_the_program_says(code: str) -> None:
    assert begun(code).said.keys() - language("de").said.keys() == set()


@pytest.mark.parametrize(("code", "rule"), TRANSLATED)
def test_an_article_says_the_same_as_the_english_one_does_now(code: str, rule: str) -> None:
    translated, original = begun(code).articles[rule], originals()[rule]
    assert [fix.where for fix in translated.fixes] == [fix.where for fix in original.fixes]
    assert [fix.blocks for fix in translated.fixes] == [fix.blocks for fix in original.fixes]
    assert (numbers(translated), spans(translated)) == (numbers(original), spans(original))
    assert (translated.minutes, translated.for_host) == (original.minutes, original.for_host)
    assert translated.title != original.title
    now = hashlib.sha256(source(rule).partition("\n## References\n")[0].encode()).hexdigest()[:16]
    first = (BEGUN / code / "articles" / f"{rule}.md").read_text(encoding="utf-8").splitlines()[0]
    assert now in first, f"{rule}.md changed in English: change translations/{code} too, or take the article out"


def english_left(soup: BeautifulSoup) -> list[str]:
    """English that is not marked so, but for what the shop wrote and for the page's title, which can mark nothing."""
    for other in soup.select('[lang="en"], title, bdi, code, pre, style, .path, .rule code, .facts dd, em, strong'):
        other.decompose()
    return ENGLISH_WORDS.findall(soup.get_text(" ", strip=True))


@pytest.mark.parametrize("code", CODES)
def test_what_it_lacks_is_english_and_marked_so(code: str) -> None:
    spoken = begun(code)
    soup = BeautifulSoup(html(view_of(judged_again(SHOP, catalogue()), originals(), language=spoken)), "lxml")
    titles = {str(title["id"]).removeprefix("rule-").removesuffix("-title"): title for title in soup.select(".card h3")}
    translated = titles.keys() & spoken.articles.keys()
    assert titles.keys() - translated
    for rule, title in titles.items():
        assert (title.get("lang"), title.get_text()) == (
            (None, spoken.articles[rule].title) if rule in translated else ("en", title.get_text())
        )
    assert english_left(soup) == []


@pytest.mark.parametrize("code", CODES)
def test_a_tool_says_what_is_missing_and_shows_the_page(code: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    said = CliRunner().invoke(main, [str(BEGUN / code), "--html", str(page)], catch_exceptions=False)
    assert said.exit_code == 0, said.output
    assert f"articles: {len(begun(code).articles)} of {len(originals())}" in said.output
    assert "  hsts-missing\n" in said.output
    assert f'<html lang="{code}">' in page.read_text(encoding="utf-8")


def test_a_language_that_has_hardly_begun_marks_everything_else() -> None:
    french = begun("fr")
    table = {key: forms for key, forms in french.phrases.items() if key.startswith("language.")}
    spoken = replace(french, code="nl", phrases=table, glossary=(), articles={}, said={})
    soup = BeautifulSoup(html(view_of(judged_again(SHOP, catalogue()), originals(), language=spoken)), "lxml")
    assert english_left(soup) == []

"""The kit's documents: the same in each language, whole, and nobody's words are taken for ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt

from reports.i18n.language import codes, language
from reports.kits.documents import (
    BLANK,
    DOCUMENTS,
    Authority,
    Document,
    KitFacts,
    Leaver,
    Login,
    Somebody,
    documents,
)

BARE = KitFacts("Petal & Stem", "https://petalandstem.example", "petalandstem.example", date(2026, 11, 30), date(2026, 11, 30))
SHOP = Login("Shop administration", "https://petalandstem.example/admin")
FULL = replace(
    BARE,
    team=(Somebody("A. Stem", "decides", "+44 20 7946 0000"), Somebody("C. Leaf")),
    regulator=Authority(
        "Information Commissioner's Office", "https://ico.org.uk", "https://ico.org.uk/report", "UK GDPR, Art. 33", 72
    ),
    accounts=(SHOP,),
    leavers=(Leaver("B. Root", "31 October 2026", (SHOP,), team=True), Leaver("D. Bud", "", (), team=False)),
)
SWISS = replace(FULL, regulator=Authority("EDÖB", "https://www.edoeb.admin.ch", "", "DSG, Art. 24", 0))


def shape(document: Document) -> list[str]:
    """What a document is built of, without its words."""
    tokens = MarkdownIt("commonmark").enable("table").parse(document.markdown)
    return [f"{token.type} {token.tag}" for token in tokens]


@pytest.mark.parametrize("facts", [BARE, FULL, SWISS], ids=["bare", "full", "swiss"])
@pytest.mark.parametrize("code", codes())
def test_each_language_has_the_same_documents(code: str, facts: KitFacts) -> None:
    made, english = documents(facts, language(code)), documents(facts, language("en"))
    assert [one.name for one in made] == list(DOCUMENTS)
    for ours, original in zip(made, english, strict=True):
        assert shape(ours) == shape(original), ours.name
        assert len(ours.blanks) == len(original.blanks), ours.name
        assert sorted(re.findall(r"\d+", ours.markdown)) == sorted(re.findall(r"\d+", original.markdown)), ours.name
        assert code == "en" or ours.title != original.title


@pytest.mark.parametrize("code", codes())
def test_each_says_that_it_is_a_draft_and_when_its_facts_were_recorded(code: str) -> None:
    draft = {"en": "Draft, no legal advice", "de": "Entwurf, keine Rechtsberatung", "pl": "Projekt, nie porada prawna"}[code]
    day = language(code).day(date(2026, 11, 30))
    for one in documents(FULL, language(code)):
        head = one.markdown.split("\n\n")[1]
        assert head.startswith(f"> **{draft}.**")
        assert head.count(day) == 2


def test_what_is_known_is_no_blank() -> None:
    bare, full = ({one.name: len(one.blanks) for one in documents(facts, language("en"))} for facts in (BARE, FULL))
    assert all(full[name] <= bare[name] for name in DOCUMENTS if name != "leavers-list")
    notice = next(one for one in documents(FULL, language("en")) if one.name == "breach-notice-regulator")
    assert "Deadline: 72 hours after you noticed (UK GDPR, Art. 33)." in notice.markdown
    assert "A. Stem, +44 20 7946 0000" in notice.markdown
    swiss = next(one for one in documents(SWISS, language("en")) if one.name == "breach-notice-regulator")
    assert "Deadline: as soon as possible" in swiss.markdown


def test_the_fields_of_article_33_are_all_there() -> None:
    notice = next(one for one in documents(BARE, language("en")) if one.name == "breach-notice-regulator")
    assert [letter for letter in "abcd" if f"33(3)({letter})" in notice.markdown] == ["a", "b", "c", "d"]


def test_a_leavers_list_names_what_to_take_away() -> None:
    (made,) = (one for one in documents(FULL, language("en")) if one.name == "leavers-list")
    assert "## B. Root, last day 31 October 2026" in made.markdown
    assert "- [ ] Shop administration (https://petalandstem.example/admin): login removed" in made.markdown
    assert "Somebody else named in the breach team" in made.markdown
    assert "- No login is left in the register." in made.markdown


@pytest.mark.parametrize(
    "name", ["*a* [b](http://c.example) <d>", "⟦ x ⟧", "a|b", "&lt;b&gt;", "{{ 7 * 7 }}", "a\n# b", "\u202eb"]
)
def test_a_shops_words_stay_words(name: str) -> None:
    usual, odd = documents(FULL, language("en")), documents(replace(FULL, shop=name), language("en"))
    for one, other in zip(usual, odd, strict=True):
        assert shape(one) == shape(other)
        assert one.blanks == other.blanks
        assert "49" not in other.title
        html = MarkdownIt("commonmark").enable("table").render(other.markdown)
        assert "<d>" not in html
        assert "http://c.example" not in re.findall(r'href="([^"]+)"', html)


def test_blanks_are_marked_alike_everywhere() -> None:
    for code in codes():
        for one in documents(BARE, language(code)):
            assert "____" not in one.markdown
            assert all(blank.strip() for blank in one.blanks)
            assert len(BLANK.findall(one.markdown)) == len(one.blanks) + 1, "one more is in the head"

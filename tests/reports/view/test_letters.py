"""Ready texts for the host and the developer, and the link that opens a mail program."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from reports.i18n.language import language
from reports.view.build import view_of
from reports.view.letters import MOST_IN_LINK, MOST_POINTS, _request
from reports.view.model import Letter
from scanner.results.result import ScanResult
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Confidence, Found
from tests.reports.samples import ARTICLES, HARDENED, HOSTILE, RULES, UNREACHABLE, WEAK, article, result, rule
from tests.scanning import catalogue

SHIPPED = catalogue().articles


def letters(of: ScanResult = WEAK, code: str = "en") -> tuple[Letter, Letter]:
    view = view_of(of, ARTICLES, language=language(code))
    assert view.to_host is not None
    assert view.to_developer is not None
    return view.to_host, view.to_developer


def test_the_host_gets_every_point_that_counts_in_the_pages_order() -> None:
    view = view_of(WEAK, ARTICLES)
    counting = [card for group in view.groups for card in group.cards if card.points]
    text = letters()[0].text
    places = [text.index(f"\n\n{number}. {card.title}\n\n") for number, card in enumerate(counting, 1)]
    assert places == sorted(places)
    assert text.startswith(
        "Dear support,\n\na scan from outside looked at our shop Petal & Stem, https://petalandstem.example/, on "
    )
    assert text.endswith("Kind regards")
    assert text.count("Hello") == 0  # one greeting, not one a point
    assert "- https://petalandstem.example/.git/HEAD" in text


@pytest.mark.parametrize("rule_id", sorted(SHIPPED))
def test_every_mail_begins_like_a_letter_and_asks_for_something(rule_id: str) -> None:
    words = SHIPPED[rule_id]
    assert not re.search(r"\bOpen (?:the|each) address(?:es)? below", words.verify)  # in the page, it stands above
    if not words.for_host:
        assert len(words.ask) > 40
        return
    greeting, asked, _ = _request(words.ask)
    assert asked[:1].isupper() or not asked[:1].isalpha()
    assert greeting in {"", "Hello,", "Dear support,"}
    assert re.search(r"[Pp]lease|\?", asked)
    assert not re.search(r"nothing of this is yours|no change on the server|https?://(?:my|our)\b", asked)


def test_the_developer_gets_rule_ids_places_and_what_to_paste() -> None:
    text = letters()[1].text
    assert "`exposed-vcs` · critical" in text
    assert 'RedirectMatch 404 "/[.](git|svn|hg)(/|$)"' in text
    assert "### Apache (.htaccess)" in text
    assert "### nginx" not in text  # the shop runs Apache
    assert "### How to verify" in text


def test_nothing_to_fix_is_nothing_to_send() -> None:
    for of in (HARDENED, UNREACHABLE, result({"exposed-vcs": Found.at("/.git/", confidence=Confidence.POSSIBLE)})):
        view = view_of(of, ARTICLES)
        assert (view.to_host, view.to_developer) == (None, None)


def test_the_link_is_short_enough_and_says_the_rest_in_a_number() -> None:
    for code in ("en", "pl", "de"):
        for of in (WEAK, HOSTILE):
            for letter in letters(of, code):
                assert len(letter.mailto) <= MOST_IN_LINK
                assert all(c.isascii() and c.isprintable() and c not in " <>\"'" for c in letter.mailto)
    link = urlsplit(letters()[0].mailto)
    fields = parse_qs(link.query)
    assert (link.scheme, link.path, set(fields)) == ("mailto", "", {"subject", "body"})
    assert fields["subject"] == ["Security of petalandstem.example: please help"]
    assert "1. " in fields["body"][0]
    assert "more points are in the report." in fields["body"][0]


def test_a_shop_cannot_add_a_receiver_or_a_header() -> None:
    evil = replace(
        WEAK, site=replace(WEAK.site, host="a.example?bcc=x@evil.example&x=\r\nBcc: y@evil.example", name="&to=z@evil.example")
    )
    for letter in letters(evil):
        assert set(parse_qs(urlsplit(letter.mailto).query)) == {"subject", "body"}
        assert "\r\nBcc" not in unquote(letter.mailto)


def test_many_rules_are_cut_and_counted() -> None:
    many = {f"made-up-{n}": rule(f"made-up-{n}", Severity.LOW, "browser") for n in range(MOST_POINTS + 7)}
    RULES.update(many)
    try:
        of = result({name: Found.at("/") for name in many})
    finally:
        for name in many:
            del RULES[name]
    view = view_of(of, {name: article(name, f"Title {name}", "fine.") for name in many})
    assert view.to_host is not None
    assert "7 more points are in the report." in view.to_host.text


def test_a_part_without_translation_is_english_as_a_whole() -> None:
    whole = language("pl")
    partial = replace(whole, articles={rule: words for rule, words in whole.articles.items() if rule != "exposed-vcs"})
    polish = view_of(WEAK, ARTICLES, language=partial).to_host
    assert polish is not None
    place = next(
        n for n, paragraph in enumerate(polish.paragraphs) if "Strangers can download the shop's source code" in paragraph
    )
    languages = [paragraph.lang for paragraph in polish.paragraphs]
    assert set(languages) == {"pl", "en"}
    assert languages[place : place + 3] == ["en"] * 3
    for paragraph in polish.paragraphs:
        assert not (paragraph.lang == "en" and paragraph.startswith("Gdzie"))

"""The view: sorted, counted, in words, and clean."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reports.formats.html import html
from reports.formats.markdown import markdown_
from reports.i18n.language import english, language
from reports.text.brand import MOST_LOGO_BYTES
from reports.text.colour import contrast, readable
from reports.text.page import DARK, LIGHT
from reports.view.build import MOST_FIRST, view_of
from reports.view.model import Card, ReportView
from scanner.results.result import Accepted, ScanResult
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Confidence, Finding, Found, Inconclusive, Passed
from tests.reports.samples import (
    ARTICLES,
    BLOCKED,
    FIRST_SCAN,
    HARDENED,
    HOSTILE,
    LIMITED,
    ONE_LOW,
    RULES,
    SAMPLES,
    SKIPPED,
    UNCLEAR,
    UNREACHABLE,
    URL,
    WEAK,
    agency,
    article,
    found,
    result,
)

_VERIFY = "`curl -sI https://shop.example/` and `https://www.shop.example`. Then `shopwarden recheck`."
VERIFIED = ARTICLES | {"exposed-vcs": article("exposed-vcs", "T", "g", verify=_VERIFY)}


def view(of: ScanResult = WEAK) -> ReportView:
    return view_of(of, ARTICLES)


def card(rule: str, of: ScanResult = WEAK) -> Card:
    return next(card for group in view(of).groups for card in group.cards if card.rule == rule)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from strings(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name))


def test_findings_are_grouped_by_severity_and_counted_as_in_the_result() -> None:
    groups = view().groups
    assert [group.severity for group in groups] == list(Severity)
    assert {group.severity: len(group.cards) for group in groups} == WEAK.problems == dict(view().problems)
    assert WEAK.problems != WEAK.counts
    assert sum(len(card.findings) for group in groups for card in group.cards) == sum(WEAK.counts.values())


def test_fix_these_first_names_at_most_five_rules_the_worst_first() -> None:
    first = view().first
    assert len(first) == MOST_FIRST
    assert [step.severity for step in first] == ["critical", "critical", "high", "high", "high"]
    assert first[0].anchor == "rule-exposed-database-dump"
    assert first[0].more == 1


def test_what_is_only_possible_or_costs_nothing_is_never_urgent() -> None:
    possible = Found.at("/dump.sql", confidence=Confidence.POSSIBLE)
    seen = view(result({"exposed-database-dump": possible, "security-txt-missing": Found.at("site")}))
    assert seen.first == ()
    assert seen.groups[0].cards[0].points == 0
    assert seen.sentence == "Nothing was found for certain; 1 possible problem deserves a look."


def test_an_accepted_risk_is_listed_apart_and_costs_nothing() -> None:
    seen = view()
    assert [(a.rule, a.subject, a.until) for a in seen.accepted] == [("ssh-password-login", "ssh:22", "31 March 2027")]
    assert not any(card.rule == "ssh-password-login" for group in seen.groups for card in group.cards)


def test_one_accepted_subject_leaves_the_others_open() -> None:
    two = found(Finding("ssh:22"), Finding("ssh:2222"))
    of = result({"ssh-password-login": two}, accepted=(Accepted("ssh-password-login", "planned", date(2027, 1, 1), "ssh:22"),))
    assert [e.subject for e in card("ssh-password-login", of).findings] == ["ssh:2222"]
    assert [a.subject for a in view(of).accepted] == ["ssh:22"]


def test_an_acceptance_that_ran_out_is_said() -> None:
    assert card("hsts-missing").ran_out == ("31 October 2026",)
    assert card("nosniff-missing").ran_out == ()


def test_the_mail_is_ready_to_send() -> None:
    assert card("exposed-vcs").mail == (
        "Subject: petalandstem.example: Files that should not be public (exposed-vcs)\n"
        "\n"
        "Hello,\n"
        "\n"
        "this is about our shop Petal & Stem, https://petalandstem.example/\n"
        "\n"
        "The folder .git of our shop can be read from outside. Please\n"
        "\n"
        "1. block every address below /.git/,\n"
        "2. tell us whether your logs show downloads from it.\n"
        "\n"
        "What a scan from outside saw on 21 November 2026, 04:05 UTC:\n"
        "- https://petalandstem.example/.git/HEAD\n"
        "- https://petalandstem.example/.git/config\n"
        "  HTTP 200\n"
        "  ref: refs/heads/master\n"
        "\n"
        "Thank you"
    )


def test_a_mail_does_not_say_the_address_twice_for_want_of_a_name() -> None:
    nameless = replace(WEAK, site=replace(WEAK.site, name=WEAK.site.host))
    assert "this is about our shop https://petalandstem.example/\n" in card("exposed-vcs", nameless).mail
    letter = view(nameless).to_host
    assert letter is not None
    assert "our shop https://petalandstem.example/, on 21 November" in letter.text


def test_a_rule_that_is_not_for_the_host_has_no_mail_and_says_why() -> None:
    words = replace(ARTICLES["exposed-vcs"], ask="Not for your host: the shop itself writes `.git`.")
    seen = view_of(WEAK, {**ARTICLES, "exposed-vcs": words})
    shown = next(one for group in seen.groups for one in group.cards if one.rule == "exposed-vcs")
    assert shown.mail == ""
    for made in (html(seen), markdown_(seen)):
        assert "Not for your host: the shop itself writes" in made
    assert seen.to_host is not None
    assert seen.to_developer is not None
    assert shown.title not in seen.to_host.text
    assert shown.title in seen.to_developer.text


def test_a_mail_stays_short() -> None:
    assert "- and 9 more addresses\n" in card("cookie-insecure").mail
    assert "- and 250 more of the same kind\n" in card("version-leak-header", HOSTILE).mail


@pytest.mark.parametrize(
    ("ask", "greeting", "closing"),
    [
        ("Please do it.", "Dear support,", "Kind regards"),
        ("> Dear support,\n>\n> please do it.\n>\n> Kind regards", "Dear support,", "Kind regards"),
        ("Subject: our shop\n\nHello,\n\nplease do it.\n\nThank you!", "Hello,", "Thank you!"),
    ],
)
def test_a_mail_has_one_subject_one_greeting_and_one_closing(ask: str, greeting: str, closing: str) -> None:
    words = replace(ARTICLES["exposed-vcs"], ask=ask)
    mail = view_of(WEAK, {**ARTICLES, "exposed-vcs": words}).groups[0].cards[1].mail
    lines = mail.splitlines()
    assert mail.count("Subject:") == 1
    assert lines[2] == greeting
    assert lines[6].casefold() == "please do it."
    assert lines[-1] == closing
    assert mail.count(closing) == 1


def test_who_is_told_of_an_option_is_not_sent_to_his_host() -> None:
    assert "ask your host" in view(UNREACHABLE).advice
    private = replace(
        UNREACHABLE, because="127.0.0.1 is a private address; add --allow-private if the shop is meant to be there."
    )
    assert view(private).advice == ""
    for code in ("de", "pl"):
        because = view_of(private, ARTICLES, language=language(code)).because
        assert "--allow-private" in because
        assert "private address" not in because


def test_could_not_be_checked_is_neither_passed_nor_found() -> None:
    seen = view(BLOCKED)
    assert seen.grade is None
    assert seen.unchecked_count == len(seen.unchecked[0].lines) == len(ARTICLES) - 2
    assert seen.passed_count == 1
    assert "no grade" in seen.sentence
    assert "shopwarden/1.0.0" in seen.advice


def test_unreachable_says_nothing_about_the_shop() -> None:
    seen = view(UNREACHABLE)
    assert (seen.grade, seen.first, seen.groups, seen.passed) == (None, (), (), ())
    assert seen.because.startswith("petalandstem.example did not answer")


def test_reasons_are_gathered_the_commonest_first() -> None:
    assert next((r.heading, len(r.lines)) for r in view(FIRST_SCAN).unchecked) == ("The scan's time was used up.", 5)


def test_the_sentence_never_says_more_than_was_checked() -> None:
    assert view(FIRST_SCAN).sentence.startswith("In what could be checked, nothing critical was found")
    many = result({r: Inconclusive("no") for r in ("sri-missing", "dmarc-missing")} | {"exposed-vcs": Passed()})
    assert view(many).sentence.startswith("In what could be checked, nothing was found")


def test_a_limited_scan_says_so_first_and_has_no_grade() -> None:
    seen = view(LIMITED)
    assert seen.caveat == (
        f"This is not a look at the whole shop: 1 of {len(RULES)} checks was made.",
        "So there is no grade, and nothing is known of the rest.",
        "Only these rules were asked for: nosniff-missing.",
    )
    assert (seen.grade, seen.ungraded) == (None, "limited")
    assert seen.sentence == "In what could be checked, nothing was found that needs fixing."


def test_a_scan_with_too_much_unclear_has_no_grade() -> None:
    seen = view(UNCLEAR)
    assert (seen.grade, seen.ungraded) == (None, "unclear")
    unclear = f"4 of {len(UNCLEAR.judged)} checks could not be made, some of the most important among them."
    assert seen.caveat == (f"There is no grade: {unclear}",)


def test_where_little_was_left_out_the_grade_is_provisional_and_says_why() -> None:
    seen = view(SKIPPED)
    assert seen.grade is not None
    assert seen.grade.provisional == f"Provisional, because 2 of {len(SKIPPED.judged) + 2} checks were left out."
    assert "These rules were left out: cookie-insecure, hsts-missing." in seen.caveat


def test_a_whole_scan_has_no_caveat() -> None:
    assert (view().caveat, view(BLOCKED).caveat, view(UNREACHABLE).caveat, view(FIRST_SCAN).caveat) == ((), (), (), ())


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
def test_headlines_count_problems_and_not_places(severity: str) -> None:
    rule_id = {"critical": "exposed-vcs", "high": "ftp-plaintext", "medium": "tls-legacy-protocol", "low": "sri-missing"}[
        severity
    ]
    seen = view(result({rule_id: found(*(Finding(f"/{n}", "", (f"{URL}/{n}",)) for n in range(24)))}))
    assert dict(seen.problems)[Severity(severity)] == 1
    assert "24" not in seen.sentence
    assert seen.groups[0].cards[0].places == "at 24 places"


# ---- what to try next


def test_the_way_to_verify_ends_with_a_command_that_works() -> None:
    seen = view_of(WEAK, VERIFIED, recheck="shopwarden recheck petalandstem.example")
    card = next(card for group in seen.groups for card in group.cards if card.rule == "exposed-vcs")
    assert card.verify == (
        "`curl -sI https://petalandstem.example/` and `https://www.petalandstem.example`. "
        "Then `shopwarden recheck petalandstem.example exposed-vcs`."
    )
    assert seen.again == "shopwarden recheck petalandstem.example"


def test_without_a_history_the_shop_is_scanned_again() -> None:
    seen = view_of(WEAK, VERIFIED)
    card = next(card for group in seen.groups for card in group.cards if card.rule == "exposed-vcs")
    assert card.verify.endswith("Then `shopwarden scan https://petalandstem.example/`.")
    assert seen.again == "shopwarden scan https://petalandstem.example/"
    assert view_of(WEAK, VERIFIED, scan="shopwarden demo").again == "shopwarden demo"


@pytest.mark.parametrize("scan", [BLOCKED, UNREACHABLE])
def test_a_shop_that_was_not_read_is_scanned_again(scan: ScanResult) -> None:
    assert view_of(scan, ARTICLES, recheck="shopwarden recheck x").again == "shopwarden scan https://petalandstem.example/"


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://petalandstem.example:8443/", "https://[::1]/", HOSTILE.site.url])
def test_a_shop_without_a_name_of_its_own_keeps_the_example(url: str) -> None:
    seen = view_of(replace(WEAK, site=replace(WEAK.site, url=url)), VERIFIED)
    card = next(card for group in seen.groups for card in group.cards if card.rule == "exposed-vcs")
    assert card.verify.startswith("`curl -sI https://shop.example/`")


def test_sentences_for_good_shops() -> None:
    assert view(HARDENED).sentence == "Nothing was found that needs fixing."
    assert view(ONE_LOW).sentence == "Nothing serious was found; 1 small thing is left to improve."


def test_the_grade_is_the_results() -> None:
    grade = view(result({"exposed-vcs": Found.at("/.git/HEAD")})).grade
    assert grade is not None
    assert (grade.letter, grade.score, grade.tone, grade.provisional) == ("D", 60, "poor", "")


def test_platform_in_words() -> None:
    assert view().platform == "PrestaShop 1.7.6.5"
    assert view(HARDENED).platform == "Shopware 6.6.10.3 (probable)"
    assert view(replace(WEAK, site=replace(WEAK.site, platform=("Shopware 6", None, "certain")))).platform == "Shopware 6"
    assert view(replace(WEAK, site=replace(WEAK.site, platform=("unknown", None, "certain")))).platform == ""


def test_a_rule_without_an_article_still_shows() -> None:
    seen = view_of(WEAK, {})
    assert seen.groups[0].cards[0].title == "A summary"
    assert seen.groups[0].cards[0].fixes


@pytest.mark.parametrize("name", SAMPLES)
def test_no_string_holds_an_invisible_character(name: str) -> None:
    for text in strings(view(SAMPLES[name])):
        assert all(c == "\n" or c.isprintable() for c in text), text


def test_only_clean_web_addresses_become_links() -> None:
    links = [location.link for location in card("exposed-vcs", HOSTILE).findings[0].locations]
    texts = [location.text for location in card("exposed-vcs", HOSTILE).findings[0].locations]
    assert len(texts) == 9
    assert [link for link in links if link] == [f"{URL}/?q=%22%3E%3Cscript%3E"]


def test_the_shops_own_strings_are_bounded() -> None:
    assert max(map(len, strings(view(HOSTILE)))) < 20_000
    many = card("version-leak-header", HOSTILE)
    assert (len(many.findings), many.more) == (200, 60)
    assert card("exposed-vcs", HOSTILE).findings[1].more_locations == 40


def test_an_agencys_logo_becomes_a_data_uri(tmp_path: Path) -> None:
    brand = view_of(WEAK, ARTICLES, agency=agency(tmp_path)).brand
    assert brand is not None
    assert brand.logo.startswith("data:image/svg+xml;base64,")
    assert (brand.name, brand.contact_link, brand.logo_problem) == ("Harbour Web", "mailto:care@harbourweb.example", "")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"\xff\xd8\xff\xe0....", "jpeg"),
        (b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="x">', "svg+xml"),
        (b"<html><svg>", ""),
        (b"GIF89a", ""),
        (b"", ""),
        (b"\x89PNG\r\n\x1a\n" + b"x" * MOST_LOGO_BYTES, ""),
    ],
)
def test_a_logo_is_told_by_its_content(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "brand.png").write_bytes(content)
    given = agency(tmp_path, logo=tmp_path / "brand.png")
    brand = view_of(WEAK, ARTICLES, agency=given).brand
    assert brand is not None
    assert brand.logo.partition(";")[0] == (f"data:image/{kind}" if kind else "")
    assert bool(brand.logo_problem) == (not kind)


def test_a_missing_logo_does_not_stop_the_report(tmp_path: Path) -> None:
    brand = view_of(WEAK, ARTICLES, agency=agency(tmp_path, logo=tmp_path / "none.svg")).brand
    assert brand is not None
    assert "No such file" in brand.logo_problem


@pytest.mark.parametrize("contact", ["javascript:alert(1)", "x@y", "call +44 20 7946 0000", "https://a.example/ b", 'a@b.c">'])
def test_only_a_mail_or_web_address_becomes_a_contact_link(tmp_path: Path, contact: str) -> None:
    brand = view_of(WEAK, ARTICLES, agency=agency(tmp_path, contact=contact)).brand
    assert brand is not None
    assert (brand.contact, brand.contact_link) == (contact, None)


@pytest.mark.parametrize("colour", ["#f5b301", "#0b6e4f", "#ffffff", "#000000", "#ff00ff", "#7f7f7f", "#00ffff", "#112299"])
def test_any_colour_becomes_readable_in_both_themes(colour: str) -> None:
    for backgrounds in (LIGHT, DARK):
        shade = readable(colour, *backgrounds)
        assert all(contrast(shade, background) >= 4.5 for background in backgrounds)


def test_a_readable_colour_stays_as_it_is() -> None:
    assert readable("#0b6e4f", "#ffffff") == "#0b6e4f"


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#123456;}", ""])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="is not a colour"):
        readable(colour, "#ffffff")


def test_figures_for_people() -> None:
    assert [english().size(n) for n in (0, 1, 999, 48_300, 3_482_113)] == ["0 bytes", "1 byte", "999 bytes", "48 KB", "3.5 MB"]
    assert [english().duration(s) for s in (0.84, 9.96, 42.4, 134, -1)] == ["0.8 s", "10.0 s", "42 s", "2 min 14 s", "0.0 s"]
    assert view().date == "21 November 2026, 04:05 UTC"

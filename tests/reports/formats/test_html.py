"""The page as text: complete, closed to the outside, escaped, the same every time."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from reports.formats.html import html
from reports.text.markdown import to_html, to_text
from reports.text.page import DARK, LIGHT
from reports.view.build import view_of
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Found
from tests.reports.samples import ARTICLES, BLOCKED, FIRST_SCAN, HARDENED, HOSTILE, SAMPLES, UNREACHABLE, WEAK, agency, result
from tests.scanning import catalogue


def page(name: str) -> BeautifulSoup:
    return BeautifulSoup(html(view_of(SAMPLES[name], ARTICLES)), "lxml")


def words(soup: BeautifulSoup | Tag) -> str:
    return " ".join(soup.get_text(" ").split())


def at(soup: BeautifulSoup, selector: str) -> Tag:
    found = soup.select_one(selector)
    assert found is not None, selector
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_loads_and_runs_nothing(name: str) -> None:
    soup = page(name)
    assert soup.select("script, iframe, object, embed, form, base, video, audio, [style], [srcset], [src]:not(img)") == []
    assert [tag["href"] for tag in soup.select("link")] == ["data:,"]
    assert not [a for tag in soup.find_all(True) for a in tag.attrs if a.startswith("on")]
    assert not re.search(r"url\(|@import", at(soup, "style").text)
    assert all(re.match(r"https?://|#|mailto:", str(a["href"])) for a in soup.select("a"))
    for link in soup.select("a[href^=http]"):
        assert set(link["rel"]) == {"noopener", "noreferrer", "nofollow"}


@pytest.mark.parametrize("branded", [False, True])
def test_the_policy_allows_this_style_sheet_only(tmp_path: Path, branded: bool) -> None:
    made = html(view_of(WEAK, ARTICLES, agency=agency(tmp_path) if branded else None))
    style = made.partition("<style>")[2].partition("</style>")[0]
    fingerprint = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = str(at(BeautifulSoup(made, "lxml"), "meta[http-equiv=Content-Security-Policy]")["content"])
    assert policy == f"default-src 'none'; style-src 'sha256-{fingerprint}'; img-src data:; base-uri 'none'; form-action 'none'"
    assert made.index("Content-Security-Policy") < made.index("<style>")
    assert made.count("<style>") == 1


def test_the_same_view_gives_the_same_bytes() -> None:
    assert html(view_of(WEAK, ARTICLES)) == html(view_of(WEAK, ARTICLES))


@pytest.mark.parametrize("name", SAMPLES)
def test_outline_and_landmarks(name: str) -> None:
    soup = page(name)
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert at(soup, "html")["lang"] == "en"
    assert len(soup.select("main")) == len(soup.select("nav")) == 1
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for a in soup.select("a[href^='#']")} <= set(ids)
    assert {i for tag in soup.select("[aria-labelledby]") for i in str(tag["aria-labelledby"]).split()} <= set(ids)


def test_sections_come_in_order() -> None:
    titles = [words(tag) for tag in page("weak").select("main h2")]
    assert titles == [
        "Fix these first", "All problems at a glance", "Pass it on", "Critical", "High", "Medium", "Low", "Info", "Accepted risks",
        "Passed", "Could not be checked",
        "Does not apply", "What we asked the shop", "Notes", "How the grade is made", "Glossary",
    ]  # fmt: skip


def test_a_card_holds_all_that_is_needed() -> None:
    card = at(page("weak"), ".card:has(#rule-exposed-vcs)")
    assert [words(tag) for tag in card.select("h3, h4")] == [
        "Strangers can download the shop's source code and its history",
        "What we saw", "Why it matters", "How to fix it", "By hand", "Other ways", "How to verify", "Ask your host", "Accept this risk", "Read more",
    ]  # fmt: skip
    assert "ref: refs/heads/master" in words(card)
    assert at(card, 'a[href$="/.git/config"]')
    assert "Critical" in words(at(card, ".badge"))
    assert [words(tag) for tag in card.select("details.elsewhere h5")] == ["nginx", "Caddy", "IIS", "Hosting panel"]
    assert [words(tag) for tag in card.select("details.yours-too h5")] == ["Apache (.htaccess) your server"]
    assert "✓ htaccess.txt does this." in words(card)
    assert "not tested by us" in words(card.select("details.elsewhere")[0])
    assert words(card).count("not tested by us") == 1
    assert "Subject: petalandstem.example" in words(at(card, "details.mail pre"))


def test_the_most_urgent_is_open_and_everything_else_is_a_line() -> None:
    soup = page("weak")
    opened = soup.select("details[open]")
    assert [tag.parent["class"] for tag in opened if tag.parent] == [["card", "critical"]] * 2 + [["card", "high"]]
    folded = soup.select(".card > details:not([open])")
    assert len(opened) + len(folded) == sum(WEAK.problems.values())
    assert all(tag.select("summary h3") for tag in folded)
    linked = {link["href"] for link in soup.select("#first a, #all a")}
    assert linked == {f"#{tag['id']}" for tag in soup.select(".card > details > .body")}  # into the fold, so that it unfolds


def test_nothing_is_open_where_nothing_is_urgent() -> None:
    soup = BeautifulSoup(html(view_of(result({"hsts-missing": Found.at("/")}), ARTICLES)), "lxml")
    assert soup.select(".card")
    assert soup.select("details[open]") == []


def test_the_table_names_every_problem_its_place_its_minutes_and_who_can_do_it() -> None:
    soup = BeautifulSoup(html(view_of(WEAK, catalogue().articles)), "lxml")
    rows = soup.select("#all tbody tr")
    assert len(rows) == sum(WEAK.problems.values())
    (vcs,) = [row for row in rows if row.select('a[href="#rule-exposed-vcs"]')]
    assert [words(cell) for cell in vcs.select("td") if "what" not in cell.get("class", [])] == [
        "Critical", "/.git/ HEAD", "3", "you, your host",
    ]  # fmt: skip
    minutes = sum(int(words(row.select("td")[3])) for row in rows)
    assert f"All of it takes about {round(minutes / 60)} hours." in words(at(soup, "#all"))
    assert {words(row.select("td")[4]) for row in rows} <= {
        "you",
        "you, your host",
        "your host, your developer",
        "your developer",
    }
    assert "One file does" in words(at(soup, "#all"))
    marked = [row for row in rows if row.select(".tick")]
    assert 2 <= len(marked) < len(rows)


def test_points_are_told_only_where_they_change_the_grade() -> None:
    assert page("weak").select(".points") == []  # an F stays an F, whichever one of them is mended
    two = result({"exposed-vcs": Found.at("/.git/HEAD"), "nosniff-missing": Found.at("petalandstem.example")})
    soup = BeautifulSoup(html(view_of(two, ARTICLES)), "lxml")
    assert [words(tag) for tag in soup.select(".points")] == ["−40 points: grade A without it"]


def test_a_technical_word_opens_what_it_means() -> None:
    soup = BeautifulSoup(html(view_of(WEAK, catalogue().articles)), "lxml")
    buttons = soup.select("button.word")
    assert len(buttons) > 5
    assert soup.select("button:not(.word)") == []
    for button in buttons:
        meaning = at(soup, f"#{button['popovertarget']}[popover]")
        assert len(words(meaning)) > 20
    shown = {words(button).casefold() for button in buttons}
    assert "certificate" in shown or "https" in shown


def test_read_more_is_links() -> None:
    soup = BeautifulSoup(html(view_of(WEAK, catalogue().articles)), "lxml")
    for fold in soup.select(".references .prose"):
        assert fold.select("a[href^=https]")
        for link in fold.select("a"):
            link.decompose()
        assert "://" not in words(fold)
    assert "CWE-319" in words(at(soup, "#rule-ftp-plaintext .references"))


def test_standards_say_first_what_this_is_not() -> None:
    soup = BeautifulSoup(html(view_of(WEAK, catalogue().articles)), "lxml")
    section = at(soup, "#standards")
    assert words(section.select("p")[0]) == "This is no ASV scan (PCI DSS 11.3.2), no assessment and no proof of compliance."
    text = words(section)
    for said in (
        "SAQ A-EP asks for 6.4.3 and 11.6.1",
        "since 31 March 2025",
        "not susceptible to attacks from scripts",
        "sees nothing",
    ):
        assert said in text
    assert "8.3.2" in text
    assert "GDPR 2016/679" in text
    assert page("blocked").select("#standards") == page("unreachable").select("#standards") == []


def test_every_severity_has_its_word_and_its_shape() -> None:
    for severity in Severity:
        entry = at(page("weak"), f".counts .{severity}")
        assert severity in words(entry)
        assert entry.select("svg path")
    assert len({str(path["d"]) for path in page("weak").select(".counts path")}) == 5


def test_grade_and_facts() -> None:
    soup = page("weak")
    assert words(at(soup, ".grade")) == "Grade F 0 of 100"
    assert "J. Stem, contract of 2026-03-01" in words(at(soup, "footer.bottom"))
    assert "21 November 2026, 04:05 UTC" in words(at(soup, "footer.bottom"))
    assert "HTTP requests 187" in words(at(soup, "#asked"))
    assert "3.5 MB" in words(at(soup, "#asked"))
    assert "1 min 14 s" in words(at(soup, "#asked"))
    assert "An acceptance of this risk ran out on 31 October 2026." in words(at(soup, "#rule-hsts-missing"))
    assert "Until 31 March 2027: Key login is planned for spring" in words(at(soup, "#accepted"))
    assert "answers every address" in words(at(soup, "#notes"))


def test_a_provisional_grade_says_why() -> None:
    text = words(at(page("first-scan"), "header.top"))
    assert "provisional" in text
    assert f"7 of {len(FIRST_SCAN.judged)} checks could not be made" in text


def test_a_blocked_scan_has_no_grade_and_says_how_to_be_let_in() -> None:
    soup = page("blocked")
    assert "No grade" in words(at(soup, ".grade"))
    assert BLOCKED.because in words(at(soup, ".notice"))
    assert "shopwarden/1.0.0" in words(at(soup, ".notice"))
    assert f"{len(ARTICLES) - 2} checks came to no answer" in words(at(soup, "#unchecked"))


def test_an_unreachable_shop_has_no_grade_and_nothing_passed() -> None:
    soup = page("unreachable")
    assert "No grade" in words(at(soup, ".grade"))
    assert UNREACHABLE.because in words(at(soup, ".notice"))
    assert soup.select("#first, #passed, #critical") == []


def test_a_good_shop_is_told_so() -> None:
    soup = page("hardened")
    assert "Nothing here needs fixing first." in words(at(soup, "#first"))
    assert f"{len(HARDENED.judged)} checks found nothing to complain about." in words(at(soup, "#passed"))
    assert "The newest database backup is 7 hours old (212 MB)." in words(at(soup, "#passed"))


def test_hostile_content_stays_text() -> None:
    made = html(view_of(HOSTILE, ARTICLES))
    assert "<script" not in made
    assert "<img" not in made
    assert "\u202e" not in made
    assert "\x00" not in made
    assert "{{7*7}}" in made  # shown as it is, not evaluated
    soup = BeautifulSoup(made, "lxml")
    assert len(soup.select("style")) == 1
    assert "‹U+202E›gpj.exe" in at(soup, "h1").get_text()
    links = [str(a["href"]) for a in soup.select("a")]
    assert not [link for link in links if not link.startswith("mailto:?") and re.search("evil.example|javascript", link)]
    assert all(re.fullmatch(r"mailto:\?subject=[\w%.~-]+&body=[\w%.~-]+", link) for link in links if link.startswith("mailto:?"))


def test_an_article_cannot_load_anything_either() -> None:
    made = str(to_html("![pixel](https://evil.example/p.png) [x](ftp://a) [y](https://b.example) <b>z</b>\n\n# big"))
    assert "<img" not in made
    assert "evil.example" not in made
    assert "ftp://" not in made
    assert '<a href="https://b.example" rel="noopener noreferrer nofollow">y</a>' in made
    assert "&lt;b&gt;" in made
    assert '<p class="subheading">big</p>' in made


def test_markdown_as_text_for_mails() -> None:
    source = (
        "Hello,\nplease **block** `x`:\n\n1. one\n2. two\n\n   - inner\n\n```sh\nls -l\n```\n\nSee [here](https://a.example)."
    )
    shown = to_text(source)
    assert shown.startswith("Hello, please block x:\n\n1. one\n2. two\n")
    assert "\n    ls -l\n" in shown
    assert shown.endswith("See here (https://a.example).")


def test_an_agencys_brand(tmp_path: Path) -> None:
    soup = BeautifulSoup(html(view_of(WEAK, ARTICLES, agency=agency(tmp_path))), "lxml")
    logo = at(soup, ".brand img")
    assert (logo["alt"], str(logo["src"])[:26]) == ("Harbour Web", "data:image/svg+xml;base64,")
    assert at(soup, 'a[href="mailto:care@harbourweb.example"]')
    assert "--brand:#f5b301" in at(soup, "style").text
    assert soup.select("svg text") == []  # the logo is never part of the page itself


def test_the_themes_in_the_style_sheet_are_those_that_accents_are_fitted_to() -> None:
    style = at(page("weak"), "style").text
    light, dark = style.split("prefers-color-scheme: dark", 1)
    for theme, colours in ((light, LIGHT), (dark, DARK)):
        shown = {re.findall(rf"--{name}: (#\w+);", theme)[0] for name in ("paper", "surface", "sunken")}
        assert shown == set(colours)

"""Each language is whole, says the same as English, and leaves no English on its page but what is marked as such."""

from __future__ import annotations

import ast
import hashlib
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import click
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from reports.alerts.words import ORDER
from reports.formats.html import html
from reports.formats.markdown import markdown_
from reports.formats.terminal import text
from reports.i18n.language import Language, Said, UnknownLanguage, codes, english, language
from reports.view.build import view_of
from scanner.results.result import ScanResult
from scanner.rules.articles import Article
from scanner.rules.verdicts import Found, NotApplicable
from shopwarden.cli.group import main
from tests.reports.samples import ARTICLES, SAMPLES, WEAK, result
from tests.scanning import catalogue
from tools.record_shops import judged_again

ROOT = Path(__file__).parents[3]
OTHERS = [code for code in codes() if code != "en"]
TRANSLATED = [(code, rule) for code in OTHERS for rule in sorted(language(code).articles)]
ENGLISH_WORDS = re.compile(r"\b(?:the|and|is|are|of|with|your|from|this|that|has|have|been|could|should)\b", re.IGNORECASE)
_CODE = re.compile(
    r"```.*?```|`[^`\n]+`|\*{1,2}[^*]+\*{1,2}|^(?:- |    |  ).*?$|^Temat:.*?$|^Betreff:.*?$|^## .*?$", re.DOTALL | re.MULTILINE
)
"""In a letter: blocks, names in backticks, names of buttons, places, what was seen."""


def placeholders(forms: tuple[str, ...]) -> list[set[str]]:
    return [{name for _, name, _, _ in string.Formatter().parse(form) if name} for form in forms]


def of_each(key: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(key, OTHERS)


# ---- phrases


def test_there_are_polish_and_german() -> None:
    assert codes() == ("de", "en", "pl")


@of_each("code")
def test_every_phrase_is_there_with_the_same_placeholders(code: str) -> None:
    spoken, original = language(code).phrases, english().phrases
    assert set(spoken) == set(original)
    for key, forms in spoken.items():
        wanted = placeholders(original[key])[0] | ({"n"} if "{n}" in "".join(original[key]) else set())
        for form, used in zip(forms, placeholders(forms), strict=True):
            assert used == wanted, (key, form)
    assert len(language(code).glossary) == len(english().glossary)


@pytest.mark.parametrize("code", codes())
def test_a_phrase_has_one_form_or_as_many_as_the_plural(code: str) -> None:
    spoken = language(code)
    wanted = len({spoken.plural(number) for number in range(200)})
    counted = {key for key, forms in english().phrases.items() if len(forms) == 2}
    for key, forms in spoken.phrases.items():
        if key != "language.months":
            assert len(forms) == (wanted if key in counted else 1), key
    assert len(spoken.phrases["language.months"]) == 12


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 problem"),
        (2, "2 problemy"),
        (5, "5 problemów"),
        (12, "12 problemów"),
        (22, "22 problemy"),
        (1234, "1\u00a0234 problemy"),
    ],
)
def test_polish_plurals(number: int, words: str) -> None:
    assert language("pl").count("count.problems", number) == words


def test_numbers_and_times() -> None:
    when = datetime(2026, 5, 3, 4, 5, tzinfo=UTC)
    assert [language(code).moment(when) for code in codes()] == [
        "3. Mai 2026, 04:05 Uhr UTC", "3 May 2026, 04:05 UTC", "3 maja 2026, godz. 04:05 UTC",
    ]  # fmt: skip
    assert [language(code).size(3_482_113) for code in codes()] == ["3,5 MB", "3.5 MB", "3,5 MB"]
    assert [language(code).share(0.2) for code in codes()] == ["20\u00a0%", "20%", "20%"]


def test_every_phrase_is_used() -> None:
    """A phrase that nothing says is a phrase that somebody translates for nothing."""
    source = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "reports").rglob("*") if file.suffix in {".py", ".j2"})
    made_of = (
        "language",
        "severity",
        "many",
        "group",
        "means",
        "area",
        "where",
        "sentence",
        "advice",
        "state",
        "progress",
        "code",
        "who",
        "pci",
        "pack",
        "policy",
        "overview",
        "ask",
    )
    unused = [
        key for key in english().phrases
        if key.partition(".")[0] not in made_of and f'"{key}"' not in source and f"'{key}'" not in source
    ]  # fmt: skip
    made = {f"page.{why}" for why in ("blocked", "unreachable", "limited", "unclear", "letters")}
    kinds = {kind.replace("-", "_") for kind in ORDER}
    made |= {f"{table}{kind}" for table in ("told.", "told.shops_", "alert.", "alert.subject_") for kind in kinds}
    made |= {"send.host", "send.developer", "send.text_for_host", "send.text_for_developer"}
    made |= {"card.also_yours", "card.by_hand", "card.other_fixes"}
    made |= {f"{name}.heading" for name in ("unchecked", "passed", "not_applicable")} | {"card.possible"}
    assert set(unused) <= made


def test_an_unknown_language_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownLanguage, match="'xx'; there are de, en, pl"):
        language("xx")
    with pytest.raises(UnknownLanguage):
        language("../../etc")


@given(st.text(max_size=300))
def test_what_a_check_says_is_never_lost(sentence: str) -> None:
    said = language("pl").repeat(sentence)
    assert said.lang == "pl" or said == sentence


def test_a_known_sentence_is_translated_and_an_unknown_one_says_what_it_is() -> None:
    polish = language("pl")
    assert polish.repeat("User names: anna, “jan”") == "Nazwy użytkowników: anna, “jan”"
    assert polish.repeat("User names: anna").lang == "pl"
    dated = "PHP 7.2.34: its makers give no repairs any more since 30 November 2020"
    assert polish.repeat(dated) == "PHP 7.2.34: twórcy nie wydają już poprawek od dnia 30 listopada 2020"
    assert polish.repeat("Something that nobody translated.").lang == "en"
    assert english().repeat("User names: anna") == "User names: anna"


@cache
def _sources() -> tuple[tuple[str, ...], ...]:
    """The texts in each module of the checks and the engine, with {} for what is filled in."""
    return tuple(
        tuple(_texts(ast.parse(file.read_text(encoding="utf-8"))))
        for folder in ("checks", "scanner", "shopwarden", "reports")
        for file in sorted((ROOT / folder).rglob("*.py"))
    )


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@of_each("code")
def test_a_translated_sentence_is_one_that_the_program_still_says(code: str) -> None:
    whole = {one for texts in _sources() for one in texts}
    words = [set(re.findall(r"[A-Za-z-]{3,}", " ".join(texts))) for texts in _sources()]
    for sentence in language(code).said:
        blank = re.sub(r"\{\w+\}", "{}", sentence)
        made_of = set(re.findall(r"[A-Za-z-]{3,}", blank.replace("{}", " ")))
        if sentence in SAID_BY_CLICK:
            continue
        assert blank in whole or any(made_of <= some for some in words), sentence


SAID_BY_CLICK = {
    "Usage",
    "Error",
    "Options",
    "Show this message and exit.",
    "Try '{command}' for help.",
    "Did you mean {word}?",
    "(Possible options: {options})",
    "No such option {option}.",
    "Option {option} requires an argument.",
    "Missing argument {name}.",
    "Invalid value for {name}: {because}",
    "Got unexpected extra argument ({words})",
    "Got unexpected extra arguments ({words})",
    "{value} is not a valid integer.",
    "{value} is not a valid float.",
    "{value} is not in the range {range}.",
    "{value} does not match the format {format}.",
}
"""What the library for command lines says of wrong usage."""
FRAGMENTS = re.compile(r"[\s;,(]")
"""What a sentence may go on with; it is looked up with what stands before it."""
NOT_SAID = {
    "Google reCAPTCHA",
    "Meta pixel",
    "Google Tag Manager and Analytics",
    "Whoops container",
    "Exception caught",
}  # names and marks
IN_PARTS = {
    "There is no such folder, so no {}.{}",
    "{} address{} could not be read.",
    "Without encryption, the server {}: “{}”.{}",
    "The server {} speaks SSH version 1, which is broken: “{}”.",
    "{}: {} is the newest of its releases ({}){}",
    "{}: {} get no repairs any more{} ({}){}",
    "{}: its makers give no repairs any more{}",
    "{} accepts suites {}: {}{}.",
}
"""Where two things that are filled in touch, each form of the sentence is known; pages of whole shops are looked at below."""


def _trees(*folders: str) -> Iterator[ast.AST]:
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(file.read_text(encoding="utf-8"))


def _said_in(tree: ast.AST, *, raised: bool) -> Iterator[str]:
    """The texts below a node, with {} for what is filled in: not what is logged or looked for. raised: also what is raised."""
    other: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            other |= {id(part) for part in node.values}
        elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            other |= {id(inner) for inner in ast.walk(node.format_spec)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            other.add(id(node.value))
        elif (isinstance(node, ast.Raise) and not raised) or (
            isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("re.", "log."))
        ):
            other |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) not in other:
            yield from _texts_of(node)


def _said_by_checks() -> Iterator[str]:
    for tree in _trees("checks"):
        yield from _said_in(tree, raised=False)


SENTENCE = re.compile(r"[A-Z{“].* .*[.?!]", re.DOTALL)
OF_A_FILE = "X7 {}."
"""What is wrong with a backup is said after the name of its file."""


def _reasons() -> Iterator[str]:
    """Why the engine or a gatherer could not look at something, or what a backup lacks, and what is shown while it looks."""
    for tree in _trees("scanner/engine", "scanner/gatherers"):
        yield from (one for one in _said_in(tree, raised=True) if SENTENCE.fullmatch(one) and len(one.split()) > 2)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Broken", "CannotLook", "Unavailable"}:
                yield from _said_in(node, raised=True)
            elif isinstance(node, ast.keyword) and node.arg == "doing":
                yield from _said_in(node.value, raised=True)


TYPED = ("said", "tell", "console.tell", "complain", "console.complain", "_ask", "_confirm", "Tried", "ctx.fail")
REFUSALS = re.compile(
    r"(click\.)?(Refused|Bad\w+|UsageError|PdfError|HistoryError|NewerSchema|Not\w+|SourceSilent|UnknownLanguage)"
)


def _typed() -> Iterator[str]:
    """What the command line asks, says and complains of."""
    for tree in _trees("shopwarden", "reports", "scanner/settings", "scanner/scope", "scanner/history"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (
                (name := ast.unparse(node.func)) in TYPED or (REFUSALS.fullmatch(name) and name not in NOT_FOR_PEOPLE)
            ):
                yield from _said_in(node, raised=True)


def _planned() -> Iterator[str]:
    """What `shopwarden plan` lists: its own sentences, and the most that each gatherer sends."""
    for tree in _trees("scanner/engine", "scanner/gatherers"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "say":
                yield from _said_in(node, raised=True)
            elif isinstance(node, ast.keyword) and node.arg == "ceiling":
                yield from _said_in(node.value, raised=True)


def _helped() -> Iterator[str]:
    """The help of each command and of its options, as click gives it to be printed."""
    commands: list[click.Command] = [main]
    while commands:
        command = commands.pop()
        texts = [command.get_short_help_str(1_000), *(command.help or "").split("\n\n")]
        context = click.Context(command, **main.context_settings)  # click keeps the help option that it makes for the first one
        for one in command.get_params(context):
            texts += [one.help or ""] if isinstance(one, click.Option) else []
        yield from (" ".join(text.split()) for text in texts)
        if isinstance(command, click.Group):
            commands += filter(None, (command.get_command(context, name) for name in command.list_commands(context)))


NOT_FOR_PEOPLE = {"BadRequest", "BadRecording", "NotApplicable"}
"""The demo shop's answers; a recording's defects, for whoever develops; a verdict."""
PIECES = {
    "{} the id {} (shopwarden history {} lists them)",
    "{}: the history cannot be used ({}){}",
    "nobody is called {} in the configuration{}",
    "{} scripts wait until a visitor agrees or clicks{}. No browser loads them before, so they were not judged.",
}
"""Known in each of their forms."""


def _texts_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


@of_each("code")
def test_every_sentence_of_the_checks_is_known(code: str) -> None:
    spoken = language(code)
    said = {one for one in _said_by_checks() if not re.search(r'[\\<]|\(\?|="', one)} - NOT_SAID - IN_PARTS
    unknown = [
        one for one in sorted(said) if not FRAGMENTS.match(one) and spoken.repeat(one.replace("{}", "X7").strip()).lang != code
    ]
    assert unknown == []


@of_each("code")
@pytest.mark.parametrize("said", [_reasons, _typed, _helped], ids=["reasons", "typed", "helped"])
def test_whatever_people_read_of_the_program_is_known(code: str, said: Callable[[], Iterator[str]]) -> None:
    spoken, unknown, looked_at = language(code), [], 0
    for one in dict.fromkeys(said()):
        filled = one.replace("{}", "X7").strip()
        if one in PIECES or not re.search(r"[A-Za-z]{2,}'?s? [a-z]{2,}", filled):
            continue
        looked_at += 1
        if not any(spoken.repeat(form).lang == code for form in (filled, OF_A_FILE.format(filled))):
            unknown.append(one)
    assert unknown == []
    assert looked_at > 90


@of_each("code")
def test_all_that_a_plan_lists_is_known(code: str) -> None:
    said = [one.replace("{}", "7") for one in dict.fromkeys(_planned()) if re.search("[a-z]{3}", one)]
    assert [one for one in said if language(code).repeat(one) == one] == []
    assert len(said) > 30


@of_each("code")
@pytest.mark.parametrize("shop", sorted(folder.name for folder in (ROOT / "fixtures" / "shops").iterdir()))
def test_nothing_on_the_page_of_a_recorded_shop_is_english(code: str, shop: str) -> None:
    spoken = language(code)
    judged = judged_again(ROOT / "fixtures" / "shops" / shop, catalogue())
    soup = BeautifulSoup(html(view_of(judged, dict(catalogue().articles), language=spoken)), "lxml")
    for quoted in soup.select("pre, code, .path, .rule, .references"):
        quoted.decompose()
    left = {" ".join(one.get_text(" ", strip=True).split()) for one in soup.select('[lang="en"]')}
    assert {one for one in left if ENGLISH_WORDS.search(one)} == set()


# ---- articles


@cache
def originals() -> dict[str, Article]:
    return dict(catalogue().articles)


@cache
def source(rule: str) -> str:
    (file,) = (ROOT / "checks").glob(f"*/{rule}.md")
    return file.read_text(encoding="utf-8")


def numbers(article: Article) -> list[str]:
    """Every number outside of code and references."""
    prose = [article.title, article.good, article.why, article.risk, article.verify, article.ask]
    prose += [re.sub(r"```.*?```", "", fix.markdown, flags=re.DOTALL) for fix in article.fixes]
    return sorted(re.findall(r"\d+", " ".join(prose)))


def spans(article: Article) -> list[str]:
    """What stands in backticks outside of blocks: file names, settings, addresses."""
    prose = [article.good, article.why, article.verify, article.ask]
    prose += [re.sub(r"```.*?```", "", fix.markdown, flags=re.DOTALL) for fix in article.fixes]
    return sorted(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", "\n\n".join(prose)))


@of_each("code")
def test_every_article_is_translated(code: str) -> None:
    assert set(originals()) - set(language(code).articles) == set()


@pytest.mark.parametrize(("code", "rule"), TRANSLATED)
def test_a_translation_says_the_same_as_the_english(code: str, rule: str) -> None:
    translated, original = language(code).articles[rule], originals()[rule]
    assert [fix.where for fix in translated.fixes] == [fix.where for fix in original.fixes]
    assert [fix.blocks for fix in translated.fixes] == [fix.blocks for fix in original.fixes]
    assert numbers(translated) == numbers(original)
    assert spans(translated) == spans(original)
    assert translated.minutes == original.minutes
    assert bool(translated.risk) == bool(original.risk)
    assert translated.for_host == original.for_host
    assert language(code).article(original)[0].references == original.references
    assert translated.title != original.title


@pytest.mark.parametrize(("code", "rule"), TRANSLATED)
def test_a_translation_is_of_the_english_as_it_is_now(code: str, rule: str) -> None:
    file = ROOT / "reports" / "i18n" / code / "articles" / f"{rule}.md"
    now = hashlib.sha256(source(rule).partition("\n## References\n")[0].encode()).hexdigest()[:16]
    assert now in file.read_text(encoding="utf-8").splitlines()[0], (
        f"{rule}.md changed in English: translate what is new into {code}, then write {now} into the first line of {file.name}"
    )


# ---- pages


def shown(result_: ScanResult, spoken: Language) -> ScanResult:
    """The same result, with the owner's own words in the page's language: these are never translated."""
    reason = "własny powód" if spoken.code == "pl" else "eigener Grund"
    return replace(result_, accepted=tuple(replace(accepted, reason=reason) for accepted in result_.accepted))


@of_each("code")
@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "hostile"])
def test_no_english_is_left_on_the_page_but_what_is_marked(code: str, name: str) -> None:
    spoken = language(code)
    soup = BeautifulSoup(html(view_of(shown(SAMPLES[name], spoken), ARTICLES, language=spoken)), "lxml")
    assert soup.html is not None
    assert soup.html["lang"] == code
    for other in soup.select('[lang="en"], bdi, code, pre.shown, style, .path, .rule'):
        other.decompose()
    for facts in soup.select(".facts dd, .found"):
        facts.decompose()
    for quoted in soup.select("em, strong"):  # names of buttons, as they stand in the panel
        quoted.decompose()
    for letter in soup.select("details.mail pre"):
        letter.string = _CODE.sub("", letter.get_text())
    words = soup.get_text(" ", strip=True)
    attributes = " ".join(str(tag[name]) for tag in soup.select("*") for name in ("aria-label", "alt", "title") if tag.get(name))
    assert ENGLISH_WORDS.findall(f"{words} {attributes}") == []
    assert not re.search(r"\{\w+\}", words)


def test_the_test_for_english_finds_english() -> None:
    soup = BeautifulSoup(html(view_of(WEAK, ARTICLES)), "lxml")
    assert len(ENGLISH_WORDS.findall(soup.get_text(" "))) > 50


def test_a_translated_article_is_on_the_page_and_another_one_is_marked_as_english() -> None:
    whole = language("pl")
    polish = replace(whole, articles={rule: article for rule, article in whole.articles.items() if rule != "ftp-plaintext"})
    soup = BeautifulSoup(html(view_of(WEAK, originals(), language=polish)), "lxml")
    heading = soup.select_one("#rule-exposed-vcs-title")
    other = soup.select_one("#rule-ftp-plaintext-title")
    assert heading is not None
    assert other is not None
    assert (heading.get_text(), heading.get("lang")) == (polish.articles["exposed-vcs"].title, None)
    assert other["lang"] == "en"
    mail = soup.select_one("#rule-exposed-vcs details.mail pre")
    assert mail is not None
    assert mail.get_text().startswith("Temat: petalandstem.example: Pliki, które nie powinny być publiczne (exposed-vcs)")
    assert mail.get_text().count("Dzień dobry") == 1


def test_a_phrase_without_a_translation_falls_back_to_marked_english() -> None:
    whole = language("pl")
    partial = replace(
        whole, phrases={key: forms for key, forms in whole.phrases.items() if key not in {"first.heading", "count.problems"}}
    )
    assert (partial.say("first.heading"), partial.say("first.heading").lang) == ("Fix these first", "en")
    assert partial.count("count.problems", 5) == "5 problems"
    soup = BeautifulSoup(html(view_of(WEAK, ARTICLES, language=partial)), "lxml")
    heading = soup.select_one("#first-title span")
    assert heading is not None
    assert (heading.get_text(), heading["lang"]) == ("Fix these first", "en")


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("name", SAMPLES)
def test_every_format_for_people_speaks_every_language(code: str, name: str) -> None:
    view = view_of(SAMPLES[name], ARTICLES, language=language(code))
    summary, markdown = text(view, color=False, width=100), markdown_(view)
    assert view.sentence in markdown
    assert " ".join(view.sentence.split()) in " ".join(summary.split())
    heading = language(code).say("asked.heading")
    assert f"## {heading}" in markdown


def test_only_known_languages_are_said_of_texts() -> None:
    view = view_of(
        result({"hsts-missing": Found.at("x", "User names: a"), "sri-missing": NotApplicable("Because nobody knows it.")}),
        ARTICLES,
        language=language("de"),
    )
    (evidence,) = view.groups[0].cards[0].findings
    assert isinstance(evidence.shown, Said)
    assert evidence.shown == "Benutzernamen: a"
    assert isinstance(view.not_applicable[0].heading, Said)
    assert view.not_applicable[0].heading.lang == "en"

"""What to do about a scan as a folder: one file for the web server, a checklist in order, a letter to the host and one to a
developer, and what was drafted for this shop; all in the report's language.

The server's file holds only what can be applied at once and together: proven blocks, of rules that have a ``fix_group``.
Everything else stays in the checklist, to be done by hand and with thought. A drafted Content-Security-Policy goes in so that
browsers only report, which stops nothing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from reports.i18n.language import Language, first_capital
from reports.kits.drafts import POLICY_GUIDE, guide_of, guides, policy_lines, policy_of
from reports.text.markdown import code, words
from reports.view.at_once import FILES, HEADINGS, Part, Server, parts_of, servers_of
from reports.view.model import Card, Letter, ReportView
from scanner.results.result import ScanResult
from scanner.rules.articles import Article, readable

ROOT_FILE = "apache-server.conf"
"""What Apache allows in its own configuration only: for an owner with root, or for his host."""
CHECKLIST = "checklist.md"
HOST_LETTER, DEVELOPER_LETTER = "mail-host.txt", "mail-developer.txt"

_ONCE = ("autoindex", "server_tokens", "ssl_protocols", "ssl_ciphers", "ssl_prefer_server_ciphers")
"""nginx's directives that may stand only once in a ``server``."""
_DIRECTIVE = re.compile(r"\s*(?:#[^\n]*\n\s*)*(\S+)\s+([^\s;{]+)?")


def fix_pack(
    view: ReportView, result: ScanResult, articles: Mapping[str, Article], server: Server | None = None
) -> dict[str, str]:
    """File name → content. server: the one to write for; left out, the detected one, or both where none was detected.

    What the owner accepted, and what was not found, is not in it.
    """
    servers = (server,) if server else servers_of(result)
    spoken = {rule: view.language.article(article)[0] for rule, article in articles.items()}
    parts = {one: parts_of(_cards(view), result, spoken, one, HEADINGS[one]) for one in servers}
    root = parts_of(_cards(view), result, spoken, "apache", "Apache") if "apache" in servers else []
    pack = {FILES[one]: _file(view, one, parts[one]) for one in servers if parts[one]} | guides(view)
    pack |= {ROOT_FILE: _root_file(view, root)} if root else {}
    letters = {HOST_LETTER: view.to_host, DEVELOPER_LETTER: view.to_developer}
    pack |= {file: _letter(letter, view.language) for file, letter in letters.items() if letter}
    pack[CHECKLIST] = "\n\n".join(block for block in _checklist(view, parts, root, pack) if block) + "\n"
    return pack


def _letter(letter: Letter, language: Language) -> str:
    return f"{language.say('card.subject', subject=letter.subject)}\n\n{letter.text}\n"


def _cards(view: ReportView) -> list[Card]:
    return [card for group in view.groups for card in group.cards]


# ---- the server's file


def _file(view: ReportView, server: Server, parts: Sequence[Part]) -> str:
    texts = [part.text for part in parts] if server == "apache" else _merged([part.text for part in parts])
    policy = policy_of(view)
    draft = policy_lines(policy, HEADINGS[server]) if policy else ""
    lead = _apache_lead(view) if server == "apache" else _nginx_lead(view, [*texts, draft])
    blocks = [_comment(*lead), *_commented(view.language, parts, texts)]
    if draft:
        blocks.append(f"{_comment(view.language.say('pack.draft', file=POLICY_GUIDE))}\n{draft}")
    return "\n\n".join(blocks) + "\n"


def _root_file(view: ReportView, parts: Sequence[Part]) -> str:
    return "\n\n".join([_comment(*_root_lead(view)), *_commented(view.language, parts, [part.text for part in parts])]) + "\n"


def _root_lead(view: ReportView) -> Iterator[str]:
    yield _for_shop(view)
    yield from (view.language.say(f"pack.root_{what}") for what in ("needed", "where", "wins"))


def _for_shop(view: ReportView) -> str:
    return view.language.say("pack.for_shop", host=_safe(view.host), date=view.date)


def _commented(language: Language, parts: Sequence[Part], texts: Sequence[str]) -> Iterator[str]:
    for part, text in zip(parts, texts, strict=True):
        called = f"{part.title} ({', '.join(part.rules)})"
        if text:
            breaks = f"{language.say('card.risk')} {part.breaks}" if part.breaks else ""
            yield f"{_comment(called, breaks)}\n{text}"
        else:
            yield _comment(language.say("pack.above", what=called))


def _apache_lead(view: ReportView) -> Iterator[str]:
    yield _for_shop(view)
    yield from (view.language.say(f"pack.apache_{what}") for what in ("where", "trouble"))


def _nginx_lead(view: ReportView, texts: Iterable[str]) -> Iterator[str]:
    say = view.language.say
    yield _for_shop(view)
    yield say("pack.nginx_where")
    used = {name for text in texts for name, _ in map(_named, _statements(text))}
    if once := [name for name in _ONCE if name in used]:
        yield say("pack.nginx_once", names=", ".join(once))
    if "add_header" in used:
        yield say("pack.nginx_headers")
    if "if" in used:
        yield say("pack.nginx_redirects")


def _comment(*paragraphs: str) -> str:
    wrapped = (textwrap.wrap(text, 108, break_long_words=False, break_on_hyphens=False) for text in paragraphs)
    return "\n".join(f"# {line}" for lines in wrapped for line in lines)


def _safe(host: str) -> str:
    """A host name for a comment: a backslash at a line's end would carry it on."""
    return re.sub(r"[^A-Za-z0-9.:\[\]-]", "", host)[:200] or "the shop"


def _merged(texts: Iterable[str]) -> list[str]:
    """The same blocks without what nginx refuses to read twice: equal statements, and directives that may stand only once."""
    seen: set[str] = set()
    merged = []
    for text in texts:
        kept = []
        for statement in _statements(text):
            name, first = _named(statement)
            key = name if name in _ONCE else f"{name} {first}" if name == "add_header" else " ".join(statement.split())
            if key not in seen:
                seen.add(key)
                kept.append(statement)
        merged.append("\n".join(kept))
    return merged


def _named(statement: str) -> tuple[str, str]:
    match = _DIRECTIVE.match(statement + " ")
    return (match[1].rstrip(";"), match[2] or "") if match else ("", "")


def _statements(text: str) -> Iterator[str]:
    """Nginx's top-level statements: each ends with its ``;`` or its ``}``; comments stay with what follows."""
    depth, start, quote, position = 0, 0, "", 0
    while position < len(text):
        character = text[position]
        if quote:
            position += character == "\\"
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "\\":
            position += 1
        elif character == "#":
            position = text.find("\n", position) % (len(text) + 1)
        elif character == "{":
            depth += 1
        elif character in ";}":
            depth -= character == "}"
            if not depth:
                yield text[start : position + 1].strip("\n")
                start = position + 1
        position += 1


# ---- the checklist


def _checklist(
    view: ReportView, parts: Mapping[Server, Sequence[Part]], root: Sequence[Part], made: Container[str]
) -> Iterator[str]:
    say, count = view.language.say, view.language.count
    yield f"# {say('pack.heading', name=words(view.name))}"
    yield f"{say('pack.from_scan', date=view.date)} {words(view.sentence)}"
    done = {rule for of_server in parts.values() for part in of_server for rule in part.rules}
    cards = _cards(view)
    if not cards:
        yield say("pack.nothing")
        return
    if letters := [code(file) for file in (HOST_LETTER, DEVELOPER_LETTER) if file in made]:
        yield f"{say('pack.letters')} {', '.join(letters)}"
    files = [code(FILES[server]) for server in parts if parts[server]]
    yield f"- [ ] {say('pack.backup')}"
    if files:
        yield f"## {say('pack.at_once', file=say('pack.or', one=files[0], other=files[1]) if len(files) > 1 else files[0])}"
        choose = say("pack.file_choose") if len(files) > 1 else ""
        yield " ".join(filter(None, (say("pack.file_where"), choose, say("pack.takes_care"))))
        yield _ticks(view, [card for card in cards if card.rule in done])
        yield say("pack.were_open")
    if root:
        with_root = {rule for part in root for rule in part.rules}
        yield f"## {say('pack.with_root', file=code(ROOT_FILE))}"
        yield f"{say('pack.root_says')} {say('pack.takes_care')}"
        yield _ticks(view, [card for card in cards if card.rule in with_root])
    if by_hand := [card for card in cards if card.rule not in done]:
        yield f"## {count('pack.then_by_hand' if files else 'pack.by_hand', len(by_hand))}"
        for card in by_hand:
            yield from _task(card, view.language, made)
    if done:
        yield f"## {say('pack.details')}"
        for card in cards:
            if card.rule in done:
                yield from _details(card, view.language)
    yield f"## {say('pack.end')}"
    yield f"- [ ] {say('pack.again', command=code(view.again))}"


def _ticks(view: ReportView, cards: Iterable[Card]) -> str:
    return "\n".join(f"- [ ] **{view.language.severity(card.severity)}** {words(card.title)}" for card in cards)


def _task(card: Card, language: Language, made: Container[str]) -> Iterator[str]:
    say = language.say
    yield f"### {words(card.title)}"
    places = [code(location.text) for evidence in card.findings for location in evidence.locations[:1]]
    places = places or [code(evidence.subject) for evidence in card.findings]
    more = f" {say('count.more', n=language.number(len(places) - 5))}" if len(places) > 5 else ""
    yield f"- [ ] **{language.severity(card.severity)}** · {', '.join(places[:5])}{more}"
    if (guide := guide_of(card)) in made:
        yield say("pack.made", file=code(guide))
    yield from _ways(card, language)
    if not card.mail:
        yield card.ask
    elif card.points:
        yield say("pack.out_of_hands", file=code(HOST_LETTER))


def _details(card: Card, language: Language) -> Iterator[str]:
    yield f"### {words(card.title)}"
    yield from _ways(card, language)
    yield f"**{language.say('card.verify')}**"
    yield card.verify


def _ways(card: Card, language: Language) -> Iterator[str]:
    """What it takes, what may break, and how."""
    effort = first_capital(f"{card.effort}.") if card.effort else ""
    risk = f"{language.say('card.risk')} {card.risk}" if card.risk else ""
    yield f"{effort} {risk}".strip()
    untried = first_capital(f"{language.say('code.untested')}.")
    for fix in card.fixes:
        yield f"**{words(language.where(fix.where))}**"
        yield readable(fix.markdown, untried)

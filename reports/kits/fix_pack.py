"""What to do about a scan as a folder: one file for the web server, a checklist in order, the mails to the host, and what was
drafted for this shop.

The server's file holds only what can be applied at once and together: proven blocks, of rules that have a ``fix_group``.
Everything else stays in the checklist, to be done by hand and with thought. A drafted Content-Security-Policy goes in so that
browsers only report, which stops nothing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from reports.kits.drafts import POLICY_GUIDE, guide_of, guides, policy_lines, policy_of
from reports.text.markdown import code, words
from reports.text.words import counted
from reports.view.at_once import FILES, HEADINGS, Part, Server, parts_of, servers_of
from reports.view.model import Card, ReportView
from scanner.results.result import ScanResult
from scanner.rules.articles import Article, readable

ROOT_FILE = "apache-server.conf"
"""What Apache allows in its own configuration only: for an owner with root, or for his host."""
CHECKLIST = "checklist.md"

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
    parts = {one: parts_of(_cards(view), result, articles, one, HEADINGS[one]) for one in servers}
    root = parts_of(_cards(view), result, articles, "apache", "Apache") if "apache" in servers else []
    pack = {FILES[one]: _file(view, one, parts[one]) for one in servers if parts[one]} | guides(view)
    pack |= {ROOT_FILE: _root_file(view, root)} if root else {}
    mails = {card.rule: f"mail-{number:02}-{card.rule}.txt" for number, card in enumerate(_cards(view), 1) if card.mail}
    pack |= {mails[card.rule]: card.mail + "\n" for card in _cards(view) if card.mail}
    pack[CHECKLIST] = "\n\n".join(block for block in _checklist(view, parts, root, mails, pack) if block) + "\n"
    return pack


def _cards(view: ReportView) -> list[Card]:
    return [card for group in view.groups for card in group.cards]


# ---- the server's file


def _file(view: ReportView, server: Server, parts: Sequence[Part]) -> str:
    texts = [part.text for part in parts] if server == "apache" else _merged([part.text for part in parts])
    policy = policy_of(view)
    draft = policy_lines(policy, HEADINGS[server]) if policy else ""
    lead = _apache_lead(view) if server == "apache" else _nginx_lead(view, [*texts, draft])
    blocks = [_comment(*lead), *_commented(parts, texts)]
    if draft:
        tried = (
            f"A Content-Security-Policy to try out: browsers only report what it would stop. {POLICY_GUIDE} says what comes next."
        )
        blocks.append(f"{_comment(tried)}\n{draft}")
    return "\n\n".join(blocks) + "\n"


def _root_file(view: ReportView, parts: Sequence[Part]) -> str:
    return "\n\n".join([_comment(*_root_lead(view)), *_commented(parts, [part.text for part in parts])]) + "\n"


def _root_lead(view: ReportView) -> Iterator[str]:
    yield f"For {_safe(view.host)}, from the scan of {view.date}."
    yield "These lines need root on the server; on shared hosting send the mails to your host instead."
    yield (
        "On Debian and Ubuntu save this as /etc/apache2/conf-available/shopwarden.conf. Then: a2enconf shopwarden && "
        "apachectl configtest && systemctl reload apache2"
    )
    yield "Where the site's own file has lines with the same first words, take those out: the site's win."


def _commented(parts: Sequence[Part], texts: Sequence[str]) -> Iterator[str]:
    for part, text in zip(parts, texts, strict=True):
        called = f"{part.title} ({', '.join(part.rules)})"
        if text:
            breaks = f"What may break: {part.breaks}" if part.breaks else ""
            yield f"{_comment(called, breaks)}\n{text}"
        else:
            yield _comment(f"{called}: mended by the lines above.")


def _apache_lead(view: ReportView) -> Iterator[str]:
    yield f"For {_safe(view.host)}, from the scan of {view.date}."
    yield (
        "Put all of this at the very top of the file .htaccess in the shop's main folder, above what stands there. Keep a copy "
        "of the old file first. Then open the shop, put something into the basket, and log in."
    )
    yield (
        "If the whole site answers “500 Internal Server Error”, your host does not allow one of the parts: take them out one by "
        "one until it works. If a browser says “too many redirects”, a proxy stands before the shop: take the redirect out."
    )


def _nginx_lead(view: ReportView, texts: Iterable[str]) -> Iterator[str]:
    yield f"For {_safe(view.host)}, from the scan of {view.date}."
    yield (
        "Save this as /etc/nginx/shopwarden.conf and put “include /etc/nginx/shopwarden.conf;” at the top of each “server” block "
        "of the shop, for port 80 and for port 443. Then: nginx -t && systemctl reload nginx"
    )
    used = {name for text in texts for name, _ in map(_named, _statements(text))}
    if once := [name for name in _ONCE if name in used]:
        yield f"Take lines with {', '.join(once)} out of these blocks first: nginx allows each only once."
    if "add_header" in used:
        yield "A “location” that has an add_header of its own forgets those of its “server”: repeat the lines there."
    if "if" in used:
        yield "If a browser says “too many redirects”, a proxy stands before the shop: take the redirect out."


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
    view: ReportView,
    parts: Mapping[Server, Sequence[Part]],
    root: Sequence[Part],
    mails: Mapping[str, str],
    made: Container[str],
) -> Iterator[str]:
    yield f"# {words(view.name)}: what to do, in this order"
    yield f"From the scan of {view.date}. {words(view.sentence)}"
    done = {rule for of_server in parts.values() for part in of_server for rule in part.rules}
    cards = _cards(view)
    if not cards:
        yield "Nothing needs to be done."
        return
    files = [FILES[server] for server in parts if parts[server]]
    yield "- [ ] Make a backup of the shop's files and its database."
    if files:
        which = " or ".join(f"`{file}`" for file in files)
        choose = ""
        if len(files) > 1:
            choose = " (the first for Apache and LiteSpeed, the second for nginx; ask your host if you do not know)"
        yield f"## At once: {which}"
        yield f"The top of the file says where it belongs{choose}. It takes care of:"
        yield "\n".join(f"- [ ] **{card.severity}** {words(card.title)}" for card in cards if card.rule in done)
        yield (
            "Files that were open to everybody may have been read already: delete them from the server all the same, and change "
            "the passwords that stood in them."
        )
    if root:
        with_root = {rule for part in root for rule in part.rules}
        yield f"## With root on the server: `{ROOT_FILE}`"
        yield "What the `.htaccess` cannot change. On shared hosting, send your host the mails instead. It takes care of:"
        yield "\n".join(f"- [ ] **{card.severity}** {words(card.title)}" for card in cards if card.rule in with_root)
    if by_hand := [card for card in cards if card.rule not in done]:
        yield f"## {'Then, by' if files else 'By'} hand: {counted(len(by_hand), 'task')}"
        for card in by_hand:
            yield from _task(card, mails.get(card.rule), made)
    if done:
        yield "## More about what the file does"
        for card in cards:
            if card.rule in done:
                yield from _details(card, mails.get(card.rule))
    yield "## At the end"
    yield "- [ ] Scan again: `shopwarden scan` and the shop's address. Only what is no longer found is done."


def _task(card: Card, mail: str | None, made: Container[str]) -> Iterator[str]:
    yield f"### {words(card.title)}"
    places = [code(location.text) for evidence in card.findings for location in evidence.locations[:1]]
    places = places or [code(evidence.subject) for evidence in card.findings]
    more = f" and {len(places) - 5:,} more" if len(places) > 5 else ""
    yield f"- [ ] **{card.severity}** · {', '.join(places[:5])}{more}"
    if (guide := guide_of(card)) in made:
        yield f"Made for this shop, and better than the examples below: `{guide}`."
    yield _effort_and_risk(card)
    for fix in card.fixes:
        yield f"**{words(fix.where)}**"
        yield readable(fix.markdown)
    yield f"Out of your hands? Send `{mail}` to your host." if mail else card.ask


def _effort_and_risk(card: Card) -> str:
    return f"About {counted(card.minutes, 'minute')}. What may break: {card.risk}" if card.minutes else ""


def _details(card: Card, mail: str | None) -> Iterator[str]:
    yield f"### {words(card.title)}"
    yield _effort_and_risk(card)
    for fix in card.fixes:
        yield f"**{words(fix.where)}**"
        yield readable(fix.markdown)
    yield "**How to verify**"
    yield card.verify
    yield f"If the file cannot be used, send `{mail}` to your host." if mail else ""

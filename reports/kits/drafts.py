"""What a scan made for this shop alone: a Content-Security-Policy to try out, tags with checksums, records for the DNS. Pure.

The texts come ready from the findings; here they become files, with the steps beside them. A policy holds addresses that the
shop's pages name, so it is checked letter by letter before it goes into a server's file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reports.text.markdown import code, fenced, words
from reports.view.model import Card, Evidence, ReportView

POLICY_GUIDE = "content-security-policy.md"
TAGS_GUIDE = "integrity-tags.md"
RECORDS_GUIDE = "dns-records.md"
GUIDES = (POLICY_GUIDE, TAGS_GUIDE, RECORDS_GUIDE)
TRYING, IN_FORCE = "Content-Security-Policy-Report-Only", "Content-Security-Policy"
_POLICY = re.compile(rf"{TRYING}: ([A-Za-z0-9 ;:/.'*_+=@~-]+)")
"""Nothing that ends a quoted string or means something to a server (``$``, ``%``, a backslash) can be in it."""
_RECORD = re.compile(r"\S{1,255}\. [0-9]{1,6} IN [A-Z]{1,10} ")
"""The beginning of a line of a zone file."""
_LINES: Mapping[str, tuple[str, str]] = {
    "Apache (.htaccess)": ("apache", '<IfModule mod_headers.c>\n    Header always set {name} "{policy}"\n</IfModule>'),
    "nginx": ("nginx", 'add_header {name} "{policy}" always;'),
    "Caddy": ("caddy", 'header {name} "{policy}"'),
    "lighttpd": ("lighttpd", 'server.modules += ( "mod_setenv" )\nsetenv.add-response-header += ( "{name}" => "{policy}" )'),
}


def policy_of(view: ReportView) -> str:
    """The drafted policy for the shop's own host; empty where there is none, or where it holds a character that none should."""
    found = _finding(view)
    match = _POLICY.fullmatch(found.ready) if found is not None else None
    return match[1] if match else ""


def policy_lines(policy: str, where: str, *, name: str = TRYING) -> str:
    """The lines of a server's configuration that send a policy. where: an article's heading (``nginx``)."""
    return _LINES[where][1].format(name=name, policy=policy)


def guides(view: ReportView) -> dict[str, str]:
    """File name → Markdown, for what there is."""
    made = {}
    if policy := policy_of(view):
        made[POLICY_GUIDE] = _text(_policy_guide(view, policy))
    if tags := [finding for finding in _findings(view) if _is_tag(finding)]:
        made[TAGS_GUIDE] = _text(_tags_guide(view, tags))
    if records := [(card, finding) for card, finding in _by_card(view) if _is_record(finding)]:
        made[RECORDS_GUIDE] = _text(_records_guide(view, records))
    return made


def guide_of(card: Card) -> str:
    """The file that holds what was made for this shop to mend a problem, or ""."""
    if any(_is_policy(finding) for finding in card.findings):
        return POLICY_GUIDE
    if any(_is_record(finding) for finding in card.findings):
        return RECORDS_GUIDE
    return TAGS_GUIDE if any(_is_tag(finding) for finding in card.findings) else ""


def _policy_guide(view: ReportView, policy: str) -> Iterator[str]:
    found, say = _finding(view), view.language.say
    yield f"# {say('policy.heading', name=words(view.name))}"
    yield say("policy.cost", date=view.date)
    yield say("policy.what")
    if found is not None:
        yield fenced(found.shown)
    yield f"## {say('policy.report')}"
    yield say("policy.report_how")
    yield from _for_each_server(policy, TRYING)
    for step in ("look", "wait", "on"):
        yield f"## {say(f'policy.{step}')}"
        yield say(f"policy.{step}_how")
    yield from _for_each_server(policy, IN_FORCE)
    yield f"## {say('policy.later')}"
    yield say("policy.later_how")


def _for_each_server(policy: str, name: str) -> Iterator[str]:
    for where, (language, _) in _LINES.items():
        yield f"**{where}**"
        yield fenced(policy_lines(policy, where, name=name), language)


def _tags_guide(view: ReportView, tags: list[Evidence]) -> Iterator[str]:
    say = view.language.say
    yield f"# {say('tags.heading', name=words(view.name))}"
    yield say("tags.cost", date=view.date)
    yield say("tags.what")
    for tag in tags:
        yield f"## {code(tag.subject)}"
        pages = [code(location.text) for location in tag.locations[:3]]
        more = len(tag.locations) - len(pages) + tag.more_locations
        if pages:
            yield say("tags.on_pages", pages=", ".join(pages) + (f" {say('count.more', n=str(more))}" if more else ""))
        yield fenced(tag.ready, "html")


def _records_guide(view: ReportView, records: list[tuple[Card, Evidence]]) -> Iterator[str]:
    say = view.language.say
    yield f"# {say('records.heading', name=words(view.name))}"
    yield say("records.cost", date=view.date)
    yield say("records.what")
    for card, record in records:
        yield f"## {words(card.title)}"
        yield words(record.shown)
        yield fenced(record.ready, "text")


def _finding(view: ReportView) -> Evidence | None:
    """That for the shop's own host, else the first."""
    found = [finding for finding in _findings(view) if _is_policy(finding)]
    own = (finding for finding in found if finding.subject == view.host)
    return next(own, found[0] if found else None)


def _by_card(view: ReportView) -> Iterator[tuple[Card, Evidence]]:
    return ((card, finding) for group in view.groups for card in group.cards for finding in card.findings)


def _findings(view: ReportView) -> Iterator[Evidence]:
    return (finding for _, finding in _by_card(view))


def _is_policy(finding: Evidence) -> bool:
    return finding.ready.startswith(f"{TRYING}: ")


def _is_tag(finding: Evidence) -> bool:
    return finding.ready.startswith("<")


def _is_record(finding: Evidence) -> bool:
    return _RECORD.match(finding.ready) is not None


def _text(blocks: Iterator[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"

"""What a scan made for this shop alone: a Content-Security-Policy to try out, and tags with checksums. Pure.

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
GUIDES = (POLICY_GUIDE, TAGS_GUIDE)
TRYING, IN_FORCE = "Content-Security-Policy-Report-Only", "Content-Security-Policy"
_POLICY = re.compile(rf"{TRYING}: ([A-Za-z0-9 ;:/.'*_+=@~-]+)")
"""Nothing that ends a quoted string or means something to a server (``$``, ``%``, a backslash) can be in it."""
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
    return made


def guide_of(card: Card) -> str:
    """The file that holds what was made for this shop to mend a problem, or ""."""
    if any(_is_policy(finding) for finding in card.findings):
        return POLICY_GUIDE
    return TAGS_GUIDE if any(_is_tag(finding) for finding in card.findings) else ""


def _policy_guide(view: ReportView, policy: str) -> Iterator[str]:
    found = _finding(view)
    yield f"# {words(view.name)}: a Content-Security-Policy to begin with"
    yield (
        f"Made from the scan of {view.date}. Effort: 120 minutes, spread over two weeks. What may break: nothing in steps 1 to "
        "3; from step 4 on, whatever the list forgot."
    )
    yield (
        "The policy is a list of the places that your pages may load from; browsers refuse all others, and so what a thief "
        "smuggles in. This one was drafted from what your pages loaded when we looked."
    )
    if found is not None:
        yield fenced(found.shown)
    yield "## 1. Let browsers only report"
    yield "These lines stop nothing. Take those for your web server, or the file for it in this folder, which has them."
    for where, (language, _) in _LINES.items():
        yield f"**{where}**"
        yield fenced(policy_lines(policy, where), language)
    yield "## 2. Look at every kind of page"
    yield (
        "Open the shop in Chrome or Firefox, press F12 and choose *Console*. Go to the home page, a product, the basket, the "
        "checkout up to the payment, the login, a customer's account, and accept the cookie banner. Each line about the "
        "Content Security Policy names an address and a directive: if you know the address, add it there."
    )
    yield "## 3. Wait two weeks"
    yield "Look again now and then, also after you have changed something in the shop."
    yield "## 4. Turn it on"
    yield (
        "Take `-Report-Only` out of the header's name, and buy something in your own shop. If anything is missing, put "
        "`-Report-Only` back: the shop is at once as it was."
    )
    for where, (language, _) in _LINES.items():
        yield f"**{where}**"
        yield fenced(policy_lines(policy, where, name=IN_FORCE), language)
    yield "## 5. When the shop changes"
    yield "A new payment method, chat or tracking tool needs a place in the list. Scan again: the report drafts the list anew."


def _tags_guide(view: ReportView, tags: list[Evidence]) -> Iterator[str]:
    yield f"# {words(view.name)}: tags with checksums"
    yield (
        f"Made from the scan of {view.date}. Effort: 15 minutes. What may break: the page, if the file is no longer what it "
        "was; so try it at once."
    )
    yield (
        "Each tag loads the same file as now, and browsers refuse it when somebody has changed it. The checksum is that of the "
        "file as it was served to us on the day of the scan; whether it was the right file then, we cannot know. Put each tag in "
        "the place of the one in your theme, keep attributes such as `defer`, and reload the page."
    )
    for tag in tags:
        yield f"## {code(tag.subject)}"
        pages = [code(location.text) for location in tag.locations[:3]]
        more = len(tag.locations) - len(pages) + tag.more_locations
        if pages:
            yield f"On {', '.join(pages)}{f' and {more} more' if more else ''}:"
        yield fenced(tag.ready, "html")


def _finding(view: ReportView) -> Evidence | None:
    """That for the shop's own host, else the first."""
    found = [finding for finding in _findings(view) if _is_policy(finding)]
    own = (finding for finding in found if finding.subject == view.host)
    return next(own, found[0] if found else None)


def _findings(view: ReportView) -> Iterator[Evidence]:
    return (finding for group in view.groups for card in group.cards for finding in card.findings)


def _is_policy(finding: Evidence) -> bool:
    return finding.ready.startswith(f"{TRYING}: ")


def _is_tag(finding: Evidence) -> bool:
    return finding.ready.startswith("<")


def _text(blocks: Iterator[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"

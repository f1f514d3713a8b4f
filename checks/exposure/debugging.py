"""What developers look at while they search for an error, left switched on: phpinfo, status pages, error messages on pages."""

from __future__ import annotations

import re

from checks.exposure.proofs import debug_page
from checks.places import at, finding, judged, likeliest, own_folders, scripts
from scanner import Finding, Knowledge, Known, Page, Pages, Probe, Probes, Severity, Unavailable, Verdict, check

MOST = 4
_EXAMPLE = re.compile(r"<(pre|code|textarea|script|style)\b|<!--", re.IGNORECASE)
_PLACE_IN_SOURCE = r"in (?:<b>)?((?:/|[A-Za-z]:[\\/])[^<>\s\"]{3,200}\.(?:php|phtml|tpl|inc|module))(?:</b>)?"
_ERRORS = (
    (
        "An error message of PHP",
        re.compile(
            rf"<b>(?:Fatal error|Parse error|Warning|Notice|Deprecated)</b>:\s[^\n]{{1,600}}? {_PLACE_IN_SOURCE} on line "
        ),
    ),
    (
        "An error message of PHP",
        re.compile(
            rf"(?:^|>)\s{{0,20}}(?:PHP )?(?:Fatal error|Parse error): {{1,3}}[^\n]{{1,600}}? {_PLACE_IN_SOURCE}(?: on line |:)\d",
            re.MULTILINE,
        ),
    ),
    ("An error message of the database", re.compile(rf"SQLSTATE\[\w{{5}}\][^\n]{{1,900}}? {_PLACE_IN_SOURCE}(?: on line |:)\d")),
)
_BARS = (
    ("Symfony's debug bar", re.compile(r"<div id=\"sfwdt[0-9a-f]{6}\"")),
    ("Laravel's debug bar", re.compile(r"\bphpdebugbar = new PhpDebugBar\b")),
)


def debug_pages(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """The names that people give to a page with ``phpinfo()``, the web server's status, a framework's profiler."""
    profilers = [
        Probe(at(folder, path), debug_page)
        for folder, one in scripts(known, knowledge)
        for path in one.debug_files
        if path == "/_profiler/"
    ]
    usual = [Probe(at(folder, path), debug_page) for path in ("/phpinfo.php", "/info.php") for folder in own_folders(known)]
    more = [Probe(f"/{path}", debug_page) for path in ("/server-status", "/test.php", "/server-info", "/i.php")]
    return likeliest(known, (*usual, *profilers[:1], *more), MOST)


def without_examples(html: str) -> str:
    """The source without scripts, comments and what is set as an example. Linear: an element that is never closed stays."""
    lowered, kept, position, unclosed = html.lower(), [], 0, set[str]()
    while match := _EXAMPLE.search(html, position):
        ending = f"</{match[1].lower()}" if match[1] else "-->"
        end = -1 if ending in unclosed else lowered.find(ending, match.end())
        if end < 0:
            unclosed.add(ending)
        kept.append(html[position : match.end() if end < 0 else match.start()])
        position = match.end() if end < 0 else end + len(ending)
    return " ".join([*kept, html[position:]])


def error_on(page: Page) -> str | None:
    """What a page tells in an error message: the kind, and where in the shop's source it happened. Examples of code are none."""
    text = without_examples(page.html)
    for kind, pattern in _ERRORS:
        if match := pattern.search(text):
            return f"{kind}, which names {match[1]}"
    return next((kind for kind, pattern in _BARS if pattern.search(page.html.replace("'", '"'))), None)


@check("exposed-debug", severity=Severity.MEDIUM, probes=debug_pages, fix_group="exposed-debug")
def exposed_debug(probes: Probes, pages: Pages | Unavailable) -> Verdict:
    """Pages for developers tell everybody about the shop's inside."""
    found = [finding(probed, shown) for probed, shown in probes.hits]
    if isinstance(pages, Unavailable):
        return judged(probes, found, (pages.because,))
    on_pages = [(page.path, page.address, shown) for page in pages.all if (shown := error_on(page))]
    return judged(probes, [*found, *(Finding(place, shown, (address,)) for place, address, shown in on_pages)])

"""What developers look at while they search for an error, left switched on: phpinfo, status pages, error messages on pages."""

from __future__ import annotations

import re
from dataclasses import replace

from checks.exposure.proofs import debug_page
from checks.places import UNSEEN, at, finding, judged, likeliest, own_folders, scripts
from scanner import (
    Answer,
    CrossOrigin,
    Finding,
    Knowledge,
    Known,
    Page,
    PageKind,
    Pages,
    Probe,
    Probes,
    Severity,
    Unavailable,
    Verdict,
    check,
)

MOST = 4
_TOOLS = ("/_profiler/", "/mailbox")
"""Of a platform's files for developers those that are pages."""
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
    ("Django's debug toolbar", re.compile(r"<div id=\"djDebug\"")),
    ("Flask's debug toolbar", re.compile(r"<div id=\"flDebug\"")),
    ("Nette's debug bar", re.compile(r"<script\b[^<>]{0,40}\bsrc=\"[^\"<>]{0,600}\b_tracy_bar=")),
    ("Yii's debug toolbar", re.compile(r"<div id=\"yii-debug-toolbar\"")),
    ("CakePHP's debug kit", re.compile(r"<script id=\"__debug_kit(?:_script|_app)?\"")),
    ("CodeIgniter's debug toolbar", re.compile(r"<script\b[^<>]{0,80}\bid=\"debugbar_loader\"")),
    ("Rails' profiler", re.compile(r"<script\b[^<>]{0,300}\bid=\"mini-profiler\"")),
)
_HEADERS = (
    "x-debug-token",
    "x-debug-token-link",
    "phpdebugbar-id",
    "x-clockwork-id",
    "x-web-console-session-id",
    "x-miniprofiler-ids",
)
"""Which a debug mode adds to each answer: Symfony's profiler, PHP Debug Bar, Clockwork, Rails' web console, MiniProfiler."""
_FRAMEWORKS = tuple(
    (f"The debug page of {name}", word, tuple(re.compile(sign) for sign in signs))
    for name, word, *signs in (
        ("Django", "DEBUG = True", r'<(?:div|header) id="(?:summary|info|explanation)"', r"<code>DEBUG = True</code>"),
        (
            "Laravel (Ignition)",
            "window.",
            r"<script\b[^<>]{0,99}>[^<]{0,2000}window\.(?:ignite\(|data = \{)",
            r'"stack_?trace"|"frames"',
        ),
        ("Laravel", "includeVendorFrames", r"includeVendorFrames", r"\bLARAVEL\b|[Ii]lluminate"),
        ("Laravel", ">Exception trace<", r"<span[^<>]{0,200}>LARAVEL</span>", r"<h3[^<>]{0,200}>Exception trace</h3>"),
        ("Whoops", "stack-container", r'<div class="stack-container">', r'class="(?:frames-container|details-container|panel )'),
        (
            "Symfony",
            "exception-",
            r'class="exception-(?:summary|metadata|http)\b',
            r'class="(?:trace trace-as-html|sf-trace)"|id="trace-',
        ),
        (
            "Werkzeug",
            "Werkzeug Debugger",
            r"<title>[^<]{0,300}// Werkzeug Debugger</title>",
            r'EVALEX ?= ?(?:true|false)|class="debugger"',
        ),
        (
            "Rails",
            "Exception caught",
            r"<title>Action Controller: Exception caught</title>",
            r"Rails\.root: |<h1>Routing Error</h1>|trace-frames",
        ),
        ("ASP.NET", "Stack Trace:", r"<b>\s{0,4}Stack Trace:\s{0,4}</b>", r"<b>\s{0,4}Version Information:\s{0,4}</b>"),
        (
            "ASP.NET Core",
            "titleerror",
            r'<\w{1,5}\b[^<>]{0,60} class="titleerror"',
            r'id="(?:stackpage|exceptionDetail)|class="rawExceptionBlock"',
        ),
        ("Nette", "tracy-bs", r'<[\w-]{3,12}\b[^<>]{0,120} id="?tracy-bs\b', r"tracy-(?:section|toggle)"),
        ("Yii", "call-stack", r'<div class="call-stack">', r"yii\\|Yii Framework"),
        (
            "CodeIgniter",
            "CodeIgniter: ",
            r'<div class="environment">|<ul class="tabs" id="tabs">',
            r"\bCodeIgniter: \d",
        ),
        ("CakePHP", "Cake\\", r'class="(?:stack-frame|cake-error|stack-trace)\b', r"Cake\\"),
        (
            "Sinatra",
            "__sinatra__",
            r"<img src=[\"'][^<>\"']{0,200}/__sinatra__/(?:404|500)\.png[\"']",
            r"this ditty\.</h2>|<code>show_exceptions</code>",
        ),
        (
            "Rack",
            "Rack::ShowExceptions",
            r'<div id="explanation">\s{0,9}<p>[^<]{0,99}<code>Rack::ShowExceptions</code>',
            r'<div id="(?:summary|traceback)">',
        ),
        (
            "Starlette",
            "Starlette Debugger",
            r"<title>Starlette Debugger</title>",
            r"<div class=[\"']traceback-container[\"']>",
        ),
        ("Joomla", "JROOT", r'<h2 id="caption">Call Stack<|<td[^<>]{0,60}>\s{0,9}<strong>Call stack<', r"\bJROOT[/\\]"),
    )
)
"""A word that is looked for first, since that costs next to nothing, and two signs of the structure: a page that only speaks of a
framework has neither.

Compared on 30 November 2026 with the templates of Django (technical_404.html, technical_500.html), Ignition (errorPage.php),
Laravel 11 (trace.blade.php) and 13 (header.blade.php, trace.blade.php), Symfony (exception.html.php, traces.html.php), Whoops 1
and 2 (layout.html.php), Werkzeug (tbtools.py) and Rails (layout.erb, routing_error.html.erb); on 1 December 2026 with those of
Tracy 2.4 to 2.9 and the coming 3.0 (loader.phtml, content.phtml), Yii 2.0 (exception.php), CodeIgniter 4.1 to 4.7
(error_exception.php, Toolbar.php), CakePHP 3 to 5.1 (Debugger.php, dev_error.php, dev_error_stacktrace.php, and the
ToolbarService.php of its DebugKit), Joomla 1.5 to 5 (backtrace.php, Debug.php) and ASP.NET Core (ErrorPage.cshtml), and with
error pages of ASP.NET 1.1 to 4.8, Sinatra, Rack and Starlette that others have kept."""
_TRACES = (
    (
        "Express",
        re.compile(
            r"<pre>\w{0,40}Error: [^<\n]{0,600}(?:<br>|\n)\s{0,9}(?:&nbsp;|\s){1,12}at [^<\n]{1,300}"
            r"(?:\.[cm]?[jt]s|node:[\w/]{2,40}):\d"
        ),
    ),
    ("Magento", re.compile(r"(?:^|>)\s{0,20}\d{1,3} exception\(s\):\s{1,9}Exception #0 \(", re.MULTILINE)),
    (
        "Java",
        re.compile(
            r"(?:^|>)\s{0,20}(?:[a-z][\w$]{0,60}\.){1,12}[A-Z]\w{0,80}(?:Exception|Error)\b[^\n]{0,900}"
            r"\n\s{1,9}at [\w.$<>/@&;]{3,300}\([\w$]{1,100}\.java:\d",
            re.MULTILINE,
        ),
    ),
    (
        "Python",
        re.compile(
            r"(?:^|>)\s{0,20}Traceback \(most recent call last\):\s{1,9}File (?:\"|&quot;|&#34;)[^\n<]{2,300}, line \d",
            re.MULTILINE,
        ),
    ),
    (
        "PHP",
        re.compile(
            r"(?:^|>)\s{0,20}#0 (?:[^\n<>]{1,300}\.(?:php|phtml|inc|module)\(\d{1,7}\)|\[internal function\]): [^\n<>]{1,600}"
            r"(?:<br ?/?>)?\s{1,20}#1 ",
            re.MULTILINE,
        ),
    ),
    (
        ".NET",
        re.compile(
            r"(?:^|>)\s{0,20}(?:[A-Z]\w{0,60}\.){1,12}\w{0,80}Exception\b[^\n<]{0,900}(?:<br ?/?>)?"
            r"\n\s{1,9}at [\w.`+&;\[\],]{3,300}\([^\n<]{0,300}\)",
            re.MULTILINE,
        ),
    ),
    (
        "Ruby",
        re.compile(
            r"(?:^|>)\s{0,20}(?:/|[A-Z]:)[^\s<>:]{1,300}\.(?:rb|ru|erb):\d{1,7}:in (?:`|'|&#39;|&#x27;)[^\n<]{1,200}",
            re.MULTILINE,
        ),
    ),
    (
        "Go",
        re.compile(r"(?:^|>)\s{0,20}goroutine \d{1,9} \[running\]:\n[^\n<]{1,300}\n\s{1,9}/[^\s<>]{1,300}\.go:\d", re.MULTILINE),
    ),
)
"""Traces as plain text. An article may show one as well, so they count in error pages only."""


def debug_pages(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """The names that people give to a page with ``phpinfo()``, the web server's status, a framework's profiler."""
    profilers = [
        Probe(at(folder, path), debug_page)
        for folder, one in scripts(known, knowledge)
        for path in one.debug_files
        if path in _TOOLS
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
    if header := next((name for name, _ in page.headers if name in _HEADERS), None):
        return f"A debug mode, which adds the header {header}"
    source = page.html.replace("'", '"')
    if bar := next((kind for kind, pattern in _BARS if pattern.search(source)), None):
        return bar
    return debug_page_of(source, failed=page.status >= 400)


def debug_page_of(source: str, *, failed: bool) -> str | None:
    """Which framework's page for its developers this is. failed: whether the status says that it is an error page."""
    for kind, word, signs in _FRAMEWORKS:
        if word in source and all(sign.search(source) for sign in signs):
            return kind
    traced = next((name for name, pattern in _TRACES if pattern.search(source)), None) if failed else None
    return f"An error message of {traced} with the place in the source" if traced else None


@check("exposed-debug", severity=Severity.MEDIUM, probes=debug_pages, fix_group="exposed-debug")
def exposed_debug(probes: Probes, pages: Pages | Unavailable, cross_origin: CrossOrigin | Unavailable = UNSEEN) -> Verdict:
    """Pages for developers tell everybody about the shop's inside."""
    found = [finding(probed, shown) for probed, shown in probes.hits]
    if isinstance(pages, Unavailable):
        return judged(probes, found, (pages.because,))
    read = [*pages.all, *pages.broken]
    on_pages = [(page, shown) for page in read if (shown := error_on(page))]
    failed = cross_origin.error_page if isinstance(cross_origin, CrossOrigin) else None
    if isinstance(failed, Answer):
        read.append(Page(failed.address, PageKind.OTHER, failed.status, failed.headers, html=failed.text))
        if not on_pages and (shown := error_on(read[-1])):  # one debug mode is one problem, on whichever page it shows
            on_pages = [(read[-1], shown)]
    found += [Finding(page.path, shown, (page.address,), (page.path,)) for page, shown in on_pages]
    places = {page.path for page in read if page.status < 500}  # a page that broke again tells nothing
    asked = tuple(probed for probed in probes.asked if probed.proof or probed.place not in places)  # the rest was read as pages
    return judged(replace(probes, asked=asked), found, examined=places)

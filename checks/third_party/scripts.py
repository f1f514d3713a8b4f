"""Which scripts of others run on the shop's pages, and how they are loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from checks.third_party.hosts import (
    CHAT_SERVICES,
    CHAT_WORD,
    LIBRARY_HOSTS,
    below,
    host_of,
    is_foreign,
    own_domain,
    without_query,
)
from scanner import Escalation, Finding, LoadedFiles, Page, PageKind, Pages, Severity, Unavailable, Verdict, check, judge

MOST_LOCATIONS = 10
SECRET_KINDS = frozenset({PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN})
STYLE = "stylesheet"
_EXACT_VERSION = re.compile(r"[/@.-]v?\d+\.\d+\.\d+(?:-[\w.]+)?(?=[/._-]|$)")
_INTEGRITY = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/_=-]{40,}")
_LOADS = re.compile(r"createElement\(\s*['\"](?:script|iframe)|document\.write|\.src\s*=|getScript", re.IGNORECASE)
_PLAIN_ADDRESS = re.compile(r"http:\\?/\\?/[\w.-]{3,100}(?::\d{1,5})?[\w./\\-]{0,200}", re.IGNORECASE)


@check("sri-missing", severity=Severity.LOW, area="third-party")
def sri_missing(pages: Pages, loaded_files: LoadedFiles | Unavailable) -> Verdict:
    """A library from a public store is run without checking that it is the right one."""
    findings = []
    for page in pages.all:
        tags = [(script.src, script.integrity, script.kind) for script in page.scripts if script.kind != "import"]
        styles = (one for one in page.resources if one.tag == "link" and STYLE in one.rel.split())
        tags += [(one.address, one.integrity, STYLE) for one in styles]
        for address, integrity, kind in tags:
            fixed = host_of(address) in LIBRARY_HOSTS and _EXACT_VERSION.search(without_query(address))
            if fixed and not _INTEGRITY.search(integrity):
                subject = without_query(address)
                ready, words = _checked_tag(address, kind, loaded_files)
                shown = f"{subject} has no integrity attribute. {words}"
                findings.append(Finding(subject, shown, (page.address,), (page.path,), ready=ready))
    return judge(findings, _examined(pages))


def _checked_tag(address: str, kind: str, loaded: LoadedFiles | Unavailable) -> tuple[str, str]:
    """The tag with the checksum of the file as it was served, and what to know about it; without it, why there is none."""
    if isinstance(loaded, Unavailable):
        return "", "The file was not read, so its checksum is not known."
    file = loaded.file(address)
    digest = file.digest() if file is not None else None
    if file is None or digest is None:
        why = next((one.because for one in loaded.unread if one.address == address), "It was not read whole.")
        return "", f"Its checksum is not known: {why}"
    if not file.shared:
        return "", "Its host does not let pages check it (no Access-Control-Allow-Origin): load it from your own server instead."
    attributes = f'integrity="{digest}" crossorigin="anonymous"'
    if kind == STYLE:
        tag = f'<link rel="stylesheet" href="{escape(address)}" {attributes}>'
    else:
        module = ' type="module"' if kind == "module" else ""
        tag = f'<script{module} src="{escape(address)}" {attributes}></script>'
    day = f"{loaded.gathered_at.day} {loaded.gathered_at:%B %Y}"
    return tag, f"The tag below carries the checksum of the file as it was served on {day}; keep other attributes that yours has."


def _beside_secrets(subject: str) -> dict[str, str] | None:
    """Host and page kind of a script that runs where customers type what a thief wants."""
    host, _, kind = subject.rpartition("@")
    return {"host": host, "kind": kind} if host and kind in SECRET_KINDS else None


@check(
    "third-party-script",
    severity=Severity.INFO,
    area="third-party",
    escalate=Escalation(
        Severity.HIGH,
        _beside_secrets,
        "A script from {host} on the {kind} page, where it was not before",
        "If nobody of yours put it there, treat it as an attack on your customers' cards and passwords.",
    ),
)
def third_party_script(pages: Pages) -> Verdict:
    """Scripts of other people run on the shop's pages: the inventory."""
    own = own_domain(pages)
    seen: dict[tuple[str, str], list[tuple[Page, str]]] = {}
    for page in pages.all:
        for script in page.scripts:
            host = host_of(script.src)
            if is_foreign(host, own):
                seen.setdefault((host, page.kind.value), []).append((page, without_query(script.src)))
    findings = []
    for (host, kind), uses in seen.items():
        addresses = list(dict.fromkeys(address for _, address in uses))
        shown = f"{kind} pages load {', '.join(addresses[:3])}" + (
            f" and {len(addresses) - 3} more." if len(addresses) > 3 else "."
        )
        places = tuple(dict.fromkeys(page.path for page, _ in uses))
        locations = tuple(dict.fromkeys(page.address for page, _ in uses))[:MOST_LOCATIONS]
        findings.append(Finding(f"{host}@{kind}", shown, locations, places))
    return judge(findings, _examined(pages))


@check("chat-widget-insecure", severity=Severity.HIGH, area="third-party")
def chat_widget_insecure(pages: Pages) -> Verdict:
    """Customers' conversations are loaded by unencrypted http."""
    own = own_domain(pages)
    findings = [
        Finding(host_of(address), f"{page.path} loads {without_query(address)}.", (page.address,), (page.path,))
        for page in pages.all
        for address in _loaded(page)
        if address.lower().startswith("http:") and is_chat(address)
        # On a page that itself came by http, the shop's own files do, too: that is another rule's matter.
        if is_foreign(host_of(address), own) or page.address.startswith("https:")
    ]
    return judge(findings, _examined(pages))


def is_chat(address: str) -> bool:
    """Whether an address is a chat's: a known service, or ``chat`` as a word of its host or path."""
    host = host_of(address)
    if not host:
        return False
    return below(host, CHAT_SERVICES) or CHAT_WORD.search(without_query(address).partition("://")[2]) is not None


def _loaded(page: Page) -> Iterator[str]:
    """Addresses of scripts and frames, also of those that an inline script puts into the page."""
    yield from (script.src for script in page.scripts if script.src)
    yield from (resource.address for resource in page.resources if resource.tag in {"iframe", "frame"})
    for script in page.scripts:
        if script.runs and _LOADS.search(script.inline):
            yield from (found[0].replace("\\/", "/") for found in _PLAIN_ADDRESS.finditer(script.inline))


def _examined(pages: Pages) -> tuple[str, ...]:
    return tuple(page.path for page in pages.all)

"""Signs of a script that steals card data as the customer types it.

Each sign alone may have a harmless reason, so one *strong* sign or two *weak* ones in the same script are needed. Strong is what
the public descriptions of skimmers have in common and no library does: reading card fields and sending to a stranger, a list of
several checkouts, the words of a checkout written so that nobody can search for them. Read are the scripts that stand in
pages, those of other hosts as far as they could be fetched, the shop's own files on pages where customers type, and the
addresses of the rest.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache

from checks.places import unread_scripts
from checks.third_party.hosts import (
    ANYBODYS_HOSTS,
    TRUSTED_RECEIVERS,
    below,
    host_of,
    is_foreign,
    own_domain,
    without_query,
)
from scanner import (
    Confidence,
    FileKind,
    Finding,
    LoadedFile,
    LoadedFiles,
    Page,
    PageKind,
    Pages,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
)
from scanner.text.patterns import lazy

WHERE_CUSTOMERS_TYPE = frozenset({PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN, PageKind.ACCOUNT})
MOST_CHARS = 30_000
OVERLAP = 5_000
"""A long script is read piece by piece, so that signs far from each other add up to nothing; the edges are read twice."""

COLLECTOR = "the address of a known collecting script"
MINER = "a program that mines coins on the visitor's computer"
DISGUISED_WORDS = "words of the checkout in disguise"
DISGUISED_ADDRESS = "the address of a stranger in disguise"
CARD_SENT = "card fields that are read and sent to a stranger"
NUMBERS_SENT = "card numbers that are looked for and sent to a stranger"
HIDES = "card fields in a script that hides from developers"
FORMS_SENT = "whole forms that are read and sent to a stranger"
HIDDEN_CALLS = "hidden calls"
UNREADABLE = "names made unreadable"
BACKWARDS = "words written backwards"
IMITATION = "the address of an imitated service"
UNMISTAKABLE = frozenset({COLLECTOR, MINER, DISGUISED_WORDS, HIDES})
"""Signs that no module of a shop's own has a reason for."""
SENT = frozenset({CARD_SENT, NUMBERS_SENT, FORMS_SENT})
HIDDEN = frozenset({DISGUISED_ADDRESS, HIDDEN_CALLS, UNREADABLE, BACKWARDS, IMITATION})
"""A payment module sends, a module with a licence check hides something; hardly one does both."""

_CHECKOUTS = (
    r"(?:onepage|checkout|firecheckout|onestep|onestepcheckout|onepagecheckout|simplecheckout|quickcheckout|idev_onestep|aw_onestep|"
    r"cart|payment|billing)"
)
_LIST_OF_CHECKOUTS = lazy(rf"{_CHECKOUTS}(?:[/\\.]{{0,3}}\|{_CHECKOUTS}){{2,}}", re.IGNORECASE)
_ONE_PAGE = lazy(r"onepage|onestep|firecheckout|simplecheckout|quickcheckout", re.IGNORECASE)
_LOOKS_AT_ADDRESS = lazy(
    r"(?:href|pathname|location|URL)[\"'\]]{0,3}\.(?:match|search|indexOf|includes)\([^)(]{0,40}(?:checkout|onestep|onepage)\|"
    r"|RegExp\([^)(]{0,40}(?:checkout|onestep|onepage)\|",
    re.IGNORECASE,
)
_GATE = lazy(r"/gate\.php\?(?:token|image_id|data)=", re.IGNORECASE)
_MINER = lazy(r"new\s{1,4}CoinHive\.")
_DEVTOOLS = lazy(r"Firebug\.chrome|devtools(?:Open|\.isOpen|\.open)|outerWidth\s*-\s*(?:window\.)?innerWidth", re.IGNORECASE)

_CARD = lazy(
    r"cc[_-]?(?:number|cid|cvv|cvc|num|exp\w{0,10}|owner)\b|card[_-]?(?:number|num|cvc|cvv|code|holder|expiry)|"
    r"credit[_-]?card[_-]?(?:number|cvv|cvc)|(?<![a-z])cvv2?(?![a-z])|(?<![a-z])cvc2?(?![a-z])|security[_-]?code|cc-(?:number|csc|exp)",
    re.IGNORECASE,
)
_CARD_NUMBER = lazy(r"(?:\[0-9\]|\\{1,2}d)\{1[2-6],1[6-9]\}")
_READS = lazy(
    r"\.value\b|\[['\"]value['\"]\]|\.val\(\)|serialize(?:Array)?\(|new FormData\(|querySelector(?:All)?\("
    r"|getElementsBy(?:Name|TagName)\(|getElementById\("
)
_SENDS = lazy(
    r"new\s{1,4}Image\b|createElement\(\s*['\"]img['\"]|sendBeacon\(|\bfetch\(|XMLHttpRequest|\$\.(?:ajax|post|get)\(|jQuery\.(?:ajax|post)\("
    r"|new\s{1,4}WebSocket\("
)
_ALL_FIELDS = lazy(
    r"querySelectorAll\(\s*['\"][^'\"]{0,20}input|getElementsByTagName\(\s*['\"]input|\$\(\s*['\"][^'\"]{0,10}input[^'\"]{0,40}['\"]\)\.each"
    r"|\bform\b[^;]{0,40}serialize(?:Array)?\(|document\.forms",
    re.IGNORECASE,
)
_ADDRESS = lazy(r"(?:https?:|wss?:)?\\?/\\?/((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?=[:/'\"`?\\]|$)", re.IGNORECASE)
_ENCODED = lazy(r"atob\(\s*['\"]([A-Za-z0-9+/=_-]{8,800})['\"]")
_HIDDEN_CALL = lazy(
    r"\[['\"](?:eval|fromCharCode|\\x65\\x76\\x61\\x6c)['\"]\]\(?|\bwindow\[\s*(?:atob|['\"]\\x)|this\[['\"]eval['\"]\]",
    re.IGNORECASE,
)
_PACKED = lazy(r"eval\(function\(p,a,c,k,e,[dr]\)|eval\(\s*(?:atob|unescape|String\.fromCharCode|decodeURIComponent)\(")
_RENAMED = lazy(r"(?:_0x[0-9a-f]{4,6}\b[^_]{0,200}){6}", re.IGNORECASE)
_REVERSED = lazy(r"\.split\(['\"]{2}\)\.reverse\(\)\.join\(")
_INSERTS = lazy(r"createElement\(\s*['\"]script|getScript\(|\.src\s*=|import\(", re.IGNORECASE)

_WORDS = ("checkout", "onepage", "cc_number", "cardnumber", "payment[cc", "firecheckout", "onestep")
_IMITATES = lazy(
    r"g[o0]{3,}gle|go[o0]gie|g00gle|go0gle|goog[1i|]e|googlc|gooqle|googel|goglle|googletagmanager\.(?!com$)|google-?analytics?\.(?!com$)|"
    r"google-?analyt[iy]k?cs?\.(?!com$)|googletag-?manag\w*[.-](?!com$)|jquery-?(?:cdn|min|js|lib|code|stat\w*)\.|mage-?(?:cdn|js|static)\.|"
    r"magento-?(?:cdn|js|analytics|static)\w*\.|bootstrap-?(?:js|min)\.|cloudflare-?(?:cdn|js|stat\w*)\.|fontsawesome|faceb0ok|facebook-?pixel\w*\."
    r"|gstatics?\.(?!com$)",
    re.IGNORECASE,
)
_OFFICIAL = (
    "google.com",
    "googletagmanager.com",
    "google-analytics.com",
    "gstatic.com",
    "cloudflare.com",
    "jquery.com",
    "facebook.com",
)


def _disguises(word: str) -> re.Pattern[str]:
    """A word in hexadecimal or Unicode escapes, in percent signs, or as the numbers of its letters."""
    codes = [ord(letter) for letter in word]
    shapes = (
        "".join(rf"\\x{code:02x}" for code in codes),
        "".join(rf"\\u00{code:02x}" for code in codes),
        "".join(rf"%{code:02x}" for code in codes),
        r"\s*,\s*".join(str(code) for code in codes),
        r"\s*,\s*".join(rf"0x{code:02x}" for code in codes),
    )
    return lazy("|".join(shapes), re.IGNORECASE)


_DISGUISED = tuple(_disguises(word) for word in _WORDS)
_HIDDEN_WORDS = tuple(word.encode() for word in _WORDS)


@check("skimmer-indicator", severity=Severity.CRITICAL, area="third-party")
def skimmer_indicator(pages: Pages, loaded_files: LoadedFiles | Unavailable) -> Verdict:
    """A script on the shop's pages looks like one that steals card data."""
    own = own_domain(pages)
    files = () if isinstance(loaded_files, Unavailable) else loaded_files.files
    read = {one.address.partition("?")[0]: _in_file(one, own) for one in files}
    findings = []
    for page in pages.all:
        for script in page.scripts:
            if script.inline and (signs := indicators(script.inline, own)):
                shown = f"a script in the page on {page.path}: {', '.join(signs)}."
                findings.append(_finding(f"inline: {', '.join(signs)}", shown, page, Confidence.PROBABLE))
            elif signs := _of_address(script.src, own):
                shown = f"{without_query(script.src)} on {page.path}: {', '.join(signs)}."
                findings.append(_finding(without_query(script.src), shown, page, Confidence.PROBABLE))
            elif (sighting := read.get(script.src.partition("?")[0])) is not None:
                signs, confidence = sighting
                shown = f"{without_query(script.src)} on {page.path} holds: {', '.join(signs)}."
                if confidence is Confidence.POSSIBLE:
                    shown += " If this is the script of your payment provider or of a module that you installed, all is well."
                findings.append(_finding(without_query(script.src), shown, page, confidence))
    dark = {page.path: unread[0] for page in pages.all if (unread := _unread(page, loaded_files, own))}
    typed = {page.path for page in pages.all if page.kind in WHERE_CUSTOMERS_TYPE} or {pages.home.path}
    unseen = [f"{without_query(file)}, which {path} loads, was not read." for path, file in dark.items() if path in typed]
    return judge(
        findings,
        (page.path for page in pages.all if page.path not in dark),
        unseen,
        f"Not read, and not where customers type: {without_query(next(iter(dark.values())))}." if dark else None,
    )


def _unread(page: Page, loaded: LoadedFiles | Unavailable, own: str) -> list[str]:
    """Script files that would have been looked at, had they been read."""
    return [file for file in unread_scripts(page, loaded) if not _trusted(host_of(file), own)]


def _trusted(host: str, own: str) -> bool:
    return is_foreign(host, own) and below(host, TRUSTED_RECEIVERS) and host not in ANYBODYS_HOSTS


def _finding(subject: str, shown: str, page: Page, confidence: Confidence) -> Finding:
    return Finding(subject, shown, (page.address,), (page.path,), confidence)


def _in_file(file: LoadedFile, own: str) -> tuple[tuple[str, ...], Confidence] | None:
    """The signs in a script file. Another host's that reads card fields and sends them home may be a payment provider's, as these
    do nothing else; known providers and services are left alone. A shop's own files hold its modules for payment, some packed by
    their makers, some made for several checkouts: what such a module does is no more than possible, or no sign at all.
    """
    host = host_of(file.address)
    foreign = is_foreign(host, own)
    if file.kind is not FileKind.SCRIPT or _trusted(host, own):
        return None
    parts = [file.text[start : start + MOST_CHARS] for start in range(0, len(file.text), MOST_CHARS - OVERLAP)]
    signs = {sign for part in parts for sign in indicators(part, own)}
    if foreign:
        sure = {sign for part in parts for sign in indicators(part, own, file.domain)}
    else:
        sure = signs & UNMISTAKABLE or (signs & SENT and signs & HIDDEN)
        signs = signs if sure or signs & (SENT | {DISGUISED_ADDRESS}) else set()
    return (tuple(sorted(signs)), Confidence.PROBABLE if sure else Confidence.POSSIBLE) if signs else None


@lru_cache(maxsize=256)  # most scripts stand in many pages
def indicators(text: str, own: str, home: str = "") -> tuple[str, ...]:
    """The signs in a script when they are enough for an alarm, sorted; empty otherwise. own: the shop's domain; home: the
    script's own, which counts as no stranger to it."""
    text = text[:MOST_CHARS]
    strangers = {host for host in _strangers(text, own) if not (home and below(host, (home,)))}
    strong = sorted(set(_strong(text, own, strangers)))
    weak = sorted(set(_weak(text, strangers)))
    return tuple(strong + weak) if strong or len(weak) >= 2 else ()


def _strong(text: str, own: str, strangers: set[str]) -> Iterator[str]:
    if _LIST_OF_CHECKOUTS.search(text) and _ONE_PAGE.search(text):
        yield "a list of several shops' checkouts"
    if _GATE.search(text):
        yield COLLECTOR
    if _MINER.search(text):
        yield MINER
    if any(pattern.search(text) for pattern in _DISGUISED):
        yield DISGUISED_WORDS
    if _SENDS.search(text) and strangers:
        if _CARD.search(text) and _READS.search(text):
            yield CARD_SENT
        elif _CARD_NUMBER.search(text):
            yield NUMBERS_SENT
    if _DEVTOOLS.search(text) and _CARD.search(text):
        yield HIDES
    yield from _decoded(text, own)


def _weak(text: str, strangers: set[str]) -> Iterator[str]:
    for pattern, sign in (
        (_HIDDEN_CALL, HIDDEN_CALLS),
        (_PACKED, "packed code that unpacks itself"),
        (_RENAMED, UNREADABLE),
        (_REVERSED, BACKWARDS),
        (_LOOKS_AT_ADDRESS, "runs in the checkout only"),
    ):
        if pattern.search(text):
            yield sign
    if _ALL_FIELDS.search(text) and _SENDS.search(text) and strangers:
        yield FORMS_SENT
    if any(_imitates(host) for host in strangers):
        yield IMITATION


def _decoded(text: str, own: str) -> Iterator[str]:
    """What ``atob`` hides: an address of a stranger, or a word of the checkout."""
    for match in _ENCODED.finditer(text):
        try:
            hidden = base64.b64decode(match[1] + "=" * (-len(match[1]) % 4), altchars=None, validate=False)
        except (binascii.Error, ValueError):
            continue
        if any(word in hidden.lower() for word in _HIDDEN_WORDS):
            yield DISGUISED_WORDS
        loads = _INSERTS.search(text) or _SENDS.search(text)
        if loads and any(True for _ in _strangers(hidden.decode("latin-1"), own)):
            yield DISGUISED_ADDRESS


def _strangers(text: str, own: str) -> Iterator[str]:
    """Hosts that a script names and that are neither the shop's nor a well-known service's."""
    for match in _ADDRESS.finditer(text):
        host = match[1].lower()
        if is_foreign(host, own) and not below(host, TRUSTED_RECEIVERS):
            yield host


def _of_address(address: str, own: str) -> tuple[str, ...]:
    """A script whose host imitates a service, and whose path pretends to be one of its files."""
    host = host_of(address)
    if is_foreign(host, own) and _imitates(host) and re.search(r"\.js\b|/gt(?:m|ag)|/js", address):
        return (IMITATION,)
    return ()


def _imitates(host: str) -> bool:
    return not below(host, _OFFICIAL) and _IMITATES.search(host) is not None

"""JavaScript libraries with published holes, by the names of their files and by what they say of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from checks.places import unread_scripts
from scanner import (
    Confidence,
    Finding,
    Knowledge,
    LoadedFiles,
    Page,
    Pages,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
    parts_of,
)
from scanner.platforms import Sighting

_LIBRARY_HOSTS = (
    "ajax.googleapis.com", "ajax.aspnetcdn.com", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "code.angularjs.org",
    "code.jquery.com",
    "maxcdn.bootstrapcdn.com", "netdna.bootstrapcdn.com", "stackpath.bootstrapcdn.com", "unpkg.com", "yastatic.net",
)  # fmt: skip
_MOST_IDENTIFIERS = 3


@check("js-library-vulnerable", severity=Severity.MEDIUM)
def js_library_vulnerable(pages: Pages, loaded_files: LoadedFiles | Unavailable, knowledge: Knowledge) -> Verdict:
    """The shop's pages load a JavaScript library with published holes."""
    read = {} if isinstance(loaded_files, Unavailable) else {file.address: file.text for file in loaded_files.files}
    look = _Look(knowledge)
    found = [finding for page in pages.all for finding in _on(page, read, look)]
    examined = [page.path for page in pages.all if not unread_scripts(page, loaded_files)]
    return judge(found, examined, [] if examined else ["No page's scripts could all be read."])


class _Look:
    """Looks at each address and each text once, on however many pages it stands."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._seen: dict[tuple[bool, str], tuple[Sighting, ...]] = {}

    def in_address(self, path: str) -> tuple[Sighting, ...]:
        if (False, path) not in self._seen:
            self._seen[False, path] = tuple(self._knowledge.libraries.in_address(path))
        return self._seen[False, path]

    def in_source(self, text: str) -> tuple[Sighting, ...]:
        if (True, text) not in self._seen:
            self._seen[True, text] = tuple(self._knowledge.libraries.in_source(text))
        return self._seen[True, text]


def _on(page: Page, read: Mapping[str, str], look: _Look) -> Iterator[Finding]:
    own = urlsplit(page.address).hostname or ""
    for script in page.scripts:
        if script.src:
            url = parts_of(script.src)
            path = url.path + (f"?{url.query}" if url.query else "")
            chosen = _chosen_by_the_owner(url.hostname or "", own)
            for sighting in look.in_address(path):
                yield from _finding(page, sighting, Confidence.PROBABLE if chosen else Confidence.POSSIBLE, script.src)
            for sighting in (
                look.in_source(read.get(script.src, "")) if chosen else ()
            ):  # "latest" in the address tells no version
                yield from _finding(page, sighting, Confidence.PROBABLE if sighting.banner else Confidence.POSSIBLE, script.src)
        elif script.inline and script.runs:
            for sighting in look.in_source(script.inline):
                # Packed code may be a part of something else, or patched; a banner is the library's own word.
                yield from _finding(
                    page, sighting, Confidence.PROBABLE if sighting.banner else Confidence.POSSIBLE, "a script in the page"
                )


def _finding(page: Page, sighting: Sighting, confidence: Confidence, where: str) -> Iterator[Finding]:
    holes = sighting.code.holes_of(sighting.version)
    if holes:
        names = list(dict.fromkeys(name for hole in holes for name in hole.identifiers))
        more = f" and {len(names) - _MOST_IDENTIFIERS} more" if len(names) > _MOST_IDENTIFIERS else ""
        shown = f"{sighting.code.name} {sighting.version} has {', '.join(names[:_MOST_IDENTIFIERS])}{more} ({where[:120]})"
        yield Finding(sighting.code.name, shown, (page.address,), (page.path,), confidence)


def _chosen_by_the_owner(host: str, own: str) -> bool:
    """Whether the owner, or the theme, chose this file: it lies at the shop or at a public library host. What another company's
    script brings along is not the owner's to update."""
    own = own.removeprefix("www.")
    return host == own or host.endswith(f".{own}") or host in _LIBRARY_HOSTS

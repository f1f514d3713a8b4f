"""Whether a folder beside the shop holds another copy of it: told by likeness, where no table knows the program. Pure.

A copy is a program of its own: it loads its own files from below its folder, and its pages lie there too, as the shop's lie in
the shop. A language, an AMP version or a second brand shares the shop's files, or has other pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from scanner.evidence import Page
from scanner.text.url_parts import parts_of, path_of

FEWEST_LINKS = 3
FEWEST_FILES = 1
_ALTERNATE = re.compile(r'<link\b(?=[^<>]{0,400}\brel="(?:alternate|amphtml)")[^<>]{0,600}', re.IGNORECASE)
_HREF = re.compile(r'\bhref="([^"<>]{1,400})"', re.IGNORECASE)
SHARE = 0.5
"""Of the shop's own links and files on its home page, how many must be there again."""


def copied(home: Page, base: str, other: Page, folder: str, names: Collection[str]) -> tuple[str, ...]:
    """What makes a folder's page a copy of the shop's home page, in words; empty where it is none.

    base, folder: the directories of both. names: the shop's own host names.
    """
    if not path_of(other.address).startswith(folder) or base.startswith(folder) or _translated(home, other, folder):
        return ()
    title = " ".join(other.title.split())
    same_title = title.casefold() == " ".join(home.title.split()).casefold() != ""
    generator = next(iter(set(home.metas_named("generator")) & set(other.metas_named("generator"))), "")
    if not (same_title or generator):
        return ()
    signs = [f"title: {title[:80]}"] if same_title else []
    signs += [f"generator: {generator[:80]}"] if generator else []
    for called, fewest, ours, theirs in (
        ("links", FEWEST_LINKS, _links(home), _links(other)),
        ("files", FEWEST_FILES, _files(home), _files(other)),
    ):
        wanted = _below(ours, base, names) - {path for path in _below(ours, "/", names) if f"/{path}".startswith(folder)}
        mirrored = wanted & _below(theirs, folder, names)
        if len(mirrored) < fewest or len(mirrored) < SHARE * len(wanted):
            return ()
        signs.append(f"{len(mirrored)} of {len(wanted)} {called}")
    return tuple(signs)


def _translated(home: Page, other: Page, folder: str) -> bool:
    """Whether one names the other as the same page in another language or form (``hreflang``, ``amphtml``)."""
    source = f"{home.html} {other.html}".replace("'", '"')
    linked = (match for tag in _ALTERNATE.findall(source) if (match := _HREF.search(tag)))
    return any(parts_of(match[1]).path.startswith(folder) for match in linked)


def _links(page: Page) -> Iterable[str]:
    return (link.address for link in page.links)


def _files(page: Page) -> Iterable[str]:
    styles = (one.address for one in page.resources if "stylesheet" in one.rel.lower().split())
    return (*(script.src for script in page.scripts if script.src), *styles)


def _below(addresses: Iterable[str], directory: str, names: Collection[str]) -> set[str]:
    """The paths (with their queries) below a directory on the shop's own names, without it; the directory itself is none."""
    found = set()
    for address in addresses:
        parts = parts_of(address)
        if parts.hostname in names and parts.path.startswith(directory) and (rest := parts.path[len(directory) :]):
            found.add(f"{rest}?{parts.query}" if parts.query and "." not in parts.query else rest)
    return found

"""Reads what pages load: others' scripts and styles, the shop's own styles, and its own scripts on pages where customers type."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Collection, Iterable

import httpx

from scanner.evidence import Answer, FileKind, LoadedFile, LoadedFiles, Page, PageKind, Pages, Unread
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.crawl.html import style_loads
from scanner.gatherers.http.fetcher import PAGE_BYTES, Fetcher
from scanner.gatherers.http.third_party import FILES, ForeignHosts, NotLookedUp
from scanner.gatherers.net.guard import RefusedAddress
from scanner.gatherers.net.resolver import NoSuchName
from scanner.scope.target import Target, domain_of
from scanner.text.clock import Clock
from scanner.text.redact import redact_page

MOST_FOREIGN = 20
MOST_STYLES = 4
MOST_SCRIPTS = 6
HEAD_CHARS = 70_000
TAIL_CHARS = 30_000
MONEY = frozenset({PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN, PageKind.ACCOUNT})
"""What these pages load is looked at first."""

Wanted = tuple[str, FileKind]
_FILE = re.compile(r"^[^?#]*\.m?js(?:[?#]|$)", re.IGNORECASE)


@gatherer(
    ceiling=f"{MOST_FOREIGN} files of other hosts, {MOST_STYLES} styles and {MOST_SCRIPTS} scripts of the shop's own, once each",
    doing="Reading the scripts and styles that pages load",
    share=FILES,
)
async def loaded_files(fetcher: Fetcher, foreign: ForeignHosts, target: Target, pages: Pages, clock: Clock) -> LoadedFiles:
    """Others' files by a client that sends no cookies; the shop's own as everything of the shop. What the styles import is read
    too, one step far."""
    reading = _Reading(fetcher, foreign, target, watched(pages))
    await reading.read(wanted(pages))
    imported = {load.address for one in reading.files for load in one.loads if load.attribute == "import"}
    await reading.read((address, FileKind.STYLE) for address in sorted(imported))
    return LoadedFiles(
        tuple(sorted(reading.files, key=lambda one: one.address)),
        tuple(sorted(reading.unread, key=lambda one: one.address)),
        clock.now(),
        tuple(sorted(reading.left_out)),
    )


def wanted(pages: Pages) -> tuple[Wanted, ...]:
    """Every script and style by address: what pages with customers' data load first, then what most pages load."""
    uses: dict[Wanted, list[Page]] = {}
    for page in pages.all:
        for one in dict.fromkeys(_loads(page)):
            uses.setdefault(one, []).append(page)
    money = {one for one, users in uses.items() if any(page.kind in MONEY for page in users)}
    return tuple(sorted(uses, key=lambda one: (one not in money, -len(uses[one]), one[0])))


def watched(pages: Pages) -> frozenset[str]:
    """The script files of pages where customers type what thieves want; where the crawl saw none, those of the home page.
    Programs that write scripts are none: what asking them does, only their makers know."""
    read = [page for page in pages.all if page.kind in MONEY] or [pages.home]
    return frozenset(script.src for page in read for script in page.scripts if _FILE.search(script.src))


def _loads(page: Page) -> Iterable[Wanted]:
    yield from ((script.src, FileKind.SCRIPT) for script in page.scripts if script.src)
    for resource in page.resources:
        if resource.attribute == "import" or (resource.tag == "link" and "stylesheet" in resource.rel.split()):
            yield resource.address, FileKind.STYLE


class _Reading:
    def __init__(self, fetcher: Fetcher, foreign: ForeignHosts, target: Target, watched: Collection[str]) -> None:
        self.files: list[LoadedFile] = []
        self.unread: list[Unread] = []
        self.left_out: list[str] = []
        self._fetcher, self._foreign, self._target, self._watched = fetcher, foreign, target, watched
        self._asked: set[str] = set()
        self._room = {None: MOST_FOREIGN, FileKind.STYLE: MOST_STYLES, FileKind.SCRIPT: MOST_SCRIPTS}

    async def read(self, files: Iterable[Wanted]) -> None:
        """Each once, as far as the bounds go; of addresses that differ in their query alone, the first."""
        chosen: list[tuple[str, FileKind, bool]] = []
        for address, kind in files:
            own, plain = self._target.covers(address), address.partition("?")[0]
            if plain in self._asked or (own and kind is FileKind.SCRIPT and address not in self._watched):
                continue
            self._asked.add(plain)
            room = kind if own else None
            if not self._room[room]:
                self.left_out.append(address)
                continue
            self._room[room] -= 1
            chosen.append((address, kind, own))
        await asyncio.gather(*(self._one(*one) for one in chosen))

    async def _one(self, address: str, kind: FileKind, own: bool) -> None:
        try:
            if own:
                answer, body = await self._fetcher.get(address, FILES, most=PAGE_BYTES), b""
            else:
                answer, body = await self._foreign.get(address)
        except NotLookedUp:
            self.left_out.append(address)
        except (NoSuchName, RefusedAddress) as failure:
            self.unread.append(Unread(address, str(failure), examined=True))
        except CouldNotGather as failure:
            self.unread.append(Unread(address, str(failure), examined=False))
        else:
            if answer.status == 200:
                origin = self._target.origin(self._target.scheme)
                self.files.append(await asyncio.to_thread(_file, answer, body, kind, origin))
                if own:
                    self._fetcher.trim(address)
            else:
                settled = answer.gone or 300 <= answer.status < 400
                self.unread.append(Unread(address, f"The server answered {answer.status}.", examined=settled))


def _file(answer: Answer, body: bytes, kind: FileKind, origin: str) -> LoadedFile:
    shared = (answer.header("access-control-allow-origin") or "").strip() in {"*", origin}
    return LoadedFile(
        answer.address,
        kind,
        answer.status,
        domain_of(httpx.URL(answer.address).host),
        answer.content_type,
        redact_page(_ends(answer.text)) if kind is FileKind.SCRIPT else "",
        answer.size,
        _digests(body) if body and not answer.cut and answer.address.startswith("https:") else (),
        shared,
        style_loads(answer.text, answer.address) if kind is FileKind.STYLE else (),
    )


def _digests(body: bytes) -> tuple[str, ...]:
    """Subresource Integrity 3.1: base64 of the hash, after the method's name."""
    hashes = ((name, hashlib.new(name, body).digest()) for name in ("sha256", "sha384", "sha512"))
    return tuple(f"{name}-{base64.b64encode(digest).decode()}" for name, digest in hashes)


def _ends(text: str) -> str:
    """What is smuggled into a script tends to stand at an end of it."""
    return text if len(text) <= HEAD_CHARS + TAIL_CHARS else f"{text[:HEAD_CHARS]}\n{text[-TAIL_CHARS:]}"

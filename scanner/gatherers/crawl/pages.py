"""The crawl: home first and alone, then waves of eight addresses chosen when the wave before is complete."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from sys import getsizeof

from scanner.evidence import Answer, Arrival, Page, PageKind, Pages, Robots, Unavailable, Unread
from scanner.gatherers.contract import CouldNotGather, Revisits, gatherer
from scanner.gatherers.crawl.arrival import PAGES, still_open
from scanner.gatherers.crawl.front import may_be_wall, own_links
from scanner.gatherers.crawl.frontier import Frontier
from scanner.gatherers.crawl.html import extract_or_cut
from scanner.gatherers.crawl.page_kinds import kind_of
from scanner.gatherers.crawl.sitemaps import addresses_of, read_robots
from scanner.gatherers.crawl.way import STATIONS, unreached, usual_places
from scanner.gatherers.http.fetcher import CONNECTIONS, HOME_REDIRECTS, PAGE_BYTES, Fetcher, unreadable
from scanner.gatherers.http.similarity import same_page
from scanner.gatherers.http.soft404 import SOFT_404, control_places
from scanner.platforms import Knowledge
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.text.clock import Clock

WAVE = 8
WAVES_BY_LINKS = 2  # then the way to the checkout is looked for where it usually lies
MOST_SITEMAPS = 3
MOST_BROKEN = 3  # pages with an error of the server's that are kept
MOST_NOWHERE = 6  # pages that lead nowhere, to compare others with
LONGEST_CRAWL_DELAY = 1.0
MOST_KEPT = 30_000_000  # bytes of memory for all pages' facts; ordinary pages need a tenth of a megabyte each
TIME_SHARE = 0.5  # of the time that is left when the crawl begins; the rest belongs to the probes


@gatherer(ceiling="60 requests (--max-pages)", doing="Reading the shop's pages", share=PAGES, revisits=Revisits.PAGES)
async def pages(fetcher: Fetcher, target: Target, arrival: Arrival, knowledge: Knowledge, focus: Focus, clock: Clock) -> Pages:
    """Pages chosen for variety. Raises CouldNotGather where the home page is no page that can be read."""
    if arrival.home is None:
        raise CouldNotGather(arrival.because)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="parse") as threads:
        crawl = _Crawl(fetcher, target, arrival, knowledge, threads)
        found = await crawl.run(arrival.home, focus, clock)
    if crawl.suspicious:
        await still_open(fetcher, arrival)
    return found


class _Crawl:
    def __init__(
        self, fetcher: Fetcher, target: Target, arrival: Arrival, knowledge: Knowledge, threads: ThreadPoolExecutor
    ) -> None:
        self._fetcher = fetcher
        self._knowledge = knowledge
        self._target = target
        self._arrival = arrival
        self._origin = arrival.origin
        self._nowhere: list[Answer] = []
        self._broken: list[Page] = []
        self._threads = threads
        self._pages: list[Page] = []
        self._unread: list[Unread] = []
        self._until = fetcher.seconds_left * (1 - TIME_SHARE)
        self._remarks: list[str] = []
        self._kept = 0
        self.repeated: set[str] = set()
        self._unparsed = asyncio.Semaphore(CONNECTIONS)  # no more pages wait for the parser than connections bring

    @property
    def suspicious(self) -> bool:
        """Whether some pages may be a wall's."""
        return bool(self.repeated) or any("bot check" in one.because for one in self._unread)

    async def run(self, home: Answer, focus: Focus, clock: Clock) -> Pages:
        front, cut = await self._parse(home, PageKind.HOME)
        if cut:
            self._unread.append(Unread(home.address, cut, examined=False))
            self._remarks.append(f"The home page was not examined as a whole. {cut}")
        frontier = Frontier(
            home.address,
            self._target.covers,
            self._arrival.base,
            self._fetcher.budget.amount(PAGES),
            first=[self._origin + place for place in focus.first if place.startswith("/")],
        )
        robots: Robots | Unavailable = Unavailable("Only what is open was looked at.")
        if not focus.only:
            robots = await self._robots()
            frontier.learn(front)
            frontier.add_sources(await self._sources(robots))
        waves = 0
        while (left := self._fetcher.budget.left(PAGES)) and (wave := frontier.next_wave(min(WAVE, left))):
            if self._fetcher.seconds_left <= self._until:
                self._remarks.append("The crawl stopped early, so that time was left for the other looks.")
                break
            if self._kept > MOST_KEPT:
                self._remarks.append("The crawl stopped early, because the shop's pages are unusually big.")
                break
            for seen in await asyncio.gather(*(self._visit(address) for address in wave)):
                if isinstance(seen, Unread):
                    self._unread.append(seen)
                elif seen is not None and all(page.address != seen.address for page in (front, *self._pages)):
                    self._pages.append(seen)
                    self._kept += _weight(seen)
                    if not focus.only:
                        frontier.learn(seen)
            waves += 1
            if waves == WAVES_BY_LINKS and not focus.only:
                await self._go_the_usual_way(front, frontier)
        if waves < WAVES_BY_LINKS and not focus.only:
            await self._go_the_usual_way(front, frontier)
        return Pages(
            home=front,
            others=tuple(page for page in self._pages if page.address not in self.repeated),
            unread=tuple(self._unread),
            robots=robots,
            gathered_at=clock.now(),
            left_out=frontier.left_out,
            remarks=tuple(self._remarks),
            drawn=self._arrival.drawn,
            broken=tuple(self._broken[:MOST_BROKEN]),
            unreached=() if focus.only else unreached((front, *self._pages)),
        )

    async def _go_the_usual_way(self, front: Page, frontier: Frontier) -> None:
        """Ask where the platform usually has basket, checkout and login, as far as no link led there. What a made-up address gets
        as well is none of them, and neither is a page of another kind that the address leads to."""
        places = usual_places((front, *self._pages), self._target.names, self._arrival.base, self._knowledge)
        places = places[: self._fetcher.budget.left(PAGES)]
        chains = await asyncio.gather(
            *(self._fetcher.follow(self._origin + place, PAGES, most=PAGE_BYTES) for _, place, _ in places)
        )
        for (kind, place, certain), chain in zip(places, chains, strict=True):
            end = chain.end
            if not isinstance(end, Answer) or not end.read or "html" not in (end.content_type or "html") or unreadable(end):
                continue
            if not certain and await self._is_made_up(end):
                continue
            page, cut = await self._parse(end)
            if cut:
                continue
            if page.kind not in STATIONS and end.address == self._origin + place:
                page = replace(page, kind=kind)
            if page.kind in STATIONS and all(page.address != one.address for one in (front, *self._pages)):
                self._pages.append(page)
                self._kept += _weight(page)
                frontier.learn(page)

    async def _is_made_up(self, end: Answer) -> bool:
        """Whether a made-up address gets the same page."""
        target = self._fetcher.target
        made_up = self._origin + control_places(f"{self._arrival.base}x", target.key, self._fetcher.seed)[0]
        control = (await self._fetcher.follow(made_up, SOFT_404, redirects=HOME_REDIRECTS, declared=True)).end
        return isinstance(control, Answer) and same_page(control, end)

    async def _visit(self, address: str) -> Page | Unread | None:
        """None where the address is no page of ours: it is an image, or it sends visitors to another site."""
        async with self._unparsed:
            return await self._read((await self._fetcher.follow(address, PAGES, most=PAGE_BYTES)).end, address)

    async def _read(self, end: Answer | Unavailable, address: str) -> Page | Unread | None:
        if isinstance(end, Unavailable):
            return Unread(address, end.because, examined=False)
        if not end.read:
            if end.status >= 500 and end.text and len(self._broken) < MOST_BROKEN:
                self._broken.append((await self._parse(end))[0])
            return Unread(address, f"The server answered {end.status}.", examined=end.gone)
        if "html" not in (end.content_type or "html"):
            return None
        if because := unreadable(end):
            return Unread(address, because, examined=False)
        page, cut = await self._parse(end)
        if cut:
            return Unread(address, cut, examined=False)
        if before := self._seen_before(end, page):
            return Unread(address, f"The same page came as at {before}, and it leads nowhere.", examined=False)
        return page

    def _seen_before(self, answer: Answer, page: Page) -> str:
        """The other address that gave the same page, where it is one that leads nowhere: a wall may have gone up meanwhile, and
        then neither address was seen. Empty for a page of its own. A program that draws its pages sends one page for all."""
        if self._arrival.drawn or not may_be_wall(answer) or own_links(page, self._target):
            return ""
        same = next((one.address for one in self._nowhere if one.address != answer.address and same_page(one, answer)), "")
        if same:
            self.repeated |= {same, answer.address}
        elif len(self._nowhere) < MOST_NOWHERE:
            self._nowhere.append(answer)
        return same

    async def _parse(self, answer: Answer, kind: PageKind | None = None) -> tuple[Page, str]:
        """A page, and why only its beginning was read; empty where it was read whole."""
        loop = asyncio.get_running_loop()
        page, cut = await loop.run_in_executor(
            self._threads,
            extract_or_cut,
            answer.text,
            answer.address,
            answer.status,
            answer.headers,
            kind,
            self._fetcher.visitor,
        )
        self._fetcher.pack(answer.address)
        return page if kind is not None else replace(page, kind=kind_of(page)), cut

    async def _robots(self) -> Robots | Unavailable:
        address = self._origin + "/robots.txt"
        chain = await self._fetcher.follow(address, PAGES)
        if isinstance(chain.end, Unavailable):
            return chain.end
        if not chain.end.examined:
            return Unavailable(f"robots.txt could not be read: the server answered {chain.end.status}.")
        if not chain.end.read or "html" in chain.end.content_type:
            return Robots(address)
        robots = read_robots(chain.end.text, address)
        self._fetcher.slower(min(robots.crawl_delay, LONGEST_CRAWL_DELAY))
        return robots

    async def _sources(self, robots: Robots | Unavailable) -> list[str]:
        """Addresses from the sitemaps, a few of them and each bounded, and from robots.txt's plain Disallow lines."""
        if isinstance(robots, Unavailable):
            robots = Robots("")
        waiting = list(robots.sitemaps) or [self._origin + "/sitemap.xml"]
        asked: list[str] = []
        found = [self._origin + path for path in robots.disallowed if "*" not in path and "$" not in path]
        while waiting and len(asked) < MOST_SITEMAPS:
            address = waiting.pop(0)
            if address in asked or not self._target.covers(address):
                continue
            asked.append(address)
            try:
                answer, body = await self._fetcher.download(address, PAGES, most=PAGE_BYTES)
            except CouldNotGather:
                continue
            if answer.read:
                addresses, nested = await asyncio.get_running_loop().run_in_executor(
                    self._threads, addresses_of, body, answer.content_type
                )
                found += addresses
                waiting += nested
        return [address for address in found if self._target.covers(address)]


def _weight(value: object) -> int:
    """About how many bytes of memory a page's facts take."""
    if isinstance(value, tuple):
        return 8 * len(value) + sum(map(_weight, value))
    if is_dataclass(value):
        return 64 + sum(_weight(getattr(value, field.name)) for field in fields(value))
    return getsizeof(value) if isinstance(value, str) else 8

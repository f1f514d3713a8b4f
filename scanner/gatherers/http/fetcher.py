"""The one polite HTTP client of a scan. Only gatherers hold it.

Single-flight: an address is asked for once. Paced per server address, at most four connections, budgeted in requests and
seconds, every answer bounded in bytes and seconds. It sends GET only.

What can go wrong, each with words for the owner::

    CouldNotGather
    ├── MightAct          asking for the address might change something
    ├── NotTheShop        the address is none of the shop's
    ├── RefusedAddress, NoSuchName, NameUnanswered, PortClosed, PortSilent      (network.py)
    ├── TlsBroken         no TLS connection could be made
    ├── Malformed         what came back is no HTTP
    ├── CutOff            the connection ended in the middle
    ├── TooSlow           the answer was not complete in time
    ├── OutOfTime, NoRequestsLeft, Stopped      our own bounds
    ├── Walled            a check answered in the shop's place
    └── Blocked           the shop's firewall shut us out
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import re
import secrets
import ssl
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

import httpx
import w3lib.encoding

from scanner._version import __version__
from scanner.evidence import Answer, Chain, Unavailable
from scanner.evidence.answer import MOVED
from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.http.cookies import Jar, Visitor
from scanner.gatherers.http.walls import check_on, in_place_of, went_up
from scanner.gatherers.net.guard import CONNECT_SECONDS, Names, PortClosed, PortSilent, guarded_client
from scanner.gatherers.net.pace import Paces, Turn
from scanner.gatherers.net.resolver import Resolve
from scanner.scope.budget import REST, Budget, OutOfRequests, Share
from scanner.scope.safe_requests import might_act
from scanner.scope.target import Target, host_of
from scanner.text.redact import redact_address, redact_file, redact_head, redact_header
from scanner.text.sanitize import sanitize
from scanner.text.urls import join

USER_AGENT = f"shopwarden/{__version__} (security self-check; contact in scan settings)"
CONNECTIONS = 4
MOST_REDIRECTS = 5
HOME_REDIRECTS = 20
"""As many as Chromium follows; no shop may look unreachable because it needs more than others."""
PAGE_BYTES = 2_000_000
PROBE_BYTES = 262_144
HEAD_BYTES = 600
KEPT_CHARS = 20_000
MOST_HEADERS = 200
HEADER_CHARS = 8_000
_AS_RECEIVED = "as received"
_NO_CHARSETS = frozenset({"punycode", "idna", "utf-7", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Codecs of Python's that no browser takes as a charset; some need quadratic time."""
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})  # content codings that we read …
_UNASKED = frozenset(
    {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}
)  # … and those that we do not; other words mean nothing
MOST_CODINGS = 3  # one inside the other
_ADDRESSES = frozenset({b"location", b"refresh"})
_NO_ASCII = re.compile(rb"[\x80-\xff]")
WIRE_SLACK = 65_536  # bytes beyond what is kept: packing makes nothing longer by more
MOST_MEMBERS = 1_000  # of one gzip stream; empty ones would go on for ever
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))  # no text holds them; a packed file has one in ten
SECONDS = 20.0
HOME_SECONDS = 30.0
SECONDS_ABROAD = 10.0
ONLY_CONNECTING = httpx.Timeout(None, connect=CONNECT_SECONDS)  # the whole answer has a deadline of its own
PUSHED_BACK = frozenset({429, 503})
MOST_PUSHBACKS = 12  # answers of 429 or 503 in a row
MOST_SENT_AWAY = 4  # of those in a row that say "come back" at a time when the scan will be over
MOST_WALLS = 8  # answers of a bot check in a row
USUAL_WAIT = 30.0  # seconds for one that does not say how long
LONGEST_WAIT = 60.0  # seconds for one that does
MOST_WAITING = 120.0  # seconds a scan spends in all on such waits

NO_COOKIES = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
"""For clients: what is kept and sent is our own affair."""

Exchange = Callable[[], Awaitable[tuple[Answer, bytes]]]


class MightAct(CouldNotGather):
    """Asking for this address might change something, so nobody asks."""


class NotTheShop(CouldNotGather):
    """The address is none of the shop's."""


class TlsBroken(CouldNotGather):
    """No TLS connection could be made."""


class Malformed(CouldNotGather):
    """What came back is no HTTP."""


class CutOff(CouldNotGather):
    """The connection ended in the middle."""


class TooSlow(CouldNotGather):
    """The answer was not complete in time."""


class OutOfTime(CouldNotGather):
    """The scan's time is up."""


class NoRequestsLeft(CouldNotGather):
    """The request budget is used up."""


class Stopped(CouldNotGather):
    """The person at the keyboard stopped the scan."""


class Blocked(CouldNotGather):
    """The shop's firewall shut us out."""


class Walled(CouldNotGather):
    """A check that asks whether we are a person answered in the shop's place. check: its name."""

    def __init__(self, address: str, check: str) -> None:
        super().__init__(in_place_of(address, check))
        self.check = check


class Fetcher:
    """The client of one scan.

    target: what may be asked. budget, seconds: what may be used. resolve: names → addresses. counts: requests by protocol,
    shared with the other gatherers. paces: shared by all scans of a run; their clock is this client's. seed: what made-up
    addresses are drawn from, so that no shop can foresee them; drawn anew where none is given.
    """

    def __init__(
        self,
        target: Target,
        *,
        budget: Budget,
        seconds: float,
        resolve: Resolve,
        paces: Paces,
        counts: Counter[str] | None = None,
        seed: bytes = b"",
    ) -> None:
        self.target = target
        self.budget = budget
        self.counts: Counter[str] = counts if counts is not None else Counter()
        self.seed = seed or secrets.token_bytes(32)
        self.names = Names(target, resolve, self.counts)
        self.blocked: str | None = None
        self.stopped = False
        self.sees_walls = False
        """Whether a check's page is refused as none of the shop's: once the shop itself was seen."""
        self._now = paces.now
        self._deadline = self._now() + seconds
        self._seconds = seconds
        self._paused = 0.0
        self._waited = 0.0
        self._waiting_helps = True
        self._least_gap = 0.0
        self._pushed_back = 0
        self._sent_away = 0
        self._walls = 0
        self._running: set[asyncio.Timeout] = set()
        self._paces = paces
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._places_abroad = asyncio.Semaphore(CONNECTIONS)
        self._asked: dict[tuple[str, int], asyncio.Task[Answer]] = {}
        self._packed: WeakKeyDictionary[asyncio.Task[Answer], bytes] = WeakKeyDictionary()  # the whole text of a shortened answer
        self._client = guarded_client(self.names, CONNECTIONS)
        self._client.cookies = NO_COOKIES  # as it is: httpx.Cookies would be copied into an ordinary one
        self._client.event_hooks = {"response": [keep_headers, self._keep_cookies]}
        bare = target.host.removeprefix("www.")
        self._jar = Jar(name for name in target.names if name.removeprefix("www.") == bare)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: type[BaseException] | BaseException | TracebackType | None) -> None:
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                await self._client.aclose()

    @property
    def seconds_left(self) -> float:
        """Seconds until the scan's time is up; never negative."""
        return max(0.0, self._deadline - self._now())

    @property
    def visitor(self) -> Visitor:
        """The cookies that the shop has given us: with others, the same address may answer otherwise."""
        return self._jar.state

    async def get(
        self,
        address: str,
        share: Share,
        *,
        most: int = PROBE_BYTES,
        part: int = 0,
        seconds: float = SECONDS,
        declared: bool = False,
    ) -> Answer:
        """One GET, no redirect followed; asked once a scan, then remembered.

        declared: a rule, the platform's data or the owner named this very address, and no page, redirect, sitemap or robots.txt
        of the shop did; then nobody asks whether it might change something.

        share: what of the budget pays. most: bytes kept of the body after decompression. part: ask for only that many first
        bytes. seconds: for the whole answer. Raises CouldNotGather's children.
        """
        key = (address, part)
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._once(address, share, most, part, seconds, declared))
        task = self._asked[key]
        answer = await asyncio.shield(task)
        packed = self._packed.get(task)
        return answer if packed is None else replace(answer, text=zlib.decompress(packed).decode(errors="surrogatepass"))

    def forget(self, address: str) -> None:
        """Let a failure be no answer: the next ``get`` asks again."""
        task = self._asked.get((address, 0))
        if task is not None and task.done() and (task.cancelled() or task.exception() is not None):
            del self._asked[address, 0]

    async def again(self, address: str, *, seconds: float = SECONDS) -> Answer:
        """Ask once more for something that was asked before: does it still answer as it did?"""
        return (await self._get(address, REST, PAGE_BYTES, 0, seconds, declared=True))[0]

    async def download(self, address: str, share: Share, *, most: int) -> tuple[Answer, bytes]:
        """One GET with its body as it came, for what is no text. Not remembered. Raises CouldNotGather's children."""
        return await self._get(address, share, most, 0, SECONDS)

    async def ask_from(self, address: str, origin: str, *, most: int = HEAD_BYTES) -> Answer:
        """One GET as a script of another site would send it (an ``Origin`` header, RFC 6454 7). Not remembered. most: bytes kept
        of the body after decompression. Raises CouldNotGather's children."""
        return (await self._get(address, REST, most, 0, SECONDS, origin, declared=True))[0]

    async def abroad(
        self, client: httpx.AsyncClient, server: str, address: str, headers: dict[str, str], share: Share, *, most: int
    ) -> tuple[Answer, bytes]:
        """One GET at a host that is not the shop's, by a client made for that, within this scan's requests and seconds.

        server: its address, for its own pace. Never asked twice: how others' servers treat us says nothing about the shop. Slow
        ones get less time and take no connection from the shop. Raises CouldNotGather's children.
        """
        refuse_acting(address)
        turn = self._paces.of(self.target.key, server)
        async with self._places_abroad:
            answer, body, _ = await self._in_turn(
                turn, share, address, SECONDS_ABROAD, lambda: exchange(client, address, headers, most, self.counts)
            )
            return answer, body

    def stop(self) -> None:
        """Send nothing more, and let what is under way end at once."""
        self.stopped = True
        for running in self._running:
            running.reschedule(0)

    @contextlib.asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """For what else a scan waits for: the block ends after so many seconds, and at once where the scan is stopped, each time
        with TimeoutError."""
        async with asyncio.timeout(0 if self.stopped else seconds) as running:
            self._running.add(running)
            try:
                yield
            finally:
                self._running.discard(running)

    def trim(self, address: str, part: int = 0) -> None:
        """Keep only the beginning of an answer's text: its facts were taken, and two hundred long ones would fill the memory."""
        self._shortened(address, part)

    def pack(self, address: str) -> None:
        """The same for a page that may be asked for once more, as a login that the crawl read: as much of its text as a probe
        reads (its proof may stand at the end) is kept compressed, and whoever asks for it gets that."""
        if self._asked.get((address, 0)) in self._packed:
            return
        whole = self._shortened(address, 0)
        if len(whole) > KEPT_CHARS:
            text = whole[:PROBE_BYTES].encode(errors="surrogatepass")
            self._packed[self._asked[address, 0]] = zlib.compress(text, level=1)

    def _shortened(self, address: str, part: int) -> str:
        """The text as it was; empty where there is no answer."""
        task = self._asked.get((address, part))
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return ""
        answer = task.result()
        self._asked[address, part] = asyncio.create_task(_ready(replace(answer, text=answer.text[:KEPT_CHARS])))
        return answer.text

    async def follow(
        self,
        address: str,
        share: Share,
        *,
        redirects: int = MOST_REDIRECTS,
        most: int = PROBE_BYTES,
        part: int = 0,
        seconds: float = SECONDS,
        declared: bool = False,
        afresh: bool = False,
    ) -> Chain:
        """GET and follow redirects as far as the shop's own names go. The chain's end is Unavailable where it could not be
        followed: the hops up to there remain. Never raises CouldNotGather.

        declared: as for ``get``, of the first address alone: where a redirect leads was named by the shop. afresh: whatever the
        first address answered before.
        """
        hops: list[Answer] = []
        further = share if share.redirects else REST
        seen: dict[str, Visitor] = {}
        if afresh:
            self._asked.pop((address, part), None)
        while True:
            seen[address] = self._jar.state
            try:
                answer = await self.get(
                    address,
                    further if hops else share,
                    most=most,
                    part=part,
                    seconds=seconds,
                    declared=declared and not hops,
                )
            except CouldNotGather as failure:
                return Chain(hops[0].address if hops else address, tuple(hops), Unavailable(str(failure)))
            location = answer.header("location")
            if answer.status not in MOVED or not location:
                return Chain(hops[0].address if hops else address, tuple(hops), answer)
            hops.append(answer)
            to = join(address, location)
            if to is None:
                ending = Unavailable("It redirects to something that is no web address.")
            elif seen.get(to) == self._jar.state:
                ending = Unavailable(f"It redirects in a circle (to {to}).")
            elif len(hops) > redirects:
                ending = Unavailable(f"It redirects more than {redirects} times.")
            elif not self.target.covers(to):
                ending = Unavailable(f"It redirects to another site ({to}).")
            else:
                if to in seen:  # with a cookie that it did not have before: a door, no circle
                    del self._asked[to, part]
                address = to
                continue
            return Chain(hops[0].address, tuple(hops), ending)

    def slower(self, gap: float) -> None:
        """Keep at least this many seconds between requests from now on (robots.txt Crawl-delay)."""
        self._least_gap = gap

    async def _once(self, address: str, share: Share, most: int, part: int, seconds: float, declared: bool) -> Answer:
        return (await self._get(address, share, most, part, seconds, declared=declared))[0]

    async def _get(
        self, address: str, share: Share, most: int, part: int, seconds: float, origin: str = "", *, declared: bool = False
    ) -> tuple[Answer, bytes]:
        if not self.target.covers(address):
            raise NotTheShop(f"{address} is none of the shop's addresses.")
        if not declared:
            refuse_acting(address)
        retried = False
        turn = await self._turn_of(address)
        while True:
            try:
                async with self._places:
                    answer, body, began = await self._in_turn(
                        turn,
                        REST if retried else share,
                        address,
                        seconds,
                        lambda: self._exchange(address, most, part, origin),
                    )
            except (CutOff, PortSilent, TooSlow) as failure:
                # Once more, so that one lost packet never decides a verdict; an answer that trickles gets no second chance.
                if retried or self.budget.left(REST) == 0 or isinstance(failure, TooSlow) or self.seconds_left < 1:
                    raise
                retried = True
                continue
            wait = self._wait_for(answer, again=retried)
            if answer.status in PUSHED_BACK:
                turn.pace.pushed_back(began, self._now(), wait)
            self._note_pushback(answer, address)
            if not wait or retried:
                self._refuse_wall(answer)
                return answer, body
            retried = True  # when the pause is over, its turn comes again

    async def _in_turn(
        self, turn: Turn, share: Share, address: str, seconds: float, exchanging: Exchange
    ) -> tuple[Answer, bytes, float]:
        """One request when its turn has come, within the scan's requests and seconds; and when it was sent."""
        self._may_go_on()
        await self._wait_for_turn(turn)
        try:
            self.budget.take(share)
        except OutOfRequests as error:
            raise NoRequestsLeft(str(error)) from error
        seconds = min(seconds, max(1.0, self.seconds_left))
        began = self._now()
        try:
            async with asyncio.timeout(seconds) as running:
                self._running.add(running)
                try:
                    answer, body = await exchanging()
                finally:
                    self._running.discard(running)
        except TimeoutError as error:
            self._may_go_on()
            turn.pace.suffered(began, self._now())
            raise TooSlow(f"{address} did not answer completely within {seconds:.0f} s.") from error
        if answer.status not in PUSHED_BACK and (kind := _comparable(answer)) is not None:
            turn.pace.took(kind, began, self._now())  # the shop's time, without the wait for our turn
        return answer, body, began

    async def _wait_for_turn(self, turn: Turn) -> None:
        """Wait for this request's turn, but never longer than the scan may last. Raises Stopped, Blocked, OutOfTime."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.seconds_left) as waiting:
                self._running.add(waiting)
                try:
                    await turn.wait()
                finally:
                    self._running.discard(waiting)
        self._may_go_on()

    def _may_go_on(self) -> None:
        if self.stopped:
            raise Stopped("The scan was stopped by hand.")
        if self.blocked is not None:
            raise Blocked(self.blocked)
        if not self.seconds_left:
            raise OutOfTime(f"The scan's time of {self._seconds:.0f} s was used up.")

    async def _turn_of(self, address: str) -> Turn:
        first = (await self.names.allowed(host_of(httpx.URL(address))))[0]
        turn = self._paces.of(self.target.key, str(first))
        if self._least_gap:
            turn.pace.at_least(self._least_gap)
        return turn

    async def _keep_cookies(self, response: httpx.Response) -> None:
        given = [value.decode("latin-1") for name, value in response.headers.raw if name.lower() == b"set-cookie"]
        self._jar.take(str(response.request.url), given)

    async def _exchange(self, address: str, most: int, part: int, origin: str) -> tuple[Answer, bytes]:
        headers = {"User-Agent": USER_AGENT, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
        headers |= (
            {"Accept-Encoding": "identity", "Range": f"bytes=0-{part - 1}"} if part else {"Accept-Encoding": "gzip, deflate"}
        )
        if origin:
            headers["Origin"] = origin
        if cookies := self._jar.header(address):
            headers["Cookie"] = cookies
        return await exchange(self._client, address, headers, min(most, part) if part else most, self.counts)

    def _note_pushback(self, answer: Answer, address: str) -> None:
        """A shop that answers nothing but 429 or 503 wants us gone: then we go. Sooner where it says until when."""
        if answer.status not in PUSHED_BACK:
            self._pushed_back = self._sent_away = 0
            return
        self._pushed_back += 1
        self._sent_away += (_retry_after(answer) or 0.0) > LONGEST_WAIT
        if (self._pushed_back >= MOST_PUSHBACKS or self._sent_away >= MOST_SENT_AWAY) and self.blocked is None:
            self.blocked = (
                f"The shop answered {answer.status} to {self._pushed_back} questions in a row, the last one {address}, "
                "so the scan stopped asking. Try again later with a lower --rate, or ask your host to allow the address "
                "that you scan from."
            )

    def _refuse_wall(self, answer: Answer) -> None:
        """What a check answers tells nothing of the place that was asked for. Raises Walled."""
        check = check_on(answer) if self.sees_walls else None
        if check is None:
            self._walls = 0
            return
        self._walls += 1
        if self._walls >= MOST_WALLS and self.blocked is None:
            self.blocked = went_up(check)
        raise Walled(answer.address, check)

    def _wait_for(self, answer: Answer, *, again: bool) -> float:
        """How many seconds nobody asks after this answer; 0 where there is nothing to wait for, or waiting as told would take too
        long. again: whether it was waited for before; one broken page answers 503 for ever."""
        if answer.status not in PUSHED_BACK:
            self._waiting_helps |= again
            return 0.0
        said = _retry_after(answer)
        self._waiting_helps &= not again
        if said is None and not self._waiting_helps:
            return 0.0
        wait = min(USUAL_WAIT, self.seconds_left / 4) if said is None else max(1.0, said)
        end = self._now() + wait
        more = end - max(self._now(), min(end, self._paused))  # beside a pause that is under way already
        most = min(LONGEST_WAIT, self.seconds_left / 2)
        if wait > most or self._waited + more > MOST_WAITING or not self.budget.left(REST):
            return 0.0
        self._waited += more
        self._paused = max(self._paused, end)
        return wait


def refuse_acting(address: str) -> None:
    """Raises MightAct for an address that something of the shop's named and that might change something."""
    if might_act(address):
        raise MightAct(f"{redact_address(address)} might change something, so it was not asked for.")


async def exchange(
    client: httpx.AsyncClient, address: str, headers: dict[str, str], most: int, counts: Counter[str]
) -> tuple[Answer, bytes]:
    """One GET and its bounded body, decompressed, cut at ``most`` bytes. Raises CouldNotGather's children."""
    host = host_of(httpx.URL(address))

    async def count(event: str, _info: object) -> None:
        if event == "http11.send_request_headers.started":  # there is a connection, and now it is written to
            counts["http"] += 1

    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    try:
        async with client.stream("GET", address, headers=sent, timeout=ONLY_CONNECTING, extensions={"trace": count}) as response:
            body, cut = await _body(response, most)
            return _answer(address, response, body, cut), body
    except httpx.ConnectTimeout as error:
        raise PortSilent(f"{host} accepts connections and then says nothing.") from error
    except httpx.ConnectError as error:
        if _from_tls(error):
            raise TlsBroken(f"{host} offers no encrypted connection that works ({_tls_reason(error)}).") from error
        raise PortClosed(f"{host} refuses connections.") from error
    except (httpx.RemoteProtocolError, httpx.LocalProtocolError, httpx.DecodingError, httpx.InvalidURL) as error:
        if "disconnected" in str(error) or "incomplete" in str(error) or "without sending" in str(error):
            raise CutOff(f"{host} ended the connection in the middle of an answer.") from error
        raise Malformed(f"{host} sent something that is no proper HTTP answer.") from error
    except (httpx.NetworkError, ssl.SSLError, OSError) as error:
        raise CutOff(f"{host} ended the connection in the middle of an answer.") from error


async def _body(response: httpx.Response, most: int) -> tuple[bytes, bool]:
    """The body, decompressed, cut at ``most`` bytes; and whether it was cut. What unpacks to nothing is cut on the wire."""
    decoders = [_Decoder(coding) for coding in reversed(_codings(response.headers.get("content-encoding", "")))]
    body = bytearray()
    wire = 0
    async for received in response.aiter_raw():
        wire += len(received)
        chunk = received
        for decoder in decoders:
            chunk = decoder.decode(chunk, most + WIRE_SLACK)
        body += chunk
        if len(body) > most or wire > most + WIRE_SLACK:
            return bytes(body[:most]), True
    return bytes(body), False


async def _ready(answer: Answer) -> Answer:
    return answer


def unreadable(answer: Answer) -> str | None:
    """Why the text of an answer that has content cannot be read; None where it can. No text is no proof of anything."""
    if answer.text or not answer.head:
        return None
    if unasked := _UNASKED.intersection(_words(answer.header("content-encoding") or "")):
        return f"{answer.address} is compressed in a way that we did not ask for ({min(unasked)}), so it cannot be read."
    kind = f" ({sanitize(answer.content_type, 60)})" if answer.content_type else ""
    return f"{answer.address} holds no text that can be read{kind}."


def without_secrets(answer: Answer) -> Answer:
    """Secrets and people redacted; the first bytes of a text are then those of the redacted one."""
    if not answer.text:
        return replace(answer, head=redact_head(answer.head)[:HEAD_BYTES])
    text = redact_file(answer.text)
    return replace(answer, text=text, head=text[:HEAD_BYTES].encode(errors="replace")[:HEAD_BYTES])


def _codings(header: str) -> tuple[str, ...]:
    """The codings of a body, in the order applied (RFC 9110 8.4). Empty where it is to be taken as it is: also where one of them
    is none that anybody knows (``utf-8``, ``none``), as browsers do, or one that we cannot read."""
    words = _words(header)
    return tuple(word for word in words if word != "identity")[:MOST_CODINGS] if {*words} <= _PACKED | {"identity"} else ()


def _words(header: str) -> list[str]:
    return [word for part in header.lower().split(",") if (word := part.strip())]


class _Decoder:
    """One coding, gzip or deflate, with a bound on what comes out."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._zlib = zlib.decompressobj(47)
        self._begun = False
        self._members = 1

    def decode(self, chunk: bytes, most: int) -> bytes:
        """At most ``most`` bytes. Raises Malformed."""
        out = bytearray()
        while chunk and len(out) < most:
            try:
                out += self._zlib.decompress(chunk, most - len(out))
            except zlib.error as error:
                if self._coding == "deflate" and not self._begun:
                    self._zlib, self._begun = zlib.decompressobj(-15), True
                    continue
                raise Malformed("The answer says that it is compressed, and it is not.") from error
            self._begun = True
            if self._zlib.eof and self._zlib.unused_data[:2] == b"\x1f\x8b" and self._members < MOST_MEMBERS:
                self._members += 1
                chunk, self._zlib = self._zlib.unused_data, zlib.decompressobj(47)
            else:
                chunk = self._zlib.unconsumed_tail
        return bytes(out)


def _answer(address: str, response: httpx.Response, body: bytes, cut: bool) -> Answer:
    headers = tuple(
        (name.decode("latin-1").lower(), _readable(name.lower(), value)[:HEADER_CHARS])
        for name, value in response.extensions[_AS_RECEIVED][:MOST_HEADERS]
    )
    kind = (response.headers.get("content-type") or "").lower()
    text = ""
    if _is_text(kind, body, response.headers.get("content-encoding", "")):
        text = _decoded(kind, body)
    return Answer(address, response.status_code, headers, text, body[:HEAD_BYTES], _size(response, body), cut)


async def keep_headers(response: httpx.Response) -> None:
    """Hide ``Location`` from httpx, which reads it even where it follows nothing, and raises where it is no address."""
    response.extensions[_AS_RECEIVED] = response.headers.raw
    response.headers.pop("location", None)


def _decoded(kind: str, body: bytes) -> str:
    """By the header's charset, the mark at the beginning, or the page's own word, else as UTF-8. Never raises."""
    said = w3lib.encoding.http_content_type_encoding(kind) or w3lib.encoding.html_body_declared_encoding(body)
    if said in _NO_CHARSETS:
        return body.decode("utf-8", "replace")
    try:
        return w3lib.encoding.html_to_unicode(kind or None, body, default_encoding="utf-8")[1]
    except (LookupError, UnicodeError):  # a codec that Python has and that is no charset of text
        return body.decode("utf-8", "replace")


def _readable(name: bytes, value: bytes) -> str:
    """A header's value without secrets. What is no ASCII in an address is encoded byte by byte, as browsers do."""
    if name in _ADDRESSES:
        value = _NO_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), value)
    text = value.decode("latin-1")
    return redact_header(name.decode("latin-1"), text)


def _is_text(kind: str, body: bytes, coding: str) -> bool:
    if not _UNASKED.isdisjoint(_words(coding)):
        return False
    start = body[:1024]
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    if "html" in kind and start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return start.count(0) <= len(start) // 10  # a page with control characters is a page
    binary = kind.startswith(("image/", "video/", "audio/", "font/")) and "svg" not in kind
    return not binary and len(start) - len(start.translate(None, _CONTROLS)) <= len(start) // 50


def _size(response: httpx.Response, body: bytes) -> int:
    total = response.headers.get("content-range", "").rpartition("/")[2]
    length = response.headers.get("content-length", "")
    for text in (total, length):
        if text.isascii() and text.isdecimal() and len(text) < 16 and response.status_code in {200, 206}:
            return int(text)
    return len(body)


def _retry_after(answer: Answer) -> float | None:
    """Seconds (RFC 9110 10.2.3), or None where the header is absent or says nothing."""
    value = (answer.header("retry-after") or "").strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return float(value)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, (email.utils.parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    return None


def _comparable(answer: Answer) -> str | None:
    """What an answer's time may be compared with: others of its media type. None for those that cost a server nothing (redirects,
    empty ones): they say nothing about the others."""
    return None if answer.status in MOVED or not answer.head else answer.content_type


def _from_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return "SSL" in str(error) or "TLS" in str(error)


def _tls_reason(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return (seen.reason or "handshake failed").replace("_", " ").lower()
        seen = seen.__cause__ or seen.__context__
    return "handshake failed"

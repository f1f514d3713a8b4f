"""Answers that break a rule are read as Chromium reads them, and no others; in whatever pieces they come."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.evidence import Answer
from scanner.gatherers.crawl.arrival import PAGES
from scanner.gatherers.http.fetcher import CutOff, Fetcher, Malformed
from scanner.gatherers.net.leniency import MOST_HEAD, MOST_LINE, Endless, Mender, mended
from scanner.gatherers.net.pace import Paces
from scanner.scope.budget import Budget
from scanner.scope.target import Target
from tests.loopback import request_head, serving
from tests.odd_answers import BODY, MOVED, READ, REFUSED, SIZE, answer, chunks
from tests.scanning import catalogue, no_names

HOST = "petalandstem.example"


async def got(raw: bytes, path: str = "/") -> tuple[Answer, list[str]]:
    """What our client reads of an answer that is followed by the connection's end; and the paths that were asked for."""
    asked: list[str] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await request_head(reader)).split(b" ", 2)[1].decode())
        writer.write(raw if len(asked) == 1 or raw in REFUSED.values() else answer(b"Content-Type: text/html"))
        await writer.drain()

    async with serving(once) as port:
        target = Target.of(f"http://{HOST}/", ports={"http": port}, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        async with Fetcher(
            target, budget=Budget(20, catalogue().shares), seconds=20, resolve=no_names, paces=Paces(1000)
        ) as fetcher:
            if raw.startswith(b"HTTP/1.1 302"):
                end = (await fetcher.follow(f"http://{HOST}{path}", PAGES)).end
                assert isinstance(end, Answer)
                return end, asked
            return await fetcher.get(f"http://{HOST}{path}", PAGES), asked


@pytest.mark.parametrize("name", READ)
async def test_what_a_browser_shows_is_read(name: str) -> None:
    seen, asked = await got(READ[name])
    assert (seen.status, seen.text, len(asked)) == (200, BODY.decode(), 1)


@pytest.mark.parametrize("name", REFUSED)
async def test_what_a_browser_refuses_is_refused(name: str) -> None:
    with pytest.raises((Malformed, CutOff)):
        await got(REFUSED[name])


@pytest.mark.parametrize("name", MOVED)
async def test_a_redirect_leads_where_a_browser_goes(name: str) -> None:
    location, to = MOVED[name]
    _, asked = await got(b"HTTP/1.1 302 Found\r\n" + location + b"\r\nContent-Length: 0\r\n\r\n")
    assert asked == ["/", to]


def fed(raw: bytes, cuts: list[int]) -> bytes:
    mender = Mender()
    mender.begin()
    ends = [*sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    pieces = [raw[start:end] for start, end in zip([0, *ends], ends, strict=False) if end > start]
    return b"".join(map(mender.feed, pieces)) + mender.feed(b"")


@pytest.mark.parametrize("name", [*READ, *REFUSED])
def test_pieces_change_nothing(name: str) -> None:
    raw = {**READ, **REFUSED}[name]
    whole = Mender()
    whole.begin()
    seen = whole.feed(raw) + whole.feed(b"")
    for number in range(20):
        draws = random.Random(number)
        cut = fed(raw, [draws.randrange(999) for _ in range(draws.randrange(9))])
        assert _joined(cut) == _joined(seen)


def _joined(seen: bytes) -> bytes:
    """Chunks may be cut into smaller ones on the way."""
    if b"transfer-encoding: chunked" not in seen:
        return seen
    head, _, body = seen.partition(b"\r\n\r\n")
    out = bytearray(head)
    while body:
        size, _, body = body.partition(b"\r\n")
        if not size:
            break
        out += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return bytes(out)


@given(st.binary(max_size=300), st.lists(st.integers(0, 400), max_size=5))
def test_whatever_comes_it_ends(noise: bytes, cuts: list[int]) -> None:
    for raw in (noise, answer(noise), answer(b"Transfer-Encoding: chunked", body=noise), noise + answer()):
        assert len(fed(raw, cuts)) <= 12 * len(raw) + 100


def test_a_head_without_an_end_is_not_waited_for() -> None:
    mender = Mender()
    mender.begin()
    given_on = sum(len(mender.feed(b"X: " + b"y" * 1_000 + b"\r\n")) for _ in range(200))
    assert MOST_HEAD < given_on <= 200 * 1_010


def test_the_next_answer_of_a_connection_is_mended_too() -> None:
    mender = Mender()
    for number in range(3):
        mender.begin()
        seen = mender.feed(answer(b"X Powered By: PHP", b"X-N : %d" % number, b"Content-Length: %d" % len(BODY)))
        assert b"x-n: %d\r\n" % number in seen
        assert b"PHP" not in seen
        assert seen.endswith(BODY)


def test_no_name_is_made_up() -> None:
    lines = mended(b"HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n")
    assert lines == [b"HTTP/1.1 200 OK", b"x-a: b", b"transfer-encoding: chunked"]
    assert mended(b"SSH-2.0-OpenSSH_9\r\n") is None
    assert mended(b"220 petal FTP server\r\n") is None


def test_chunks_that_are_none_are_said() -> None:
    mender = Mender()
    mender.begin()
    assert mender.feed(answer(b"Transfer-Encoding: chunked", body=chunks(b"no size\r\n", SIZE, b""))).endswith(b"no size\r\n")


def test_thousands_of_interim_answers_come_in_one_piece() -> None:
    mender = Mender()
    mender.begin()
    interim = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    assert mender.feed(interim * 5_000) == interim * 5_000
    assert mender.feed(answer(b"Content-Type: text/html")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "piece",
    [
        b"1;" + b"a" * 3_000 + b"\r\nx\r\n",
        b"0001;a=b" + b";c" * 100 + b"\r\nx\r\n",
        b"\r\n" * 500,
    ],
)
def test_what_is_no_body_has_an_end(piece: bytes) -> None:
    """Counted as it arrives: little of a body comes out of much on the wire."""
    mender = Mender()
    mender.begin()
    mender.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    with pytest.raises(Endless):
        feed_for_ever(mender, piece)


def feed_for_ever(mender: Mender, piece: bytes) -> None:
    for _ in range(1_000_000):
        mender.feed(piece)


def test_heads_have_an_end() -> None:
    mender = Mender()
    mender.begin()
    with pytest.raises(Endless):
        feed_for_ever(mender, b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
    mender.begin()  # the next answer is counted anew
    assert mender.feed(answer(b"Content-Length: %d" % len(BODY))).endswith(BODY)


def test_a_chunk_for_each_byte_is_a_page() -> None:
    mender = Mender()
    mender.begin()
    mender.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(100_000):
        mender.feed(b"1\r\nx\r\n")


def test_a_line_that_is_long_is_refused_whole_or_in_pieces() -> None:
    line = b"1;" + b"a" * MOST_LINE + b"\r\nx\r\n"
    for cuts in ([], [90], [70, 2_000, 4_000]):
        assert fed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + line, cuts).endswith(b"chunked\r\n\r\n\r\n")

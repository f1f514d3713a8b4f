"""What an FTP server says before anybody has logged in.

Up to four connections, one after the other, because what was said before may change an answer: the greeting, FEAT and USER of a
made-up name in clear; AUTH TLS; the anonymous login in clear; the anonymous login over TLS, where the server insists on TLS.
Nothing is listed, read or stored, and no password but the customary one for anonymous is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from scanner.evidence import Arrival, Closed, FtpReply, FtpServer, Unavailable
from scanner.gatherers.door import Connection, Door, web_port
from scanner.gatherers.line_protocol import Broken, Conversation, Reply
from scanner.gatherers.network import reading_context
from scanner.gathering import CouldNotGather, gatherer
from scanner.target import Target

SECONDS = 20.0
"""For everything said to an FTP server, all connections together."""
STEP_SECONDS = 8.0
"""For one answer. Many servers look up the visitor's name first and take some seconds for their greeting."""
USER = "shopwarden-check"
"""A name that nobody has."""

AUTH_ACCEPTED = 234  # RFC 4217 4: TLS may begin
NO_FEATURES = frozenset({500, 501, 502})  # RFC 2389 3.2: a server that does not know FEAT


@gatherer(ceiling="4 FTP connections", doing="Listening to the FTP server")
async def ftp_server(arrival: Arrival, target: Target, door: Door) -> FtpServer:
    """Each part may be Unavailable on its own. Raises CouldNotGather where it stays unknown whether the port is open."""
    port = target.service_port("ftp")
    first = await door.open("ftp", port, web_port(arrival, target))
    if isinstance(first, Closed):
        return FtpServer(target.host, port, open=False, gathered_at=door.now(), because=first.because)
    visit = _Visit(door, port, web_port(arrival, target), asyncio.get_running_loop().time() + SECONDS)
    greeting, features, user = await _hello(visit, first)
    if isinstance(greeting, FtpReply):
        auth_tls = await _offers_tls(visit)
        anonymous = await _anonymous(visit)
        if _insists(anonymous) and isinstance(auth_tls, FtpReply) and auth_tls.code == AUTH_ACCEPTED:
            anonymous = await _anonymous(visit, over_tls=True)
    else:
        auth_tls = anonymous = greeting
    return FtpServer(
        host=target.host,
        port=port,
        open=True,
        gathered_at=door.now(),
        greeting=greeting,
        features=features,
        auth_tls=auth_tls,
        user=user,
        anonymous=anonymous,
    )


@dataclass(frozen=True, slots=True)
class _Visit:
    """What all connections of one visit share. ends: when it must be over, in the event loop's time."""

    door: Door
    port: int
    beside: int
    ends: float

    def left(self) -> float:
        """Seconds for the next step. Raises CouldNotGather."""
        left = self.ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise CouldNotGather(f"The FTP server is too slow: {SECONDS:.0f} s were not enough for a short talk.")
        return self.door.seconds(min(STEP_SECONDS, left))

    @asynccontextmanager
    async def talk(self, connection: Connection | None = None) -> AsyncIterator[tuple[Conversation, FtpReply]]:
        """A conversation and its greeting. Raises CouldNotGather."""
        if connection is None:
            self.left()
            opened = await self.door.open("ftp", self.port, self.beside)
            if isinstance(opened, Closed):
                raise Broken("The server answered a first connection and took no more after it.")
            connection = opened
        async with Conversation(connection, "FTP", self.left, self.door.received) as conversation:
            yield conversation, _welcoming(await conversation.reply())


async def _hello(
    visit: _Visit, connection: Connection
) -> tuple[FtpReply | Unavailable, tuple[str, ...] | Unavailable, FtpReply | Unavailable]:
    """Greeting, FEAT, USER: as far as the server lets us come."""
    greeting: FtpReply | None = None
    features: tuple[str, ...] | Unavailable | None = None
    user: FtpReply | None = None
    why = Unavailable("The server gave no greeting.")
    try:
        async with visit.talk(connection) as (conversation, greeting):
            features = _features(await conversation.ask("FEAT"))
            user = _evidence(await conversation.ask(f"USER {USER}"))
            await conversation.farewell()
    except CouldNotGather as reason:
        why = Unavailable(str(reason))
    return greeting or why, why if features is None else features, user or why


async def _offers_tls(visit: _Visit) -> FtpReply | Unavailable:
    try:
        async with visit.talk() as (conversation, _):
            reply = await conversation.ask("AUTH TLS")
            if reply.code != AUTH_ACCEPTED:  # after 234 the server waits for a handshake and not for words
                await conversation.farewell()
            return _evidence(reply)
    except CouldNotGather as reason:
        return Unavailable(str(reason))


async def _anonymous(visit: _Visit, *, over_tls: bool = False) -> FtpReply | Unavailable:
    """The customary anonymous login (RFC 1635)."""
    try:
        async with visit.talk() as (conversation, _):
            if over_tls:
                agreed = await conversation.ask("AUTH TLS")
                if agreed.code != AUTH_ACCEPTED:
                    raise Broken(f"The server offered TLS and then refused it ({agreed.code}).")
                await conversation.start_tls(reading_context())
            reply = await conversation.ask("USER anonymous")
            if reply.code == 331:
                reply = await conversation.ask("PASS anonymous@")
            await conversation.farewell()
            return _evidence(reply)
    except CouldNotGather as reason:
        return Unavailable(str(reason))


def _welcoming(reply: Reply) -> FtpReply:
    """220 and nothing else lets us go on (RFC 959 5.4). Raises Broken."""
    if reply.code == 220:
        return _evidence(reply)
    said = f"it says {reply.code} “{reply.lines[0]}”"
    if reply.code == 120:
        raise Broken(f"The FTP server is not ready yet; {said}.")
    if reply.code == 421:
        raise Broken(f"The FTP server takes no connection from us just now; {said}.")
    raise Broken(f"The FTP server does not let us begin; {said}.")


def _features(reply: Reply) -> tuple[str, ...] | Unavailable:
    if reply.code == 211:
        return tuple(line.strip() for line in reply.lines[1:-1])
    if reply.code in NO_FEATURES:
        return ()
    return Unavailable(f"The server does not say what it can do ({reply.code}).")


def _insists(reply: FtpReply | Unavailable) -> bool:
    return isinstance(reply, FtpReply) and reply.wants_tls


def _evidence(reply: Reply) -> FtpReply:
    return FtpReply(reply.code, reply.text)

"""What an FTP server says before anybody has logged in.

Up to four connections, one after the other, because what was said before may change an answer: the greeting, FEAT and USER of a
made-up name in clear; AUTH TLS and the certificate; the anonymous login in clear; the anonymous login over TLS, where the server
insists on TLS. Meanwhile one to the port of implicit TLS, which has hardly ever anything behind it.
Nothing is listed, read or stored, and no password but the customary one for anonymous is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from scanner.evidence import Arrival, Certificate, Closed, FtpReply, FtpServer, ImplicitFtps, Unavailable
from scanner.gatherers.contract import CouldNotGather, gatherer
from scanner.gatherers.net.connector import Connection, Connector, web_port
from scanner.gatherers.net.guard import reading_context
from scanner.gatherers.net.line_protocol import Broken, Conversation, Reply
from scanner.gatherers.tls.certificates import read_leaf
from scanner.scope.target import Target

SECONDS = 20.0
"""For everything said to an FTP server, all connections together."""
STEP_SECONDS = 8.0
"""For one answer. Many servers look up the visitor's name first and take some seconds for their greeting."""
USER = "shopwarden-check"
"""A name that nobody has."""

AUTH_ACCEPTED = 234  # RFC 4217 4: TLS may begin
NO_FEATURES = frozenset({500, 501, 502})  # RFC 2389 3.2: a server that does not know FEAT


@gatherer(ceiling="5 FTP connections", doing="Listening to the FTP server")
async def ftp_server(arrival: Arrival, target: Target, connector: Connector) -> FtpServer:
    """Each part may be Unavailable on its own. Raises CouldNotGather where it stays unknown whether the port is open."""
    async with asyncio.TaskGroup() as both:
        implicit = both.create_task(_implicit(_visit(arrival, target, connector, "ftps")))
        explicit = both.create_task(_explicit(_visit(arrival, target, connector, "ftp")))
    server = explicit.result()
    if isinstance(server, Unavailable):
        raise CouldNotGather(server.because)
    return replace(server, implicit=implicit.result())


def _visit(arrival: Arrival, target: Target, connector: Connector, service: str) -> _Visit:
    ends = asyncio.get_running_loop().time() + SECONDS
    return _Visit(connector, target.host, target.service_port(service), web_port(arrival, target), ends)


async def _explicit(visit: _Visit) -> FtpServer | Unavailable:
    """What answers on the usual port; Unavailable where it stays unknown whether it is open."""
    try:
        first = await visit.open()
    except CouldNotGather as reason:
        return Unavailable(str(reason))
    if isinstance(first, Closed):
        return FtpServer(visit.host, visit.port, open=False, gathered_at=visit.connector.now(), because=first.because)
    greeting, features, user = await _hello(visit, first)
    auth_tls: FtpReply | Unavailable
    certificate: Certificate | Unavailable
    anonymous: FtpReply | Unavailable
    if isinstance(greeting, FtpReply):
        auth_tls, certificate = await _offers_tls(visit)
        anonymous = await _anonymous(visit)
        if _insists(anonymous) and isinstance(auth_tls, FtpReply) and auth_tls.code == AUTH_ACCEPTED:
            anonymous = await _anonymous(visit, over_tls=True)
    else:
        auth_tls = certificate = anonymous = greeting
    return FtpServer(
        host=visit.host,
        port=visit.port,
        open=True,
        gathered_at=visit.connector.now(),
        greeting=greeting,
        features=features,
        auth_tls=auth_tls,
        user=user,
        anonymous=anonymous,
        certificate=certificate,
    )


async def _implicit(visit: _Visit) -> ImplicitFtps | Unavailable:
    """What answers on the port where TLS begins at once, before the greeting."""
    greeting: FtpReply | None = None
    certificate: Certificate | Unavailable | None = None
    anonymous: FtpReply | None = None
    try:
        opened = await visit.open()
        if isinstance(opened, Closed):
            return ImplicitFtps(visit.port, open=False, because=opened.because)
        async with visit.converse(opened) as conversation:
            certificate = read_leaf(await conversation.start_tls(reading_context(), visit.host), visit.host)
            greeting = _welcoming(await conversation.reply())
            anonymous = await _log_in(conversation)
    except CouldNotGather as reason:
        if greeting is None or certificate is None:
            return Unavailable(str(reason))
        return ImplicitFtps(visit.port, True, "", greeting, certificate, anonymous or Unavailable(str(reason)))
    return ImplicitFtps(visit.port, True, "", greeting, certificate, anonymous)


@dataclass(frozen=True, slots=True)
class _Visit:
    """What all connections of one visit share. ends: when it must be over, in the event loop's time."""

    connector: Connector
    host: str
    port: int
    beside: int
    ends: float

    def left(self) -> float:
        """Seconds for the next step. Raises CouldNotGather."""
        left = self.ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise CouldNotGather(f"The FTP server is too slow: {SECONDS:.0f} s were not enough for a short talk.")
        return self.connector.seconds(min(STEP_SECONDS, left))

    async def open(self) -> Connection | Closed:
        """Knock. Raises CouldNotGather."""
        self.left()
        return await self.connector.open("ftp", self.port, self.beside)

    def converse(self, connection: Connection) -> Conversation:
        return Conversation(connection, "FTP", self.left, self.connector.received)

    @asynccontextmanager
    async def talk(self, connection: Connection | None = None) -> AsyncIterator[tuple[Conversation, FtpReply]]:
        """A conversation and its greeting. Raises CouldNotGather."""
        if connection is None:
            opened = await self.open()
            if isinstance(opened, Closed):
                raise Broken("The server answered a first connection and took no more after it.")
            connection = opened
        async with self.converse(connection) as conversation:
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


async def _offers_tls(visit: _Visit) -> tuple[FtpReply | Unavailable, Certificate | Unavailable]:
    """The reply to AUTH TLS, and the certificate shown after it (RFC 4217 4)."""
    reply: Reply | None = None
    try:
        async with visit.talk() as (conversation, _):
            reply = await conversation.ask("AUTH TLS")
            certificate: Certificate | Unavailable = Unavailable(f"The server does not begin TLS ({reply.code}).")
            if reply.code == AUTH_ACCEPTED:
                certificate = read_leaf(await conversation.start_tls(reading_context(), visit.host), visit.host)
            await conversation.farewell()
            return _evidence(reply), certificate
    except CouldNotGather as reason:
        why = Unavailable(str(reason))
        return why if reply is None else _evidence(reply), why


async def _anonymous(visit: _Visit, *, over_tls: bool = False) -> FtpReply | Unavailable:
    try:
        async with visit.talk() as (conversation, _):
            if over_tls:
                agreed = await conversation.ask("AUTH TLS")
                if agreed.code != AUTH_ACCEPTED:
                    raise Broken(f"The server offered TLS and then refused it ({agreed.code}).")
                await conversation.start_tls(reading_context(), visit.host)
            return await _log_in(conversation)
    except CouldNotGather as reason:
        return Unavailable(str(reason))


async def _log_in(conversation: Conversation) -> FtpReply:
    """The customary anonymous login (RFC 1635), and farewell. Raises CouldNotGather."""
    reply = await conversation.ask("USER anonymous")
    if reply.code == 331:
        reply = await conversation.ask("PASS anonymous@")
    await conversation.farewell()
    return _evidence(reply)


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

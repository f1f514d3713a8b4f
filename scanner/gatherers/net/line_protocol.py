"""Bounded conversations in lines with numbered replies: FTP (RFC 959 4.2) and, alike, SMTP (RFC 5321 4.2).

The libraries for these protocols read an endless reply into memory until the sender stops. Here a line, a reply and the time
for each are bounded, and whatever goes wrong is told in the owner's words.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from scanner.gatherers.contract import CouldNotGather
from scanner.gatherers.net.connector import LINE_BYTES, Connection
from scanner.text.redact import redact_said
from scanner.text.sanitize import sanitize

REPLY_LINES = 100
REPLY_BYTES = 16 * 1024
LINE_SHOWN = 300
CLOSE_SECONDS = 1.0

_DER = 2  # OpenSSL's SSL_FILETYPE_ASN1
_FIRST = re.compile(r"([1-5][0-9]{2})(?:([ -])(.*))?\Z", re.DOTALL)
_T = TypeVar("_T")


class Broken(CouldNotGather):
    """The conversation cannot go on; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A numbered reply: its code, and its lines without code and line ends, made safe to show."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines, joined by line feeds."""
        return "\n".join(self.lines)


class Conversation:
    """One connection, used as an async context manager; it is always closed at the end.

    protocol: its name in messages (``FTP``). left: seconds left for the step about to be taken; raises CouldNotGather at none.
    received: told the size of each line.
    """

    def __init__(self, connection: Connection, protocol: str, left: Callable[[], float], received: Callable[[int], None]) -> None:
        self._reader = connection.reader
        self._writer = connection.writer
        self._protocol = protocol
        self._left = left
        self._received = received

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writer.transport.abort()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._writer.wait_closed()

    async def ask(self, command: str) -> Reply:
        """Send a command, read its reply. Raises Broken, CouldNotGather."""
        await self.say(command)
        return await self.reply()

    async def say(self, command: str) -> None:
        """Send one line. Raises Broken, CouldNotGather."""
        self._writer.write(command.encode("ascii") + b"\r\n")
        await self._within(self._writer.drain)

    async def reply(self) -> Reply:
        """Read one reply. Raises Broken, CouldNotGather."""
        return await self._within(self._reply)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> bytes:
        """Go on encrypted, having named the host (RFC 6066 3). Returns the server's certificate in DER, which nobody judged yet;
        empty where it showed none. Raises Broken, CouldNotGather."""
        await self._within(lambda: self._writer.start_tls(context, server_hostname=host))
        encrypted: ssl.SSLObject = self._writer.get_extra_info("ssl_object")
        return encrypted.getpeercert(binary_form=True) or b""

    def tls_version(self) -> str:
        """``TLSv1.3``; empty where nothing is encrypted."""
        encrypted: ssl.SSLObject | None = self._writer.get_extra_info("ssl_object")
        return (encrypted.version() or "") if encrypted is not None else ""

    def certificates(self) -> tuple[bytes, ...]:
        """All certificates that the server showed, in DER, its own first; nobody judged them yet."""
        encrypted = self._writer.get_extra_info("ssl_object")
        if encrypted is None:
            return ()
        shown = getattr(encrypted, "get_unverified_chain", None)  # Python 3.13; before it, the object within has it
        if shown is not None:
            return tuple(shown())
        return tuple(one.public_bytes(_DER) for one in encrypted._sslobj.get_unverified_chain() or ())  # noqa: SLF001  no public way

    async def farewell(self) -> None:
        """``QUIT``, as a polite client; what is answered, or whether, makes no difference."""
        with contextlib.suppress(CouldNotGather, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.ask("QUIT")

    async def _within(self, step: Callable[[], Awaitable[_T]]) -> _T:
        seconds = self._left()
        try:
            async with asyncio.timeout(seconds):
                return await step()
        except TimeoutError as error:
            raise Broken(f"The server did not answer within {max(1, round(seconds))} s.") from error
        except (OSError, ValueError) as error:
            raise Broken(f"The connection broke off ({getattr(error, 'strerror', None) or type(error).__name__}).") from error

    async def _reply(self) -> Reply:
        lines: list[str] = []
        code, size = 0, 0
        while True:
            line = await self._line()
            size += len(line)
            if len(lines) >= REPLY_LINES or size > REPLY_BYTES:
                raise Broken(f"The server's answer had no end (cut after {len(lines)} lines).")
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            numbered = _FIRST.match(text)
            if not lines:
                if numbered is None:
                    raise Broken(
                        f"What answers on this port does not speak {self._protocol}; it says “{redact_said(sanitize(text, 80))}”."
                    )
                code = int(numbered[1])
            if numbered is not None and int(numbered[1]) == code:
                lines.append(redact_said(sanitize(numbered[3] or "", LINE_SHOWN)))
                if numbered[2] != "-":
                    return Reply(code, tuple(lines))
            else:
                lines.append(redact_said(sanitize(text, LINE_SHOWN)))

    async def _line(self) -> bytes:
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            self._received(len(error.partial))
            begun = redact_said(sanitize(error.partial.decode("utf-8", "replace"), 80))
            how = f"in the middle of a line: “{begun}”" if begun else "without an answer"
            raise Broken(f"The server closed the connection {how}.") from error
        except asyncio.LimitOverrunError as error:
            raise Broken(f"The server sent a line of more than {LINE_BYTES} bytes.") from error
        self._received(len(line))
        return line

"""The demo shop's mail server (RFC 5321): it greets, says what it can do, and takes no mail from anybody.

The weak shop's knows no encryption; the hardened shop's offers STARTTLS (RFC 3207).
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl

from shopwarden.demo.connections import Streams, streams
from shopwarden.demo.hits import Hits
from shopwarden.demo.site import MAIL_HOST

GREETING = f"220 {MAIL_HOST} ESMTP Postfix (Debian/GNU)"
_MOST_LINE = 512
_MOST_COMMANDS = 40
_SECONDS = 15.0


async def talk_smtp(connection: socket.socket, hits: Hits, tls: ssl.SSLContext | None = None) -> None:
    """Hold one conversation. tls: the context to encrypt with; None where no encryption is offered."""
    if tls is None:
        async with streams(connection) as (reader, writer):
            await _say(writer, GREETING)
            await _conversation((reader, writer), hits)
    elif await _until_starttls(connection, hits):
        async with streams(connection, tls) as both:
            await _conversation(both, hits)


async def _conversation(both: Streams, hits: Hits) -> None:
    """Answer commands until QUIT. Raises EOFError where the visitor has left."""
    reader, writer = both
    for _ in range(_MOST_COMMANDS):
        async with asyncio.timeout(_SECONDS):
            word = _word(await _line(reader), hits)
        await _say(writer, _reply(word, offers=False))
        if word == "QUIT":
            return
    await _say(writer, "421 4.7.0 Too many commands")


async def _until_starttls(connection: socket.socket, hits: Hits) -> bool:
    """The part in clear, on the socket itself: what a visitor sends behind STARTTLS in one go is thrown away (RFC 3207 4.2)."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_SECONDS):
        await loop.sock_sendall(connection, f"{GREETING}\r\n".encode())
        for _ in range(_MOST_COMMANDS):
            line = b""
            while b"\n" not in line and len(line) <= _MOST_LINE:
                if not (more := await loop.sock_recv(connection, _MOST_LINE)):
                    return False
                line += more
            word = _word(line.partition(b"\n")[0].decode("latin-1"), hits)
            said = "220 2.0.0 Ready to start TLS" if word == "STARTTLS" else _reply(word, offers=True)
            await loop.sock_sendall(connection, f"{said}\r\n".encode())
            if word in {"STARTTLS", "QUIT"}:
                return word == "STARTTLS"
    return False


def _word(line: str, hits: Hits) -> str:
    """The command of a line, noted."""
    word = line.strip().partition(" ")[0].upper()
    hits.command(f"smtp {word}" if re.fullmatch("[A-Z]{4,8}", word) else "smtp ?")
    return word


def _reply(word: str, *, offers: bool) -> str:
    match word:
        case "EHLO":
            extensions = [MAIL_HOST, "PIPELINING", "SIZE 10240000", *(["STARTTLS"] if offers else []), "8BITMIME"]
            return "\r\n".join([*(f"250-{one}" for one in extensions[:-1]), f"250 {extensions[-1]}"])
        case "HELO":
            return f"250 {MAIL_HOST}"
        case "NOOP" | "RSET":
            return "250 2.0.0 Ok"
        case "QUIT":
            return "221 2.0.0 Bye"
        case "MAIL" | "RCPT" | "DATA" | "VRFY" | "EXPN":
            return "550 5.7.1 The demo shop takes no mail"
        case _:
            return "502 5.5.2 Error: command not recognized"


async def _line(reader: asyncio.StreamReader) -> str:
    """One command line. Raises EOFError where the visitor has gone or sends more than a line may hold."""
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError as error:
        raise EOFError from error
    if len(line) > _MOST_LINE:
        raise EOFError
    return line.decode("latin-1").strip()


async def _say(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(text.encode("latin-1") + b"\r\n")
    async with asyncio.timeout(_SECONDS):
        await writer.drain()

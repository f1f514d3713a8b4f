"""A small FTP server (RFC 959) for the demo shop: plain logins and guests are let in, and nobody ever gets or leaves a file."""

from __future__ import annotations

import asyncio
import re
import socket

from shopwarden.demo.connections import streams
from shopwarden.demo.hits import Hits

GREETING = "(vsFTPd 2.3.5)"
_MAX_LINE = 512
_MAX_COMMANDS = 60
_SECONDS = 15.0

_FEATURES = ("EPRT", "EPSV", "MDTM", "PASV", "REST STREAM", "SIZE", "TVFS", "UTF8")
_ALWAYS = {"QUIT": "221 Goodbye.", "NOOP": "200 NOOP ok.", "AUTH": "500 Unknown command.", "PBSZ": "500 Unknown command."}
_AFTER_LOGIN = {
    "PWD": '257 "/"',
    "SYST": "215 UNIX Type: L8",
    "TYPE": "200 Switching to Binary mode.",
    "CWD": "550 Failed to change directory.",
}
_DATA = frozenset({"PASV", "EPSV", "PORT", "EPRT", "LIST", "NLST", "MLSD", "MLST", "RETR", "SIZE", "MDTM"})
_WRITING = frozenset({"STOR", "STOU", "APPE", "DELE", "RMD", "MKD", "RNFR", "RNTO", "SITE"})


async def talk_ftp(connection: socket.socket, hits: Hits) -> None:
    """Hold one control connection's conversation."""
    async with streams(connection) as (reader, writer):
        await _say(writer, f"220 {GREETING}")
        user, inside = "", False
        for _ in range(_MAX_COMMANDS):
            async with asyncio.timeout(_SECONDS):
                line = await _line(reader)
            word, _, argument = line.partition(" ")
            word = word.upper()
            hits.command(f"ftp {word}" if re.fullmatch("[A-Z]{3,4}", word) else "ftp ?")
            if word == "USER":
                user, inside = argument.lower(), False
                await _say(writer, "331 Please specify the password.")
            elif word == "PASS":
                inside = user in {"anonymous", "ftp"}
                await _say(writer, "230 Login successful." if inside else "530 Login incorrect.")
            else:
                await _say(writer, _reply(word, inside=inside))
                if word == "QUIT":
                    return
        await _say(writer, "421 Timeout.")


def _reply(word: str, *, inside: bool) -> str:
    if word == "FEAT":
        return "\r\n".join(["211-Features:", *(f" {feature}" for feature in _FEATURES), "211 End"])
    if word in _ALWAYS:
        return _ALWAYS[word]
    if not inside:
        return "530 Please login with USER and PASS."
    if word in _DATA | _WRITING:
        return "550 Permission denied."
    return _AFTER_LOGIN.get(word, "500 Unknown command.")


async def _line(reader: asyncio.StreamReader) -> str:
    """One command line. Raises EOFError where the visitor has gone or sends more than a line may hold."""
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError as error:
        raise EOFError from error
    if len(line) > _MAX_LINE:
        raise EOFError
    return line.decode("latin-1").strip()


async def _say(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(text.encode("latin-1") + b"\r\n")
    async with asyncio.timeout(_SECONDS):
        await writer.drain()

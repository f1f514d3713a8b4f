"""What the guarded client shares with those who speak other protocols."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

import trustme

from scanner.gatherers.net.guard import guarded_client, reading_context


async def test_no_mail_server_is_offered_http() -> None:
    """The HTTP client writes its offer into the context that it is given; Exim hangs up on it."""
    client = guarded_client(cast("Any", None), 1)
    theirs = client._transport._pool._ssl_context  # type: ignore[attr-defined]  # no public seam
    theirs.set_alpn_protocols(["http/1.1"])
    await client.aclose()
    assert await _agreed(theirs) == "http/1.1"
    assert await _agreed(reading_context()) is None


async def _agreed(context: ssl.SSLContext) -> str | None:
    """What a server that speaks HTTP and nothing else agrees on with a client of this context."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("mail.example").configure_cert(server)
    server.set_alpn_protocols(["http/1.1"])
    async with await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=server) as listening:
        port = listening.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="mail.example")
        agreed = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        writer.transport.abort()
    return cast("str | None", agreed)

"""Runs the application on an address of this computer until it is asked to end."""

from __future__ import annotations

import ipaddress
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.engine.catalogue import Catalogue
from scanner.history.connect import HistoryError
from scanner.history.store import History
from scanner.settings.reading import FILE_NAME, read_settings
from shopwarden.operations.errors import Refused
from shopwarden.operations.keep import database_of

if TYPE_CHECKING:
    from shopwarden.web.scans import Look

END_SECONDS = 5
"""For answers that are under way when the program ends; then scans write what they know."""
_EXTRA = "the pages need an extra: pip install 'shopwarden[web]'"


def serve(
    listen: str,
    config: Path | None,
    database: str | None,
    catalogue: Catalogue,
    tell: Callable[[str], object],
    *,
    look: Look | None = None,
) -> bool:
    """Serve until SIGTERM or Ctrl-C; whether it could begin. tell: is given the address with the token, once it answers. look:
    scans a shop in place of the usual way.

    Raises Refused and BadSettings.
    """
    try:
        import uvicorn

        from shopwarden.web.access import Access
        from shopwarden.web.app import application
        from shopwarden.web.desk import Desk
        from shopwarden.web.scans import Scans
    except ModuleNotFoundError as error:
        raise Refused(_EXTRA) from error
    host, port = address_of(listen)
    file = config or Path(FILE_NAME)
    named = database_of(read_settings(file) if file.exists() else read_settings(None), database)
    try:
        history = History.open(named)
    except HistoryError as error:
        raise Refused(str(error)) from error
    try:
        with _bound(host, port) as listener:
            port = listener.getsockname()[1]
            shown = f"[{host}]" if ":" in host else host
            access = Access(port)
            hosts = frozenset({f"{shown}:{port}", f"localhost:{port}"})
            desk = Desk(file, history, catalogue, named)
            app = application(desk, access, hosts, Scans(desk, look=look))
            how: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "proxy_headers": False}
            how |= {"lifespan": "on", "timeout_graceful_shutdown": END_SECONDS}
            server = _server(uvicorn.Config(app, **how))
            tell(f"http://{shown}:{port}/enter?token={access.token}")
            server.run([listener])
            return bool(server.started)
    finally:
        history.close()


def _server(config: Any) -> Any:
    """One that ends on SIGTERM and Ctrl-C as it should: uvicorn's own raises the signal anew once it has ended."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    return Server(config)


def address_of(listen: str) -> tuple[str, int]:
    """``ADDRESS:PORT``, of this computer alone. Raises Refused."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]*)):(\d{1,5})", listen.strip())
    if match is None or int(match[3]) > 65_535:
        raise Refused(f"--listen {listen}: is no ADDRESS:PORT; write it like 127.0.0.1:8484")
    host = match[1] or match[2].replace("localhost", "127.0.0.1")
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise Refused(f"--listen {listen}: {host!r} is no address of this computer; write it like 127.0.0.1:8484") from error
    if not address.is_loopback:
        raise Refused(
            f"--listen {listen}: the pages know no users yet, so they are served to this computer alone; give 127.0.0.1:8484, "
            "and come from elsewhere by ssh -L 8484:127.0.0.1:8484"
        )
    return str(address), int(match[3])


def _bound(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Refused(f"--listen {host}:{port}: cannot be taken ({error.strerror}); is it running already?") from error

"""Scan a little server of a test, the whole real path."""

from __future__ import annotations

from functools import lru_cache

from scanner.engine.catalogue import Catalogue, load
from scanner.engine.scan import Order, Scan, scan
from scanner.gatherers.net.resolver import NoSuchName
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Found
from scanner.scope.target import SERVICES, Target
from scanner.settings.options import ScanOptions
from tests.loopback import Handler, serving

HOST = "petalandstem.example"
CLOSED = dict.fromkeys(SERVICES, 1)
"""This computer's own services are none of the shop's."""


def port_words(**ports: int) -> list[str]:
    """The command line's words for the ports that a test serves; every other one refuses, whatever else listens on this machine."""
    return [word for service, port in {**CLOSED, **ports}.items() for word in ("--port", f"{service}={port}")]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Ours, without plugins; read once a process."""
    return load(plugins=False)


async def no_names(host: str) -> tuple[str, ...]:
    raise NoSuchName(f"The name {host} has no address.")


async def scan_port(port: int, *only: str, url: str = f"http://{HOST}/", **options: object) -> Scan:
    """Scan what listens on a port, as http of HOST; its other services are closed."""
    loaded = catalogue()
    ports = {**CLOSED, "http": port}
    target = Target.of(url, ports=ports, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
    chosen = ScanOptions.model_validate({"rate": 1000, **options})
    return await scan(Order(target, loaded.chosen(only), chosen), loaded, resolve=no_names)


async def scan_of(handler: Handler, *only: str, **options: object) -> Scan:
    """Serve, and scan it."""
    async with serving(handler) as port:
        return await scan_port(port, *only, **options)


def found(result: ScanResult, *areas: str) -> dict[str, list[str]]:
    """Rule → subjects of what was found, in some areas or in all."""
    return {
        judged.rule.id: [finding.subject for finding in judged.verdict.findings]
        for judged in result.judged
        if isinstance(judged.verdict, Found) and (not areas or judged.rule.area in areas)
    }

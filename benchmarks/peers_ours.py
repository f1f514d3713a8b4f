"""Our scan for the comparison: as the command makes it, but asking the comparison's name server about other hosts although the
shop is on loopback, where the command asks about none. Writes the scan as JSON.

python -m benchmarks.peers_ours FOLDER RATE: ``FOLDER``/ca.pem is the shop's authority, ``FOLDER``/ours.json is written
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from benchmarks.peers_sites import HOST, LOOPBACK, NAMES
from scanner.engine.catalogue import load
from scanner.engine.scan import Order, scan
from scanner.gatherers.net.dns import Dns
from scanner.results.document import to_json
from scanner.scope.target import Target
from scanner.settings.options import ScanOptions
from shopwarden.demo.names import look_up
from shopwarden.demo.site import CDN


class KnownDomains(Dns):
    """In the place of name servers: there is the shop's domain and its library store's, and no other."""

    async def exists(self, domain: str) -> bool:
        """Whether a domain is there."""
        return domain in {HOST, ".".join(CDN.split(".")[-2:])}


def main(folder: Path, rate: float) -> None:
    catalogue = load(plugins=False)
    target = Target.of(f"https://{HOST}/", resolve=dict.fromkeys(sorted(NAMES), (LOOPBACK,)), allow_private=True)
    order = Order(target, catalogue.chosen(), ScanOptions(rate=rate, ca_file=folder / "ca.pem"))
    done = asyncio.run(scan(order, catalogue, resolve=look_up, dns=KnownDomains()))
    (folder / "ours.json").write_text(to_json(done.result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))

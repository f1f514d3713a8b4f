"""Connections and seconds of the look at a server's encryption, beside sslyze alone, on one nginx of each kind.

.venv/bin/python -m benchmarks.tls_cost
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.loopback import serving
from tests.servers.cutting import Cutter
from tests.servers.test_tls import CBC, HOST, STRONG, issue, look, nginx

SERVERS = {
    "TLS 1.2 and 1.3, current suites": ("TLSv1.2 TLSv1.3", STRONG),
    "TLS 1.0 to 1.3, old suites too": ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", f"{STRONG}:{CBC}:AES128-GCM-SHA256"),
    "all that OpenSSL has": ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"),
}
LOOKS = (
    "certinfo",
    "sslv2",
    "sslv3",
    "tlsv1",
    "tlsv1_1",
    "tlsv1_2",
    "tlsv1_3",
    "heartbleed",
    "robot",
    "openssl_ccs",
    "reneg",
    "compression",
)


async def measure(folder: Path, protocols: str, ciphers: str) -> tuple[int, float, int, float]:
    """Our connections and seconds, then sslyze's; both by the same door, which counts."""
    authority = issue(None, "Root", authority=True, key=rsa.generate_private_key(65537, 2048))
    pair = issue(authority, HOST, key=rsa.generate_private_key(65537, 2048))
    with nginx(folder, pair, protocols, ciphers) as behind:
        async with serving(door := Cutter(behind)) as port:
            ours = await look(port)
            connections = door.seen
            command = [Path(sys.executable).with_name("sslyze"), "--mozilla_config=disable", f"--sni={HOST}"]
            began = time.monotonic()
            options = [*(f"--{one}" for one in LOOKS), f"127.0.0.1:{port}"]
            await asyncio.to_thread(subprocess.run, [*command, *options], check=True, capture_output=True)
            return connections, ours.seconds, door.seen - connections, time.monotonic() - began


def main() -> None:
    for warm, (name, server) in enumerate([next(iter(SERVERS.items())), *SERVERS.items()]):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            ours, seconds, theirs, their_seconds = asyncio.run(measure(Path(folder), *server))
        if warm:  # the first time loads what both need
            print(
                f"{name}: {ours} connections beside {theirs} of sslyze (ratio {ours / theirs:.2f}), "
                f"{seconds:.2f} s beside {their_seconds:.2f} s (ratio {seconds / their_seconds:.2f})"
            )


if __name__ == "__main__":
    main()

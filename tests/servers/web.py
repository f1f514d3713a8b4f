"""A small static shop, served by real nginx and Apache from the configurations in ``fixtures/servers``."""

from __future__ import annotations

import contextlib
import http.client
import os
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import trustme

from scanner.catalogue import load
from scanner.gatherers.network import NoSuchName
from scanner.result import ScanResult
from scanner.scan import TOOLS, Order, scan
from scanner.settings import ScanOptions
from scanner.target import SERVICES, Target
from scanner.verdicts import Found
from tests.servers.processes import binary, free_port, running

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "servers"
HOST = "petalandstem.example"
APACHE_MODULES = (
    "mpm_event", "authz_core", "authz_host", "authn_core", "authn_file", "auth_basic", "authz_user", "mime", "dir", "autoindex", "ssl",
    "socache_shmcb", "headers", "rewrite", "alias", "setenvif",
)  # fmt: skip

LAYOUT = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/catalog/view/theme/default/stylesheet/stylesheet.css"></head><body>
<nav><a href="/">Home</a> <a href="/roses.html">Roses</a> <a href="/tulips.html">Tulips</a> <a href="/privacy.html">Privacy policy</a>
<a href="/blog/">Journal</a></nav><h1>{title}</h1><p>{text}</p><img src="/image/catalog/rose.svg" alt="A rose">
<footer>Powered By <a href="https://www.opencart.com">OpenCart</a></footer></body></html>"""
WORDPRESS = """<!DOCTYPE html><html><head><meta name="generator" content="WordPress 5.2.3"><title>Journal</title>
<link rel="stylesheet" href="/blog/wp-content/themes/twentynineteen/style.css?ver=1.4">
<script src="/blog/wp-includes/js/wp-embed.min.js?ver=5.2.3"></script></head><body><h1>Journal</h1></body></html>"""
ADMIN = """<!DOCTYPE html><html><head><title>Administration</title></head><body><h1>Administration</h1>
<form action="admin.php" method="post"><input name="login"><input type="password" name="password"></form></body></html>"""


def make_site(folder: Path) -> None:
    """The shop's files."""
    pages = {
        "index.html": LAYOUT.format(title="Petal & Stem", text="Flowers from growers we know by name."),
        "roses.html": LAYOUT.format(title="Roses", text="Twelve long stems."),
        "tulips.html": LAYOUT.format(title="Tulips", text="Two dozen, wrapped closed."),
        "privacy.html": LAYOUT.format(title="Privacy policy", text="What we keep and why."),
        "admin.php": ADMIN,
        "blog/index.html": WORDPRESS,
        "blog/readme.html": "<html><title>WordPress &rsaquo; ReadMe</title><h1><br /> Version 5.2.3</h1></html>",
        "catalog/view/theme/default/stylesheet/stylesheet.css": "body { color: #222 }",
        "image/catalog/rose.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "backup/shop-2019.sql": "-- MySQL dump 10.13\n",
    }
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@dataclass(frozen=True)
class Web:
    """A running server: its folder and ports, and a scan of it."""

    folder: Path
    http: int
    https: int

    async def scan(self, *only: str) -> ScanResult:
        catalogue = load(tools=TOOLS, plugins=False)
        ports = {**dict.fromkeys(SERVICES, 1), "http": self.http, "https": self.https}
        target = Target.of(HOST, ports=ports, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        options = ScanOptions(rate=500, ca_file=self.folder / "ca.pem")

        async def resolve(host: str) -> tuple[str, ...]:
            raise NoSuchName(host)

        return (await scan(Order(target, catalogue.chosen(only), options), catalogue, resolve=resolve)).result


SHOP = ("/", "/roses.html", "/privacy.html", "/image/catalog/rose.svg", "/catalog/view/theme/default/stylesheet/stylesheet.css")
"""What customers need: home, category, a policy, a picture, the style sheet."""


def visit(web: Web, *, forwarded: bool = False) -> dict[str, tuple[int, bytes]]:
    """What a customer gets by https: path → status and body. forwarded: through a proxy that speaks plain http to the server."""
    context = ssl._create_unverified_context()
    seen = {}
    for path in SHOP:
        if forwarded:
            connection = http.client.HTTPConnection("127.0.0.1", web.http, timeout=10)
        else:
            connection = http.client.HTTPSConnection("127.0.0.1", web.https, timeout=10, context=context)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": HOST} | ({"X-Forwarded-Proto": "https"} if forwarded else {}))
            answer = connection.getresponse()
            seen[path] = (answer.status, answer.read(100_000))
    return seen


def found(result: ScanResult) -> dict[str, list[str]]:
    """Rule → subjects of what was found."""
    return {
        judged.rule.id: [finding.subject for finding in judged.verdict.findings]
        for judged in result.judged
        if isinstance(judged.verdict, Found)
    }


@contextlib.contextmanager
def serving(
    server: str,
    variant: str,
    folder: Path,
    *,
    more: str = "",
    before: str = "",
    without: Sequence[str] = (),
    files: Mapping[str, str | bytes] | None = None,
) -> Iterator[Web]:
    """Run nginx or Apache.

    more: lines that are put into the server's configuration (an article's fix). before: what stands above nginx's server block;
    ``{http}`` is its port. without: lines that are taken out of the configuration. files: path below the shop's root → content, on top
    of ``make_site``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    make_site(folder / "site")
    for name, text in (files or {}).items():
        (folder / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert(HOST, f"www.{HOST}")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    _reachable(folder)
    http, https = free_port(), free_port()
    values = {"folder": folder, "http": http, "https": https, "more": more, "modules": _modules()}
    values |= {"user": "www-data" if os.geteuid() == 0 else os.environ.get("USER", "nobody"), "group": "www-data"}
    source = (FIXTURES / f"{server}-{variant}.conf").read_text()
    for line in without:
        assert f" {line}\n" in source, f"{server}-{variant}.conf has no line {line!r}"
        source = source.replace(f" {line}\n", "\n")
    written = source.format(**values)
    if before:
        written = written.replace("    server {\n", f"{before.replace('{http}', str(http))}\n    server {{\n", 1)
    config = folder / "server.conf"
    config.write_text(written)
    if server == "nginx":
        command = [binary("nginx"), "-c", str(config), "-p", str(folder)]
    else:
        command = [binary("apache2"), "-f", str(config), "-D", "FOREGROUND"]
    with running(command, ports=(http, https)):
        yield Web(folder, http, https)


def check_syntax(server: str, config: Path) -> str:
    """What the server says of a configuration; empty where it is fine."""
    command = [binary(server), "-t", "-c" if server == "nginx" else "-f", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


def _modules() -> str:
    folder = Path("/usr/lib/apache2/modules")
    return "\n".join(
        f"LoadModule {name}_module {folder}/mod_{name}.so" for name in APACHE_MODULES if (folder / f"mod_{name}.so").exists()
    )


def _reachable(folder: Path) -> None:
    """Started as root, the servers give up root: every folder above must let them through."""
    for parent in folder.parents:
        with contextlib.suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o011)
        if parent == Path("/tmp"):
            break

"""A small shop, served by real Apache, nginx, Caddy and lighttpd from the configurations in ``fixtures/servers``: files, and a PHP
program for cart, checkout and login."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import trustme

from scanner.engine.scan import Order, scan
from scanner.gatherers.net.resolver import NoSuchName
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Found
from scanner.scope.target import SERVICES, Target
from scanner.settings.options import ScanOptions
from tests.patience import PATIENCE
from tests.scanning import catalogue
from tests.servers.processes import binary, free_port, needs, running

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "servers"
HOST = "petalandstem.example"
APACHE_MODULES = (
    "mpm_event", "authz_core", "authz_host", "authn_core", "authn_file", "auth_basic", "authz_user", "mime", "dir", "autoindex", "ssl",
    "socache_shmcb", "headers", "rewrite", "alias", "setenvif", "proxy", "proxy_fcgi",
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
        "index.php": (FIXTURES / "shop.php").read_text(),
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
        loaded = catalogue()
        ports = {**dict.fromkeys(SERVICES, 1), "http": self.http, "https": self.https}
        target = Target.of(HOST, ports=ports, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        options = ScanOptions(rate=500, ca_file=self.folder / "ca.pem")

        async def resolve(host: str) -> tuple[str, ...]:
            raise NoSuchName(host)

        return (await scan(Order(target, loaded.chosen(only), options), loaded, resolve=resolve)).result


SHOP = ("/", "/roses.html", "/privacy.html", "/image/catalog/rose.svg", "/catalog/view/theme/default/stylesheet/stylesheet.css")
"""What customers need of its files: home, category, a policy, a picture, the style sheet."""
JOURNEY: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("checkout/cart", {}),
    ("checkout/cart", {"product_id": "42", "quantity": "12"}),
    ("checkout/cart", {}),
    ("checkout/checkout", {}),
    ("checkout/checkout", {"name": "Ann"}),
    ("account/login", {}),
    ("account/login", {"email": "ann@shop.example", "password": "tulip"}),
    ("account/account", {}),
)
"""A customer's way through the shop's program: route and what is sent by a form."""
BOUGHT = (200, 303, 200, 200, 200, 200, 303, 200)
"""How it answers on the way."""


class Customer:
    """A browser as far as it matters: https (or plain http behind a proxy that says so), the Host header, cookies."""

    def __init__(self, web: Web, *, forwarded: bool) -> None:
        self._web, self._forwarded, self._cookies = web, forwarded, dict[str, str]()

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Status, and the body without a session's number in its links; the form is posted."""
        connection: http.client.HTTPConnection
        if self._forwarded:
            connection = http.client.HTTPConnection("127.0.0.1", self._web.http, timeout=PATIENCE)
        else:
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection("127.0.0.1", self._web.https, timeout=PATIENCE, context=context)
        headers = {"Host": HOST} | ({"X-Forwarded-Proto": "https"} if self._forwarded else {})
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(connection):
            connection.request("POST" if form else "GET", path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self._cookies[name] = value
            return answer.status, re.sub(rb"[?]PHPSESSID=\w+", b"", answer.read(100_000))


def visit(web: Web, *, forwarded: bool = False) -> dict[str, tuple[int, bytes]]:
    """What a customer gets: his step → status and body. forwarded: through a proxy that speaks plain http to the server."""
    customer = Customer(web, forwarded=forwarded)
    seen = {path: customer.ask(path) for path in SHOP}
    for number, (route, form) in enumerate(JOURNEY, 1):
        seen[f"{number} {route}"] = customer.ask(f"/index.php?route={route}", form)
    return seen


def works(seen: Mapping[str, tuple[int, bytes]]) -> bool:
    """Whether the whole visit went as it should: every page there, roses bought, logged in."""
    statuses = tuple(status for status, _ in seen.values())
    said = b"".join(body for _, body in seen.values())
    return statuses == (200,) * len(SHOP) + BOUGHT and all(word in said for word in (b"12 roses", b"Thank you", b"Hello Ann"))


def found(result: ScanResult) -> dict[str, list[str]]:
    """Rule → subjects of what was found."""
    return {
        judged.rule.id: [finding.subject for finding in judged.verdict.findings]
        for judged in result.judged
        if isinstance(judged.verdict, Found)
    }


@dataclass(frozen=True)
class Setup:
    """What differs from the configuration in ``fixtures/servers``.

    more: lines that are put into it (an article's fix). before: what stands above nginx's server block. In both, ``{http}`` is the
    port. without: lines that are taken out. instead: lines that take the place of those that begin with the same word. files: path
    below the shop's root → content, on top of ``make_site``. php_ini: lines at the end of PHP's configuration. chain: send the
    intermediate certificate.
    """

    more: str = ""
    before: str = ""
    without: Sequence[str] = ()
    instead: str = ""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    php_ini: str = ""
    chain: bool = True


@contextlib.contextmanager
def serving(server: str, variant: str, folder: Path, setup: Setup | None = None) -> Iterator[Web]:
    """Run Apache, nginx, Caddy or lighttpd, and PHP behind it."""
    needs("php-cgi")
    setup = setup or Setup()
    web, php, config = _prepared(server, variant, folder, setup)
    commands = {
        "apache": ("apache2", "-f", str(config), "-D", "FOREGROUND"),
        "nginx": ("nginx", "-c", str(config), "-p", str(folder)),
        "caddy": ("caddy", "run", "--adapter", "caddyfile", "--config", str(config)),
        "lighttpd": ("lighttpd", "-D", "-f", str(config)),
    }
    name, *arguments = commands[server]
    sessions = folder / "sessions"
    sessions.mkdir(exist_ok=True)
    (folder / "php.ini").write_text(f"session.save_path = {sessions}\nexpose_php = On\n{setup.php_ini}")
    program = [binary("php-cgi"), "-b", f"127.0.0.1:{php}", "-c", str(folder / "php.ini")]
    ports = (web.http, web.https)
    with running(program, ports=(php,)), running([binary(name), *arguments], ports, environment={"HOME": str(folder)}):
        yield web


def complaint(server: str, folder: Path, setup: Setup) -> str:
    """What a server says of a configuration without running it; empty where it is fine."""
    _, _, config = _prepared(server, "weak", folder, setup)
    commands = {
        "apache": ("apache2", "-t", "-f", str(config)),
        "nginx": ("nginx", "-t", "-c", str(config), "-p", str(folder)),
        "caddy": ("caddy", "adapt", "--adapter", "caddyfile", "--config", str(config)),
        "lighttpd": ("lighttpd", "-tt", "-f", str(config)),
    }
    name, *arguments = commands[server]
    done = subprocess.run([binary(name), *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE)
    return "" if done.returncode == 0 else done.stderr or done.stdout or "no"


def _prepared(server: str, variant: str, folder: Path, setup: Setup) -> tuple[Web, int, Path]:
    """The shop's files, certificates and the configuration: the ports, PHP's port and the configuration's path."""
    folder.mkdir(parents=True, exist_ok=True)
    make_site(folder / "site")
    for name, text in setup.files.items():
        (folder / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.create_child_ca().issue_cert(HOST, f"www.{HOST}")
    whole = b"".join(pem.bytes() for pem in certificate.cert_chain_pems)
    (folder / "fullchain.pem").write_bytes(whole)
    (folder / "cert.pem").write_bytes(whole if setup.chain else certificate.cert_chain_pems[0].bytes())
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    _reachable(folder)
    http, https, php = free_port(), free_port(), free_port()
    values = {
        "folder": folder,
        "http": http,
        "https": https,
        "php": php,
        "more": setup.more.replace("{http}", str(http)),
        "modules": _modules(),
        "user": "www-data" if os.geteuid() == 0 else os.environ.get("USER", "nobody"),
        "group": "www-data",
    }
    source = (FIXTURES / f"{server}-{variant}.conf").read_text()
    for line in setup.without:
        kept = [have for have in source.split("\n") if have.strip() != line]
        assert len(kept) < len(source.split("\n")), f"{server}-{variant}.conf has no line {line!r}"
        source = "\n".join(kept)
    written = source.format(**values)
    for line in setup.instead.splitlines():
        word = re.escape(line.split()[0])
        written, replaced = re.subn(rf"(?m)^(\s*){word}\s.*$", lambda match, line=line: match[1] + line, written)
        assert replaced, f"{server}-{variant}.conf has no line that begins like {line!r}"
    if setup.before:
        written = written.replace("    server {\n", f"{setup.before.replace('{http}', str(http))}\n    server {{\n", 1)
    config = folder / "server.conf"
    config.write_text(written)
    return Web(folder, http, https), php, config


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

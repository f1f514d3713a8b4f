"""One real nginx with a host for each case of a matrix, and whole scans of single rules against it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import trustme

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, scan
from scanner.gatherers.net.resolver import NoSuchName
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Found, Inconclusive, NotApplicable, Passed, Verdict
from scanner.scope.target import SERVICES, Target
from scanner.settings.options import ScanOptions
from tests.scanning import catalogue
from tests.servers.processes import binary, free_port, needs, running

WORDS = {Passed: "passed", Found: "found", Inconclusive: "inconclusive", NotApplicable: "not applicable"}

CONFIG = """daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; {user} worker_processes 1;
events {{ worker_connections 512; }}
http {{ access_log off; server_names_hash_bucket_size 128; server_names_hash_max_size 4096; client_body_temp_path {folder}/b;
proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
default_type text/html; types {{ text/html html; text/css css; }} ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
{servers} }}
"""

LINKS = '<a href="/roses.html">Roses</a> <a href="/find.html?q=rose">Find</a> <a href="/login.html">Login</a>'


def page(head: str = "", body: str = "", title: str = "Petal and Stem") -> str:
    """A page of the shop, with the links that a crawl follows."""
    return f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{LINKS}{body}</body></html>"


@dataclass(frozen=True)
class Host:
    """How one host answers. http, https: lines inside nginx's ``server`` block, which otherwise sends its pages; ``HOST`` stands
    for the host's name. www: the http of its www name, where that differs. pages: path below the root → content."""

    http: str = "return 301 https://$host$request_uri;"
    https: str = ""
    www: str | None = None
    pages: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Hosts:
    """A running nginx: its ports, the names of its hosts, and who issued their certificate."""

    http: int
    https: int
    names: Mapping[str, str]
    catalogue: Catalogue
    ca_file: Path | None = None

    async def scan(
        self, case: str, *only: str, http: int | None = None, https: int | None = None, options: ScanOptions | None = None
    ) -> ScanResult:
        """A whole scan of one host by the real gatherers, judged by these rules. http, https: other ports than nginx's."""
        host = self.names[case]
        ports = {**dict.fromkeys(SERVICES, 1), "http": http or self.http, "https": https or self.https}
        target = Target.of(host, ports=ports, resolve={host: ("127.0.0.1",)}, allow_private=True)

        async def resolve(name: str) -> tuple[str, ...]:
            raise NoSuchName(name)

        order = Order(target, self.catalogue.chosen(only), options or ScanOptions(rate=1000, max_pages=12, ca_file=self.ca_file))
        return (await scan(order, self.catalogue, resolve=resolve)).result

    async def verdicts(
        self, case: str, *only: str, http: int | None = None, https: int | None = None, options: ScanOptions | None = None
    ) -> dict[str, Verdict]:
        """Rule → verdict."""
        result = await self.scan(case, *only, http=http, https=https, options=options)
        return {judged.rule.id: judged.verdict for judged in result.judged}


def words(verdicts: Mapping[str, Verdict], usual: str = "passed") -> dict[str, str]:
    """Rule → "found", "inconclusive" …, without those that came out as usual."""
    said = {rule: WORDS[type(verdict)] for rule, verdict in verdicts.items()}
    return {rule: word for rule, word in said.items() if word != usual}


@contextlib.contextmanager
def nginx(cases: Mapping[str, Host]) -> Iterator[Hosts]:
    """Serve every case on a host name of its own; the first one's http also answers for strangers' names."""
    needs("nginx")
    names = {case: f"shop{number}.example" for number, case in enumerate(cases)}
    with tempfile.TemporaryDirectory(prefix="shop-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate = authority.issue_cert(*(name for host in names.values() for name in (host, f"www.{host}")))
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        http, https = free_port(), free_port()
        written = "".join(_servers(folder, names[case], host, http, https) for case, host in cases.items())
        user = "user www-data;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, servers=written, user=user))
        command = [binary("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
        with running(command, ports=(http, https)):
            yield Hosts(http, https, names, catalogue(), folder / "ca.pem")


def _servers(folder: Path, name: str, host: Host, http: int, https: int) -> str:
    root = folder / name
    root.mkdir()
    usual = {
        "index.html": page(),
        "roses.html": page(title="Roses"),
        "find.html": page(title="Find"),
        "login.html": page(title="Login"),
    }
    for path, text in {**usual, **(host.pages or {})}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.replace("HOST", name))
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    own, www = (f"{name} www.{name}", "") if host.www is None else (name, f"www.{name}")
    blocks = [
        f"server {{ listen 127.0.0.1:{http}; server_name {own}; root {root}; {host.http} }}",
        f"server {{ listen 127.0.0.1:{https} ssl; server_name {name} www.{name}; root {root}; {host.https} }}",
    ]
    if www:
        blocks.append(f"server {{ listen 127.0.0.1:{http}; server_name {www}; root {root}; {host.www} }}")
    return "\n".join(blocks).replace("HOST", name) + "\n"

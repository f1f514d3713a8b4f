"""Our scan beside other tools, on the weak demo shop and on a site that answers every address: requests, seconds, what was found.

.venv/bin/python -m benchmarks.peers --install          the tools that come from PyPI, into benchmarks/.cache
.venv/bin/python -m benchmarks.peers [--only TOOL …] [--keep FOLDER] [--markdown FILE]

Everything runs in a network namespace that holds nothing but loopback: no tool can reach, ask or tell anybody outside. Names are
answered by a resolver of our own there. A tool that is not installed is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.peers_problems import PROBLEMS, Problem
from scanner.demo import DemoShop

ROOT = Path(__file__).parent.parent
CACHE = Path(__file__).parent / ".cache" / "peers"
PYPI = ("wapiti3", "dirsearch", "wafw00f", "shcheck", "setuptools<81")
HOST = "petalandstem.example"
URL = f"https://{HOST}/"
MOST_SECONDS = 900
INSIDE = "PEERS_INSIDE"
WORDS = "/usr/share/dirb/wordlists/common.txt"
BROWSER = "Mozilla/5.0"


@dataclass(frozen=True)
class Tool:
    """Another program. command: from a folder for its files to its arguments. claims: what it says it found, one claim each, from
    its output and that folder. version: what to run to learn its version."""

    name: str
    program: str
    command: Callable[[Path], list[str]]
    version: tuple[str, ...]
    claims: Callable[[str, Path], list[str]]

    @property
    def path(self) -> str | None:
        """Where it is; None where it is not installed."""
        own = CACHE / "bin" / self.program
        return str(own) if own.exists() else shutil.which(self.program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass
class Run:
    """What a tool did on one site."""

    requests: int
    seconds: float
    claims: list[str]
    ended: str = ""
    found: list[Problem] = field(default_factory=list)


def _json(folder: Path, name: str) -> object:
    import json

    file = folder / name
    return json.loads(file.read_text(errors="replace") or "null") if file.exists() else None


def _lines(pattern: str, said: str, folder: Path) -> list[str]:
    """The lines of the output that are claims, without colours and doubles."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", said)
    return list(dict.fromkeys(" ".join(line.split()) for line in plain.splitlines() if re.search(pattern, line)))


def _wapiti(said: str, folder: Path) -> list[str]:
    report = _json(folder, "wapiti.json")
    claims = []
    for part in ("vulnerabilities", "anomalies", "additionals"):
        for category, entries in (report or {}).get(part, {}).items():  # type: ignore[attr-defined]  # JSON of another program
            claims += [f"{category}: {entry.get('info', '')} {entry.get('path', '')}" for entry in entries]
    return list(dict.fromkeys(claims))


def _whatweb(said: str, folder: Path) -> list[str]:
    claims = []
    for page in _json(folder, "whatweb.json") or []:  # type: ignore[attr-defined]  # JSON of another program
        for name, shown in page.get("plugins", {}).items():
            claims.append(f"{page.get('target')}: {name} {' '.join(str(value) for value in shown.values())}")
    return claims


def _testssl(said: str, folder: Path) -> list[str]:
    worth = {"LOW", "MEDIUM", "HIGH", "CRITICAL", "WARN"}
    entries = _json(folder, "testssl.json") or []
    return [f"{one['id']}: {one['finding']}" for one in entries if one.get("severity") in worth]  # type: ignore[attr-defined]


def _shcheck(said: str, folder: Path) -> list[str]:
    import json

    report = json.loads(said[said.index("{") :]) if "{" in said else {}
    return [f"missing header {name}" for page in report.values() for name in page.get("missing", ())]


def _ours(said: str, folder: Path) -> list[str]:
    report = _json(folder, "ours.json")
    return [
        f"{verdict['rule']} {finding['subject']} {finding['shown']}"
        for verdict in (report or {}).get("verdicts", ())  # type: ignore[attr-defined]  # our own contract
        for finding in verdict["findings"]
    ]


OURS = Tool(
    "shopwarden",
    "shopwarden",
    lambda folder: [
        "scan", URL, "--allow-private", "--ca-file", str(folder / "ca.pem"), "--json", str(folder / "ours.json"),
        "--html", str(folder / "ours.html"), "--no-history", "--quiet",
    ],
    ("--version",),
    _ours,
)  # fmt: skip
NMAP_SCRIPTS = (
    "http-enum,http-git,http-config-backup,http-backup-finder,http-security-headers,http-server-header,http-generator,http-headers,"
    "http-cookie-flags,http-methods,http-robots.txt,http-title,http-wordpress-users,http-wordpress-enum,http-php-version,http-ls,"
    "http-auth-finder,http-csrf,http-errors,ftp-anon,ftp-syst,ssh-auth-methods,ssh2-enum-algos,ssl-cert,ssl-enum-ciphers,banner"
)
OTHERS = (
    Tool(
        "wapiti",
        "wapiti",
        lambda folder: [
            "-u", URL, "--verify-ssl", "0", "-f", "json", "-o", str(folder / "wapiti.json"), "--flush-session", "--no-bugreport",
            "--store-session", str(folder), "--max-scan-time", "300", "--max-attack-time", "60", "-v", "0", "-m",
            "backup,buster,cookieflags,csp,csrf,exec,file,htaccess,http_headers,https_redirect,methods,permanentxss,redirect,sql,ssl,upload,xss",
        ],
        ("--version",),
        _wapiti,
    ),
    Tool(
        "whatweb", "whatweb", lambda folder: ["-a", "3", f"--log-json={folder / 'whatweb.json'}", "--quiet", URL, f"{URL}blog/", f"{URL}old/"],
        ("--version",), _whatweb,
    ),
    Tool("dirb", "dirb", lambda folder: [URL, WORDS, "-S", "-w"], (), partial(_lines, r"^\+ http|DIRECTORY: |LISTABLE")),
    Tool(
        "dirsearch", "dirsearch", lambda folder: ["-u", URL, "--no-color", "-q", "-o", str(folder / "out.txt"), "--format", "plain"],
        ("--version",), partial(_lines, r"\b(?:200|301|302|401|403)\b.*https?://|^\[.*(?:200|301|302)"),
    ),
    Tool(
        "nmap", "nmap", lambda folder: ["-Pn", "-n", "-sV", "-p", "21,22,80,443", "--script", NMAP_SCRIPTS, HOST],
        ("--version",), partial(_lines, r"^\||^\d+/tcp"),
    ),
    Tool(
        "testssl.sh", "testssl",
        lambda folder: ["--quiet", "--warnings", "off", "--nodns", "none", "--jsonfile", str(folder / "testssl.json"), URL],
        ("--version",), _testssl,
    ),
    Tool("shcheck", "shcheck.py", lambda folder: ["-d", "-j", "-g", URL], (), _shcheck),
    Tool("wafw00f", "wafw00f", lambda folder: [URL, "--no-colors"], ("--version",), partial(_lines, r"is behind|seems to be")),
)  # fmt: skip


class Everything(BaseHTTPRequestHandler):
    """A site that answers 200 to every address, with the path and a word that changes in the page: nothing is there but the home page
    and the contact page."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        page = f"<h1>Petal &amp; Stem</h1><p>You asked for {self.path!r}.</p><a href='/contact'>Contact</a><p>{time.monotonic_ns():x}</p>"
        body = f"<!DOCTYPE html><html lang='en'><head><title>Petal &amp; Stem</title></head><body>{page}</body></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_OPTIONS = do_PUT = do_DELETE = do_TRACE = do_PATCH = do_PROPFIND = do_GET

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def everything(folder: Path) -> Iterator[Callable[[], int]]:
    """The site on the usual ports, for each tool anew; gives the number of its requests so far."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, f"www.{HOST}").configure_cert(context)
    handler = type("Handler", (Everything,), {})
    with ExitStack() as stack:
        for port in (80, 443):
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", port), handler))
            server.daemon_threads = True
            if port == 443:
                server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield lambda: handler.asked


@contextmanager
def weak_shop(folder: Path) -> Iterator[Callable[[], int]]:
    """The weak demo shop on the usual ports, for each tool anew; gives the number of its HTTP requests so far."""
    with ExitStack() as stack:
        shop = stack.enter_context(DemoShop(folder=folder / "shop"))
        shutil.copy(shop.ca_file, folder / "ca.pem")
        for usual, service in ((80, "http"), (443, "https"), (21, "ftp"), (22, "ssh")):
            stack.enter_context(relay(usual, shop.ports[service]))
        yield lambda: sum(shop.hits.requests.values())


@contextmanager
def relay(usual: int, real: int) -> Iterator[None]:
    """Hand every connection to a port on to another: the demo shop takes free ones."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        try:
            while part := source.recv(65536):
                target.sendall(part)
        except OSError:
            pass
        for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
            try:
                end.shutdown(how)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                near, _ = door.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", real))
            except OSError:
                near.close()
                continue
            threading.Thread(target=both, args=(near, far), daemon=True).start()

    def both(near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=copy, args=(far, near), daemon=True)
        back.start()
        copy(near, far)
        back.join()
        near.close()
        far.close()

    with socket.create_server(("127.0.0.1", usual), backlog=256) as door:
        threading.Thread(target=accept, daemon=True).start()
        yield
        door.shutdown(socket.SHUT_RDWR)


SITES = {"weak shop": weak_shop, "answers everything": everything}


def run(tool: Tool, site: str, keep: Path | None) -> Run:
    """One tool on one site. It is ended after MOST_SECONDS; what it said until then counts."""
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        with SITES[site](folder) as asked:
            program = [tool.path or tool.program, *tool.command(folder)]
            began, before = time.monotonic(), asked()
            environment = {"HOME": name, "PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", "PYTHONWARNINGS": "ignore"}
            output = folder / "output.txt"
            with output.open("wb") as file:
                process = subprocess.Popen(
                    program, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, cwd=folder, env=environment, process_group=0
                )
                try:
                    ended = f"exit {process.wait(MOST_SECONDS)}"
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, 15)
                    process.wait(30)
                    ended = f"ended by us after {MOST_SECONDS} s"
            made = Run(asked() - before, time.monotonic() - began, [], ended)
        said = output.read_text(errors="replace")
        made.claims = tool.claims(said, folder)
        if keep:
            place = keep / f"{tool.name}-{site.replace(' ', '-')}"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder, place, ignore=shutil.ignore_patterns("shop"))
            (place / "claims.txt").write_text("\n".join(made.claims))
    return made

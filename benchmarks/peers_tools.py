"""The tools of the comparison: how each is called, and how its output is read as a list of claims. Nothing is judged here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.peers_sites import HOST

CACHE = Path(__file__).parent / ".cache" / "peers"
PYPI = ("wapiti3", "dirsearch", "wafw00f", "shcheck", "setuptools<81")  # dirsearch imports what newer setuptools lack
URL = f"https://{HOST}/"


@dataclass(frozen=True)
class Tool:
    """A program that looks at web sites.

    arguments: with FOLDER for the folder of its own. claims: its output and that folder → what it says it found, a text each.
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    claims: Callable[[str, Path], list[str]]
    version: tuple[str, ...] = field(default=("--version",))
    ours: bool = False

    @property
    def path(self) -> str | None:
        """Where it is; None where it is not installed."""
        own = CACHE / "bin" / self.program
        return str(own) if own.exists() else shutil.which(self.program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")

    def command(self, folder: Path) -> list[str]:
        """The whole command."""
        return [self.path or self.program, *(part.replace("FOLDER", str(folder)) for part in self.arguments)]

    def number(self) -> str:
        """Its version as it says it; nothing where it does not."""
        if not self.version or self.path is None:
            return ""
        done = subprocess.run([self.path, *self.version], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        match = re.search(r"(?<![\d.])\d+\.\d+(?:\.\d+)*", _plain(done.stdout + done.stderr))
        return match[0] if match else ""


def install() -> None:
    """The tools from PyPI, into an environment of their own. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "venv", str(CACHE)], check=True)
    subprocess.run([str(CACHE / "bin" / "pip"), "install", "--quiet", *PYPI], check=True)


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)


def _read(file: Path) -> Any:
    return json.loads(file.read_text(errors="replace") or "null") if file.exists() else None


def _lines(pattern: str, said: str, _: Path) -> list[str]:
    """The lines that match, each once."""
    return list(dict.fromkeys(" ".join(line.split()) for line in _plain(said).splitlines() if re.search(pattern, line)))


def _ours(_: str, folder: Path) -> list[str]:
    return [
        f"{verdict['rule']} {finding['subject']} {' '.join(finding['locations'])}"
        for verdict in (_read(folder / "ours.json") or {}).get("verdicts", ())
        for finding in verdict["findings"]
    ]


def _wapiti(_: str, folder: Path) -> list[str]:
    """What it says of every page alike counts once, without the page's address."""
    report = _read(folder / "wapiti.json") or {}
    claims = [
        category if category in _WAPITI_EVERYWHERE else f"{category}: {entry.get('info', '')} {entry.get('path', '')}"
        for part in ("vulnerabilities", "anomalies", "additionals")
        for category, entries in report.get(part, {}).items()
        for entry in entries
    ]
    return list(dict.fromkeys(claims))


def _whatweb(_: str, folder: Path) -> list[str]:
    return [
        f"{page.get('target')} {name} {' '.join(str(value) for value in shown.values())}"
        for page in _read(folder / "whatweb.json") or ()
        for name, shown in page.get("plugins", {}).items()
    ]


def _nmap(_: str, folder: Path) -> list[str]:
    """A script's output is one claim; where it lists what it found, each line is."""
    claims = []
    for port in ElementTree.parse(folder / "nmap.xml").iter("port") if (folder / "nmap.xml").exists() else ():
        service = port.find("service")
        told = (service.get(key, "") for key in ("name", "product", "version")) if service is not None else ()
        claims.append(" ".join([f"{port.get('portid')}/tcp", *told]))
        for script in port.iter("script"):
            name, output = script.get("id", ""), script.get("output", "")
            parts = output.strip().splitlines() if name in _NMAP_LISTS else [output]
            claims += [f"{name}: {' '.join(part.split())}" for part in parts if part.strip()]
    return claims


def _testssl(_: str, folder: Path) -> list[str]:
    worth = {"LOW", "MEDIUM", "HIGH", "CRITICAL"}
    return [f"{one['id']}: {one['finding']}" for one in _read(folder / "testssl.json") or () if one.get("severity") in worth]


def _shcheck(said: str, _: Path) -> list[str]:
    report = json.loads(said[said.index("{") :]) if "{" in said else {}
    return [f"missing header {name}" for page in report.values() for name in page.get("missing", ())]


_NMAP_LISTS = {"http-enum", "http-config-backup", "http-backup-finder", "http-auth-finder", "http-wordpress-enum"}
_NMAP_SCRIPTS = (
    "http-enum,http-git,http-config-backup,http-backup-finder,http-security-headers,http-server-header,http-generator,http-headers,"
    "http-cookie-flags,http-methods,http-robots.txt,http-title,http-wordpress-users,http-wordpress-enum,http-php-version,http-ls,"
    "http-auth-finder,http-csrf,ftp-anon,ftp-syst,ssh-auth-methods,ssh2-enum-algos,ssl-cert,ssl-enum-ciphers,banner"
)
_WAPITI_EVERYWHERE = {"Unencrypted Channels", "HTTP Methods"}
_WAPITI_MODULES = (
    "backup,buster,cookieflags,csp,csrf,exec,file,htaccess,http_headers,https_redirect,methods,permanentxss,redirect,sql,ssl,"
    "upload,xss"
)


def _scan(name: str, rate: int) -> Tool:
    return Tool(name, sys.executable, ("-m", "benchmarks.peers_ours", "FOLDER", str(rate)), _ours, version=(), ours=True)


OURS = (_scan("shopwarden, 5 requests a second as by default", 5), _scan("shopwarden, 100 a second", 100))
OTHERS = (
    Tool(
        "wapiti",
        "wapiti",
        (
            *(
                "-u",
                URL,
                "--verify-ssl",
                "0",
                "-f",
                "json",
                "-o",
                "FOLDER/wapiti.json",
                "--store-session",
                "FOLDER",
                "--no-bugreport",
            ),
            *("--flush-session", "-v", "0", "--max-scan-time", "180", "--max-attack-time", "40", "-m", _WAPITI_MODULES),
        ),
        _wapiti,
    ),
    Tool("whatweb", "whatweb", ("-a", "3", "--log-json=FOLDER/whatweb.json", "--quiet", URL), _whatweb),
    Tool(
        "dirb",
        "dirb",
        (URL, "/usr/share/dirb/wordlists/common.txt", "-S", "-w", "-r"),
        partial(_lines, r"^\+ http|DIRECTORY: |LISTABLE"),
        version=("-h",),
    ),
    Tool(
        "dirsearch", "dirsearch", ("-u", URL, "--no-color", "-q"), partial(_lines, r"^\[?[\d:]*\]?\s*(?:200|30[1278]|401|403)\b")
    ),
    Tool("nmap", "nmap", ("-Pn", "-sV", "-p", "21,22,80,443", "--script", _NMAP_SCRIPTS, "-oX", "FOLDER/nmap.xml", HOST), _nmap),
    Tool(
        "testssl.sh",
        "testssl",
        ("--quiet", "--warnings", "off", "--ip", "127.0.0.1", "--jsonfile", "FOLDER/testssl.json", URL),
        _testssl,
    ),
    Tool("shcheck", "shcheck.py", ("-d", "-j", "-g", URL), _shcheck, version=()),
    Tool("wafw00f", "wafw00f", (URL, "--no-colors"), partial(_lines, r"is behind|seems to be")),
)

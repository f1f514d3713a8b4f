"""A case: a shop that misbehaves and what its scan must come to; and what every scan must hold to, whatever the shop does."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import sys
import xml.etree.ElementTree as ET
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from scanner.results.document import ScanDocument
from scanner.scope.target import SERVICES, as_address
from tests.loopback import Handler, serving

HOST = "petalandstem.example"
PASSWORD = "violets-and-roses"
"""Of every backup's place."""
MOST_MEMORY = 250_000_000
MOST_DISK = 100_000_000
MOST_CPU = 120.0
"""Seconds of the processor; the most that any needs are 16."""
LONG = 900.0
"""Seconds by the clock that nothing needs: a case whose scan ends because its time is up says how much it has."""
ENDED = "the process that runs shopwarden has ended"
ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(ScanDocument.model_json_schema(mode="serialization", by_alias=True))

# What must never be claimed of a shop that has no such thing.
CLAIMS = frozenset({"exposure", "admin", "cohosted", "backup"})
HARMLESS = frozenset(
    {
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "article", "div", "span",
        "p", "a", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "small", "code",
        "pre", "details", "summary", "table", "thead", "tbody", "tr", "td", "th", "caption", "svg", "circle", "path", "rect", "g",
        "polygon", "line", "text", "time", "abbr", "br", "hr", "img", "blockquote", "figure", "figcaption", "mark", "kbd",
        "use", "symbol", "defs", "colgroup", "col", "wbr", "aside", "s", "bdi",
    }
)  # fmt: skip


@dataclass
class Ran:
    """What one run of the program did and left behind."""

    code: int
    seconds: float
    peak: int
    cpu: float
    folder: Path
    servers: dict[str, int]
    others: set[int] = field(default_factory=set)

    @cached_property
    def events(self) -> list[list[Any]]:
        return [json.loads(line) for line in (self.folder / "events").read_text(encoding="utf-8").splitlines()]

    @cached_property
    def connected(self) -> set[tuple[str, int]]:
        return {
            (event[2], event[3]) for event in self.events if event[0] in {"socket.connect", "socket.sendto", "socket.sendmsg"}
        }

    @cached_property
    def looked_up(self) -> set[str]:
        """Names; an address that is "looked up" is only read."""
        looks = (event[1] for event in self.events if event[0] in {"socket.getaddrinfo", "socket.gethostbyname"})
        return {host for host in looks if as_address(host) is None}

    @cached_property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "result.json").read_text(encoding="utf-8"))
        return found

    @cached_property
    def page(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8", errors="replace")

    @cached_property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        return {verdict["rule"]: verdict for verdict in self.result["verdicts"]}

    @cached_property
    def found(self) -> set[str]:
        return {rule for rule, verdict in self.verdicts.items() if verdict["verdict"] == "found"}


Check = Callable[[Ran], None]
Servers = Callable[["Setting"], Awaitable[None]]


@dataclass
class Setting:
    """The servers of one run. ``serve`` starts one more and gives its port."""

    stack: AsyncExitStack
    ports: dict[str, int] = field(default_factory=dict)
    folder: Path = Path()
    backups: list[str] = field(default_factory=list)
    """``[[site.backup]]`` entries, as lines of TOML."""
    environment: dict[str, str] = field(default_factory=dict)
    others: set[int] = field(default_factory=set)
    """Ports that may be connected to besides."""

    async def serve(self, handler: Handler, service: str = "", *, ssl: object = None) -> int:
        port = await self.stack.enter_async_context(serving(handler, ssl=ssl))
        if service:
            self.ports[service] = port
        return port


@dataclass(frozen=True)
class Case:
    """shop: makes the http server's handler, fresh for each run; or ``servers`` starts whatever it needs.

    status: how far the scan must come. code: the documented exit code. because: a pattern in the result's reason. time: what
    ``--max-time`` allows. waits: it does little else. found: rules that must be found (besides https-missing, which every complete scan of a shop without
    https must find). inconclusive: rules that must say that they could not be checked. check: more. prepare: puts files into
    the run's folder beforehand, and gives more arguments.
    """

    name: str
    shop: Callable[[], Handler] | None = None
    servers: Servers | None = None
    status: str = "complete"
    code: int = 0
    because: str = ""
    time: float = LONG
    waits: bool = False
    requests: int = 120
    pages: int = 12
    rate: float = 1000.0
    found: frozenset[str] = frozenset()
    maybe: frozenset[str] = frozenset()
    inconclusive: frozenset[str] = frozenset()
    https: bool = False
    verbose: bool = False
    only: Sequence[str] = ()
    prepare: Callable[[Path], Sequence[str]] | None = None
    check: Check | None = None

    def __str__(self) -> str:
        return self.name


class Program:
    """The process that runs ``shopwarden`` again and again, several at once. Belongs to one event loop."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls) -> Program:
        return cls(
            await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.hostile.child", cwd=ROOT, stdin=PIPE, stdout=PIPE)
        )

    async def run(
        self, arguments: list[str], folder: Path, servers: dict[str, int], environment: dict[str, str] | None = None
    ) -> Ran:
        assert self._process.stdin is not None
        if self._reading.done():
            raise RuntimeError(ENDED)
        number = len(self._waiting)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        order = {
            "number": number,
            "arguments": arguments,
            "folder": str(folder),
            "seconds": LONG,
            "environment": environment or {},
        }
        self._process.stdin.write((json.dumps(order) + "\n").encode())
        answer = await self._waiting[number]
        return Ran(answer["code"], answer["seconds"], answer["peak"], answer["cpu"], folder, servers)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            answer = json.loads(line)
            self._waiting[answer["number"]].set_result(answer)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(RuntimeError(ENDED))

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reading


async def run_case(case: Case, program: Program, folder: Path) -> Ran:
    async with AsyncExitStack() as stack:
        setting = Setting(stack, dict.fromkeys(SERVICES, 1), folder)  # a port that refuses
        if case.servers is not None:
            await case.servers(setting)
        if case.shop is not None:
            await setting.serve(case.shop(), "http")
        scheme = "https" if case.https else "http"
        arguments = [
            "scan", f"{scheme}://{HOST}/", "--allow-private", "--resolve", f"{HOST}:127.0.0.1",
            "--rate", str(case.rate), "--max-time", str(case.time), "--max-requests", str(case.requests),
            "--max-pages", str(case.pages), "--html", "report.html", "--json", "result.json", "--record", "recording", "--csv", "report.csv",
            "--markdown", "report.md", "--sarif", "report.sarif", "--junit", "report.xml", "--fixes", "fixes",
            "--database", "history.sqlite3", *(["--verbose"] if case.verbose else []),
        ]  # fmt: skip
        for service, port in setting.ports.items():
            arguments += ["--port", f"{service}={port}"]
        arguments += case.prepare(folder) if case.prepare is not None else ()
        if setting.backups:
            entries = "".join(f"[[site.backup]]\n{entry}\n" for entry in setting.backups)
            (folder / "shopwarden.toml").write_text(f'[[site]]\nurl = "{scheme}://{HOST}/"\n{entries}')
            arguments += ["--config", str(folder / "shopwarden.toml")]
        for rule in case.only:
            arguments += ["--only", rule]
        ran = await program.run(arguments, folder, setting.ports, setting.environment)
        ran.others = setting.others
        return ran


def hold(case: Case, ran: Ran) -> None:
    """What every scan holds to."""
    assert ran.code != -14, "it hangs"
    assert "Traceback" not in ran.text("err")
    assert case.verbose or ran.text("err") == ""
    assert ran.code == case.code, ran.text("out") + ran.text("err")
    assert ran.cpu <= MOST_CPU, f"{ran.cpu:.0f} s of CPU"
    assert ran.peak <= MOST_MEMORY, f"{ran.peak / 1e6:.0f} MB"
    _only_the_shop(ran)
    _disk(ran)
    _verdicts(case, ran)
    for name in ("out", "err", "result.json", "report.csv", "report.md", "report.sarif", "report.xml"):
        terminal_is_clean(ran.text(name))
    page_is_inert(ran.page)
    table_is_harmless(ran.text("report.csv"))
    markdown_is_inert(ran.text("report.md"))
    json.loads(ran.text("report.sarif"))
    ET.fromstring(ran.text("report.xml"))
    for file in (ran.folder / "fixes").iterdir():
        assert re.fullmatch(r"[a-z0-9.-]+", file.name), file.name
        terminal_is_clean(ran.text(f"fixes/{file.name}"))
    if case.check is not None:
        case.check(ran)


def _only_the_shop(ran: Ran) -> None:
    allowed = {("127.0.0.1", port) for port in (*ran.servers.values(), *ran.others)}
    assert ran.connected <= allowed, ran.connected - allowed
    assert ran.looked_up == set()
    forbidden = {"socket.bind", "os.system", "os.exec", "os.posix_spawn"}
    assert not [event for event in ran.events if event[0] in forbidden]
    for _, program, arguments, _, environment in (event for event in ran.events if event[0] == "subprocess.Popen"):
        assert (program, environment) == (sys.executable, "{}")  # a process apart: it knows only what its pipe tells
        assert PASSWORD not in arguments


def _disk(ran: Ran) -> None:
    """Files are made in the folder that was given, nowhere else, and they are bounded."""
    written = {Path(event[1]) for event in ran.events if event[0] in {"open", "sqlite3.connect", "os.mkdir"}} - {
        Path("/dev/null")
    }
    assert all(file.is_relative_to(ran.folder) for file in written), written
    assert sum(file.stat().st_blocks * 512 for file in ran.folder.rglob("*") if file.is_file()) < MOST_DISK


def _verdicts(case: Case, ran: Ran) -> None:
    SCHEMA.validate(ran.result)
    assert ran.result["status"] == case.status, ran.result["because"]
    assert re.search(case.because, ran.result["because"] or ""), ran.result["because"]
    assert (ran.result["because"] is None) == (case.status == "complete")
    for verdict in ran.verdicts.values():
        assert verdict["verdict"] != "inconclusive" or verdict["because"]
        assert "Our own defect" not in (verdict["because"] or ""), verdict
    if case.status in {"blocked", "unreachable"}:
        if case.status == "unreachable":
            assert {verdict["verdict"] for verdict in ran.verdicts.values()} == {"inconclusive"}
        assert ran.result["grade"] is None
    elif case.status == "complete" and not case.only and ran.servers["https"] == 1 and case.requests >= 100:
        assert "https-missing" in ran.found
    claimed = {rule for rule in ran.found if ran.verdicts[rule]["area"] in CLAIMS} - {"backup-not-configured"}
    assert case.found <= ran.found
    assert claimed <= case.found | case.maybe, {rule: ran.verdicts[rule]["findings"] for rule in claimed}
    for rule in case.inconclusive:
        assert ran.verdicts[rule]["verdict"] == "inconclusive", ran.verdicts[rule]
    assert ran.result["requests"]["http"] <= case.requests


def terminal_is_clean(text: str) -> None:
    """No control character, nothing invisible, nothing that turns the reading direction."""
    bad = re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)
    assert not bad, bad


def page_is_inert(page: str, *, styled: bool = False) -> None:
    """Only harmless elements, no handler, no address but https ones of the articles, the shop's as text, and ``data:`` images.

    styled: elements may have a style of their own, as mails must, if it loads nothing.
    """
    terminal_is_clean(page)
    assert page.lower().startswith("<!doctype html>")
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        if tag.attrs == {"rel": ["icon"], "href": "data:,"}:
            continue
        if tag.name == "button":  # one that only shows what a word means
            assert tag.attrs.keys() == {"type", "class", "popovertarget"}, str(tag)[:200]
            assert tag["type"] == "button", str(tag)[:200]
            continue
        assert tag.name in HARMLESS, str(tag)[:200]
        for name, given in tag.attrs.items():
            value = " ".join(given) if isinstance(given, list) else given
            assert not name.startswith("on"), str(tag)[:200]
            if (name, tag.name) in {("style", "td"), ("style", "th")} and value == "text-align:right":  # of a Markdown table
                continue
            if styled and name == "style":
                assert not re.search(r"url|image|import|expression|\\\\|[<>]", value), str(tag)[:200]
                continue
            if name in {"src", "srcset", "data", "action", "formaction", "background", "poster", "style"}:
                assert (name, value[:11]) == ("src", "data:image/"), str(tag)[:200]
            if name in {"href", "xlink:href"}:
                assert value.startswith(("#", "https://", "http://", "mailto:")), str(tag)[:200]


def table_is_harmless(table: str) -> None:
    """No cell that a spreadsheet would calculate, and as many cells in each row as there are headings."""
    heading, *rows = csv.reader(table.splitlines(keepends=True))
    assert {len(row) for row in rows} <= {len(heading)}
    for row in rows:
        for cell in row:
            assert not re.match(r"\s*[=+\-@\t\r\u00a6\uff1d\uff0b\uff0d\uff20]", cell), cell


def markdown_is_inert(markdown: str) -> None:
    """As the most generous reader would show it: HTML let through, bare addresses made links, tables and strike-through."""
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    page_is_inert(f"<!doctype html>{reader.render(markdown)}")

"""Our scan beside other tools, on the weak demo shop and on a site that answers every address: requests, seconds, what was found.

.venv/bin/python -m benchmarks.peers --install          the tools that come from PyPI, into benchmarks/.cache
.venv/bin/python -m benchmarks.peers [--only TOOL …] [--keep FOLDER] [--markdown FILE]

Everything runs in a network namespace that holds nothing but loopback: no tool can reach, ask or tell anybody outside. A tool
that is not installed is left out, and the table says so. Exit status 1: we missed a problem or claimed something false; 2: it
cannot run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks.peers_problems import PROBLEMS, Problem
from benchmarks.peers_sites import EVERYTHING, HOST, SITES, WEAK, name_server, nothing_at
from benchmarks.peers_tools import OTHERS, OURS, Tool, install

ROOT = Path(__file__).parent.parent
MOST_SECONDS = 900
INSIDE = "SHOPWARDEN_PEERS_INSIDE"

_PATH = re.compile(rf"https?://(?:www\.)?{re.escape(HOST)}(?::\d+)?(/[^\s'\"<>)\]|]*)?|(?<=[\s:])(/[\w.~%-][^\s'\"<>)\]|]*)")
_ATTACK = re.compile(
    r"injection|traversal|command execution|cross.site scripting|\bxss\b|file upload|ssrf|backup file", re.IGNORECASE
)
_OF_NO_PLACE = re.compile(r"missing|not set|lack of|http-(?:csrf|headers|robots)|tls/ssl|\bcookie", re.IGNORECASE)
"""Claims that something is absent, or about the whole site: an address in them is only where that was seen."""


@dataclass
class Run:
    """What a tool did on one site."""

    requests: int
    seconds: float
    ended: str
    claims: list[str] = field(default_factory=list)
    found: list[Problem] = field(default_factory=list)
    false: list[str] = field(default_factory=list)


def run(tool: Tool, site: str, keep: Path | None) -> Run:
    """One tool on one site, which is made anew for it. It is ended after MOST_SECONDS; what it wrote until then counts."""
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        output = folder / "output.txt"
        with SITES[site](folder) as asked:
            began = time.monotonic()
            ended = _wait(tool.command(folder), output, folder, at_home=tool.ours)
            made = Run(asked(), time.monotonic() - began, ended)
            made.claims = tool.claims(output.read_text(errors="replace"), folder)
            made.found = [
                one for one in PROBLEMS if any((one.is_ours if tool.ours else one.told_by)(claim) for claim in made.claims)
            ]
            made.false = [claim for claim in made.claims if _is_false(claim, site)]
        if keep:
            place = keep / f"{tool.name}-{site}".replace(" ", "-")
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder, place, ignore=shutil.ignore_patterns("shop"))
            (place / "claims.txt").write_text("\n".join(made.claims))
            (place / "false.txt").write_text("\n".join(made.false))
    return made


def _wait(command: list[str], output: Path, folder: Path, *, at_home: bool) -> str:
    """How it ended. at_home: whether it runs in our project instead of a folder of its own."""
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "ignore",
    }
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=ROOT if at_home else folder,
            env=environment,
            process_group=0,
        )
        try:
            return f"exit status {process.wait(MOST_SECONDS)}"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGINT)  # some write their report then
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return f"ended by us after {MOST_SECONDS} s"


def _is_false(claim: str, site: str) -> bool:
    """Whether a claim cannot be true: it names an address at which there is nothing, or a hole in a program. Neither site has
    one: the shop's programs only read, and escape what they show."""
    if _ATTACK.search(claim):
        return True
    if _OF_NO_PLACE.search(claim):
        return False
    paths = {(match[1] or match[2] or "/").rstrip(".,;:") for match in _PATH.finditer(claim)}
    return any(nothing_at(path, site) for path in paths)


def tables(runs: dict[tuple[str, str], Run], tools: list[Tool], missing: list[str]) -> str:
    """In Markdown: what each tool took and gave, and which problem each told."""
    head = f"requests | seconds | of {len(PROBLEMS)} problems | false claims"
    lines = [f"| tool | {head} | requests, {EVERYTHING} | false claims there |", "|---|--:|--:|--:|--:|--:|--:|"]
    for tool in tools:
        one, other = runs[tool.name, WEAK], runs[tool.name, EVERYTHING]
        stopped = f" ({one.ended})" if one.ended.startswith("ended by us") or not one.requests else ""
        lines.append(
            f"| {tool.name} {tool.number()} | {one.requests:,} | {one.seconds:.0f}{stopped} | {len(one.found)} "
            f"| {len(one.false):,} | {other.requests:,} | {len(other.false):,} |"
        )
    others = [tool.name for tool in tools if not tool.ours]
    shop, other_site = [runs[name, WEAK] for name in others], [runs[name, EVERYTHING] for name in others]
    together, seconds = {problem for one in shop for problem in one.found}, sum(one.seconds for one in shop)
    lines.append(
        f"| **the {len(others)} others together** | {sum(one.requests for one in shop):,} | {seconds:.0f} "
        f"| {len(together)} | {sum(len(one.false) for one in shop):,} | {sum(one.requests for one in other_site):,} "
        f"| {sum(len(one.false) for one in other_site):,} |"
    )
    if missing:
        lines += ["", f"Not installed, so not in the table: {', '.join(missing)}."]
    shown = [tool for tool in tools if tool != OURS[1]]
    lines += [
        "",
        "| problem | " + " | ".join(tool.name.partition(",")[0] for tool in shown) + " |",
        "|---|" + ":-:|" * len(shown),
    ]
    for problem in PROBLEMS:
        told = ("✓" if problem in runs[tool.name, WEAK].found else " " for tool in shown)
        lines.append(f"| {problem.name} | " + " | ".join(told) + " |")
    return "\n".join(lines) + "\n"


def compare(given: argparse.Namespace) -> int:
    """Run the tools one after the other and print the tables."""
    chosen = [tool for tool in (*OURS, *OTHERS) if tool.ours or not given.only or tool.name in given.only]
    there = [tool for tool in chosen if tool.path is not None]
    runs: dict[tuple[str, str], Run] = {}
    for tool in there:
        for site in SITES:
            made = runs[tool.name, site] = run(tool, site, given.keep)
            print(
                f"{tool.name}, {site}: {made.requests} requests, {made.seconds:.0f} s, {len(made.claims)} claims, "
                f"{len(made.found)} problems, {len(made.false)} false; {made.ended}",
                file=sys.stderr,
            )
    text = f"Measured on {date.today():%d %B %Y}.\n\n" + tables(runs, there, [tool.name for tool in chosen if tool not in there])
    print(text)
    if given.markdown:
        given.markdown.write_text(text)
    wrong = [f"not found by us: {one.name}" for tool in OURS for one in PROBLEMS if one not in runs[tool.name, WEAK].found]
    wrong += [f"false: {claim}" for tool in OURS for site in SITES for claim in runs[tool.name, site].false]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def inside(given: argparse.Namespace) -> int:
    """In the namespace: loopback is switched on, and names are asked of our own server only."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as name:
        for file, text in (("hosts", "127.0.0.1 localhost\n"), ("resolv.conf", "nameserver 127.0.0.1\n")):
            (Path(name) / file).write_text(text)
            subprocess.run(["mount", "--bind", f"{name}/{file}", f"/etc/{file}"], check=True)
        with name_server():
            return compare(given)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", action="store_true", help="install the tools that come from PyPI, and end")
    parser.add_argument("--only", nargs="+", metavar="TOOL", help="these tools beside ours")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep there what each tool wrote")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    given = parser.parse_args()
    if given.install:
        install()
        return 0
    if os.environ.get(INSIDE):
        return inside(given)
    alone = ["unshare", "--mount", "--net", *(() if os.geteuid() == 0 else ("--map-root-user",))]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode != 0:
        print("A network namespace cannot be made here (unshare, Linux). Without one, tools could call outside.", file=sys.stderr)
        return 2
    again = [*alone, sys.executable, "-m", "benchmarks.peers", *sys.argv[1:]]
    return subprocess.run(again, cwd=ROOT, env={**os.environ, INSIDE: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

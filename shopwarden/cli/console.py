"""What commands do with a terminal: read what they need, show how far they are, take Ctrl-C, print."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shopwarden.cli.exit_codes import DEFECT
from shopwarden.cli.language import configured, said, spoken

if TYPE_CHECKING:
    import asyncio

    from scanner.engine.catalogue import Catalogue
    from scanner.engine.scan import Order, Scan
    from scanner.gatherers.net.dns import Dns
    from scanner.gatherers.net.resolver import Resolve
    from scanner.settings.models import Settings

_T = TypeVar("_T")
TICK_SECONDS = 0.2
PROGRAM = "shopwarden"
NARROWEST = 20
"""Columns. A terminal that says that it has fewer says something untrue."""
AGAIN_SECONDS = 2.0
"""Until a shop that could not be reached is tried once more: what was a moment's trouble is over."""


def complain(words: str) -> None:
    """One line on stderr, like everything that is no result, in the language that is spoken."""
    tell(f"shopwarden: {said(words)}", err=True)


def as_called(command: str) -> str:
    """A command of ours as it can be typed here: where no ``shopwarden`` is on the path, by the path that was typed now."""
    called, _, words = command.partition(" ")
    typed = Path(sys.argv[0])
    if called == PROGRAM and typed.name == PROGRAM and shutil.which(PROGRAM) is None:
        return f"{shlex.quote(sys.argv[0])} {words}"
    return command


def settings_of(config: Path | None) -> Settings:
    """The configuration, whose language is spoken from here on. Raises BadSettings."""
    from scanner.settings.reading import read_settings

    settings = read_settings(config)
    configured(settings.defaults.get("language"))
    return settings


def warn(settings: Settings) -> None:
    """Of secrets that others can read."""
    from scanner.settings.laid_open import laid_open

    for words in laid_open(settings):
        complain(words)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Everything that this installation can check."""
    from scanner.engine.catalogue import load

    return load()


def log_as(*, verbose: bool) -> None:
    """Our own log on stderr: errors, or everything worth knowing."""
    from scanner.text.logs import log_to_stderr

    log_to_stderr(verbose=verbose)


def scanned(
    order: Order, *, quiet: bool, color: bool = True, resolve: Resolve | None = None, dns: Dns | None = None
) -> tuple[Scan, bool]:
    """Scan with a display; Ctrl-C ends the scan with what is known so far. The scan, and whether it was ended so."""
    from scanner.engine.scan import OwnDefect, Progress, scan

    progress = Progress()

    def words() -> str:
        return said(f"{progress.doing} · {progress.used()} of at most {progress.most} requests")

    try:
        work = scan(order, catalogue(), resolve=resolve, dns=dns, progress=progress, again_after=AGAIN_SECONDS)
        done, stopped = watched(work, lambda _task: progress.stop(), words, quiet=quiet, color=color)
        return done.result(), stopped
    except OwnDefect as error:
        complain(str(error))
        sys.exit(DEFECT)


def watched(
    work: Coroutine[Any, Any, _T],
    stop: Callable[[asyncio.Task[_T]], object],
    words: Callable[[], str],
    *,
    quiet: bool = False,
    color: bool = True,
) -> tuple[asyncio.Task[_T], bool]:
    """Run; Ctrl-C calls ``stop`` in place of ending the program. The work, which is done, and whether it was stopped.

    words: how far it is, shown on stderr where that is a terminal.
    """
    stopped = False

    import asyncio

    async def running() -> asyncio.Task[_T]:
        task = asyncio.create_task(work)

        def interrupt() -> None:
            nonlocal stopped
            stopped = True
            stop(task)

        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)  # until the loop is closed
        with _status(words, shown=not quiet and sys.stderr.isatty(), color=color and colours_wanted()) as tick:
            while not task.done():
                await asyncio.wait({task}, timeout=TICK_SECONDS)
                tick()
        return task

    return asyncio.run(running()), stopped


@contextmanager
def _status(words: Callable[[], str], *, shown: bool, color: bool) -> Iterator[Callable[[], None]]:
    if not shown:
        yield lambda: None
        return
    from rich.console import Console

    began = time.monotonic()
    with Console(stderr=True, no_color=not color).status(said("Starting")) as status:
        yield lambda: status.update(f"{words()} · {duration(time.monotonic() - began)}")


@contextmanager
def finishing() -> Iterator[Callable[[], bool]]:
    """What a scan found is written first, also after Ctrl-C; a second one ends at once. Whether there was one."""
    pressed, words = False, said("what was found is being written; Ctrl-C again ends at once")

    def noted(_number: int, _frame: object) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        with suppress(OSError):  # straight to stderr: a stream cannot be written to in the middle of its own writing
            os.write(2, f"shopwarden: {words}\n".encode())

    before = signal.signal(signal.SIGINT, noted)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def printable(*, err: bool) -> bool:
    """Let stdout or stderr take any letter: what is not UTF-8 shows "?" instead of failing. Whether it shows colours."""
    stream = sys.stderr if err else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream.isatty() and colours_wanted()


def colours_wanted() -> bool:
    """Not where NO_COLOR is set to anything (no-color.org), nor on a terminal that knows nothing but letters."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _Stdout(io.FileIO):
    """File descriptor 1. When its reader goes away, as ``head`` does when it has seen enough, what is left goes nowhere: that is
    no failure of ours, and a scan goes on and ends as it would have.
    """

    left = False

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            self.left = True
            return len(data)


def let_readers_go() -> None:
    """From here on a reader of stdout may go away. Where somebody put another stream in its place, that one stays."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and type(getattr(stream.buffer, "raw", stream.buffer)) is io.FileIO:
        stream.flush()
        raw = _Stdout(stream.fileno(), "wb", closefd=False)
        lines = stream.line_buffering
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding=stream.encoding, errors=stream.errors, line_buffering=lines, write_through=not lines
        )


def reader_left() -> bool:
    """Whether the reader of stdout has gone away."""
    return isinstance(sys.stdout, io.TextIOWrapper) and getattr(getattr(sys.stdout.buffer, "raw", None), "left", False)


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their heading, if there are any; no cell can do anything to the terminal.

    On a terminal that is too narrow each row is a block: its first cell, and below it the others with their headings.
    """
    from scanner.text.sanitize import sanitize

    if not rows:
        return
    cells = [heading, *([sanitize(cell, 100) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    width = terminal_width()
    if width is not None and max(map(len, lines)) > width:
        label = max(map(len, heading[1:]))
        below = (
            "\n".join(f"  {name:{label}}  {cell}" for name, cell in zip(heading[1:], row[1:], strict=True)) for row in cells[1:]
        )
        lines = [f"{row[0]}\n{block}" for row, block in zip(cells[1:], below, strict=True)]
    tell("\n".join(lines))


def terminal_width(*, err: bool = False) -> int | None:
    """Columns of the terminal that stdout or stderr is (COLUMNS goes before what it says itself); None where it is none."""
    return max(shutil.get_terminal_size().columns, NARROWEST) if (sys.stderr if err else sys.stdout).isatty() else None


def tell(words: str, *, err: bool = False) -> None:
    """Print lines: wrapped on a terminal, else each as it is, to be searched. What is to be pasted is printed with click.echo,
    as a terminal that breaks it shows it and copies it whole.
    """
    width = terminal_width(err=err)
    click.echo(words if width is None else "\n".join(wrapped(line, width) for line in words.split("\n")), err=err)


def wrapped(line: str, width: int) -> str:
    """A line that is too long, wrapped below its last column (two spaces stand before it), its bullet, or a little further in. A
    long word stays whole.
    """
    if len(line) <= width:
        return line
    inner = len(line) - len(line.lstrip())
    columns = [gap.end() for gap in re.finditer(r"(?<=\S) {2,}", line)]
    fitting = [column for column in columns if 5 * column <= 3 * width]
    further = 4 if columns else 2 if inner or line.startswith("- ") else 0
    indent = fitting[-1] if columns and fitting == columns else inner + further
    return textwrap.fill(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def severity(key: str) -> str:
    """A severity in the language that is spoken, as wide as the longest of them."""
    from scanner.rules.rule import Severity

    return f"{spoken().severity(key):{max(len(spoken().severity(one)) for one in Severity)}}"


def shops(number: int) -> str:
    """``1 shop``, ``2 shops``, in the language that is spoken."""
    return spoken().count("overview.shops", number)


def duration(seconds: float) -> str:
    """``42 s``, ``12 min``, ``3 h 5 min``."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"

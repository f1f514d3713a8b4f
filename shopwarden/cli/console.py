"""What commands do with a terminal: read what they need, show how far they are, take Ctrl-C, print."""

from __future__ import annotations

import io
import os
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

if TYPE_CHECKING:
    import asyncio

    from scanner.engine.catalogue import Catalogue
    from scanner.engine.scan import Order, Scan
    from scanner.gatherers.net.dns import Dns
    from scanner.gatherers.net.resolver import Resolve
    from scanner.settings.models import Settings

_T = TypeVar("_T")
TICK_SECONDS = 0.2
AGAIN_SECONDS = 2.0
"""Until a shop that could not be reached is tried once more: what was a moment's trouble is over."""


def complain(words: str) -> None:
    """One line on stderr, like everything that is no result."""
    click.echo(f"shopwarden: {words}", err=True)


def settings_of(config: Path | None) -> Settings:
    """The configuration. Raises BadSettings."""
    from scanner.settings.reading import read_settings

    return read_settings(config)


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
        return f"{progress.doing} · {progress.used()} of at most {progress.most} requests"

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
    with Console(stderr=True, no_color=not color).status("Starting") as status:
        yield lambda: status.update(f"{words()} · {duration(time.monotonic() - began)}")


@contextmanager
def finishing() -> Iterator[Callable[[], bool]]:
    """What a scan found is written first, also after Ctrl-C; a second one ends at once. Whether there was one."""
    pressed = False

    def noted(_number: int, _frame: object) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        with suppress(OSError):  # straight to stderr: a stream cannot be written to in the middle of its own writing
            os.write(2, b"shopwarden: what was found is being written; Ctrl-C again ends at once\n")

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
    """Print rows below their heading, if there are any; no cell can do anything to the terminal."""
    from scanner.text.sanitize import sanitize

    if not rows:
        return
    cells = [heading, *([sanitize(cell, 100) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def entry(label: str, words: str) -> None:
    """Print words beside a label, wrapped below themselves; a long label, or a narrow terminal: below that."""
    width = shutil.get_terminal_size().columns
    say(f"{label}  {words}", indent=len(label) + 2 if 3 * len(label) <= width else 4)


def row(words: str, *, indent: int) -> None:
    """Print a row: wrapped below its last column on a terminal, else in one line, to be searched. indent: of that column."""
    if sys.stdout.isatty():
        say(words, indent=indent if 5 * indent <= 3 * shutil.get_terminal_size().columns else 4)
    else:
        click.echo(words)


def say(words: str, *, indent: int = 0) -> None:
    """Print words, wrapped at the terminal's width. A long word stays whole, to be copied. indent: of all lines but the first."""
    width = max(shutil.get_terminal_size().columns, 20)
    further = " " * indent
    lines = textwrap.wrap(words, width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)
    click.echo("\n".join(lines))


def shops(number: int) -> str:
    """``1 shop``, ``2 shops``."""
    return "1 shop" if number == 1 else f"{number} shops"


def duration(seconds: float) -> str:
    """``42 s``, ``12 min``, ``3 h 5 min``."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"

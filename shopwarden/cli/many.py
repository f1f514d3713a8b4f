"""The commands for many shops and many nights: batch, nightly, recheck, history, diff.

``shopwarden.cli.group`` hands in what only it may know (reports, checks) and adds the commands to its own.
Whatever is heavy is imported where a command needs it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from scanner.text.logs import log_to_stderr

if TYPE_CHECKING:
    from reports.alerts.words import Words
    from scanner.engine.catalogue import Catalogue
    from scanner.history.known import KnownFinding
    from scanner.history.run_summary import Overview
    from scanner.history.store import History, PastScan
    from scanner.history.trend import Trend
    from scanner.results.document import ScanDocument
    from scanner.results.result import ScanResult
    from scanner.settings.models import Agency, Settings
    from scanner.settings.options import ScanOptions
    from shopwarden.operations.batch import Batch, Tally
    from shopwarden.operations.notify import Post

SCANNED, FOUND, NOT_SCANNED, DEFECT, UNDELIVERED, INTERRUPTED = 0, 1, 3, 4, 5, 130
"""Exit codes, as ``docs/usage.md`` says; wrong usage, 2, is the error class's own."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Kit:
    """What the command line hands in. refuse: the error for wrong usage, which ends with exit code 2. Pages are HTML.

    check_report: refuses options that no report can be made with. shop_pdf: a page as PDF; raises OSError.
    """

    settings: Callable[[Path | None], Settings]
    catalogue: Callable[[], Catalogue]
    check_report: Callable[[ScanOptions], None]
    shop_page: Callable[[ScanResult, Catalogue, Agency | None, ScanOptions, Trend | None], str]
    shop_pdf: Callable[[str], bytes]
    overview_page: Callable[[Overview, Agency | None], str]
    refuse: type[click.ClickException]


def commands(kit: Kit) -> tuple[click.Command, ...]:
    """The five commands."""

    @click.command()
    @click.argument("file", required=False, type=click.Path(path_type=Path))
    @many_options
    @click.option("--no-history", is_flag=True, help="Record nothing; then nothing can be resumed or compared either.")
    def batch(file: Path | None, **given: Any) -> NoReturn:
        """Scan many shops: those in shopwarden.toml, or in a CSV file with a url column."""
        sys.exit(_Run(kit, "batch", file, given).go())

    @click.command()
    @click.argument("file", required=False, type=click.Path(path_type=Path))
    @many_options
    def nightly(file: Path | None, **given: Any) -> NoReturn:
        """Scan many shops, compare with what was known, and tell what changed: what cron calls. Silent where nothing did."""
        sys.exit(_Run(kit, "nightly", file, given).go())

    @click.command()
    @click.argument("site")
    @click.argument("rules", metavar="[RULE]...", nargs=-1)
    @scan_options
    def recheck(site: str, rules: tuple[str, ...], **given: Any) -> NoReturn:
        """Test again only what is open, and say what is fixed. Records nothing."""
        sys.exit(_recheck(kit, site, rules, given))

    @click.command()
    @click.argument("site", required=False)
    @history_options
    @click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many scans.")
    def history(site: str | None, config: Path | None, database: str | None, last: int) -> None:
        """List the recorded shops, or the scans of one."""
        with _opened(kit, kit.settings(config), database) as opened:
            _list_scans(kit, opened, site, last)

    @click.command()
    @click.argument("site")
    @click.argument("old", required=False)
    @click.argument("new", required=False)
    @history_options
    def diff(site: str, old: str | None, new: str | None, config: Path | None, database: str | None) -> None:
        """Say what is different between two scans of a shop (their ids stand in history); the last two, unless named."""
        with _opened(kit, kit.settings(config), database) as opened:
            _diff(kit, opened, site, old, new)

    return batch, nightly, recheck, history, diff


def _options(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def rule_names(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """``--only a,b --only c`` → a, b, c. Raises BadParameter where a person gave the option and named no rule."""
    names = tuple(name for entry in given for part in entry.split(",") if (name := part.strip()))
    if given and not names:
        raise click.BadParameter("names no rule")
    return names


RULES: dict[str, Any] = {"metavar": "RULE", "multiple": True, "callback": rule_names}
"""The options ``--only`` and ``--skip``."""
history_options = _options(
    click.option("--config", type=click.Path(path_type=Path), help="Configuration file (default: ./shopwarden.toml)."),
    click.option("--database", metavar="URL", help="The history: a file, or postgresql://user@host/name."),
)
scan_options = _options(
    history_options,
    click.option("--only", **RULES, help="Run only this rule; may be repeated or given comma-separated."),
    click.option("--skip", **RULES, help="Leave this rule out; likewise."),
    click.option("--rate", type=float, help="Requests a second to one server (5)."),
    click.option("--max-requests", type=int, help="HTTP requests at most, each shop (400)."),
    click.option("--max-pages", type=int, help="Pages that the crawl reads at most, each shop (60)."),
    click.option("--max-time", type=float, help="Seconds at most, each shop (300)."),
    click.option("--ca-file", type=click.Path(path_type=Path), help="Trust these root certificates as well."),
    click.option("--resolve", metavar="HOST:ADDRESS", multiple=True, help="Use this address for a name."),
    click.option("--port", metavar="SERVICE=N", multiple=True, help="Another port for http, https, ftp, ftps, ssh or smtp."),
    click.option("--allow-private", is_flag=True, default=None, help="Shops may be at private or loopback addresses."),
    click.option("--fail-on", metavar="SEVERITY", help="Exit with 1 on a finding at or above this severity."),
    click.option("--quiet", is_flag=True, default=None, help="Print nothing but errors."),
    click.option("--verbose", is_flag=True, default=None, help="Print our own log as well."),
)
many_options = _options(
    click.option("--folder", type=click.Path(path_type=Path), help="Where the reports go (./shopwarden-reports)."),
    click.option("--at-once", type=click.IntRange(1, 256), help="Shops at the same time (4)."),
    scan_options,
)


# ---- batch and nightly


class _Run:
    """One call of batch or nightly, from the file to the exit code."""

    def __init__(self, kit: Kit, command: str, file: Path | None, given: dict[str, Any]) -> None:
        from scanner.settings.errors import BadSettings
        from scanner.settings.reading import FILE_NAME
        from scanner.settings.secrets import expanded
        from shopwarden.operations.sites import order_of, read_shops

        self._kit, self._command, self._nightly = kit, command, command == "nightly"
        config, csv = (file, None) if file is not None and file.suffix.lower() == ".toml" else (given["config"], file)
        self._identity = str((csv or config or Path(FILE_NAME)).resolve())
        settings = self._settings = kit.settings(config)
        options = _given(given)
        self._quiet, self._verbose = bool(given["quiet"]), bool(given["verbose"])
        self._folder: Path = given["folder"] or settings.folder / settings.nightly.folder.expanduser()
        self._at_once: int = given["at_once"] or settings.nightly.at_once
        self._no_history = not self._nightly and bool(given.get("no_history") or settings.defaults.get("no_history"))
        log_to_stderr(verbose=self._verbose)
        self._catalogue = kit.catalogue()
        try:
            shops = read_shops(csv, settings)
            self._orders = [order_of(shop, settings, options, self._catalogue) for shop in shops.shops]
            for order in self._orders:
                try:
                    kit.check_report(order.options)
                except kit.refuse as error:
                    raise kit.refuse(f"{order.target.url}: {error.format_message()}") from error
            self._database = database_of(settings, given["database"])
            self._post = self._checked_post(None if csv else [shop.key for shop in shops.shops]) if self._nightly else None
            beat = settings.nightly.heartbeat
            try:
                self._heartbeat = expanded(beat, settings.folder) if beat and self._nightly else None
            except BadSettings as error:
                raise BadSettings(f"{settings.place('nightly', 'heartbeat')}: {error}") from error
        except BadSettings as error:
            raise kit.refuse(str(error)) from error
        self._shops = shops.shops
        if not self._quiet and (not self._nightly or self._verbose):
            for notice in shops.notices:
                click.echo(f"shopwarden: {notice}", err=True)

    def go(self) -> int:
        """Scan, report, record, tell. The exit code."""
        from scanner.history.connect import HistoryError
        from shopwarden.operations.lock import Overlapping, one_at_a_time

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._kit.refuse(f"{self._folder}: the folder for the reports cannot be made ({error.strerror})") from error
        with ExitStack() as stack:
            history = None if self._no_history else stack.enter_context(_history(self._kit, self._database))
            try:
                stack.enter_context(one_at_a_time(self._lock(history)))
            except Overlapping as error:
                raise self._kit.refuse(str(error)) from error
            except OSError as error:
                raise self._kit.refuse(f"{error.filename}: the lock cannot be taken ({error.strerror})") from error
            try:
                return self._scan(history)
            except HistoryError as error:
                click.echo(f"shopwarden: {error}", err=True)
                return UNDELIVERED

    def _checked_post(self, keys: Sequence[str] | None) -> Post:
        from shopwarden.operations.notify import Post

        return Post.of(self._settings, keys)

    def _lock(self, history: History | None) -> Path:
        from scanner.history.connect import default_file

        if history is None:
            return self._folder / ".shopwarden.lock"
        if history.file is not None:
            return history.file.with_name(history.file.name + ".lock")
        from hashlib import sha256

        return default_file().with_name(f"{sha256(history.where.encode()).hexdigest()[:16]}.lock")

    def _scan(self, history: History | None) -> int:
        from scanner.history.comparison import Limits
        from scanner.text.atomic_write import atomic_write
        from scanner.text.clock import Clock
        from shopwarden.operations.batch import Batch, Writers, write_run

        clock, agency = Clock(), self._settings.agency
        writers = Writers(
            self._write_shop,
            lambda overview, file: atomic_write(file, self._kit.overview_page(overview, agency)),
        )
        run = history.begin_run(self._command, self._identity, clock.now()) if history else None
        limits = Limits(not_confirmed=self._settings.nightly.unconfirmed_days)
        batch = Batch(
            self._catalogue,
            writers,
            self._folder,
            history=history,
            run=run.id if run else None,
            compared=limits if self._nightly else None,
            command=self._command,
            at_once=self._at_once,
            clock=clock,
        )
        if run and run.resumed and not self._quiet:
            click.echo(
                f"shopwarden: the run of {run.started:%Y-%m-%d %H:%M} UTC goes on; done already: {_shops(len(run.done))}",
                err=True,
            )
        started = run.started if run else clock.now()
        interrupted = self._watched(batch, run.done if run else frozenset())
        try:
            write_run(batch.overview(self._orders, started), writers, self._folder)
        except OSError as error:
            batch.tally.unwritten.append(f"{self._folder}: the overview cannot be written ({error.strerror})")
        for problem in batch.tally.unwritten:
            click.echo(f"shopwarden: {problem}", err=True)
        if interrupted:
            return INTERRUPTED
        problems: Sequence[str] = ()
        if history is not None and run is not None:
            problems = self._tell(history, run.id, batch, clock)
        elif not self._quiet:
            self._say_done(batch)
        return self._code(batch.tally, [*batch.tally.unwritten, *problems])

    def _write_shop(self, result: ScanResult, file: Path, since: Trend | None) -> None:
        """The shop's page, with what changed since last time; and as PDF where its settings say so. Raises OSError."""
        from scanner.text.atomic_write import atomic_write

        options = next(order.options for order in self._orders if order.target.key == result.site.key)
        page = self._kit.shop_page(result, self._catalogue, self._settings.agency, options, since)
        atomic_write(file, page)
        if options.pdf is not None:
            atomic_write(self._settings.folder / options.pdf.expanduser(), self._kit.shop_pdf(page))

    def _watched(self, batch: Batch, done: frozenset[str]) -> bool:
        """Scan with a display; Ctrl-C ends it, and the next call goes on where it was. Whether it was ended so."""
        from scanner.history.connect import HistoryError

        interrupted = False

        async def running() -> None:
            nonlocal interrupted
            task = asyncio.create_task(batch.scan_all(self._orders, done))

            def interrupt() -> None:
                nonlocal interrupted
                interrupted = True
                task.cancel()

            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)  # until the loop is closed
            with _display(batch.tally, self._at_once, quiet=self._quiet) as tick:
                while not task.done():
                    await asyncio.wait({task}, timeout=0.5)
                    tick()
            if not task.cancelled():
                task.result()

        try:
            asyncio.run(running())
        except BaseExceptionGroup as group:  # what "except*" raises comes out in a group again (until Python 3.11.4 or so)
            ours = group.subgroup(HistoryError)
            if ours is None:
                raise
            raise _first(ours) from None
        return interrupted

    def _tell(self, history: History, run: str, batch: Batch, clock: Any) -> Sequence[str]:
        """Say what changed, put the messages out, close the run, deliver. What could not be delivered."""
        from shopwarden.delivery.outbox import deliver
        from shopwarden.delivery.receiver import NotDelivered
        from shopwarden.delivery.webhook import beat
        from shopwarden.operations.file_names import file_stem
        from shopwarden.operations.notify import put_out

        now = clock.now()
        problems: list[str] = []
        if self._post is None:
            history.finish_run(run, now)
            if not self._quiet:
                self._say_done(batch)
        else:
            reports = {shop.key: (self._folder / f"{file_stem(shop.key)}.html").resolve() for shop in self._shops}
            told = put_out(history, self._post, self._shops, words_of(self._catalogue, self._settings.agency), now, reports)
            history.finish_run(run, now)
            if not self._quiet:
                _say_changes(told)
            problems += deliver(history, self._post.receivers, now)
        history.forget(now - timedelta(days=self._settings.nightly.keep_days))
        if self._heartbeat and not problems and not batch.tally.failed:
            try:
                beat(self._heartbeat)
            except NotDelivered as error:
                problems.append(f"heartbeat: {error}")
        for problem in problems:
            click.echo(f"shopwarden: {problem}", err=True)
        return problems

    def _say_done(self, batch: Batch) -> None:
        from shopwarden.operations.file_names import OVERVIEW_PAGE

        tally = batch.tally
        left_out = f", {len(tally.unscanned)} could not be scanned" if tally.unscanned else ""
        click.echo(f"{_shops(len(batch.lines))}{left_out}. The overview: {(self._folder / OVERVIEW_PAGE).resolve()}")

    def _code(self, tally: Tally, problems: Sequence[str]) -> int:
        """The highest that applies; in batch, 3 where nothing worse is."""
        codes = [(UNDELIVERED, bool(problems)), (DEFECT, bool(tally.failed)), (FOUND, tally.found)]
        worst = next((code for code, applies in codes if applies), SCANNED)
        return NOT_SCANNED if worst == SCANNED and tally.unscanned and not self._nightly else worst


@contextmanager
def _display(tally: Tally, at_once: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    if quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("Starting") as status:

        def tick() -> None:
            left = tally.estimate(at_once)
            words = f"about {_duration(left)} to go" if left is not None else "no estimate yet"
            passed = time.monotonic() - tally.began
            status.update(f"{tally.done} of {tally.total} shops · {_duration(passed)} · {words}")

        yield tick


def _say_changes(told: Iterable[Any]) -> None:
    from reports.view.changes import summary

    for shop in told:
        if words := summary(shop.events):
            grade = f", {shop.grade}" if "→" in shop.grade else ""
            click.echo(f"{shop.key}: {words}{grade}")


# ---- recheck


def _recheck(kit: Kit, site: str, rules: Sequence[str], given: dict[str, Any]) -> int:
    from scanner.engine.revisiting import only
    from scanner.engine.scan import OwnDefect, scan
    from scanner.history.renames import renamed
    from scanner.history.trend import MOST_SCANS, known_from
    from scanner.results.result import Status
    from scanner.scope.target import Target
    from scanner.settings.errors import BadSettings
    from scanner.settings.models import SiteSettings
    from shopwarden.operations.sites import Shop, order_of

    settings, catalogue = kit.settings(given["config"]), kit.catalogue()
    log_to_stderr(verbose=bool(given["verbose"]))
    with _opened(kit, settings, given["database"]) as history:
        key = _key(kit, history, site)
        last = next((past for past in history.scans(key) if past.status in {"complete", "partial"}), None)
        if last is None:
            raise kit.refuse(f"{key}: no scan is recorded that reached it; run shopwarden scan first")
        newest, known = history.document(last.id), history.known(key)
        if known.seen is None or known.seen < newest.started:
            known = known_from(history.documents(key, MOST_SCANS), catalogue.rules)
    known = renamed(known, catalogue.rules)
    for rule in rules:
        if rule not in catalogue.rules:
            raise kit.refuse(catalogue.no_such_rule(rule))
    open_ = [one for one in known.open_findings if (not rules or one[0] in rules) and one[0] in catalogue.rules]
    if not open_:
        click.echo(f"{key}: nothing is open.")
        return SCANNED
    own = next((one for one in settings.site if _key_of(one.url) == key), None)
    led_away = {} if newest.site.host in Target.of(newest.site.url).names else {"follow": True}  # as the owner wanted then
    try:
        order = order_of(Shop(key, own or SiteSettings(url=newest.site.url)), settings, led_away | _given(given), catalogue)
    except BadSettings as error:
        raise kit.refuse(str(error)) from error
    narrow = only(order, catalogue, [(rule, finding.to_visit) for rule, _, finding in open_])
    try:
        result = asyncio.run(scan(narrow, catalogue)).result
    except OwnDefect as error:
        click.echo(f"shopwarden: {error}", err=True)
        return DEFECT
    if result.status in {Status.UNREACHABLE, Status.BLOCKED}:
        click.echo(f"{key}: could not be scanned. {result.because or ''}", err=True)
        return NOT_SCANNED
    still = _say_rechecked(open_, result, catalogue)
    worst = order.options.fail_on
    if result.defective:
        return DEFECT
    return FOUND if worst is not None and any(finding.severity.rank <= worst.rank for finding in still) else SCANNED


def _say_rechecked(
    open_: Iterable[tuple[str, str, KnownFinding]], result: ScanResult, catalogue: Catalogue
) -> list[KnownFinding]:
    """One line a finding; those that are still there and count: neither accepted nor merely possible."""
    from scanner.results.document import document
    from scanner.rules.verdicts import Confidence
    from scanner.text.sanitize import sanitize

    verdicts = {verdict.rule: verdict for verdict in document(result).verdicts}
    still = []
    for rule, subject, finding in open_:
        verdict = verdicts.get(rule)
        state = "not checked"
        seen = next((one for one in verdict.findings if one.subject == subject), None) if verdict is not None else None
        if seen is not None and seen.accepted is not None:
            state = "accepted"
        elif seen is not None:
            state = "still there"
            if seen.confidence is not Confidence.POSSIBLE:
                still.append(finding)
        elif verdict is not None and verdict.verdict in {"passed", "found"} and set(finding.places) <= set(verdict.examined):
            state = "fixed"
        because = (
            f" ({sanitize(verdict.because, 200)})" if state == "not checked" and verdict is not None and verdict.because else ""
        )
        click.echo(f"{state:11}  {finding.severity:8}  {catalogue.articles[rule].title}: {sanitize(subject, 200)}{because}")
    return still


# ---- history and diff


def _list_scans(kit: Kit, history: History, site: str | None, last: int) -> None:
    if site is None:
        rows = [(past.site, *_row(past)) for past in history.latest()]
        if not rows:
            click.echo(f"Nothing is recorded yet in {history.where}.")
        _table(("site", "last scan", "command", "state", "grade", "open"), rows)
        return
    from reports.view.changes import summary

    key = _key(kit, history, site)
    scans = history.scans(key, last=last)
    events = history.events([past.id for past in scans])
    rows = [(past.id, *_row(past), summary(told.event for told in events[past.id])) for past in scans]
    _table(("scan", "when", "command", "state", "grade", "open", "changes"), rows)


def _row(past: PastScan) -> tuple[str, ...]:
    words = zip(("critical", "high", "medium", "low", "info"), past.problems, strict=False)
    open_ = ", ".join(f"{number} {word}" for word, number in words if number)
    return f"{past.started:%Y-%m-%d %H:%M}", past.command, past.status, past.grade or "–", open_ or "–"


def _diff(kit: Kit, history: History, site: str, old: str | None, new: str | None) -> None:
    from reports.alerts.words import MOST_LINES, Told, sections
    from scanner.history.comparison import compare, first_look
    from scanner.history.events import Change
    from scanner.text.sanitize import sanitize

    key = _key(kit, history, site)
    if old is not None and new is None:
        raise kit.refuse("give both scans, or neither for the last two (shopwarden history SITE lists them)")
    before, after = _two(kit, history, key, old, new)
    rules = kit.catalogue().rules
    step = compare(first_look(before, rules), after, rules)
    days = f"{before.started:%Y-%m-%d %H:%M} → {after.started:%Y-%m-%d %H:%M}"
    click.echo(f"{key}: {days}, grade {before.grade or '–'} → {after.grade or '–'}")
    titles = {rule: article.title for rule, article in kit.catalogue().articles.items()}
    told = Told(key, key, after.site.url, tuple(event for event in step.events if isinstance(event.kind, Change)))
    parts = sections(told, words_of(kit.catalogue(), None))
    for section in parts:
        click.echo(f"\n{section.heading}")
        for line in section.lines:
            click.echo(f"  {line.severity:8}  {line.what}{': ' if line.where else ''}{line.where}")
        if section.left_out:
            click.echo(f"  … and {section.left_out} more")
    first = [event for event in step.events if event.kind is Change.FIRST_SEEN]
    if first:
        click.echo("\nNot judged in the older scan, so perhaps not new")
    for event in first[:MOST_LINES]:
        click.echo(f"  {event.severity:8}  {titles.get(event.rule, event.rule)}: {sanitize(event.subject, 200)}")
    unclear = [verdict.rule for verdict in after.verdicts if verdict.verdict == "inconclusive"]
    if unclear:
        click.echo(f"\nCould not be checked in the newer scan: {', '.join(unclear)}")
    if not parts and not first:
        click.echo("Nothing is different." if not unclear else "\nNothing else is different.")


def _two(kit: Kit, history: History, key: str, old: str | None, new: str | None) -> tuple[ScanDocument, ScanDocument]:
    scans = history.scans(key)
    if old is not None and new is not None:
        chosen = []
        for word in (old, new):
            matching = [past for past in scans if past.id.startswith(word.lower())]
            if len(matching) != 1:
                problem = "no scan of this shop has" if not matching else "more than one scan has"
                raise kit.refuse(f"{problem} the id {word} (shopwarden history {key} lists them)")
            chosen.append(history.document(matching[0].id))
        return chosen[0], chosen[1]
    reached = [past for past in scans if past.status in {"complete", "partial"}]
    if len(reached) < 2:
        raise kit.refuse(f"{key}: two scans that reached it are needed, and there are {len(reached)}")
    return history.document(reached[1].id), history.document(reached[0].id)


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from scanner.text.sanitize import sanitize

    if not rows:
        return
    cells = [heading, *([sanitize(cell, 100) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _key(kit: Kit, history: History, site: str) -> str:
    """A site's key, from its key, address, host or name."""
    found = set(history.sites_called(site))
    if (key := _key_of(site)) is not None and history.scans(key, last=1):
        found.add(key)
    if len(found) > 1:
        raise kit.refuse(f"{site!r} may be {' or '.join(sorted(found))}; give one of these")
    if not found:
        raise kit.refuse(f"no scan of {site!r} is recorded in {history.where} (shopwarden history lists the shops)")
    return found.pop()


def _key_of(site: str) -> str | None:
    from scanner.scope.target import BadAddress, Target

    try:
        return Target.of(site).key
    except BadAddress:
        return None


# ---- small things


@contextmanager
def _opened(kit: Kit, settings: Settings, database: str | None) -> Iterator[History]:
    from scanner.history.connect import HistoryError
    from scanner.settings.errors import BadSettings

    try:
        with _history(kit, database_of(settings, database)) as history:
            yield history
    except (HistoryError, BadSettings) as error:
        raise kit.refuse(str(error)) from error


@contextmanager
def _history(kit: Kit, database: str | None) -> Iterator[History]:
    from scanner.history.connect import HistoryError
    from scanner.history.store import History

    try:
        history = History.open(database)
    except HistoryError as error:
        raise kit.refuse(str(error)) from error
    try:
        yield history
    finally:
        history.close()


def database_of(settings: Settings, given: str | None) -> str | None:
    """As the command line says, else as ``[defaults]`` do; a file named there lies beside the configuration."""
    from scanner.settings.secrets import expanded

    if given is not None:
        return given
    named = settings.defaults.get("database")
    if named is None:
        return None
    database = expanded(str(named), settings.folder)
    return database if "://" in database else str(settings.folder / Path(database).expanduser())


def _given(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the command line says of scans, by the configuration's names."""
    own = {"config", "database", "folder", "at_once", "no_history"}
    return {key: value for key, value in given.items() if key not in own and value not in {None, ()}}


def words_of(catalogue: Catalogue, agency: Agency | None) -> Words:
    """What messages and the terminal take from the articles and the agency."""
    from reports.alerts.words import Words

    titles = {rule: article.title.replace("`", "") for rule, article in catalogue.articles.items()}
    escalations = {rule.id: rule.escalate for rule in catalogue.rules.values() if rule.escalate is not None}
    return Words(titles, agency.name if agency else "", (agency.contact or "") if agency else "", escalations)


def _shops(number: int) -> str:
    return "1 shop" if number == 1 else f"{number} shops"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error

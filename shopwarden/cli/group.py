"""The commands. The only module that imports checks and reports; heavy ones are imported where a command needs them."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import signal
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from scanner._version import __version__
from scanner.text.logs import log_to_stderr
from shopwarden.cli.many import RULES, Kit, commands, database_of

if TYPE_CHECKING:
    from scanner.engine.catalogue import Catalogue
    from scanner.engine.scan import Order, Progress, Scan
    from scanner.gatherers.net.dns import Dns
    from scanner.gatherers.net.guard import Resolve
    from scanner.history.run_summary import Overview
    from scanner.history.trend import Trend
    from scanner.results.result import ScanResult
    from scanner.settings.models import Agency, Settings
    from scanner.settings.options import ScanOptions

SCANNED, FOUND, USAGE, NOT_SCANNED, DEFECT, UNDELIVERED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
"""Exit codes: contract, see ``docs/usage.md``."""

NOBODY_LISTENS = 1  # tcpmux (RFC 1078), long out of use

_Command = TypeVar("_Command", bound=Callable[..., Any])


class WrongUsage(click.ClickException):
    """Bad input: one clear sentence, exit code 2."""

    exit_code = USAGE

    def show(self, file: Any = None) -> None:  # noqa: ARG002  click's signature
        """On stderr, like everything that is no result."""
        click.echo(f"shopwarden: {self.format_message()}", err=True)


def scan_options(command: _Command) -> _Command:
    """Every option of ``scan``. None (or nothing given) means: as the configuration says."""
    options = [
        click.option("--html", type=click.Path(path_type=Path), help="Write the report page here (default: ./SITE.html)."),
        click.option("--json", "json_", metavar="FILE|-", help="Write the result as JSON; - writes it to stdout."),
        click.option("--sarif", type=click.Path(path_type=Path), help="Write SARIF 2.1.0, for code-scanning dashboards."),
        click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML, for build servers."),
        click.option("--csv", type=click.Path(path_type=Path), help="Write a table for a spreadsheet."),
        click.option("--markdown", type=click.Path(path_type=Path), help="Write the report as Markdown."),
        click.option("--pdf", type=click.Path(path_type=Path), help="Write the report as PDF (needs the extra pdf)."),
        click.option(
            "--language",
            metavar="CODE",
            help="Language of the report for people: en, pl or de (en). "
            "What a finding means and how to fix it stays English, but for ten rules in pl.",
        ),
        click.option(
            "--fixes",
            type=click.Path(path_type=Path),
            help="Write what to do into this folder: lines for the web server, a checklist, mails to the host.",
        ),
        click.option("--config", type=click.Path(path_type=Path), help="Configuration file (default: ./shopwarden.toml)."),
        click.option("--rate", type=float, help="Requests a second (5)."),
        click.option("--max-requests", type=int, help="HTTP requests at most (400)."),
        click.option("--max-pages", type=int, help="Pages that the crawl reads at most (60)."),
        click.option("--max-time", type=float, help="Seconds at most (300)."),
        click.option("--only", **RULES, help="Run only this rule; may be repeated or given comma-separated."),
        click.option("--skip", **RULES, help="Leave this rule out; likewise."),
        click.option("--ca-file", type=click.Path(path_type=Path), help="Trust these root certificates as well."),
        click.option(
            "--resolve", metavar="HOST:ADDRESS", multiple=True, help="Use this address for a name, as before a DNS switch."
        ),
        click.option("--port", metavar="SERVICE=N", multiple=True, help="Another port for http, https, ftp, ftps, ssh or smtp."),
        click.option("--allow-private", is_flag=True, default=None, help="The shop may be at a private or loopback address."),
        click.option("--follow", is_flag=True, default=None, help="If the address redirects to another shop, scan that one."),
        click.option("--deep", is_flag=True, default=None, help="Read backups to their end."),
        click.option("--fail-on", metavar="SEVERITY", help="Exit with 1 on a finding at or above this severity."),
        click.option("--record", type=click.Path(path_type=Path), help="Keep the evidence in this folder, for replay."),
        click.option("--quiet", is_flag=True, default=None, help="Print nothing but errors."),
        click.option("--verbose", is_flag=True, default=None, help="Print our own log as well."),
        click.option("--no-color", is_flag=True, default=None, help="No colours on the terminal."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


class _Commands(click.Group):
    """Ctrl-C ends every command with exit code 130."""

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, which would end with 1: that means a finding here."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("shopwarden: ended by Ctrl-C", err=True)
            sys.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="shopwarden")
def main() -> None:
    """Look at a small web shop from outside, and tell its owner what to fix first and exactly how.

    It attacks nothing and guesses no password: it reads public pages, asks for a short list of well-known addresses, and reads
    service greetings.
    """


@main.command()
@click.argument("url")
@scan_options
@click.option("--database", metavar="URL", help="The history: a file, or postgresql://user@host/name.")
@click.option("--no-history", is_flag=True, default=None, help="Record nothing; then nothing is compared either.")
def scan(url: str, config: Path | None, **given: Any) -> NoReturn:
    """Scan one shop, write its remediation page, and say what changed since last time."""
    settings, options, order = _order(url, config, given)
    catalogue = _catalogue()
    _check_writable(options)
    database = _checked_database(settings, options, given["database"])
    finished, interrupted = _run(order, catalogue, options)
    if finished.order.typed is not None:
        _say(options, f"{order.target.url} leads to {finished.order.target.url}, which was scanned.")
    with _finishing() as stopped:
        trend, delivered = (None, True) if options.no_history else _keep(database, finished.result, catalogue)
        html_file = _html_file(options, order)
        delivered &= _report(finished.result, catalogue, options, settings.agency, html_file, trend)
        if options.record is not None:
            delivered &= _write_recording(options.record, finished)
    sys.exit(INTERRUPTED if interrupted or stopped() else _exit_code(finished.result, options, delivered=delivered))


@main.command()
@click.option("--hardened", is_flag=True, help="Serve the same shop hardened.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the report page here (default: ./shopwarden-demo.html).")
@click.option("--json", "json_", metavar="FILE|-", help="Write the result as JSON; - writes it to stdout.")
@click.option("--record", type=click.Path(path_type=Path), help="Keep the evidence in this folder, for replay.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 1000, min_open=True),
    default=50.0,
    show_default=True,
    help="Requests a second; the demo shop is on this computer.",
)
@click.option("--serve", is_flag=True, help="Only serve the shop and print how to scan it; end with Ctrl-C.")
@click.option("--quiet", is_flag=True, default=None, help="Print nothing but errors.")
def demo(
    hardened: bool, html: Path | None, json_: str | None, record: Path | None, rate: float, serve: bool, quiet: bool | None
) -> NoReturn:
    """Start the bundled weak demo shop on loopback, scan it, and write the report."""
    import tempfile

    from scanner.engine.scan import Order
    from scanner.scope.target import SERVICES, Target
    from scanner.settings.models import BackupSettings, SiteSettings
    from scanner.settings.options import ScanOptions
    from shopwarden.demo import DemoShop
    from shopwarden.demo.names import DemoDns, look_up

    with (
        tempfile.TemporaryDirectory(prefix="shopwarden-demo-") as folder,
        DemoShop(hardened=hardened, folder=Path(folder)) as shop,
    ):
        if serve:
            _serve(shop)
        ports = {**dict.fromkeys(SERVICES, NOBODY_LISTENS), **shop.ports}  # this computer's own services are not the shop's
        target = Target.of(shop.url, ports=ports, resolve=shop.resolve, allow_private=True)
        site = SiteSettings(
            url=shop.url, name="Petal & Stem (demo)", backup=tuple(BackupSettings.model_validate(one) for one in shop.backups)
        )
        catalogue = _catalogue()
        options = ScanOptions.model_validate(
            {"rate": rate, "json": json_, "html": html, "record": record, "quiet": bool(quiet), "ca_file": shop.ca_file}
        )
        order = Order(target, catalogue.chosen(), options, site, Path(folder))
        _check_writable(options)
        finished, interrupted = _run(order, catalogue, options, resolve=look_up, dns=DemoDns())
    with _finishing() as stopped:
        delivered = _report(finished.result, catalogue, options, None, html or Path("shopwarden-demo.html"))
        if record is not None:
            delivered &= _write_recording(record, finished)
    sys.exit(INTERRUPTED if interrupted or stopped() else _exit_code(finished.result, options, delivered=delivered))


@main.command()
@click.argument("url")
@scan_options
def plan(url: str, config: Path | None, **given: Any) -> None:
    """Say what a scan would send, without sending it."""
    from scanner.engine.plan import plan_text

    _, _, order = _order(url, config, given)
    click.echo(plan_text(order, _catalogue(), datetime.now(UTC).date()), nl=False)


@main.command()
@click.argument("rule", required=False)
def rules(rule: str | None) -> None:
    """List the rules, or explain one."""
    from scanner.rules.articles import readable

    catalogue = _catalogue()
    with _refusals():
        catalogue.refuse_unlawful_articles()
    if rule is None:
        width = max(len(rule_id) for rule_id in catalogue.rules)
        area = ""
        for one in catalogue.rules_of(catalogue.chosen()):
            if one.area != area:
                click.echo(f"{chr(10) if area else ''}{one.area}")
                area = one.area
            click.echo(f"  {one.id:{width}}  {one.severity:8}  {catalogue.articles[one.id].title}")
        return
    if rule not in catalogue.rules:
        raise WrongUsage(catalogue.no_such_rule(rule))
    found, article = catalogue.rules[rule], catalogue.articles[rule]
    fixes = "\n\n".join(f"### {fix.where}\n\n{readable(fix.markdown)}" for fix in article.fixes)
    click.echo(f"# {article.title}\n\n{found.id} · {found.area} · {found.severity}\nWhen it is good: {article.good}\n")
    click.echo(f"## Why it matters\n\n{article.why}\n\n## How to fix it\n\n{fixes}\n")
    click.echo(
        f"## How to verify\n\n{article.verify}\n\n## Ask your host\n\n{article.ask}\n\n## References\n\n{article.references}"
    )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@scan_options
def replay(folder: Path, config: Path | None, **given: Any) -> NoReturn:
    """Judge recorded evidence again, offline."""
    from scanner.engine.recording import BadRecording, read_recording
    from scanner.engine.replay import result_of
    from scanner.evidence import Unavailable

    catalogue = _catalogue()
    settings = _settings(config)
    try:
        recording = read_recording(folder, [*catalogue.gatherers, Unavailable])
        order = _order_for(recording.url, settings, given, catalogue, rules=recording.rules)
        result = result_of(recording, order, catalogue)
    except BadRecording as error:
        raise WrongUsage(str(error)) from error
    _check_writable(order.options)
    delivered = _report(result, catalogue, order.options, settings.agency, order.options.html)
    sys.exit(_exit_code(result, order.options, delivered=delivered))


@main.command("update-data")
@click.option("--libraries", metavar="URL", help="Fetch what is known of JavaScript libraries from here.")
@click.option("--support", metavar="URL", help="Fetch support dates from here.")
@click.option(
    "--ca-file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Trust these root certificates as well."
)
@click.option("--allow-private", is_flag=True, help="They may be at private addresses, and by http: a mirror in the house.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def update_data(libraries: str | None, support: str | None, ca_file: Path | None, allow_private: bool, quiet: bool) -> NoReturn:
    """Fetch newer support dates and library data. A scan never needs this: it takes what is there.

    What is fetched is checked and goes into your own data folder; where anything fails, what was known stays.
    """
    from scanner.platforms import newer
    from scanner.platforms.loading import read_knowledge
    from scanner.scope.target import BadAddress
    from shopwarden.operations.update_data import LIBRARIES_FROM, SUPPORT_FROM, Sources, update

    try:
        sources = Sources(
            LIBRARIES_FROM if libraries is None else libraries,
            SUPPORT_FROM if support is None else support,
            ca_file,
            allow_private,
        )
        outcomes = asyncio.run(update(sources, datetime.now(UTC).date()))
    except BadAddress as error:
        raise WrongUsage(str(error)) from error
    except ssl.SSLError as error:
        raise WrongUsage(f"--ca-file {ca_file}: holds no certificate in PEM") from error
    except OSError as error:
        click.echo(f"shopwarden: {newer.folder()}: cannot be written ({error.strerror})", err=True)
        sys.exit(UNDELIVERED)
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    for line in [line for outcome in outcomes for line in outcome.said] if not quiet else ():
        click.echo(line)
    for failure in failures:
        click.echo(f"shopwarden: {failure}", err=True)
    if not quiet:
        oldest = min(table.recorded for table in read_knowledge().tables.values())
        click.echo(f"What this program knows of old software is as of {oldest:%d %B %Y}.")
    sys.exit(NOT_SCANNED if failures else SCANNED)


def _order(url: str, config: Path | None, given: dict[str, Any]) -> tuple[Settings, ScanOptions, Order]:
    settings = _settings(config)
    order = _order_for(url, settings, given, _catalogue())
    return settings, order.options, order


def _order_for(
    url: str, settings: Settings, given: dict[str, Any], catalogue: Catalogue, rules: tuple[str, ...] | None = None
) -> Order:
    """Address, configuration and options → an order; every mistake in them is one clear sentence."""
    from scanner.engine.catalogue import NO_RULE_LEFT
    from scanner.engine.scan import Order
    from scanner.scope.target import BadAddress, Target, as_address
    from scanner.settings.errors import BadSettings
    from shopwarden.operations.sites import check_site

    try:
        plain = Target.of(url)
        site = settings.site_for(plain)
        options = settings.options_for(site, _given(given))
        target = Target.of(
            url,
            also=site.also if site else (),
            ports=options.ports,
            resolve=options.resolved,
            allow_private=options.allow_private,
        )
        if (address := as_address(target.host)) is not None and (refusal := target.refuses(address)) is not None:
            raise BadAddress(refusal)
        check_site(site, settings, options, _given(given), catalogue)
    except (BadAddress, BadSettings) as error:
        raise WrongUsage(str(error)) from error
    _check_report(options)
    chosen = catalogue.chosen(options.only, options.skip)
    if rules is not None and not options.only:
        chosen = tuple(rule for rule in chosen if rule in rules)
    if not chosen:
        raise WrongUsage(NO_RULE_LEFT)
    log_to_stderr(verbose=options.verbose)
    return Order(target, chosen, options, site, settings.folder)


def _settings(config: Path | None) -> Settings:
    from scanner.settings.errors import BadSettings
    from scanner.settings.reading import read_settings

    try:
        return read_settings(config)
    except BadSettings as error:
        raise WrongUsage(str(error)) from error


def _given(given: dict[str, Any]) -> dict[str, Any]:
    """What the command line really says, by the configuration's names."""
    return {("json" if key == "json_" else key): value for key, value in given.items() if value not in {None, ()}}


@lru_cache(maxsize=1)
def _catalogue() -> Catalogue:
    from scanner.engine.catalogue import load

    with _refusals():
        return load()


@contextmanager
def _refusals() -> Iterator[None]:
    """A rule, an article or data that cannot be used end the program, by name."""
    from scanner.rules.rule import RuleError

    try:
        yield
    except RuleError as error:
        click.echo(f"shopwarden: {error}", err=True)
        sys.exit(DEFECT)


def _run(
    order: Order, catalogue: Catalogue, options: ScanOptions, *, resolve: Resolve | None = None, dns: Dns | None = None
) -> tuple[Scan, bool]:
    """Scan with a display, and with Ctrl-C ending the scan instead of the program."""
    from scanner.engine.scan import OwnDefect, Progress, scan

    progress = Progress()
    interrupted = False

    async def running() -> Scan:
        def interrupt() -> None:
            nonlocal interrupted
            interrupted = True
            progress.stop()

        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)  # until the loop is closed
        with _display(progress, options) as tick:
            task = asyncio.create_task(scan(order, catalogue, resolve=resolve, dns=dns, progress=progress))
            while not task.done():
                await asyncio.wait({task}, timeout=0.2)
                tick()
            return await task

    try:
        return asyncio.run(running()), interrupted
    except OwnDefect as error:
        click.echo(f"shopwarden: {error}", err=True)
        sys.exit(DEFECT)


@contextmanager
def _finishing() -> Iterator[Callable[[], bool]]:
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


@contextmanager
def _display(progress: Progress, options: ScanOptions) -> Iterator[Callable[[], None]]:
    """What is being looked at, requests used of the budget, seconds; silent where stderr is no terminal."""
    if options.quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    import time

    from rich.console import Console

    began = time.monotonic()
    console = Console(stderr=True, no_color=options.no_color)
    with console.status("Starting") as status:
        yield lambda: status.update(
            f"{progress.doing} · {progress.used()} of at most {progress.most} requests · {time.monotonic() - began:.0f} s"
        )


def _checked_database(settings: Settings, options: ScanOptions, given: str | None) -> str | None:
    """Where the history is. One that was named must open before the scan; the usual one must not stand in a scan's way."""
    from scanner.settings.errors import BadSettings

    try:
        database = database_of(settings, given)
    except BadSettings as error:
        raise WrongUsage(str(error)) from error
    if database is not None and not options.no_history:
        from scanner.history.connect import HistoryError
        from shopwarden.operations.keep import check

        try:
            check(database)
        except HistoryError as error:
            raise WrongUsage(str(error)) from error
    return database


def _keep(database: str | None, result: ScanResult, catalogue: Catalogue) -> tuple[Trend | None, bool]:
    """What changed since last time, and whether this scan is in the history now."""
    from shopwarden.operations.keep import keep

    kept = keep(database, result, catalogue.rules)
    if kept.problem:
        click.echo(f"shopwarden: this scan is not kept in the history: {kept.problem} (or use --no-history)", err=True)
    return kept.trend, not kept.problem


def _report(
    result: ScanResult,
    catalogue: Catalogue,
    options: ScanOptions,
    agency: Agency | None,
    html_file: Path | None,
    trend: Trend | None = None,
) -> bool:
    """Write every file that was asked for, then the summary. Whether all could be written: one that cannot loses no other."""
    from reports.formats.csv import csv_
    from reports.formats.html import html
    from reports.formats.junit import junit
    from reports.formats.markdown import markdown_
    from reports.formats.sarif import sarif
    from reports.formats.terminal import ending, text
    from reports.i18n.language import language
    from reports.kits.fix_pack import fix_pack
    from reports.view.build import view_of
    from scanner.results.document import to_json

    view = view_of(result, catalogue.articles, agency=agency, language=language(options.language), trend=trend)
    english = view if options.language == "en" else view_of(result, catalogue.articles, agency=agency)
    if options.json_ == "-":
        click.echo(to_json(result), nl=False)
    writers: list[tuple[Path | None, Callable[[], str]]] = [
        (Path(options.json_) if options.json_ not in {None, "-"} else None, lambda: to_json(result)),
        (html_file, lambda: html(view)),
        (options.sarif, lambda: sarif(english, result)),
        (options.junit, lambda: junit(english, result)),
        (options.csv, lambda: csv_(english, result)),
        (options.markdown, lambda: markdown_(view)),
    ]
    delivered = True
    for file, content in writers:
        if file is not None:
            delivered &= _write(file, content())
    if options.pdf is not None:
        delivered &= _write_pdf(options.pdf, html(view))
    if options.fixes is not None:
        delivered &= _write_fixes(options.fixes, fix_pack(english, result, catalogue.articles))
    if options.quiet:
        return delivered
    err = options.json_ == "-"
    stream = sys.stderr if err else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 shows "?" instead of failing
    color = stream.isatty() and not options.no_color
    width = shutil.get_terminal_size().columns
    click.echo(text(view, color=color, width=width), nl=False, err=err)
    lies_at = str(html_file.resolve()) if html_file is not None and html_file.is_file() else None
    if last := ending(view, lies_at):
        click.echo(last, err=err)
    return delivered


def _write_pdf(file: Path, page: str) -> bool:
    from reports.formats.pdf import PdfError, pdf

    try:
        return _write(file, pdf(page))
    except PdfError as error:
        click.echo(f"shopwarden: {file}: {error}", err=True)
        return False


def _write(file: Path, content: str | bytes) -> bool:
    """Whole or not at all: where the disk is full, the report of last time stays."""
    from scanner.text.atomic_write import atomic_write

    try:
        atomic_write(file, content)
    except OSError as error:
        click.echo(f"shopwarden: {file}: cannot be written ({error.strerror})", err=True)
        return False
    return True


def _write_fixes(folder: Path, files: Mapping[str, str]) -> bool:
    """The fix pack; mails and drafts of an older one are removed, so that nobody sends or pastes what is out of date."""
    from reports.kits.drafts import GUIDES

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in (*folder.glob("mail-*.txt"), *(folder / name for name in GUIDES)):
            old.unlink(missing_ok=True)
    except OSError as error:
        click.echo(f"shopwarden: {folder}: cannot be written ({error.strerror})", err=True)
        return False
    return all(_write(folder / name, content) for name, content in files.items())


def _write_recording(folder: Path, finished: Scan) -> bool:
    from scanner.engine.recording import write_recording
    from scanner.engine.replay import recording_of

    try:
        write_recording(folder, recording_of(finished), __version__)
    except OSError as error:
        click.echo(f"shopwarden: {folder}: the recording cannot be written ({error.strerror})", err=True)
        return False
    return True


def _check_report(options: ScanOptions) -> None:
    """Find out before the scan that its report cannot be made: an unknown language, an extra that is missing."""
    from reports.formats.pdf import PdfError, check_pdf
    from reports.i18n.language import UnknownLanguage, language

    try:
        language(options.language)
        if options.pdf is not None:
            check_pdf()
    except (UnknownLanguage, PdfError) as error:
        raise WrongUsage(str(error)) from error


def _check_writable(options: ScanOptions) -> None:
    """Find out before the scan, not after five minutes of it, that a file cannot be written."""
    if options.json_ == "":
        raise WrongUsage("--json: needs the name of a file, or - for stdout")
    json_file = Path(options.json_) if options.json_ not in {None, "-"} else None
    files = [options.html, json_file, options.sarif, options.junit, options.csv, options.markdown, options.pdf]
    for file in filter(None, files):
        folder = file.parent
        if file.is_dir():
            raise WrongUsage(f"{file}: is a folder; give a file name")
        if not folder.is_dir():
            raise WrongUsage(f"{file}: there is no folder {folder}")
        if not os.access(file if file.exists() else folder, os.W_OK):
            raise WrongUsage(f"{file}: cannot be written here; choose another place")
    for option, into in (("--record", options.record), ("--fixes", options.fixes)):
        if into is not None and into.exists() and not into.is_dir():
            raise WrongUsage(f"{option} {into}: is a file; give a folder")


def _html_file(options: ScanOptions, order: Order) -> Path:
    from shopwarden.operations.file_names import file_stem

    return options.html or Path(f"{file_stem(order.target.key)}.html")


def _exit_code(result: ScanResult, options: ScanOptions, *, delivered: bool) -> int:
    from scanner.results.result import Status

    if result.defective:
        return DEFECT
    if not delivered:
        return UNDELIVERED
    if result.status in {Status.BLOCKED, Status.UNREACHABLE}:
        return NOT_SCANNED
    worst = options.fail_on
    if worst is not None and any(found.counts and found.rule.severity.rank <= worst.rank for found in result.findings):
        return FOUND
    return SCANNED


def _say(options: ScanOptions, words: str) -> None:
    if not options.quiet:
        click.echo(words, err=True)


def _serve(shop: Any) -> NoReturn:
    """Serve the demo shop until Ctrl-C."""
    import time

    ports = " ".join(f"--port {service}={port}" for service, port in shop.ports.items())
    names = " ".join(f"--resolve {host}:{address}" for host, addresses in shop.resolve.items() for address in addresses)
    click.echo(f"shopwarden scan {shop.url} --allow-private {names} {ports} --ca-file {shop.ca_file}")
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        sys.exit(SCANNED)


def _shop_page(result: ScanResult, catalogue: Catalogue, agency: Agency | None, options: ScanOptions, trend: Trend | None) -> str:
    from reports.formats.html import html
    from reports.i18n.language import language
    from reports.view.build import view_of

    return html(view_of(result, catalogue.articles, agency=agency, language=language(options.language), trend=trend))


def _overview_page(overview: Overview, agency: Agency | None) -> str:
    from reports.overview.page import overview_html

    return overview_html(overview, agency=agency)


def _shop_pdf(page: str) -> bytes:
    from reports.formats.pdf import PdfError, pdf

    try:
        return pdf(page)
    except PdfError as error:
        raise OSError(None, str(error)) from error


for _command in commands(Kit(_settings, _catalogue, _check_report, _shop_page, _shop_pdf, _overview_page, WrongUsage)):
    main.add_command(_command)


if __name__ == "__main__":
    main()

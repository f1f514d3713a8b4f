"""``shopwarden history``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopwarden.cli import console
from shopwarden.cli.language import said, spoken
from shopwarden.cli.options import Day, config_option, database_option

if TYPE_CHECKING:
    from scanner.history.store import History, PastScan


@click.command()
@click.argument("site", required=False)
@config_option
@database_option
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many scans.")
@click.option(
    "--forget-after",
    type=Day(),
    metavar="DATE",
    help="Delete the shop's scans of later days: a wrong clock has dated them.",
)
@click.option("--accept-clock", is_flag=True, help="Record the shop's next scan, though it rested for more than a year.")
def command(
    site: str | None, config: Path | None, database: str | None, last: int, forget_after: datetime | None, *, accept_clock: bool
) -> None:
    """List the recorded shops, or the scans of one; or put right what a wrong clock has done."""
    from shopwarden.operations.recorded import accept_clock_of, forget_scans_after, opened

    if site is None and (forget_after is not None or accept_clock):
        raise click.UsageError("give the shop as well: shopwarden history SITE --forget-after DATE, or --accept-clock")
    with opened(console.settings_of(config), database) as history:
        if site is not None and forget_after is not None:
            key, gone = forget_scans_after(history, site, forget_after.date(), console.catalogue().rules)
            console.tell(said(f"{key}: {gone} scan{'' if gone == 1 else 's'} after {forget_after:%Y-%m-%d} (UTC) forgotten."))
        if site is not None and accept_clock:
            key, now = accept_clock_of(history, site)
            console.tell(said(f"{key}: {now:%Y-%m-%d %H:%M} UTC is taken to be right; the next scan is recorded."))
        if forget_after is not None or accept_clock:
            return
        if site is None:
            _list_shops(history)
        else:
            _list_scans(history, site, last)


def _list_shops(history: History) -> None:
    rows = [(past.site, *_row(past)) for past in history.latest()]
    if not rows:
        console.tell(said(f"Nothing is recorded yet in {history.where}."))
    console.table(_headings("site", "last scan", "command", "state", "grade", "open"), rows)


def _list_scans(history: History, site: str, last: int) -> None:
    from reports.view.changes import summary
    from shopwarden.operations.recorded import key_of

    scans = history.scans(key_of(history, site), last=last)
    events = history.events([past.id for past in scans])
    rows = [(past.id, *_row(past), summary((told.event for told in events[past.id]), spoken())) for past in scans]
    console.table(_headings("scan", "when", "command", "state", "grade", "open", "changes"), rows)


def _row(past: PastScan) -> tuple[str, ...]:
    words = zip(("critical", "high", "medium", "low", "info"), past.problems, strict=False)
    open_ = ", ".join(f"{number} {spoken().count(f'many.{word}', number)}" for word, number in words if number)
    return f"{past.started:%Y-%m-%d %H:%M}", past.command, said(past.status), past.grade or "–", open_ or "–"


def _headings(*words: str) -> tuple[str, ...]:
    return tuple(map(said, words))

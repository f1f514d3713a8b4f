"""``shopwarden reviews``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.group import Group
from shopwarden.cli.language import named, said
from shopwarden.cli.options import FILE, Day, config_option, database_option, given_options, severities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.i18n.language import Language
    from shopwarden.operations.reviews import Kept

_language_option = click.option(
    "--language", metavar="CODE", callback=named, is_eager=True, help="Language: en, pl or de (as the configuration says)."
)
_site_option = click.option("--site", metavar="SITE", help="Which shop, where the configuration has several.")


class _Reviews(Group):
    """Without one of its words it lists; options may stand before the word."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the word first."""
        valued = {"--config", "--site", "--fail-on", "--language", "--ics", "--database", "--by", "--on"}
        for number, word in enumerate(args):
            if word.startswith("-") or (number and args[number - 1] in valued):
                continue
            if word in self.commands:
                args = [word, *args[:number], *args[number + 1 :]]
            break
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Reviews, subcommand_metavar="[SITE] [OPTIONS] | done NAME | suggest | leaver NAME", no_args_is_help=False)
def command() -> None:
    """List what people look after, and what of it is due; write down that something was done.

    SITE: a shop's address, key or name; left out, all shops of the configuration. Nothing is sent.
    """


@command.command("list", hidden=True)
@click.argument("site", required=False)
@config_option
@_language_option
@click.option(
    "--fail-on", metavar="SEVERITY", shell_complete=severities, help="Exit with 1 on a finding at or above this severity."
)
@click.option("--ics", type=FILE, help="Write a calendar with the days on which reviews of one shop are due.")
def list_(site: str | None, config: Path | None, language: str | None, fail_on: str | None, ics: Path | None) -> NoReturn:
    """List what is due and what is next."""
    from scanner.text.clock import Clock
    from shopwarden.operations.reviews import kept, worst

    settings = console.settings_of(config)
    shops = kept(settings, site, Clock())
    found = []
    if ics is not None:
        _write_calendar(ics, shops, settings.options_for(shops[0].shop.site, _said(language)).language)
    given = given_options({"language": language, "fail_on": fail_on})
    for number, one in enumerate(shops):
        options = settings.options_for(one.shop.site, given)
        if number:
            click.echo()
        _say(one, options.language)
        least = options.fail_on
        if least is not None:
            found += [entry for entry in worst(one.record, one.shop.site, console.catalogue()) if entry[0].rank <= least.rank]
    for severity, rule, subject in found:
        console.complain(f"{severity}: {rule}: {subject}")
    sys.exit(exit_codes.FOUND if found else exit_codes.SCANNED)


def _said(language: str | None) -> dict[str, str]:
    return {} if language is None else {"language": language}


def _write_calendar(file: Path, shops: Sequence[Kept], code: str) -> None:
    from reports.formats.ics import ics
    from scanner.text.atomic_write import atomic_write
    from shopwarden.operations.errors import Refused

    if len(shops) > 1:
        raise Refused(f"a calendar is of one shop; name it: shopwarden reviews {shops[0].shop.key} --ics {file}")
    try:
        atomic_write(file, ics(shops[0].record, shops[0].shop.key, shops[0].shop.name, _spoken(code)), mode=0o600)
    except OSError as error:
        raise Refused(f"{file}: cannot be written ({error.strerror})") from error


def _spoken(code: str) -> Language:
    from reports.i18n.language import UnknownLanguage, language
    from shopwarden.operations.errors import Refused

    try:
        return language(code)
    except UnknownLanguage as error:
        raise Refused(str(error)) from error


def _say(one: Kept, code: str) -> None:
    from reports.formats.reviews import reviews_lines
    from reports.view.owner import owner_view
    from scanner.text.sanitize import sanitize

    spoken = _spoken(code)
    console.tell(f"{sanitize(one.shop.name, 120)} ({one.shop.key})")
    for indent, line in reviews_lines(owner_view(one.record, spoken), spoken):
        console.tell(" " * indent + line)


@command.command("done")
@click.argument("name")
@click.option("--by", default="", metavar="WHO", help="Who did it.")
@click.option("--on", type=Day(), metavar="DATE", help="The day, like 2026-11-30 (today).")
@_site_option
@config_option
def done(name: str, by: str, on: datetime | None, site: str | None, config: Path | None) -> None:
    """Write into the configuration that a review was done; the rest of the file stays as it is."""
    from scanner.text.clock import Clock
    from shopwarden.operations.reviews import mark_done

    shop, entry = mark_done(console.settings_of(config), name, site, by.strip(), on.date() if on else None, Clock())
    words = said(
        f"{entry.name} was done on {entry.done} by {entry.by}." if entry.by else f"{entry.name} was done on {entry.done}."
    )
    until = f" {said(f'Next on {entry.due}.')}" if entry.due else ""
    console.tell(f"{shop.key}: {words}{until}")


@command.command("suggest")
@click.argument("site", required=False)
@config_option
@database_option
@_language_option
def suggest(site: str | None, config: Path | None, database: str | None, language: str | None) -> None:
    """Say which of the usual reviews fit a shop, from what its last scan saw, and are not written down yet."""
    from reports.i18n.reviews import review_words
    from shopwarden.operations.recorded import opened
    from shopwarden.operations.reviews import shops_of, suggested

    settings = console.settings_of(config)
    with opened(settings, database) as history:
        for number, shop in enumerate(shops_of(settings, site)):
            if number:
                click.echo()
            words = review_words(_spoken(settings.options_for(shop.site, _said(language)).language).code)
            for usual in suggested(shop, next(iter(history.documents(shop.key, 1)), None)):
                console.tell(f'[[site.review]]\nname = "{usual.name}"  # {usual.every}: {words[usual.name].title}')


@command.command("leaver")
@click.argument("name")
@_site_option
@config_option
def leaver(name: str, site: str | None, config: Path | None) -> None:
    """List everything that somebody could reach, to take it away."""
    from scanner.text.clock import Clock
    from scanner.text.sanitize import sanitize
    from shopwarden.operations.reviews import reached_by

    who, shops = reached_by(console.settings_of(config), name, site, Clock())
    for one in shops:
        left = f", {said(f'last day {one.left}')}" if one.left else ""
        console.tell(f"{sanitize(one.shop.name, 120)} ({one.shop.key}): {sanitize(who, 120)}{left}")
        for account in one.accounts:
            where = f" ({sanitize(account.where, 300)})" if account.where else ""
            console.tell(f"  [ ] {sanitize(account.name, 120)}{where}: {said('remove the person, or change a shared password')}")
        if one.accounts:
            console.tell(f"  [ ] {said('end open sessions, app passwords and keys; then take the name out of people')}")
        if one.team:
            console.tell(f"  [ ] {said('name somebody else in the breach team')}")
        if not one.accounts and not one.team:
            console.tell(said("  No account is left."))

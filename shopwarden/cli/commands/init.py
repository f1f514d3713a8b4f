"""``shopwarden init``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopwarden.cli import console
from shopwarden.cli.language import said, speak_option, spoken
from shopwarden.cli.options import FILE, given_options, way_options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shopwarden.operations.new_configuration import Mailbox, NewConfiguration, NewShop, Place

USUAL = Path("shopwarden.toml")
NOT_ANSWERED = (
    "the questions were not answered to the end, and nothing was written; without a terminal, use: shopwarden init --yes URL…"
)


@click.command()
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Ask nothing: write a file for these shops, the rest as lines to be uncommented.")
@click.option("--config", type=FILE, default=USUAL, help=f"The file to write (./{USUAL}); one that is there is never changed.")
@speak_option("Language of the questions, and of reports and messages unless you answer another: en, pl or de.")
@way_options
def command(urls: tuple[str, ...], yes: bool, config: Path, **words: Any) -> None:
    """Ask a few questions, look at each shop for a moment, and write a commented shopwarden.toml."""
    from shopwarden.operations.errors import Refused
    from shopwarden.operations.new_configuration import NewConfiguration, refuse_existing, without_doubles, write_new

    refuse_existing(config)
    way, addresses = given_options(words), without_doubles(urls)
    if not yes:
        try:
            made = _asked(addresses, way)
        except click.Abort as ended:
            if isinstance(ended.__context__, EOFError):
                raise Refused(NOT_ANSWERED) from ended
            raise
    elif addresses:
        made = NewConfiguration(_looked(addresses, way), language=spoken().code, way=way)
    else:
        raise Refused("--yes asks nothing: name the shops, as in shopwarden init --yes your-shop.example")
    write_new(config, made)
    for name in made.variables:
        console.tell(said(f"Before each run: export {name}=… (the file only names it)"))
    what = "" if config == USUAL else f" --config {config}"
    console.tell(said(f"{config} is written, for {console.shops(len(made.shops))}. Next:"))
    for step in ("check-config", "batch"):
        click.echo(f"  {console.as_called(f'shopwarden {step}{what}')}")


def _looked(addresses: Sequence[str], way: dict[str, Any]) -> tuple[NewShop, ...]:
    """A short look at each, and what came of it."""
    from shopwarden.operations.new_configuration import look_at

    task, stopped = console.watched(
        look_at(addresses, way, console.catalogue()), lambda task: task.cancel(), lambda: said("Looking at the front page")
    )
    if stopped:
        raise KeyboardInterrupt
    shops = task.result()
    for shop in shops:
        seen = filter(None, (shop.name, shop.platform and said(f"runs on {shop.platform}")))
        console.tell(f"{shop.url}  {said(shop.problem) or ', '.join(seen) or said('answers')}")
    return shops


# ---- questions


def _asked(addresses: Sequence[str], way: dict[str, Any]) -> NewConfiguration:
    from reports.i18n.language import codes
    from shopwarden.operations.new_configuration import NewConfiguration

    console.tell(said("A few questions; Enter takes what stands in [brackets], or leaves out what is not needed.\n"))
    shops = [_detailed(shop) for shop in (_looked(addresses, way) if addresses else ())]
    while url := _ask("Another shop's address" if shops else "Your shop's address", _address, needed=not shops):
        if shop := _found(url, way):
            shops.append(_detailed(shop))
    agency = contact = ""
    if agency := _ask("Your agency's name, if these are your clients' shops"):
        contact = _ask("How clients reach you (mail or web address)")
    language = _ask("Language of reports and messages", _one_of(codes()), default=spoken().code)
    return NewConfiguration(tuple(_each_once(shops)), agency, contact, language, _mailbox(), way)


def _found(url: str, way: dict[str, Any]) -> NewShop | None:
    """The shop at an address, after a look; where it cannot be reached, only if that is meant."""
    from scanner.settings.errors import BadSettings

    try:
        (shop,) = _looked([url], way)
    except BadSettings as error:
        console.complain(str(error))
        return None
    if shop.elsewhere and _confirm(f"It leads to {shop.elsewhere}. Is that your shop?", default=True):
        (shop,) = _looked([shop.elsewhere], way)
    return None if shop.problem and not _confirm("Write it down all the same?", default=False) else shop


def _detailed(shop: NewShop) -> NewShop:
    name = _ask("  Its name", default=shop.name)
    backups = [place for kind in ("database", "site") if (place := _place(kind)) is not None]
    return replace(shop, name=name, backups=tuple(backups))


def _place(kind: str) -> Place | None:
    from shopwarden.operations.new_configuration import Place

    what = "the database" if kind == "database" else "the shop's files"
    location = _ask(
        f"  Where backups of {what} lie (a folder, sftp://user@host/folder, ftps://, webdavs://, s3://, https://)", _location
    )
    scheme = location.partition("://")[0] if "://" in location else ""
    key = _ask("  Private key for it (Enter: it takes a password)") if scheme == "sftp" else ""
    if key or scheme not in {"sftp", "ftps", "webdav", "webdavs", "s3"}:
        return Place(kind, location, key) if location else None
    variable = _ask("  Environment variable that holds its password", _variable, default="BACKUP_PASSWORD")
    return Place(kind, location, password=variable)


def _mailbox() -> Mailbox | None:
    from shopwarden.operations.new_configuration import Mailbox

    to = _ask("Mail address that is told what is new, fixed or came back", _mail)
    if not to:
        return None
    server = _ask("  Mail server that sends it (host, or host:port)", _server, default=f"mail.{to.rpartition('@')[2]}")
    return Mailbox(to, server, _ask("  User name there", default=to, needed=True))


def _each_once(shops: Sequence[NewShop]) -> Sequence[NewShop]:
    from shopwarden.operations.new_configuration import without_doubles

    kept = without_doubles(shop.url for shop in shops)
    return [next(shop for shop in shops if shop.url == url) for url in kept]


def _ask(question: str, check: Callable[[str], str] = str.strip, *, default: str = "", needed: bool = False) -> str:
    """An answer, asked for again until it is one; an empty one leaves it out unless it is needed."""
    return _answer(said(question), check, default=default, needed=needed)


def _answer(question: str, check: Callable[[str], str], *, default: str = "", needed: bool = False) -> str:
    while True:
        answer = click.prompt(question, default=default, show_default=bool(default), type=str).strip()
        try:
            if not answer and needed:
                raise click.BadParameter("this one is needed")
            return check(answer) if answer else ""
        except click.BadParameter as problem:
            console.tell(f"  {said(problem.message)}")


def _confirm(question: str, *, default: bool) -> bool:
    """Whether the answer is yes, by the letters of the language that is spoken; English ones are understood too."""
    yes, no = (spoken().say(f"ask.{letter}") for letter in ("yes", "no"))
    letters = f"{yes.upper()}/{no}" if default else f"{yes}/{no.upper()}"
    meant = {yes: True, "y": True, no: False, "n": False}

    def letter(answer: str) -> str:
        if answer[0].casefold() not in meant:
            raise click.BadParameter(f"answer with {yes} or {no}")
        return answer[0].casefold()

    answer = _answer(f"{said(question)} [{letters}]", letter)
    return meant[answer] if answer else default


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def check(answer: str) -> str:
        if answer not in choices:
            raise click.BadParameter(f"write one of {', '.join(choices)}")
        return answer

    return check


def _address(answer: str) -> str:
    from scanner.scope.target import BadAddress, Target

    try:
        return Target.of(answer).url
    except BadAddress as error:
        raise click.BadParameter(str(error)) from error


def _location(answer: str) -> str:
    from pydantic import ValidationError

    from scanner.gatherers.backups.places import CannotLook, locate
    from scanner.settings.errors import what_is_wrong
    from scanner.settings.models import BackupSettings

    try:
        locate(answer, Path())
        BackupSettings(kind="site", location=answer)
    except CannotLook as error:
        raise click.BadParameter(str(error)) from error
    except ValidationError as error:
        raise click.BadParameter(what_is_wrong(error.errors()[0])) from error
    return answer


def _variable(answer: str) -> str:
    if not answer.isidentifier():
        raise click.BadParameter("letters, digits and _ only, as in BACKUP_PASSWORD; the password itself is never written here")
    return answer


def _mail(answer: str) -> str:
    name, at, host = answer.rpartition("@")
    if not (name and at and "." in host) or any(c.isspace() for c in answer):
        raise click.BadParameter("write it like care@your-shop.example")
    return answer


def _server(answer: str) -> str:
    host, colon, port = answer.partition(":")
    if not host or (colon and not port.isdecimal()) or any(c in "/@ " for c in answer):
        raise click.BadParameter("write it like mail.your-shop.example, or mail.your-shop.example:465")
    return answer

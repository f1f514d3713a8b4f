"""``shopwarden update-data``."""

from __future__ import annotations

import asyncio
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from shopwarden.cli import console, exit_codes
from shopwarden.cli.language import said


@click.command("update-data")
@click.option("--libraries", metavar="URL", help="Fetch what is known of JavaScript libraries from here.")
@click.option("--support", metavar="URL", help="Fetch support dates from here.")
@click.option("--root-keys", metavar="URL", help="Fetch the keys of the DNS's root from here.")
@click.option(
    "--ca-file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Trust these root certificates as well."
)
@click.option("--allow-private", is_flag=True, help="They may be at private addresses, and by http: a mirror in the house.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    libraries: str | None, support: str | None, root_keys: str | None, ca_file: Path | None, allow_private: bool, quiet: bool
) -> NoReturn:
    """Fetch newer support dates, library data and keys of the DNS. A scan never needs this: it takes what is there.

    What is fetched is checked and goes into your own data folder; where anything fails, what was known stays.
    """
    from scanner.platforms import newer
    from scanner.platforms.loading import read_knowledge
    from scanner.scope.target import BadAddress
    from shopwarden.operations.errors import Refused
    from shopwarden.operations.update_data import LIBRARIES_FROM, ROOT_KEYS_FROM, SUPPORT_FROM, Sources, age, update

    try:
        sources = Sources(
            LIBRARIES_FROM if libraries is None else libraries,
            SUPPORT_FROM if support is None else support,
            ROOT_KEYS_FROM if root_keys is None else root_keys,
            ca_file,
            allow_private,
        )
        outcomes = asyncio.run(update(sources, datetime.now(UTC).date()))
    except BadAddress as error:
        raise Refused(str(error)) from error
    except ssl.SSLError as error:
        raise Refused(f"--ca-file {ca_file}: holds no certificate in PEM") from error
    except OSError as error:
        console.complain(f"{newer.folder()}: cannot be written ({error.strerror})")
        sys.exit(exit_codes.UNDELIVERED)
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    for failure in failures:
        console.complain(failure)
    if not quiet:
        for line in (line for outcome in outcomes for line in outcome.said):
            console.tell(said(line))
        console.tell(said(age(read_knowledge())))
    sys.exit(exit_codes.NOT_SCANNED if failures else exit_codes.SCANNED)

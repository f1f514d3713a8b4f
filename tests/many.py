"""The commands for many shops, as the command line puts them together; ``python -m tests.many`` runs them."""

from __future__ import annotations

import click

from scanner.catalogue import Catalogue
from scanner.cli import WrongUsage, _catalogue, _settings
from scanner.many_cli import Kit, commands
from scanner.overview import Overview
from scanner.result import ScanResult
from scanner.settings import Agency


def shop_page(result: ScanResult, catalogue: Catalogue, agency: Agency | None) -> str:
    from reports.html_report import html
    from reports.view import view_of

    return html(view_of(result, catalogue.articles, agency=agency))


def overview_page(overview: Overview, agency: Agency | None) -> str:
    from reports.overview import overview_html

    return overview_html(overview, agency=agency)


def kit() -> tuple[click.Command, ...]:
    return commands(Kit(_settings, _catalogue, shop_page, overview_page, WrongUsage))


if __name__ == "__main__":
    click.Group(commands=list(kit()))()

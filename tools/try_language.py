"""A translation that is begun: what it lacks, and the weak demo shop's page in it.

``python -m tools.try_language translations/fr [--html FILE]``
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from reports.formats.html import html
from reports.i18n.language import Language, english, language, read_language
from reports.view.build import view_of
from scanner.rules.articles import Article
from scanner.text.atomic_write import atomic_write
from tools.fix_table import catalogue
from tools.record_shops import judged_again

SHOP = Path(__file__).parents[1] / "fixtures" / "shops" / "demo-weak"
WHOLE = "de"
"""A language that has every sentence."""


def lacking(spoken: Language, articles: dict[str, Article]) -> Iterator[str]:
    """What a language has of each kind, with the names of phrases and articles that are missing."""
    phrases = [key for key in english().phrases if key not in spoken.phrases]
    yield f"phrases: {len(english().phrases) - len(phrases)} of {len(english().phrases)}"
    yield from (f"  {key}" for key in phrases)
    yield f"glossary: {len(spoken.glossary)} of {len(english().glossary)} words"
    yield f"sentences: {len(spoken.said.keys() & language(WHOLE).said.keys())} of {len(language(WHOLE).said)}"
    yield f"articles: {len(spoken.articles.keys() & articles.keys())} of {len(articles)}"
    yield from (f"  {rule}" for rule in sorted(articles.keys() - spoken.articles.keys()))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write the weak demo shop's page in this language.")
def main(folder: Path, page: Path | None) -> None:
    """Say what a begun translation lacks; what is missing is shown in English, and marked so."""
    rules = catalogue()
    spoken = read_language(folder.name, folder)
    click.echo("\n".join(lacking(spoken, dict(rules.articles))))
    if page is not None:
        atomic_write(page, html(view_of(judged_again(SHOP, rules), rules.articles, language=spoken)))
        click.echo(f"The page: {page}")


if __name__ == "__main__":
    main()

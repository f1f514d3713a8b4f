"""``shopwarden rules``."""

from __future__ import annotations

import re
from itertools import groupby

import click

from shopwarden.cli import console
from shopwarden.cli.options import rule_ids

_BLOCK = re.compile(r"^( *```.*?^ *```)\n", re.MULTILINE | re.DOTALL)
_SOFT_BREAK = re.compile(r"(?<=\S)\n *(?!\n|#|[-*>|] |\d+\. )")
"""A line's end within a paragraph of Markdown."""


@click.command()
@click.argument("rule", required=False, shell_complete=rule_ids)
def command(rule: str | None) -> None:
    """List the rules, or explain one."""
    console.catalogue().refuse_unlawful_articles()
    if rule is None:
        _list()
    else:
        _explain(rule)


def _list() -> None:
    catalogue = console.catalogue()
    width = max(map(len, catalogue.rules))
    every = catalogue.rules_of(catalogue.chosen(letters=True))
    for number, (area, rules) in enumerate(groupby(every, key=lambda rule: rule.area)):
        console.tell(f"\n{area}" if number else area)
        for rule in rules:
            console.tell(f"  {rule.id:{width}}  {rule.severity:8}  {catalogue.articles[rule.id].title}")


def _explain(rule_id: str) -> None:
    """Print a rule's article: on a terminal its paragraphs as wide as that is, what is to be pasted as it is. Raises Refused."""
    text = _explanation(rule_id)
    if console.terminal_width() is None:
        click.echo(text)
        return
    for part in _BLOCK.split(text):
        if part.lstrip().startswith("```"):
            click.echo(part)
        else:
            console.tell(_SOFT_BREAK.sub(" ", part))


def _explanation(rule_id: str) -> str:
    """A rule's article as it reads on a terminal. Raises Refused where there is no such rule."""
    from scanner.rules.articles import readable
    from shopwarden.operations.errors import Refused

    catalogue = console.catalogue()
    if rule_id not in catalogue.rules:
        raise Refused(catalogue.no_such_rule(rule_id))
    rule, article = catalogue.rules[rule_id], catalogue.articles[rule_id]
    sections = {
        "Why it matters": article.why,
        "How to fix it": "\n\n".join(f"### {fix.where}\n\n{readable(fix.markdown)}" for fix in article.fixes),
        "How to verify": article.verify,
        "Ask your host": article.ask,
        "References": article.references,
    }
    head = f"# {article.title}\n\n{rule.id} · {rule.area} · {rule.severity}\n\nWhen it is good: {article.good}"
    return "\n\n".join([head, *(f"## {heading}\n\n{text}" for heading, text in sections.items())])

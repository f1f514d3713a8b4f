"""``shopwarden rules``."""

from __future__ import annotations

import re
from itertools import groupby

import click

from shopwarden.cli import console
from shopwarden.cli.language import said, speak_option, spoken
from shopwarden.cli.options import rule_ids

_BLOCK = re.compile(r"^( *```.*?^ *```)\n", re.MULTILINE | re.DOTALL)
_SOFT_BREAK = re.compile(r"(?<=\S)\n *(?!\n|#|[-*>|] |\d+\. )")
"""A line's end within a paragraph of Markdown."""


@click.command()
@click.argument("rule", required=False, shell_complete=rule_ids)
@speak_option("Language of titles and articles: en, pl or de (that of the terminal).")
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
            title = spoken().article(catalogue.articles[rule.id])[0].title
            console.tell(f"  {rule.id:{width}}  {console.severity(rule.severity)}  {title}")


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
    words, rule = spoken(), catalogue.rules[rule_id]
    article, _ = words.article(catalogue.articles[rule_id])
    sections = {
        "card.why": article.why,
        "card.fix": "\n\n".join(f"### {words.where(fix.where)}\n\n{readable(fix.markdown)}" for fix in article.fixes),
        "card.verify": article.verify,
        "card.ask": article.ask,
    }
    references = f"## {said('References')}\n\n{article.references}"
    name = f"{rule.id} · {rule.area} · {words.severity(rule.severity)}"
    head = [f"# {article.title}", name, f"{words.say('card.good')} {article.good}"]
    return "\n\n".join([*head, *(f"## {words.say(heading)}\n\n{text}" for heading, text in sections.items()), references])

"""What one file for the web server mends at once: proven blocks of the rules that share a ``fix_group``. Pure.

Only what can be applied together and without thought is in it; everything else is done by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.text.markdown import to_text_line
from reports.view.model import AtOnce, Card
from scanner.results.result import ScanResult
from scanner.rules.articles import Article

Server = Literal["apache", "nginx"]

FILES: Mapping[Server, str] = {"apache": "htaccess.txt", "nginx": "shopwarden-nginx.conf"}
HEADINGS: Mapping[Server, str] = {"apache": "Apache (.htaccess)", "nginx": "nginx"}
"""The articles' sections that the blocks are taken from."""
_PRODUCTS: Mapping[str, Server] = {"apache": "apache", "litespeed": "apache", "nginx": "nginx", "openresty": "nginx"}


@dataclass(frozen=True, slots=True)
class Part:
    """One block of the server's file. rules: what it mends; title: of the first; breaks: what may break, plain, or ""."""

    rules: tuple[str, ...]
    title: str
    breaks: str
    text: str


def at_once(cards: Sequence[Card], result: ScanResult, articles: Mapping[str, Article], command: str) -> AtOnce | None:
    """The file for the detected server, or those for both where none was detected; None where it would mend less than two.

    command: what writes it.
    """
    servers = servers_of(result)
    made = (parts_of(cards, result, articles, server, HEADINGS[server]) for server in servers)
    rules = set.intersection(*({rule for part in parts for rule in part.rules} for parts in made))
    if len(rules) < 2:
        return None
    return AtOnce(
        files=tuple(FILES[server] for server in servers),
        rules=tuple(card.rule for card in cards if card.rule in rules),
        command=command,
    )


def servers_of(result: ScanResult) -> tuple[Server, ...]:
    """The web server by its ``Server`` header, where it is one that we write files for; otherwise all of these."""
    product = re.split(r"[/ (,]", result.site.server.strip().casefold(), maxsplit=1)[0]
    return (_PRODUCTS[product],) if product in _PRODUCTS else tuple(FILES)


def parts_of(
    cards: Sequence[Card], result: ScanResult, articles: Mapping[str, Article], server: Server, heading: str
) -> list[Part]:
    """One a group of rules, in the cards' order. heading: of the articles' sections to take the blocks from."""
    rules = {judged.rule.id: judged.rule for judged in result.judged}
    groups: dict[str, list[Card]] = {}
    for card in cards:
        rule = rules[card.rule]
        if rule.fix_group and server not in rule.fix_by_hand:
            groups.setdefault(rule.fix_group, []).append(card)
    parts = []
    for leader, of_group in groups.items():
        candidates = (articles[rule] for rule in (leader, *(card.rule for card in of_group)) if rule in articles)
        part = next((part for article in candidates if (part := _part(of_group, article, server, heading))), None)
        if part is not None:
            parts.append(part)
    return parts


def _part(cards: Sequence[Card], article: Article, server: Server, heading: str) -> Part | None:
    """The first block of an article for this server, if a test has proven it."""
    fixes = [fix for fix in article.fixes if fix.where == heading]
    if not fixes or not fixes[0].blocks:
        return None
    block = fixes[0].blocks[0]
    if not block.proven or block.language != server or re.match(r"\s*server\s*\{", block.text):
        return None
    return Part(tuple(card.rule for card in cards), cards[0].title, to_text_line(article.risk), block.text.rstrip("\n"))

"""What the owner looks after himself, for his terminal."""

from __future__ import annotations

from collections.abc import Iterator

from reports.i18n.language import Language
from reports.view.owner import OwnerView


def reviews_lines(view: OwnerView, language: Language) -> Iterator[tuple[int, str]]:
    """Lines with how far they are indented. What is due comes first, with how it is done."""
    yield 0, view.summary
    for row in view.reviews:
        yield 2, " · ".join(filter(None, (f"{row.name}: {row.when}", row.title if row.title != row.name else "", row.last)))
        if row.due:
            yield from ((6, f"{number}. {step}") for number, step in enumerate(row.how, 1))
            if row.who:
                yield 6, row.who
    for heading, entries in (
        ("reviews.leavers", [f"{one.who}: {', '.join(account.name for account in one.accounts)}" for one in view.leavers]),
        ("reviews.bare", list(view.bare)),
        ("reviews.team", [", ".join(filter(None, (one.name, one.role, one.phone))) for one in view.team]),
    ):
        if entries:
            yield 2, f"{language.say(heading)}:"
            yield from ((4, entry) for entry in entries)
    if view.regulator:
        yield 2, view.regulator

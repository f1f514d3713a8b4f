"""Rules whose subjects changed, or that were split, say what their findings were before (``was=``). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.rules.rule import Rule, Was


def changes(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Every change that these rules tell of, in the order of time: as each rule lists them."""
    turns: dict[str, int] = {}
    for rule in rules:
        for turn, was in enumerate(rule.was):
            turns[was.change] = max(turn, turns.get(was.change, 0))
    return tuple(sorted(turns, key=lambda change: (turns[change], change)))


def makers(change: str, rules: Iterable[Rule]) -> tuple[tuple[Rule, Was], ...]:
    """The rules that findings from before a change may be of now, each with what it says of them."""
    return tuple((rule, was) for rule in rules for was in rule.was if was.change == change)


def today(rule_id: str, subject: str | None, rules: Iterable[Rule]) -> tuple[tuple[str, str | None], ...]:
    """What an earlier (rule, subject) may be called now, itself first. subject: None stands for all of the rule's."""
    known = tuple(rules)
    names: dict[tuple[str, str | None], None] = {(rule_id, subject): None}
    for change in changes(known):
        for rule, was in makers(change, known):
            for _, said in [name for name in names if name[0] == was.rule]:
                now = was.today(said) if said is not None else None
                if now is not None or said is None:
                    names[rule.id, now] = None
    return tuple(names)

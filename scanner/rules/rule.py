"""What a rule is, and the decorator that makes one from a plain function.

A check is plain, synchronous and pure: its parameters' types say which evidence it needs, and it returns a Verdict.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from scanner.evidence import Known, Probe, Probes, Proof, Unavailable
from scanner.rules.verdicts import Verdict


class Severity(StrEnum):
    """How much a problem matters, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical, 4 for info: sorts the worst first."""
        return list(Severity).index(self)


class RuleError(Exception):
    """A rule, its article or its gatherer is inconsistent. The program refuses to start and names it."""


ProbesWanted = Callable[[Known], Sequence[Probe]] | Callable[[Known, Any], Sequence[Probe]]
"""What chooses probes: from what is known of this shop, and of software in general (``Knowledge``) where it asks for that too."""


@dataclass(frozen=True, slots=True)
class Need:
    """One parameter of a check: its name, the kind of evidence, and whether the check takes Unavailable itself."""

    name: str
    kind: type
    takes_unavailable: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with what the program branches on. Its words live in the article beside it."""

    id: str
    severity: Severity
    area: str
    check: Callable[..., Verdict]
    needs: tuple[Need, ...]
    probes: Callable[[Known, Any], Sequence[Probe]]
    summary: str

    @property
    def needs_probes(self) -> bool:
        """Whether the check judges answers to paths that it declares."""
        return any(need.kind is Probes for need in self.needs)

    def wanted(self, known: Known, knowledge: object) -> tuple[Probe, ...]:
        """The paths this rule asks for, given what is known of the shop and of software, in order of likelihood."""
        return tuple(self.probes(known, knowledge))


_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_ATTRIBUTE = "__shopwarden_rule__"
_NO_PLAIN_FUNCTIONS = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
_Check = TypeVar("_Check", bound=Callable[..., Verdict])


def check(
    rule_id: str,
    *,
    severity: Severity,
    probes: Sequence[str | Probe] | ProbesWanted = (),
    proof: Proof | None = None,
    area: str | None = None,
) -> Callable[[_Check], _Check]:
    """Make a rule from a function. The function itself is left as it is: a test calls it with literal evidence.

    rule_id: kebab-case, names the problem. probes: paths (each proven by ``proof``), Probe values, or a pure function of Known
    that may take Knowledge as well. area: the folder below ``checks`` unless given. Raises RuleError.
    """

    def decorate(function: _Check) -> _Check:
        if not _ID.match(rule_id):
            raise RuleError(f"rule id {rule_id!r} is not kebab-case")
        if function.__name__ != rule_id.replace("-", "_"):
            raise RuleError(f"rule {rule_id}: its function is called {function.__name__}, not {rule_id.replace('-', '_')}")
        if any(is_one(function) for is_one in _NO_PLAIN_FUNCTIONS):
            raise RuleError(f"rule {rule_id}: a check is a plain function that returns a Verdict")
        rule = Rule(
            id=rule_id,
            severity=severity,
            area=area or _folder(function.__module__, rule_id),
            check=function,
            needs=needs_of(function, rule_id),
            probes=_as_function(rule_id, probes, proof),
            summary=(inspect.getdoc(function) or "").partition("\n")[0],
        )
        if rule.needs_probes != bool(probes):
            raise RuleError(f"rule {rule_id}: probes= and a parameter of type Probes go together")
        setattr(function, _ATTRIBUTE, rule)
        return function

    return decorate


def rule_of(function: object) -> Rule | None:
    """The rule that ``@check`` made of this function, or None."""
    found = getattr(function, _ATTRIBUTE, None)
    return found if isinstance(found, Rule) else None


def needs_of(function: Callable[..., Any], called: str) -> tuple[Need, ...]:
    """Read the parameters of a check or gatherer. Raises RuleError where a type is missing."""
    try:
        hints = get_type_hints(function)
    except NameError as error:
        raise RuleError(f"{called}: a parameter's type cannot be read: {error}") from error
    needs = []
    for name in inspect.signature(function).parameters:
        if name not in hints:
            raise RuleError(f"{called}: parameter {name} has no type")
        hint = hints[name]
        optional = False
        if get_origin(hint) in {Union, UnionType}:
            rest = [part for part in get_args(hint) if part is not Unavailable]
            optional = len(rest) < len(get_args(hint))
            if len(rest) != 1:
                raise RuleError(f"{called}: parameter {name} must be one kind of evidence, or that kind | Unavailable")
            hint = rest[0]
        if not isinstance(hint, type):
            raise RuleError(f"{called}: parameter {name} is no kind of evidence")
        needs.append(Need(name, hint, optional))
    return tuple(needs)


def _as_function(
    rule_id: str, probes: Sequence[str | Probe] | ProbesWanted, proof: Proof | None
) -> Callable[[Known, Any], Sequence[Probe]]:
    if callable(probes):
        return _with_knowledge(rule_id, probes)
    made = []
    for probe in probes:
        if isinstance(probe, Probe):
            made.append(probe)
        elif proof is None:
            raise RuleError(f"rule {rule_id}: the path {probe} needs a proof=")
        else:
            made.append(Probe(probe, proof))
        if not made[-1].path.startswith("/"):
            raise RuleError(f"rule {rule_id}: the path {made[-1].path} must begin with a slash")
    fixed = tuple(made)
    return lambda _known, _knowledge: fixed


def _with_knowledge(rule_id: str, choose: Callable[..., Sequence[Probe]]) -> Callable[[Known, Any], Sequence[Probe]]:
    """A function that chooses probes, to be called with both values whether it asks for one or for both."""
    wanted = len(inspect.signature(choose).parameters)
    if wanted not in {1, 2}:
        raise RuleError(f"rule {rule_id}: probes= takes a function of Known, or of Known and Knowledge")
    return choose if wanted == 2 else lambda known, _knowledge: choose(known)


def _folder(module: str, rule_id: str) -> str:
    """The area of a rule in ``checks.<area>.<concern>``."""
    parts = module.split(".")
    if len(parts) < 2:
        raise RuleError(f"rule {rule_id}: outside of a package it needs an area=")
    return parts[1]


def by_id(rules: Sequence[Rule]) -> Mapping[str, Rule]:
    """The rules by their ids."""
    return {rule.id: rule for rule in rules}

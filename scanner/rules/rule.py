"""What a rule is, and the decorator that makes one from a plain function.

A check is plain, synchronous and pure: its parameters' types say which evidence it needs, and it returns a Verdict.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
class Escalation:
    """Some of a rule's findings weigh more than the rule where they are new. Told from the subject, which scans past have too.

    severity: what those weigh in events and messages. names: subject → what the ``{names}`` in the words stand for, or None where
    the finding weighs no more than its rule. title, advice: how a message speaks of a new one.
    """

    severity: Severity
    names: Callable[[str], Mapping[str, str] | None]
    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class Was:
    """An earlier form of a rule's findings: what is known, and what is accepted, is renamed once, and no event arises from that.

    rule: the id that they had; this rule's own where only subjects changed. subject: a function (old subject → today's, or None
    for what is none of this rule's), or a pattern for the whole of it with one group, which is today's; left out, subjects stay.
    since: tells a second change of the same rule from the first. All rules that one rule was split into name it, each with its
    part: what one of them alone claims moves there, and what several claim stays with those that find it again. An old rule that
    is still there and does not name itself keeps its findings as well.
    """

    rule: str
    subject: Callable[[str], str | None] | re.Pattern[str] | None = None
    since: str = ""

    @property
    def change(self) -> str:
        """Names the change; all rules that it made say the same."""
        return f"{self.rule} {self.since}".rstrip()

    def today(self, subject: str) -> str | None:
        """An old subject's form today, or None."""
        if self.subject is None:
            return subject
        if isinstance(self.subject, re.Pattern):
            match = self.subject.fullmatch(subject)
            return match[1] if match else None
        return self.subject(subject)


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
    fix_group: str = ""
    fix_by_hand: frozenset[str] = frozenset()
    escalate: Escalation | None = None
    was: tuple[Was, ...] = ()
    tail: Callable[[Known, Any], Iterable[Probe]] | None = None
    next_step_of: tuple[str, ...] = ()

    @property
    def needs_probes(self) -> bool:
        """Whether the check judges answers to paths that it declares."""
        return any(need.kind is Probes for need in self.needs)

    @property
    def at_given_places(self) -> bool:
        """Whether the places that it judges are those that the owner wrote into the configuration, such as his backups'."""
        return any(getattr(need.kind, "GIVEN_BY_THE_OWNER", False) for need in self.needs)

    @property
    def knows_all(self) -> bool:
        """Whether its evidence is always there as a whole, even where the shop is not: it stands in the configuration, and what
        it does not name any more is not there. A rule that besides looks anywhere may have been unable to."""
        return bool(self.needs) and all(getattr(need.kind, "KNOWN_WHOLE", False) for need in self.needs)

    @property
    def beside_the_shop(self) -> bool:
        """Whether it judges what is no part of a shop's scan, such as letters."""
        return any(getattr(need.kind, "BESIDE_THE_SHOP", False) for need in self.needs)

    def escalation(self, subject: str) -> Escalation | None:
        """How a finding weighs more than the rule, or None."""
        return self.escalate if self.escalate is not None and self.escalate.names(subject) is not None else None

    def wanted(self, known: Known, knowledge: object) -> tuple[Probe, ...]:
        """The paths this rule asks for, given what is known of the shop and of software, in order of likelihood."""
        return tuple(self.probes(known, knowledge))

    def further(self, known: Known, knowledge: object) -> tuple[Probe, ...]:
        """The paths of the long list, in order of likelihood: a night asks for some of them, and for those of open findings."""
        return tuple(self.tail(known, knowledge)) if self.tail is not None else ()


FIX_SERVERS = frozenset({"apache", "nginx"})
"""The web servers that the fix pack writes a file for."""
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
    fix_group: str = "",
    fix_by_hand: Sequence[str] = (),
    escalate: Escalation | None = None,
    was: Was | Sequence[Was] = (),
    tail: Callable[[Known, Any], Iterable[Probe]] | None = None,
    next_step_of: Sequence[str] = (),
) -> Callable[[_Check], _Check]:
    """Make a rule from a function. The function itself is left as it is: a test calls it with literal evidence.

    rule_id: kebab-case, names the problem. probes: paths (each proven by ``proof``), Probe values, or a pure function of Known
    that may take Knowledge as well. tail: rarer paths of the same kind, which nights ask for by turns. area: the folder below
    ``checks`` unless given. next_step_of: rules whose fix begins with a step that this one still finds (a trial of five minutes,
    ``p=none``): where one of theirs was open at the same subject, a finding of this rule is no news. Raises RuleError.
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
            fix_group=fix_group,
            fix_by_hand=frozenset(fix_by_hand),
            escalate=escalate,
            was=(was,) if isinstance(was, Was) else tuple(was),
            tail=tail,
            next_step_of=tuple(next_step_of),
        )
        _refuse_odd(rule)
        if rule.needs_probes != bool(probes):
            raise RuleError(f"rule {rule_id}: probes= and a parameter of type Probes go together")
        setattr(function, _ATTRIBUTE, rule)
        return function

    return decorate


def _refuse_odd(rule: Rule) -> None:
    """What a rule says about itself must fit together. Raises RuleError."""
    if rule.fix_group and not _ID.match(rule.fix_group):
        raise RuleError(f"rule {rule.id}: fix_group= names a rule, and {rule.fix_group!r} is no rule's id")
    if strange := sorted(rule.fix_by_hand - FIX_SERVERS):
        raise RuleError(f"rule {rule.id}: fix_by_hand= knows {', '.join(sorted(FIX_SERVERS))}, not {', '.join(strange)}")
    if rule.fix_by_hand and not rule.fix_group:
        raise RuleError(f"rule {rule.id}: without a fix_group= everything is done by hand; take fix_by_hand= out")
    if rule.escalate is not None and rule.escalate.severity.rank >= rule.severity.rank:
        raise RuleError(f"rule {rule.id}: escalate= means more than {rule.severity}, not {rule.escalate.severity}")
    if rule.next_step_of and rule.severity.rank <= Severity.HIGH.rank:
        raise RuleError(f"rule {rule.id}: next_step_of= keeps it quiet, which nothing of {rule.severity} severity may be")
    if strange := sorted(other for other in rule.next_step_of if not _ID.match(other) or other == rule.id):
        raise RuleError(f"rule {rule.id}: next_step_of= names other rules, not {', '.join(strange)}")
    for was in rule.was:
        if not _ID.match(was.rule):
            raise RuleError(f"rule {rule.id}: was= names a rule, and {was.rule!r} is no rule's id")
        if was.rule == rule.id and was.subject is None:
            raise RuleError(f"rule {rule.id}: was= says that it had the same id and the same subjects; what did change?")
        if isinstance(was.subject, re.Pattern) and was.subject.groups != 1:
            raise RuleError(f"rule {rule.id}: the pattern of was= needs one group, which is today's subject")
    if len({was.change for was in rule.was}) < len(rule.was):
        raise RuleError(f"rule {rule.id}: two entries of was= tell of one change; give the later one a since=")


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

"""What a check says: four verdicts, and the finding that one of them carries.

A finding's identity is site + rule + ``subject``. Whatever changes from night to night (a count, a date, a nonce) belongs to
``shown``, never to ``subject``: otherwise every comparison with yesterday would flap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

MOST_PLACES = 3


def every_part(whole: str) -> str:
    """The place that stands for all of a whole's parts (``example.com mx1``), those that it has no more among them."""
    return f"{whole} *"


EVERY_GIVEN_PLACE = "*"
"""The place that stands for all places that the configuration names: a known one that is not among them any more is gone."""


def covers(examined: Collection[str], place: str) -> bool:
    """Whether a look at these places was one at a place: at itself, or at every part of what it is a part of."""
    return place in examined or every_part(place.partition(" ")[0]) in examined


class Confidence(StrEnum):
    """How sure a check is. *Possible* never touches grade, alerts or ``--fail-on``."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem.

    subject: what is wrong, calm and stable (a host, a path, a cookie's name).
    shown: the evidence that a person sees; secrets redacted.
    locations: the addresses of the pages concerned.
    places: at most three places (a path, a host, a service) that must be examined again before the problem may be called fixed.
    ready: a text made for this shop that mends it, to be copied as it stands (a tag, a header); empty where there is none.
    """

    subject: str
    shown: str = ""
    locations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    confidence: Confidence = Confidence.CERTAIN
    ready: str = ""

    def __post_init__(self) -> None:
        if not self.subject:
            raise ValueError("a finding needs a subject")
        object.__setattr__(self, "locations", tuple(dict.fromkeys(self.locations)))
        object.__setattr__(self, "places", tuple(dict.fromkeys(self.places or (self.subject,)))[:MOST_PLACES])


@dataclass(frozen=True, slots=True)
class Passed:
    """Looked at and good. ``because`` says what was seen, where that is worth a line (a praised second password)."""

    examined: tuple[str, ...] = ()
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """At least one finding."""

    findings: tuple[Finding, ...]
    examined: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.findings:
            raise ValueError("Found needs at least one finding")
        merged = _merge(self.findings)
        places = [place for finding in merged for place in finding.places]
        object.__setattr__(self, "findings", merged)
        object.__setattr__(self, "examined", tuple(sorted({*self.examined, *places})))

    @classmethod
    def at(
        cls,
        subject: str,
        shown: str = "",
        *,
        locations: Sequence[str] = (),
        places: Sequence[str] = (),
        confidence: Confidence = Confidence.CERTAIN,
        examined: Sequence[str] = (),
    ) -> Found:
        """The common case: one finding."""
        return cls((Finding(subject, shown, tuple(locations), tuple(places), confidence),), tuple(examined))


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The rule makes no sense for this shop, and we know that for certain."""

    because: str


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Could not be checked: neither good nor bad. ``examined`` holds what was looked at all the same."""

    because: str
    examined: tuple[str, ...] = ()


Verdict = Passed | Found | NotApplicable | Inconclusive


def _merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding a subject: the same problem seen on several pages is one problem with several addresses, and as sure as the
    surest of them."""
    by_subject: dict[str, Finding] = {}
    for finding in findings:
        known = by_subject.get(finding.subject)
        by_subject[finding.subject] = (
            finding
            if known is None
            else replace(
                min(known, finding, key=lambda one: list(Confidence).index(one.confidence)),
                locations=known.locations + finding.locations,
                places=known.places + finding.places,
            )
        )
    return tuple(by_subject[subject] for subject in sorted(by_subject))


def judge(
    findings: Iterable[Finding], examined: Iterable[str] = (), missing: Iterable[str] = (), because: str | None = None
) -> Verdict:
    """The usual ending of a check: something found, else something missing, else good.

    missing: reasons why a part could not be looked at; ``because`` is what a pass says.
    """
    found = tuple(findings)
    seen = tuple(sorted(set(examined)))
    if found:
        return Found(found, seen)
    reasons = list(dict.fromkeys(missing))
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        return Inconclusive(reasons[0] + more, seen)
    return Passed(seen, because)

"""DMARC (RFC 9989): what becomes of mail that only pretends to come from a domain. An evaluator over recorded answers.

The record is looked for at the domain itself, and where it has none, by a walk up its tree, which also finds the domain of the
organisation (RFC 9989 4.10). Reports to somebody else's address need that one's consent in the DNS (RFC 9990 4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from scanner.evidence.dns import Existence
from scanner.evidence.unavailable import Unavailable
from scanner.mail.answers import Answers

MOST_QUERIES = 8  # RFC 9989 4.10: a name of more labels is shortened to seven after the first query
POLICIES = ("none", "quarantine", "reject")
MOST_ADDRESSES = 10
"""Of reports that are looked at; receivers may stop earlier."""


class DmarcFault(StrEnum):
    """Why a record counts for nothing, or not as it was meant."""

    SEVERAL = "several"
    """More than one record at the name: none counts."""
    SYNTAX = "syntax"
    """A part that is no ``tag=value``, or a tag that comes twice (RFC 6376 3.2)."""
    NO_POLICY = "no policy"
    """No ``p`` that can be understood, and no address for reports either: the record counts for nothing."""
    BAD_POLICY = "bad policy"
    """``p``, ``sp`` or ``np`` that cannot be understood: receivers take ``p=none``."""
    BAD_VALUE = "bad value"
    """Another tag with a value that cannot be understood: its default counts."""
    BAD_ADDRESS = "bad address"
    """An address for reports that nobody can send to."""


@dataclass(frozen=True, slots=True)
class DmarcProblem:
    """A fault, and the tag or the part that has it."""

    fault: DmarcFault
    what: str


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A record, read, defaults filled in. subdomains, absent: ``sp`` and ``np``, or what counts in their place. testing: ``t=y``.
    public: ``psd``: "y", "n", or "u" where it does not say. reports, failures: ``rua`` and ``ruf``, as they stand there."""

    text: str
    policy: str
    subdomains: str
    absent: str
    testing: bool
    public: str
    strict_dkim: bool
    strict_spf: bool
    reports: tuple[str, ...]
    failures: tuple[str, ...]
    problems: tuple[DmarcProblem, ...]
    tags: tuple[tuple[str, str], ...]

    @property
    def counts(self) -> bool:
        """Whether receivers take it as a record at all."""
        return not any(one.fault in {DmarcFault.NO_POLICY, DmarcFault.SYNTAX} for one in self.problems)


@dataclass(frozen=True, slots=True)
class DmarcReading:
    """What a domain's DMARC is worth.

    records: those at the domain's own name. record: the one that counts, found ``at`` (a domain, without ``_dmarc.``); None where
    none does. policy: what is asked of receivers for mail of this domain, by ``sp`` or ``np`` where the record stands above;
    "" with no record. organisation: the domain of the organisation.
    unapproved: addresses for reports whose domain does not agree to get them; undecided: those of which nobody could tell.
    unknown: why it could not be read.
    """

    records: tuple[str, ...]
    record: DmarcRecord | None
    at: str
    policy: str
    organisation: str
    problems: tuple[DmarcProblem, ...] = ()
    unapproved: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    unknown: Unavailable | None = None

    @property
    def enforced(self) -> bool:
        """Whether forged mail is to be stopped or put aside."""
        return self.record is not None and self.policy in POLICIES[1:] and not self.record.testing


def examined(domain: str, answers: Answers) -> DmarcReading:
    """What the records of a domain and above it say."""
    domain = domain.rstrip(".").lower()
    own = _published(domain, answers)
    if isinstance(own, Unavailable):
        return DmarcReading((), None, "", "", "", unknown=own)
    walked = _walk(domain, answers)
    if isinstance(walked, Unavailable):
        if len(own) != 1 or not parsed(own[0]).counts:
            return DmarcReading(own, None, "", "", "", _problems_at(own), unknown=walked)
        walked = {domain: parsed(own[0])}
    organisation = _organisation(domain, walked)
    problems = _problems_at(own)
    found = next((name for name in (domain, organisation, *walked) if name in walked and walked[name].counts), "")
    if not found:
        return DmarcReading(own, None, "", "", organisation, problems)
    record = walked[found]
    policy = record.policy if found == domain else _inherited(domain, record, answers)
    if isinstance(policy, Unavailable):
        return DmarcReading(own, record, found, "", organisation, problems, unknown=policy)
    unapproved, undecided = _consents(found, organisation, record, answers)
    return DmarcReading(own, record, found, policy, organisation, problems or record.problems, unapproved, undecided)


def organisational_domain(domain: str, answers: Answers) -> str | Unavailable:
    """The domain of the organisation that a domain belongs to (RFC 9989 4.10.2): two with the same are aligned, relaxed."""
    domain = domain.rstrip(".").lower()
    walked = _walk(domain, answers)
    return walked if isinstance(walked, Unavailable) else _organisation(domain, walked)


def parsed(text: str) -> DmarcRecord:
    """Read a record that begins with its version. Nothing is raised: what is wrong stands in ``problems``."""
    problems: list[DmarcProblem] = []
    tags: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not _TAG.fullmatch(name) or name.lower() in tags:
            problems.append(DmarcProblem(DmarcFault.SYNTAX, part.strip()))
        else:
            tags[name.lower()] = value
    reports, failures = (_addresses(tags.get(name, ""), name, problems) for name in ("rua", "ruf"))
    bad = [name for name in ("p", "sp", "np") if name in tags and tags[name].lower() not in POLICIES]
    policy = tags.get("p", "").lower()
    if bad or "p" not in tags:
        usable = any(_report_domain(address) for address in reports)
        fault = DmarcFault.BAD_POLICY if usable else DmarcFault.NO_POLICY
        problems += [DmarcProblem(fault, f"{name}={tags[name]}") for name in bad] or [DmarcProblem(fault, "p")]
        policy = "none"
    subdomains = tags.get("sp", policy).lower() if not bad else policy
    for name, allowed in _ALLOWED.items():
        if name in tags and tags[name].lower() not in allowed:
            problems.append(DmarcProblem(DmarcFault.BAD_VALUE, f"{name}={tags[name]}"))
    return DmarcRecord(
        text=text,
        policy=policy,
        subdomains=subdomains,
        absent=tags.get("np", subdomains).lower() if not bad else policy,
        testing=tags.get("t", "n").lower() == "y",
        public=tags.get("psd", "u").lower() if tags.get("psd", "u").lower() in _ALLOWED["psd"] else "u",
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
        reports=reports,
        failures=failures,
        problems=tuple(problems),
        tags=tuple(tags.items()),
    )


_BEGIN = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ALLOWED = {"t": ("y", "n"), "psd": ("y", "n", "u"), "adkim": ("r", "s"), "aspf": ("r", "s")}


def _published(domain: str, answers: Answers) -> tuple[str, ...] | Unavailable:
    texts = answers.records(f"_dmarc.{domain}", "TXT")
    return texts if isinstance(texts, Unavailable) else tuple(text for text in texts if _BEGIN.match(text))


def _walk(domain: str, answers: Answers) -> dict[str, DmarcRecord] | Unavailable:
    """Up the tree, from the domain to the top: the names that have exactly one record, until one says what it is (``psd``)."""
    labels = domain.split(".")
    names = [domain]
    above = labels[1:] if len(labels) < MOST_QUERIES else labels[-(MOST_QUERIES - 1) :]
    names += [".".join(above[start:]) for start in range(len(above))]
    found: dict[str, DmarcRecord] = {}
    for name in names:
        records = _published(name, answers)
        if isinstance(records, Unavailable):
            return records
        if len(records) != 1:
            continue
        found[name] = parsed(records[0])
        if found[name].public != "u":
            break
    return found


def _organisation(domain: str, walked: dict[str, DmarcRecord]) -> str:
    for name, record in walked.items():
        if record.public == "n":
            return name
        if record.public == "y" and name != domain:
            return ".".join(domain.split(".")[-name.count(".") - 2 :])
    return min(walked, key=lambda name: name.count("."), default=domain)


def _inherited(domain: str, record: DmarcRecord, answers: Answers) -> str | Unavailable:
    """What a record above asks for a domain below it: ``np`` where there is no such name at all."""
    there = answers.get(domain, "MX")
    if isinstance(there, Unavailable):
        return there
    return record.absent if there.existence is Existence.NO_NAME else record.subdomains


def _problems_at(records: tuple[str, ...]) -> tuple[DmarcProblem, ...]:
    if len(records) > 1:
        return (DmarcProblem(DmarcFault.SEVERAL, f"{len(records)} records"),)
    return parsed(records[0]).problems if records else ()


def _addresses(value: str, tag: str, problems: list[DmarcProblem]) -> tuple[str, ...]:
    found = tuple(one.strip() for one in value.split(",") if one.strip())
    problems += [DmarcProblem(DmarcFault.BAD_ADDRESS, f"{tag}={one}") for one in found if not _report_domain(one)]
    return found


def _report_domain(address: str) -> str:
    """The domain that reports go to; "" where the address is none. An old limit of size behind ``!`` is not read."""
    try:
        parts = urlsplit(re.sub(r"![0-9]+[kmgt]?\Z", "", address, flags=re.IGNORECASE))
        path = parts.path
    except ValueError:
        return ""
    if parts.scheme.lower() != "mailto":
        return ""
    local, _, domain = path.rpartition("@")
    return domain.rstrip(".").lower() if local and re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z0-9-]+\.?", domain) else ""


def _consents(at: str, organisation: str, record: DmarcRecord, answers: Answers) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses of others that did not agree, and those of which it is not known (RFC 9990 4)."""
    refused: list[str] = []
    undecided: list[str] = []
    for address in (*record.reports, *record.failures)[:MOST_ADDRESSES]:
        domain = _report_domain(address)
        if not domain or _same(domain, organisation or at):
            continue
        consent = answers.records(f"{at}._report._dmarc.{domain}", "TXT")
        if isinstance(consent, Unavailable):
            undecided.append(address)
        elif not any(_BEGIN.match(text) for text in consent):
            refused.append(address)
    return tuple(dict.fromkeys(refused)), tuple(dict.fromkeys(undecided))


def _same(domain: str, organisation: str) -> bool:
    return domain == organisation or domain.endswith(f".{organisation}")

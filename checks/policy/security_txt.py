"""security.txt (RFC 9116): where finders of holes can report them. Subject is the host, places are the two paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from scanner import Answer, Finding, Found, NotApplicable, Probe, Probed, Probes, Severity, Verdict, check, judge

PLACE = "/.well-known/security.txt"
OLD_PLACE = "/security.txt"
MOST_CHARS = 32_768
FIELDS = frozenset({
    "contact", "expires", "encryption", "acknowledgments", "preferred-languages", "canonical", "policy", "hiring", "csaf",
})  # fmt: skip
"""The registry of RFC 9116 6.2, as of 2026-11."""
_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,40}):[ \t]+(\S[^\r\n]{0,2000})")
_WITH_ADDRESS = frozenset({"contact", "encryption", "acknowledgments", "canonical", "policy", "hiring", "csaf"})
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """The file's fields in order (names in lower case), and the lines that are no fields."""

    fields: tuple[tuple[str, str], ...]
    strange: tuple[str, ...]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for key, value in self.fields if key == name)


def read(text: str) -> SecurityTxt:
    """RFC 9116 2.2 and 2.3: fields, comments, and a signature around them. Never raises."""
    fields, strange = [], []
    body = text[:MOST_CHARS].lstrip("\ufeff")
    if body.startswith("-----BEGIN PGP SIGNED MESSAGE-----"):
        _, _, body = body.replace("\r\n", "\n").partition("\n\n")
        body = body.partition("-----BEGIN PGP SIGNATURE-----")[0]
    for raw in body.splitlines():
        line = raw.strip().removeprefix("- ")
        if not line or line.startswith("#"):
            continue
        if match := _LINE.fullmatch(line):
            fields.append((match[1].lower(), match[2].strip()))
        else:
            strange.append(line[:80])
    return SecurityTxt(tuple(fields), tuple(strange))


def problems(file: SecurityTxt, now: datetime) -> Iterator[str]:
    """What is wrong with the file, in the order of the RFC's chapters."""
    if not file.all("contact"):
        yield "no Contact field"
    for name, value in file.fields:
        scheme, colon, rest = value.partition(":")
        if name in _WITH_ADDRESS and (not colon or not rest or not scheme.isalnum()):
            yield f"{name.title()} is no address with a scheme (mailto:, https://)"
        elif name in _WITH_ADDRESS and scheme.lower() == "http":
            yield f"{name.title()} is an http address; https is asked for"
    expires = file.all("expires")
    if len(expires) != 1:
        yield "no Expires field" if not expires else "more than one Expires field"
    elif (moment := _moment(expires[0])) is None:
        yield "Expires is no date as the RFC wants it (2027-01-31T12:00:00Z)"
    elif moment <= now:
        yield "it has expired, so nobody may rely on it"
    if len(file.all("preferred-languages")) > 1:
        yield "more than one Preferred-Languages field"
    if file.strange:
        yield "lines that are no fields"


def _moment(value: str) -> datetime | None:
    if not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        return None


def proof(answer: Answer) -> str | None:
    """The file is there when a known field is: a page of HTML that answers every address is none."""
    if not answer.read or "<html" in answer.text[:2000].lower():
        return None
    known = [name for name, _ in read(answer.text).fields if name in FIELDS]
    return f"{len(known)} fields" if known else None


_PROBES = (Probe(f"/{PLACE}", proof, follow=2), Probe(f"/{OLD_PLACE}", proof, follow=2))


@check("security-txt-missing", severity=Severity.INFO, probes=_PROBES)
def security_txt_missing(probes: Probes) -> Verdict:
    """Nobody who finds a hole in the shop can see whom to tell."""
    if probes.hits:
        return judge((), probes.examined)
    host = urlsplit(probes.origin).hostname or probes.known.host
    finding = Finding(host, f"Nothing at {PLACE}.", (probes.origin + PLACE,), (PLACE, OLD_PLACE))
    return judge(() if probes.missing else (finding,), probes.examined, probes.missing)


@check("security-txt-invalid", severity=Severity.LOW, probes=_PROBES)
def security_txt_invalid(probes: Probes) -> Verdict:
    """The shop's security.txt has a mistake, so that finders may not rely on it."""
    if not probes.hits:
        return judge((), (), probes.missing) if probes.missing else NotApplicable("The shop has no security.txt.")
    host = urlsplit(probes.origin).hostname or probes.known.host
    found = [(probed, wrong) for probed, _ in probes.hits if (wrong := tuple(dict.fromkeys(_wrong(probed, probes))))]
    if not found:
        return judge((), probes.examined)
    findings = (Finding(host, f"{p.place}: {'; '.join(wrong[:5])}.", (p.address,), (p.place,)) for p, wrong in found)
    return Found(tuple(findings), probes.examined)


def _wrong(probed: Probed, probes: Probes) -> Iterator[str]:
    if not isinstance(probed.answer, Answer):
        return
    if probed.place == OLD_PLACE and all(one.place != PLACE for one, _ in probes.hits):
        yield f"it belongs to {PLACE}"
    if probed.answer.content_type not in {"text/plain", ""}:
        yield f"it is sent as {probed.answer.content_type[:40]} and not as text/plain"
    if probed.address.startswith("http:"):
        yield "it is reached by http only"
    yield from problems(read(probed.answer.text), probes.gathered_at)

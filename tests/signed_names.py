"""Names of every kind in signed and unsigned zones, and what their answers are worth."""

from __future__ import annotations

from scanner.evidence import Existence, Security
from tests.zones import Tree, Zone

SECURE, INSECURE, BROKEN = Security.SECURE, Security.INSECURE, Security.BROKEN
FOUND, NO_DATA, NO_NAME = Existence.FOUND, Existence.NO_DATA, Existence.NO_NAME
ANSWERS = [
    ("signed.example", "A", FOUND, SECURE),
    ("signed.example", "MX", FOUND, SECURE),
    ("signed.example", "TXT", FOUND, SECURE),
    ("signed.example", "NS", FOUND, SECURE),
    ("signed.example", "CAA", NO_DATA, SECURE),
    ("mail.signed.example", "A", FOUND, SECURE),
    ("mail.signed.example", "AAAA", NO_DATA, SECURE),
    ("_25._tcp.mail.signed.example", "TLSA", FOUND, SECURE),
    ("www.signed.example", "A", FOUND, SECURE),
    ("www.signed.example", "CNAME", FOUND, SECURE),
    ("www.signed.example", "AAAA", NO_DATA, SECURE),
    ("nothing.signed.example", "A", NO_NAME, SECURE),
    ("b.c.signed.example", "A", NO_DATA, SECURE),
    ("c.signed.example", "TXT", NO_DATA, SECURE),
    ("x.b.c.signed.example", "A", NO_NAME, SECURE),
    ("any.wild.signed.example", "A", FOUND, SECURE),
    ("any.more.wild.signed.example", "A", FOUND, SECURE),
    ("any.wild.signed.example", "MX", NO_DATA, SECURE),
    ("deep.wild.signed.example", "A", FOUND, SECURE),
    ("x.deep.wild.signed.example", "A", NO_NAME, SECURE),
    ("far.signed.example", "A", FOUND, INSECURE),
    ("away.signed.example", "A", FOUND, SECURE),
    ("gone.signed.example", "A", NO_NAME, SECURE),
    ("mail.moved.signed.example", "A", FOUND, SECURE),
    ("mail.sub.signed.example", "A", FOUND, SECURE),
    ("nothing.sub.signed.example", "A", NO_NAME, SECURE),
    ("mail.loose.signed.example", "A", FOUND, INSECURE),
    ("nothing.loose.signed.example", "A", NO_NAME, INSECURE),
    ("hashed.example", "A", FOUND, SECURE),
    ("hashed.example", "TXT", FOUND, SECURE),
    ("hashed.example", "CAA", NO_DATA, SECURE),
    ("mail.hashed.example", "AAAA", NO_DATA, SECURE),
    ("nothing.hashed.example", "A", NO_NAME, SECURE),
    ("x.y.z.hashed.example", "A", NO_NAME, SECURE),
    ("b.c.hashed.example", "A", NO_DATA, SECURE),
    ("any.wild.hashed.example", "A", FOUND, SECURE),
    ("any.wild.hashed.example", "MX", NO_DATA, SECURE),
    ("x.deep.wild.hashed.example", "A", NO_NAME, SECURE),
    ("far.hashed.example", "A", FOUND, INSECURE),
    ("www.hashed.example", "TXT", FOUND, SECURE),
    ("plain.example", "A", FOUND, INSECURE),
    ("plain.example", "CAA", NO_DATA, INSECURE),
    ("nothing.plain.example", "A", NO_NAME, INSECURE),
    ("www.plain.example", "A", FOUND, INSECURE),
    ("away.plain.example", "A", FOUND, INSECURE),
    ("slow.example", "A", FOUND, SECURE),
    ("slow.example", "CAA", NO_DATA, INSECURE),
    ("nothing.slow.example", "A", NO_NAME, INSECURE),
    ("any.wild.slow.example", "A", FOUND, INSECURE),
    ("lost.example", "A", FOUND, INSECURE),
    ("strange.example", "A", FOUND, INSECURE),
    ("wrong.example", "A", FOUND, BROKEN),
    ("wrong.example", "CAA", NO_DATA, BROKEN),
    ("nothing.example", "A", NO_NAME, INSECURE),
    ("example", "NS", FOUND, SECURE),
    ("example", "TXT", NO_DATA, SECURE),
    ("nothing", "A", NO_NAME, SECURE),
    ("example", "DS", FOUND, SECURE),
    ("signed.example", "DS", FOUND, SECURE),
    ("loose.signed.example", "DS", NO_DATA, SECURE),
    ("signed.example", "DNSKEY", FOUND, SECURE),
]  # fmt: skip

LINES = (
    "@ A 192.0.2.1",
    "@ MX 10 mail",
    "@ TXT \"v=spf1 mx\" \" -all\"",
    "mail A 192.0.2.25",
    "www CNAME @",
    "far CNAME www.plain.example.",
    "away CNAME www.hashed.example.",
    "gone CNAME nothing.hashed.example.",
    "a.b.c A 192.0.2.9",
    "*.wild A 192.0.2.8",
    "*.wild TXT wild",
    "deep.wild A 192.0.2.7",
    "moved DNAME hashed.example.",
    "_25._tcp.mail TLSA 3 1 1 " + "ab" * 32,
)  # fmt: skip


def signed_tree(**more: object) -> Tree:
    """A root of its own with a zone of each kind."""
    return Tree(
        Zone("."),
        Zone("example.", nsec3=0, opt_out=True),
        Zone("plain.example.", LINES, signed=False),
        Zone("signed.example.", LINES),
        Zone("hashed.example.", LINES, nsec3=1),
        Zone("slow.example.", LINES, nsec3=151),
        Zone("wrong.example.", LINES, ds="12345 13 2 " + "00" * 32),
        Zone("strange.example.", LINES, ds="12345 200 2 " + "00" * 32),
        Zone("lost.example.", LINES, ds="none"),
        Zone("sub.signed.example.", LINES),
        Zone("loose.signed.example.", LINES, signed=False),
        **more,  # type: ignore[arg-type]
    )

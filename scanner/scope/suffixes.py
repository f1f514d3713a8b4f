"""The public suffix list (https://publicsuffix.org/list/): which part of a host's name a registrar or a service gives away.

The list is the file of the package publicsuffixlist. Its lines are taken as they are, because making all rules of them, in both
ways to write an international name, takes longer than everything that a scan asks.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_REGISTRARS = ("// ===BEGIN ICANN DOMAINS===", "// ===END ICANN DOMAINS===")


def public_suffix(host: str, *, registrars: bool = False) -> str:
    """The part of a host's name below which anybody may have one; "" where no rule fits.

    registrars: whether only what registrars give away counts, and not what services do (``github.io``).
    """
    labels = host.rstrip(".").lower().split(".")
    if "" in labels:
        return ""
    rules, shown = _rules(registrars), [_decoded(label) for label in labels]
    for start in range(len(labels)):
        name = ".".join(shown[start:])
        if f"!{name}" in rules:
            return ".".join(labels[start + 1 :])
        if f"*.{name}" in rules:  # below it everything is public, and so is it itself
            return ".".join(labels[max(0, start - 1) :])
        if name in rules:
            return ".".join(labels[start:])
    return ""


def registrable_domain(host: str, *, registrars: bool = False) -> str:
    """The shortest part of a host's name that somebody has for himself: one label more than the public suffix, which is the last
    label where no rule fits; "" where the whole name is public."""
    labels = host.rstrip(".").lower().split(".")
    public = (public_suffix(host, registrars=registrars) or labels[-1]).count(".") + 1
    return ".".join(labels[-public - 1 :]) if len(labels) > public and "" not in labels else ""


@cache
def _rules(registrars: bool) -> frozenset[str]:
    import publicsuffixlist

    text = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8")
    if registrars:
        text = text.partition(_REGISTRARS[0])[2].partition(_REGISTRARS[1])[0]
    return frozenset(text.split("\n"))


def _decoded(label: str) -> str:
    """A label as the list writes it; one that is no international name stays."""
    if not label.startswith("xn--"):
        return label
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label

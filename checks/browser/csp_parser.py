"""Content Security Policy, read as browsers do (CSP Level 3, 2.2 and 6.7). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST_CHARS = 16_000
_SPACE = re.compile(r"[\t\n\f\r ]+")
_KEY = re.compile(r"'(?:nonce-[a-z0-9+/_=…-]+|sha(?:256|384|512)-[a-z0-9+/_=-]+)'", re.IGNORECASE)
_NONCE = re.compile(r"('nonce-)[^']*'", re.IGNORECASE)
_ANYWHERE = frozenset({"*", "http:", "https:", "http://*", "https://*", "*:*"})
_INLINE_DATA = frozenset({"data:", "blob:", "filesystem:"})

PUBLIC_HOSTS = frozenset({
    "ajax.googleapis.com", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "unpkg.com", "raw.githubusercontent.com",
    "cdn.statically.io", "rawcdn.githack.com", "esm.sh", "cdn.skypack.dev", "code.angularjs.org",
})  # fmt: skip
"""Hosts where anybody can publish a script, or whose libraries run what stands in a page: all of one is as good as anywhere."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: directive (in lower case) → its values. The first of two equal directives counts."""

    directives: Mapping[str, tuple[str, ...]]

    def sources(self, *names: str) -> tuple[str, ...] | None:
        """The values of the first of these directives that is there; None where none is."""
        return next((self.directives[name] for name in names if name in self.directives), None)

    @property
    def scripts(self) -> tuple[str, ...] | None:
        """Where scripts may come from; None where the policy says nothing about scripts."""
        return self.sources("script-src-elem", "script-src", "default-src")


def policies(values: Iterable[str]) -> tuple[Policy, ...]:
    """The policies of header values; one value may hold several, separated by commas. Never raises."""
    return tuple(policy for value in values for part in value[:MOST_CHARS].split(",") if (policy := _policy(part)) is not None)


def _policy(text: str) -> Policy | None:
    found: dict[str, tuple[str, ...]] = {}
    for directive in text.split(";"):
        name, *values = [word for word in _SPACE.split(directive) if word] or [""]
        if name:
            found.setdefault(name.lower(), tuple(values))
    return Policy(found) if found else None


def redacted(value: str) -> str:
    """A policy as a person may be shown it: nonces differ from answer to answer."""
    return _NONCE.sub(r"\1…'", value)


def weaknesses(policy: Policy) -> tuple[str, ...]:
    """Why scripts that an attacker put into a page would run all the same, in a stable order; empty where they would not, or
    where the policy says nothing about scripts."""
    if policy.scripts is None:
        return ()
    words = [word.lower() for word in policy.scripts]
    attributes = [word.lower() for word in policy.sources("script-src-attr", "script-src", "default-src") or ()]
    keyed = _keyed(words)
    found = []
    if any("'unsafe-inline'" in those and not _ignores_inline(those) for those in (words, attributes)):
        found.append("'unsafe-inline' lets every script in the page run")
    if "'strict-dynamic'" not in words:  # with it, browsers skip hosts and schemes
        found += [f"{word} lets scripts in from anywhere" for word in sorted(_ANYWHERE & set(words))]
        found += [f"{word} lets scripts in that an address itself contains" for word in sorted(_INLINE_DATA & set(words))]
        found += [f"{host} carries scripts that anybody can publish" for host in sorted(_whole_hosts(words) & PUBLIC_HOSTS)]
    objects = policy.sources("object-src", "default-src")
    if objects is None or _ANYWHERE & {word.lower() for word in objects}:
        found.append("plug-ins may be loaded from anywhere (object-src is missing)")
    if keyed and policy.sources("base-uri") is None:
        found.append("base-uri is missing, so that one injected tag moves every relative script elsewhere")
    return tuple(found)


def _keyed(words: Iterable[str]) -> bool:
    return any(_KEY.fullmatch(word) for word in words)


def _ignores_inline(words: Sequence[str]) -> bool:
    """Whether these sources take the force from 'unsafe-inline' (CSP 3, 6.7.3.2)."""
    return _keyed(words) or "'strict-dynamic'" in words


def _whole_hosts(words: Iterable[str]) -> set[str]:
    """Hosts that are allowed with every path."""
    hosts = set()
    for word in words:
        host, _, path = word.removeprefix("https://").removeprefix("http://").partition("/")
        if not path:
            hosts.add(host.partition(":")[0])
    return hosts


def restricts_framing(found: Iterable[Policy]) -> bool | None:
    """Whether frame-ancestors keeps strangers from framing the page; None where no policy has it (CSP 3, 6.4.2)."""
    lists = [policy.directives["frame-ancestors"] for policy in found if "frame-ancestors" in policy.directives]
    if not lists:
        return None
    return any(not _ANYWHERE & {word.lower() for word in words} for words in lists)

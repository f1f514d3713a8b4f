"""Programs that administer the database, open to the whole internet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from checks.exposure.long_list import tool_list
from checks.places import at, finding, judged, likeliest, shop_platform
from scanner import (
    Answer,
    Confidence,
    Finding,
    Installations,
    Knowledge,
    Known,
    Probe,
    Probed,
    Probes,
    Proof,
    Severity,
    Unavailable,
    Verdict,
    check,
)
from scanner.platforms import Door

MOST = 5
_ORDER = ("/adminer.php", "/phpmyadmin/", "/phpMyAdmin/", "/pma/", "/adminer/")


def tools(known: Known, knowledge: Knowledge) -> tuple[Probe, ...]:
    """At the host's root, where hosts and owners put them; Magento's importer first where Magento runs."""
    shop = shop_platform(known, knowledge)
    magento = shop is not None and shop.family.startswith("magento")
    first = {path: number for number, path in enumerate(_ORDER)}
    doors = sorted(
        knowledge.generic.database_tools,
        key=lambda door: -1 if magento and "magmi" in door.path else first.get(door.path, len(first)),
    )
    wanted = (Probe(at(known.base if "magmi" in door.path else "/", door.path), _by_marks(door), follow=2) for door in doors)
    return likeliest(known, wanted, MOST)


def more_tools(_known: Known, knowledge: Knowledge) -> Iterator[Probe]:
    """Rarer places, proven by any of the programs."""
    return tool_list(_by_any(knowledge.generic.database_tools))


@check("exposed-database-admin", severity=Severity.HIGH, probes=tools, tail=more_tools)
def exposed_database_admin(probes: Probes, installations: Installations | Unavailable, knowledge: Knowledge) -> Verdict:
    """A program that administers the database is open to everybody."""
    hits: dict[str, tuple[Probed, str]] = {}
    for probed, shown in probes.hits:
        hits.setdefault(urlsplit(probed.address).path.removesuffix("index.php").rstrip("/").lower(), (probed, shown))
    found = [finding(probed, shown) for probed, shown in hits.values()]
    if not isinstance(installations, Unavailable):
        found += [
            Finding(
                one.directory,
                one.title,
                (one.address,),
                confidence=Confidence.CERTAIN if one.confidence == "certain" else Confidence.PROBABLE,
            )
            for one in installations.all
            if (platform := knowledge.platforms.get(one.platform)) is not None
            and platform.kind == "database-tool"
            and one.directory.rstrip("/").lower() not in hits
        ]
    return judged(probes, found)


@lru_cache(maxsize=8)
def _by_any(doors: tuple[Door, ...]) -> Proof:
    proofs = [_by_marks(door) for door in dict.fromkeys(doors)]
    return lambda answer: next((shown for proof in proofs if (shown := proof(answer)) is not None), None)


@lru_cache(maxsize=64)
def _by_marks(door: Door) -> Proof:
    def proof(answer: Answer) -> str | None:
        return f"The login of {door.name}" if answer.read and door.proves(answer.text) is not None else None

    return proof

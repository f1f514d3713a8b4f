"""What the owner looks after himself: what is due, what was done, what fits his shop, and what somebody who left could reach."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from scanner.engine.catalogue import Catalogue
from scanner.engine.judging import judge_all
from scanner.evidence import Account, OwnersRecord, Review
from scanner.gatherers.owner.register import record_of
from scanner.results.document import ScanDocument
from scanner.results.grade import PEOPLE
from scanner.rules.rule import Severity
from scanner.rules.verdicts import Found
from scanner.scope.target import BadAddress, Target
from scanner.settings.errors import nearest
from scanner.settings.models import Settings, SiteSettings
from scanner.settings.owner import UsualReview, same, usual_reviews
from scanner.settings.reading import settings_in
from scanner.text.clock import Clock
from shopwarden.operations.edit_configuration import edited
from shopwarden.operations.errors import Refused
from shopwarden.operations.sites import Shop


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one shop."""

    shop: Shop
    record: OwnersRecord


def kept(settings: Settings, site: str | None, clock: Clock) -> tuple[Kept, ...]:
    """Of every shop of the configuration, or of the one that is meant. Raises Refused and BadSettings."""
    now = clock.now()
    return tuple(Kept(shop, _record(settings, shop, now)) for shop in shops_of(settings, site))


def _record(settings: Settings, shop: Shop, now: datetime) -> OwnersRecord:
    return record_of(settings.with_defaults(shop.site), now)


def shops_of(settings: Settings, site: str | None) -> tuple[Shop, ...]:
    """The configured shops, or the one with this key, address or name. Raises Refused."""
    shops = tuple({(key := Target.of(one.url).key): Shop(key, one) for one in settings.site}.values())
    if not shops:
        where = settings.file or "shopwarden.toml"
        raise Refused(f"{where}: no shop is configured; shopwarden init writes a first configuration")
    if site is None:
        return shops
    if found := tuple(shop for shop in shops if site == shop.key or same(site) == same(shop.name) or _key(site) == shop.key):
        return found
    called = [name for shop in shops for name in (shop.key, shop.name)]
    raise Refused(f"no shop of the configuration is called {site!r}{nearest(site, called)}")


def _key(address: str) -> str | None:
    try:
        return Target.of(address).key
    except BadAddress:
        return None


def worst(record: OwnersRecord, site: SiteSettings, catalogue: Catalogue) -> tuple[tuple[Severity, str, str], ...]:
    """What the rules find in it that no accepted risk covers: severity, rule and subject, the worst first. Pure."""
    rules = [
        rule for rule in catalogue.rules.values() if rule.area == PEOPLE and {need.kind for need in rule.needs} == {OwnersRecord}
    ]
    judged = judge_all(rules, {OwnersRecord: record}, catalogue.knowledge)
    accepted = [name for entry in site.accepted for name in entry.accepted().today(catalogue.rules.values())]
    found = [
        (one.rule.severity, one.rule.id, finding.subject)
        for one in judged
        if isinstance(one.verdict, Found)
        for finding in one.verdict.findings
        if not any(risk.covers(one.rule.id, finding.subject, record.today) for risk in accepted)
    ]
    return tuple(sorted(found, key=lambda one: (one[0].rank, one[1], one[2])))


@dataclass(frozen=True, slots=True)
class Reached:
    """What somebody can reach in one shop. team: whether he stands in its breach team."""

    shop: Shop
    accounts: tuple[Account, ...]
    left: date | None
    team: bool


def reached_by(settings: Settings, name: str, site: str | None, clock: Clock) -> tuple[str, tuple[Reached, ...]]:
    """A person's name as it is written, and what that person can reach, shop by shop. Raises Refused for a stranger."""
    found: list[Reached] = []
    known: dict[str, str] = {}
    for one in kept(settings, site, clock):
        record = one.record
        for spelt in (*(p for a in record.accounts for p in a.people), *(p.name for p in record.persons)):
            known.setdefault(same(spelt), spelt)
        for member in record.team or ():
            known.setdefault(same(member.name), member.name)
        mine = [account for account in record.accounts if same(name) in map(same, account.people)]
        left = next((person.left for person in record.persons if same(person.name) == same(name)), None)
        team = any(same(member.name) == same(name) for member in record.team or ())
        if mine or left or team:
            found.append(Reached(one.shop, tuple(mine), left, team))
    if same(name) not in known:
        raise Refused(f"nobody is called {name!r} in the configuration{nearest(name, known.values())}")
    return known[same(name)], tuple(found)


# ---- what fits a shop

_CHATS = re.compile(
    r"chat|tawk|intercom|crisp|tidio|zendesk|zopim|zdassets|drift|smartsupp|userlike|olark|jivosite|hubspot|gorgias|trengo|kommo"
)
"""In the hosts of chat services."""


def suggested(shop: Shop, seen: ScanDocument | None) -> tuple[UsualReview, ...]:
    """Those of the usual reviews that fit the shop and are not written down. seen: its last scan; None: nothing is known, so
    nothing is left out. Pure."""
    written = {same(one.name) for one in shop.site.review}
    has = _what_it_has(shop, seen) if seen is not None else None
    return tuple(
        one
        for one in usual_reviews().values()
        if same(one.name) not in written and (has is None or not one.fits or one.fits in has)
    )


def _what_it_has(shop: Shop, seen: ScanDocument) -> frozenset[str]:
    """As ``fits`` in ``reviews.toml`` says it. What could not be looked at may be there."""
    by_rule = {verdict.rule: verdict for verdict in seen.verdicts}

    def open_(begun: str) -> bool:
        mine = [one for rule, one in by_rule.items() if rule.startswith(begun)]
        return any(one.verdict in {"found", "inconclusive"} for one in mine)

    scripts = [one.subject for verdict in seen.verdicts if verdict.area == "third-party" for one in verdict.findings]
    administration = [verdict for verdict in seen.verdicts if verdict.area == "admin"]
    had = {
        "ftp": open_("ftp-"),
        "ssh": open_("ssh-"),
        "chat": bool(_CHATS.search(" ".join(scripts)) or shop.site.records),
        "own-software": not administration or any(one.verdict != "not-applicable" for one in administration),
        "scripts": open_("cohosted-") or open_("leftover-"),
    }
    return frozenset(name for name, there in had.items() if there)


# ---- writing down that something was done


def mark_done(settings: Settings, review: str, site: str | None, by: str, on: date | None, clock: Clock) -> tuple[Shop, Review]:
    """Write into the configuration that a review was done; everything else in it stays as it is, comments and order too.

    The file is read anew and never overwritten with less than it holds: where somebody else wrote it meanwhile, the change is
    made again in what he wrote. by: who did it; "" leaves the last name out. on: the day; None: today. The shop, and the review
    as it stands there now. Raises Refused and BadSettings.
    """
    if settings.file is None:
        raise Refused("there is no shopwarden.toml here to write it into; name it with --config FILE")
    file = settings.file
    today = clock.now().astimezone().date()
    day = on or today
    if day > max(today, clock.now().date()):
        raise Refused(f"{day} lies ahead; give the day on which it was done (today is {today})")
    found: list[Shop] = []

    def change(text: str) -> str:
        shop = _the_one(settings_in(text, file, clock), review, site)
        found[:] = [shop]
        return changed(text, shop.key, review, by, day)

    after = edited(file, change, clock)
    shop = _the_one(after, review, found[0].key)
    return shop, next(one for one in _record(after, shop, clock.now()).reviews if same(one.name) == same(review))


def _the_one(settings: Settings, review: str, site: str | None) -> Shop:
    """The shop whose review is meant. Raises Refused."""
    shops = shops_of(settings, site)
    having = [shop for shop in shops if any(same(one.name) == same(review) for one in shop.site.review)]
    if len(having) > 1:
        raise Refused(f"{review!r} stands at {len(having)} shops; name one: --site {having[0].key}")
    if not having:
        names = {one.name for shop in shops for one in shop.site.review}
        hint = nearest(review, names) or (f"; there are {', '.join(sorted(names))}" if names else "; none is written down yet")
        raise Refused(f"no review is called {review!r}{hint}")
    return having[0]


def changed(text: str, key: str, review: str, by: str, day: date) -> str:
    """The configuration's text with a review's day. Raises Refused where it would say anything else besides."""
    wanted = _with(tomllib.loads(text), key, review, by, day)
    made = _in_its_lines(text, key, review, by, day)
    if made is None or not _says(made, wanted):
        made = _in_the_whole(text, key, review, by, day)
    if made is None or not _says(made, wanted):
        name = f'\nby = "{by}"' if by else ""
        how = f"write it yourself:\ndone = {day}{name}"
        raise Refused(f"the entry of {review!r} is written in a way that cannot be changed here; {how}")
    return made


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _in_its_lines(text: str, key: str, review: str, by: str, day: date) -> str | None:
    """Changed between its own heading and the next one: what tomlkit makes of a whole file has tables in another order where two
    kinds of them alternate. None where it has no heading of its own."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    lines = text.splitlines(keepends=True)
    headings = [number for number, line in enumerate(lines) if _HEADING.match(line)]
    site = own = -1
    for number, end in zip(headings, [*headings[1:], len(lines)], strict=True):
        last = max((at for at in range(number, end) if _says_something(lines[at])), default=number)
        head = "".join(lines[number + 1 : last + 1])
        kind = re.sub(r"[\s\"']", "", lines[number].partition("#")[0])
        try:
            table = tomlkit.parse(head if head.endswith("\n") or not head else head + "\n")
        except TOMLKitError:
            continue
        if kind == "[[site]]":
            site, own = site + 1, site + 1 if Target.of(str(table.get("url", "x"))).key == key else own
        elif kind == "[[site.review]]" and own == site >= 0 and same(str(table.get("name", ""))) == same(review):
            _with_day(table, by, day)
            after = tomlkit.dumps(table)
            if "\r\n" in lines[number]:
                after = after.replace("\r\n", "\n").replace("\n", "\r\n")
            return "".join((*lines[: number + 1], after, *lines[last + 1 :]))
    return None


def _in_the_whole(text: str, key: str, review: str, by: str, day: date) -> str | None:
    """Changed in the whole file, as for tables that are written as values; None where tomlkit would write it differently."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        made = tomlkit.parse(text)
        return tomlkit.dumps(_with(made, key, review, by, day)) if tomlkit.dumps(made) == text else None
    except (TOMLKitError, KeyError, TypeError):
        return None


_HEADING = re.compile(r"[ \t]*\[\[?[^\[\]\n]+\]\]?[ \t]*(?:#.*)?\r?\n?\Z")


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


_Made = TypeVar("_Made", bound=Mapping[str, Any])


def _with(made: _Made, key: str, review: str, by: str, day: date) -> _Made:
    """The same, with the review's day. Raises KeyError."""
    for site in made["site"]:
        if Target.of(str(site["url"])).key == key:
            for one in site.get("review", ()):
                if same(str(one["name"])) == same(review):
                    _with_day(one, by, day)
                    return made
    raise KeyError(review)


def _with_day(entry: MutableMapping[str, Any], by: str, day: date) -> None:
    """Without a name whoever did it the last time does not stay: that one did not do it now."""
    entry["done"] = day
    if by:
        entry["by"] = by
    else:
        entry.pop("by", None)

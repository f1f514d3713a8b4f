"""Address, configuration and options → what is to be scanned. The one place where orders are made, for one shop and for many."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.engine.catalogue import NO_RULE_LEFT, Catalogue
from scanner.engine.scan import Order
from scanner.gatherers.backups.places import CannotLook, locate
from scanner.gatherers.net.anchors import anchors_in_file
from scanner.scope.tail import NO_TAIL, WHOLE, Tail
from scanner.scope.target import BadAddress, Target, as_address
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings, SiteSettings
from scanner.settings.options import ScanOptions
from shopwarden.operations.report_options import unreportable


def order_of(
    url: str,
    settings: Settings,
    given: Mapping[str, Any],
    catalogue: Catalogue,
    *,
    site: SiteSettings | None = None,
    rules: Collection[str] | None = None,
) -> Order:
    """What is to be scanned, and how. What would fail during the scan for a mistake in these is found here. Raises BadSettings.

    url: as typed. given: what the caller says over the configuration, by the options' names. site: left out, the configuration's
    entry for this address, if there is one. rules: at most these, where the caller names none himself.
    """
    try:
        site = settings.with_defaults(site or settings.site_for(Target.of(url)))
        options = settings.options_for(site, dict(given))
        target = Target.of(
            url,
            also=site.also if site else (),
            ports=options.ports,
            resolve=options.resolved,
            allow_private=options.allow_private,
        )
    except BadAddress as error:
        raise BadSettings(str(error)) from error
    if (address := as_address(target.host)) is not None and (refusal := target.refuses(address)) is not None:
        raise BadSettings(f"{url}: {refusal}")
    _check(site, settings, options, given, catalogue)
    chosen = catalogue.chosen(options.only, options.skip, letters=bool(site and site.letter))
    if rules is not None and not options.only:
        chosen = tuple(rule for rule in chosen if rule in rules)
    if not chosen:
        raise BadSettings(f"{url}: {NO_RULE_LEFT}")
    return Order(target, chosen, options, site, settings.folder, tail=Tail(count=WHOLE) if options.deep else NO_TAIL)


def _check(
    site: SiteSettings | None, settings: Settings, options: ScanOptions, given: Mapping[str, Any], catalogue: Catalogue
) -> None:
    """Rules, root certificates, places of backups, reports. Raises BadSettings, which says where the mistake stands."""
    accepted = site.accepted if site else ()
    named = [(key, (), rule) for key in ("only", "skip") for rule in getattr(options, key)]
    for key, path, rule in (*named, *(("accepted", (number, "rule"), entry.rule) for number, entry in enumerate(accepted))):
        if rule not in (catalogue.accepting if key == "accepted" else catalogue.rules):
            raise BadSettings(f"{_where(site, settings, given, key, *path)}: {catalogue.no_such_rule(rule)}")
        if key == "only" and catalogue.rules[rule].beside_the_shop and not (site and site.letter):
            raise BadSettings(f"{_where(site, settings, given, key)}: {rule} judges letters, not shops (shopwarden letter FILE)")
    if options.ca_file is not None and (problem := _unusable(options.ca_file)):
        raise BadSettings(f"{_where(site, settings, given, 'ca_file')}: {options.ca_file}: {problem}")
    if options.trust_anchor is not None:
        try:
            anchors_in_file(options.trust_anchor)
        except ValueError as error:
            raise BadSettings(f"{_where(site, settings, given, 'trust_anchor')}: {error}") from error
    for key in ("backup", "records") if site else ():
        for number, place in enumerate(getattr(site, key)):
            try:
                locate(place.location, settings.folder)
            except CannotLook as error:
                raise BadSettings(f"{_where(site, settings, given, key, number, 'location')}: {error}") from error
    for key, problem in unreportable(options):
        raise BadSettings(f"{_where(site, settings, given, key)}: {problem}")


def _where(site: SiteSettings | None, settings: Settings, given: Mapping[str, Any], key: str, *path: int | str) -> str:
    """Where a value stands: the option, or file, line and key."""
    if key in given:
        return f"--{key.replace('_', '-')}"
    wanted = Target.of(site.url).key if site else None
    for number, own in enumerate(settings.site):
        if Target.of(own.url).key == wanted and (key in own.options or getattr(own, key, None)):
            return settings.place("site", number, key, *path)
    return settings.place("defaults", key)


@lru_cache(maxsize=8)
def _unusable(ca_file: Path) -> str:
    """Why a file of root certificates cannot be used, or ""."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except ssl.SSLError:
        return "holds no certificate in PEM"
    except FileNotFoundError:
        return "there is no such file"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return ""

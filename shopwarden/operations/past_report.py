"""The reports of a scan that is in the history, made again from its document: as on the day, in any language."""

from __future__ import annotations

from scanner.engine.catalogue import Catalogue
from scanner.gatherers.owner.register import record_of
from scanner.history.store import History
from scanner.history.trend import MOST_SCANS, trend
from scanner.results.recalled import result_of
from scanner.scope.target import Target
from scanner.settings.models import Settings
from shopwarden.operations.again import command_for
from shopwarden.operations.write_reports import Reports


def reports_of(history: History, scan_id: str, settings: Settings, catalogue: Catalogue, *, language: str = "") -> Reports:
    """What can be written of a recorded scan, with what had changed since the scan before it.

    language: a code, in place of the shop's own. Raises HistoryError and BadSettings.
    """
    seen = history.document(scan_id)
    typed = Target.of(seen.site.url)
    site = settings.with_defaults(settings.site_for(typed))
    options = settings.options_for(site, {"language": language} if language else {})
    headings = {key: one.article_heading for key, one in catalogue.knowledge.platforms.items() if one.article_heading}
    rules = catalogue.rules.values()
    result = result_of(
        seen,
        catalogue.rules,
        headings=headings,
        accepted=[risk for entry in (site.accepted if site else ()) for risk in entry.accepted().today(rules)],
        authorised_by=site.authorised_by if site else "",
    )
    since = trend(history.documents(seen.site.key, MOST_SCANS, before=seen.started), seen, catalogue.rules)
    recheck, again = (
        command_for(verb, what, {}, config=settings.file) for verb, what in (("recheck", seen.site.key), ("scan", seen.site.url))
    )
    return Reports(result, catalogue, options, settings.agency, since, recheck, again, record_of(site, result.started))

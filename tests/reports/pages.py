"""Every sample page by name, as tests look at it in a browser and as docs/pictures shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from reports.i18n.language import language
from reports.view.build import view_of
from reports.view.model import ReportView
from scanner.history.trend import Trend, trend
from scanner.results.document import document
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Finding, Found, Inconclusive, NotApplicable, Passed
from tests.nights import NO_RULES
from tests.reports.samples import ARTICLES, HARDENED, SAMPLES, URL, WEAK, agency, found, result

MARKS = "a" + "\u0301\u0489\u0336" * 170
HEBREW, ARABIC = "\u05e4\u05e8\u05d7\u05d9\u05dd", "\u0632\u0647\u0648\u0631"

_WIDE = result(
    {
        "exposed-vcs": found(Finding(f"/{MARKS}", f"{MARKS}\nx", (f"{URL}/{MARKS}",)), Finding(MARKS, MARKS * 3)),
        "hsts-missing": Inconclusive(MARKS),
        "sri-missing": NotApplicable(MARKS),
    },
    site=replace(WEAK.site, name=MARKS, server=MARKS, platform=(MARKS, None, "certain"), authorised_by=MARKS),
    notes=(MARKS,),
    because=MARKS,
)
_RTL = result(
    {
        "exposed-vcs": found(Finding(f"/{HEBREW}/.git/", ARABIC, (f"{URL}/{HEBREW}/.git/HEAD", f"{URL}/{ARABIC}/1/2"))),
        "version-leak-header": Found.at("Server", f"{HEBREW} 7.2 (x) {ARABIC}!", locations=[f"{URL}/{ARABIC}/7-2?a=1"]),
    },
    site=replace(WEAK.site, name=f"{HEBREW} & {ARABIC}"),
)


def _past(days: int, *fixed: str, newer: bool = False) -> ScanResult:
    """The weak shop some days ago, without what came later and with what was fixed since."""
    verdicts = {judged.rule.id: judged.verdict for judged in WEAK.judged} | {rule: Passed(("/", "/.git/HEAD")) for rule in fixed}
    if not newer:
        verdicts["exposed-installer"] = Found.at("/install/", places=["/install/"])
        verdicts["sri-missing"] = Found.at("https://cdn.example/jquery.min.js", places=["/"])
    start = WEAK.started - timedelta(days=days)
    return replace(result(verdicts), started=start, finished=start + timedelta(seconds=70))


_RIGHT = (
    "exposed-database-dump",
    "ftp-plaintext",
    "https-redirect-missing",
    "software-end-of-life",
    "cookie-insecure",
    "hsts-missing",
)


def history() -> Trend:
    """Eight weeks in which a shop became better, and worse again."""
    before = [
        _past(56), _past(49, *_RIGHT[:2]), _past(42, *_RIGHT[:4], "exposed-vcs"), _past(35, *_RIGHT, "exposed-vcs"),
        replace(_past(28), judged=HARDENED.judged), _past(14, *_RIGHT, "exposed-vcs"), _past(7, "exposed-vcs"),
    ]  # fmt: skip
    return trend([document(one) for one in before], document(WEAK), NO_RULES)


NAMES = [*SAMPLES, "agency", "history", "polish", "german", "wide", "rtl"]


def view(name: str, folder: Path) -> ReportView:
    """One sample's view. folder: where an agency's logo may be written."""
    match name:
        case "agency":
            return view_of(WEAK, ARTICLES, agency=agency(folder))
        case "history":
            return view_of(WEAK, ARTICLES, trend=history())
        case "polish" | "german":
            return view_of(WEAK, ARTICLES, language=language({"polish": "pl", "german": "de"}[name]), trend=history())
        case "first-scan":
            return view_of(SAMPLES[name], ARTICLES, trend=Trend())
        case "wide":
            return view_of(_WIDE, ARTICLES)
        case "rtl":
            return view_of(_RTL, ARTICLES)
        case _:
            return view_of(SAMPLES[name], ARTICLES)

"""The headers that every page should carry, judged as the pages send them and not only by the home page.

Subject is the host, places are the pages. The error page is looked at too; where it alone lacks a header, the pass says so:
nobody logs in or pays there. An empty page, such as programs put into folders to hide what lies there, has nothing to protect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from checks.browser.csp_draft import with_draft
from checks.browser.csp_parser import Policy, policies, redacted, restricts_framing, weaknesses
from checks.hosted import why_not_the_owners
from scanner import (
    Answer,
    CrossOrigin,
    Finding,
    Installations,
    LoadedFiles,
    NotApplicable,
    Page,
    PageKind,
    Pages,
    ScriptHosts,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
    path_of,
)

CSP = "content-security-policy"
MOST_SHOWN = 160
MOST_LOCATIONS = 10
UNSAFE_REFERRERS = {"unsafe-url", "no-referrer-when-downgrade", "always"}
SAFE_REFERRERS = {
    "no-referrer", "same-origin", "origin", "strict-origin", "origin-when-cross-origin", "strict-origin-when-cross-origin",
    "never", "default", "origin-when-crossorigin",
}  # fmt: skip
"""Referrer Policy 3 and 8, and the old words of HTML 4.2.5.1."""

Headers = tuple[tuple[str, str], ...]
Problem = Callable[[Page], str]
"""What is wrong with a page, as a person is shown it; empty where nothing is."""


@check("csp-missing", severity=Severity.INFO)
def csp_missing(
    pages: Pages,
    cross_origin: CrossOrigin | Unavailable,
    installations: Installations | Unavailable,
    loaded_files: LoadedFiles | Unavailable,
    script_hosts: ScriptHosts | Unavailable,
) -> Verdict:
    """No policy tells browsers which scripts belong to the shop."""

    def problem(page: Page) -> str:
        if any(policy.scripts is not None for policy in _policies(page)):
            return ""
        if tried := policies(_all(page.headers, f"{CSP}-report-only")):
            rules = "a policy for scripts" if any(policy.scripts is not None for policy in tried) else "a policy"
            return f"{rules} is being tried out (report only), which is a good beginning; none is in force."
        return "no Content-Security-Policy for scripts."

    return with_draft(_judge(pages, installations, problem, cross_origin), pages, loaded_files, script_hosts)


@check("csp-unsafe", severity=Severity.INFO, next_step_of=("csp-missing",))
def csp_unsafe(
    pages: Pages,
    installations: Installations | Unavailable,
    loaded_files: LoadedFiles | Unavailable,
    script_hosts: ScriptHosts | Unavailable,
) -> Verdict:
    """The policy against foreign scripts has a hole that lets them run."""

    def problem(page: Page) -> str:
        governing = [policy for policy in _policies(page) if policy.scripts is not None]
        holes = [weaknesses(policy) for policy in governing]
        fewest = sorted((len(one), one) for one in holes)[:1]
        return "".join(f"{'; '.join(one)}." for count, one in fewest if count)  # every policy must let a script pass

    if not any(policy.scripts is not None for page in pages.all for policy in _policies(page)):
        return NotApplicable("The shop has no such policy yet.")
    return with_draft(_judge(pages, installations, problem), pages, loaded_files, script_hosts)


@check("clickjacking-unprotected", severity=Severity.MEDIUM, fix_group="clickjacking-unprotected")
def clickjacking_unprotected(
    pages: Pages, cross_origin: CrossOrigin | Unavailable, installations: Installations | Unavailable
) -> Verdict:
    """Other sites can show the shop inside a frame of theirs and catch the visitors' clicks."""
    return _judge(pages, installations, lambda page: _framing(page.headers), cross_origin)


@check("nosniff-missing", severity=Severity.LOW, fix_group="nosniff-missing")
def nosniff_missing(pages: Pages, cross_origin: CrossOrigin | Unavailable, installations: Installations | Unavailable) -> Verdict:
    """Browsers are allowed to guess what a file is."""
    return _judge(pages, installations, lambda page: _sniffing(page.headers), cross_origin)


@check("referrer-policy-unsafe", severity=Severity.LOW, fix_group="referrer-policy-unsafe", fix_by_hand=["nginx"])
def referrer_policy_unsafe(pages: Pages, installations: Installations | Unavailable) -> Verdict:
    """The addresses that visitors look at are told to other sites in full."""
    return _judge(pages, installations, _referring)


@check("cors-open", severity=Severity.MEDIUM, fix_group="cors-open")
def cors_open(cross_origin: CrossOrigin) -> Verdict:
    """Scripts of any other site may read what a customer who is logged in sees."""
    findings, examined, missing = [], [], []
    for asked in cross_origin.asked:
        if isinstance(asked.answer, Unavailable):
            missing.append(asked.answer.because)
            continue
        if not asked.answer.examined and not _all(asked.answer.headers, "access-control-allow-origin"):
            missing.append(f"The server answered {asked.answer.status}.")
            continue
        examined.append(path_of(asked.address))
        if _lets_in(asked.answer, asked.origin):
            host = urlsplit(asked.address).hostname or ""
            shown = f"Asked from {asked.origin}: Access-Control-Allow-Origin: {asked.origin}, with credentials."
            findings.append(Finding(host, shown, (asked.address,), (path_of(asked.address),)))
    return judge(findings, examined, missing)


def _lets_in(answer: Answer, origin: str) -> bool:
    """Fetch, 4.10: exactly one value, the origin itself (``*`` is refused where cookies are sent), and credentials ``true``."""
    allowed = [value.strip() for value in answer.all("access-control-allow-origin")]
    credentials = [value.strip() for value in answer.all("access-control-allow-credentials")]
    return allowed == [origin] and credentials == ["true"]


def _framing(headers: Headers) -> str:
    """HTML 7.6.1: frame-ancestors goes first, else X-Frame-Options; several different values of it shut everybody out."""
    by_policy = restricts_framing(policies(_all(headers, CSP)))
    if by_policy is not None:
        return "" if by_policy else "frame-ancestors of the Content-Security-Policy lets everybody in."
    values = {word.strip().lower() for value in _all(headers, "x-frame-options") for word in value.split(",")} - {""}
    if values & {"deny", "sameorigin"}:
        return ""
    if values:
        return f"X-Frame-Options: {', '.join(sorted(values))[:MOST_SHOWN]} (browsers ignore that)."
    return "neither X-Frame-Options nor frame-ancestors."


def _sniffing(headers: Headers) -> str:
    """Fetch, 3.6: the first value counts."""
    values = _all(headers, "x-content-type-options")
    if not values:
        return "no X-Content-Type-Options header."
    first = values[0].split(",")[0].strip()
    return "" if first.lower() == "nosniff" else f"X-Content-Type-Options: {first[:MOST_SHOWN]} (browsers ignore that)."


def _referring(page: Page) -> str:
    """The last word that browsers know counts; a meta element comes after the header."""
    words = [word.strip().lower() for value in _all(page.headers, "referrer-policy") for word in value.split(",")]
    words += [value.strip().lower() for value in page.metas_named("referrer")]
    known = [word for word in words if word in UNSAFE_REFERRERS | SAFE_REFERRERS]
    return f"Referrer-Policy: {known[-1]}." if known and known[-1] in UNSAFE_REFERRERS else ""


def _policies(page: Page) -> tuple[Policy, ...]:
    """Those in force, by header and by meta element."""
    return policies((*_all(page.headers, CSP), *page.metas_named(CSP)))


def _all(headers: Headers, name: str) -> tuple[str, ...]:
    return tuple(value for key, value in headers if key == name)


def _judge(
    pages: Pages,
    installations: Installations | Unavailable,
    problem: Problem,
    cross_origin: CrossOrigin | Unavailable | None = None,
) -> Verdict:
    if why := why_not_the_owners(installations):
        return NotApplicable(why)
    shown = [page for page in pages.all if page is pages.home or not page.blank]
    return judge(
        _findings(shown, problem),
        examined=(page.path for page in pages.all),
        because=_error_page(cross_origin, problem),
    )


def _findings(pages: Sequence[Page], problem: Problem) -> Iterator[Finding]:
    """One a host, with what its first page lacks and how many do."""
    by_host: dict[str, list[tuple[Page, str]]] = {}
    for page in pages:
        if wrong := problem(page):
            by_host.setdefault(urlsplit(page.address).hostname or "", []).append((page, wrong))
    for host, wrongs in by_host.items():
        page, wrong = wrongs[0]
        total = sum(urlsplit(one.address).hostname == host for one in pages)
        how_many = "Every page" if len(wrongs) == total > 1 else f"{len(wrongs)} of {total} pages" if total > 1 else "The page"
        shown = f"{how_many}: {redacted(wrong)}" + ("" if len(wrongs) == total else f" For example {page.path}")
        places = tuple(dict.fromkeys(one.path for one, _ in wrongs))
        yield Finding(host, shown, tuple(one.address for one, _ in wrongs[:MOST_LOCATIONS]), places)


def _error_page(cross_origin: CrossOrigin | Unavailable | None, problem: Problem) -> str | None:
    """What a pass says of the error page, where that is worth a line."""
    if not isinstance(cross_origin, CrossOrigin) or isinstance(cross_origin.error_page, Unavailable):
        return None
    answer = cross_origin.error_page
    page = Page(answer.address, PageKind.OTHER, answer.status, answer.headers)
    return f"Only the error page ({answer.status}) lacks it, where little harm can be done." if problem(page) else None

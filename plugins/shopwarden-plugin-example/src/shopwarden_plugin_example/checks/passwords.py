"""Customers' passwords. Pure functions: evidence in, verdict out."""

from __future__ import annotations

from urllib.parse import urlsplit

from scanner import Answer, Finding, NotApplicable, Pages, Severity, Unavailable, Verdict, check, judge
from shopwarden_plugin_example.evidence import ChangePassword

PLACE = "/.well-known/change-password"


@check("change-password-missing", severity=Severity.INFO, area="accounts")
def change_password_missing(pages: Pages, change_password: ChangePassword) -> Verdict:
    """Password managers cannot lead customers to the page where they change their password."""
    if not any(form.has_password for page in pages.all for form in page.forms):
        return NotApplicable("No page that we read asks for a password.")
    answer, control = change_password.answer, change_password.control
    if isinstance(answer, Unavailable):
        return judge((), missing=(answer.because,))
    if answer.gone:
        host = urlsplit(answer.address).hostname or ""
        finding = Finding(host, f"{PLACE} answers {answer.status}.", (answer.address,), (PLACE,))
        return judge((finding,), examined=(PLACE,))
    if not _leads_somewhere(answer) or not isinstance(control, Answer) or _leads_somewhere(control):
        return judge((), missing=("The shop answers made-up addresses like this one, or did not say.",))
    return judge((), examined=(PLACE,))


def _leads_somewhere(answer: Answer) -> bool:
    return answer.read or 300 <= answer.status < 400

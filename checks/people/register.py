"""What the owner's record says: what is due, who still has access, who is called after a breach.

Persons' names stay out of it: what a rule says goes further than the page that names them.
"""

from __future__ import annotations

from datetime import date

from scanner import Finding, Found, NotApplicable, OwnersRecord, Passed, Review, Severity, Verdict, check, judge

NOTHING_KEPT = "Nothing is kept about what people look after."
_FIRST = """[[site.review]]
name = "ftp-password"
done = {day}

[[site.review]]
name = "who-has-access"
done = {day}

[[site.account]]
name = "Shop"
people = ["A. Stem"]
second_factor = true
"""


@check("review-never-done", severity=Severity.INFO)
def review_never_done(record: OwnersRecord) -> Verdict:
    """Nothing is kept about what only people can look after."""
    if not record.empty:
        return Passed(("site",))
    return Found((Finding("site", NOTHING_KEPT, ready=_FIRST.format(day=record.today.isoformat())),))


@check("review-overdue", severity=Severity.MEDIUM)
def review_overdue(record: OwnersRecord) -> Verdict:
    """Something that people look after is due."""
    if record.empty:
        return NotApplicable(NOTHING_KEPT)
    if not record.reviews:
        return NotApplicable("No review is written down.")
    due = [Finding(one.name, _since(one), (one.name,)) for one in record.reviews if one.days_left(record.today) <= 0]
    return judge(due, (one.name for one in record.reviews), because=_next(record))


def _since(review: Review) -> str:
    if review.done is None or review.due is None:
        return "It was never done, as far as is written down."
    return f"Done last on {_day(review.done)}, due since {_day(review.due)}."


def _next(record: OwnersRecord) -> str:
    first = min(record.reviews, key=lambda one: (one.due or record.today, one.name))
    return f"The next is {first.name}, on {_day(first.due or record.today)}."


@check("access-of-leaver", severity=Severity.HIGH)
def access_of_leaver(record: OwnersRecord) -> Verdict:
    """Somebody who left can still log in."""
    if record.empty:
        return NotApplicable(NOTHING_KEPT)
    if not record.accounts:
        return NotApplicable("No account is written down.")
    left = [(account, record.leavers(account)) for account in record.accounts]
    findings = (Finding(account.name, _still([str(one.left) for one in gone]), (account.name,)) for account, gone in left if gone)
    return judge(findings, (account.name for account in record.accounts))


def _still(days: list[str]) -> str:
    first = _day(date.fromisoformat(days[0]))
    if len(days) == 1:
        return f"Somebody whose last day was {first} still stands there."
    return f"{len(days)} people who left still stand there; the first one's last day was {first}."


@check("account-without-second-factor", severity=Severity.MEDIUM)
def account_without_second_factor(record: OwnersRecord) -> Verdict:
    """An account asks for no more than a password."""
    if record.empty:
        return NotApplicable(NOTHING_KEPT)
    if not record.accounts:
        return NotApplicable("No account is written down.")
    known = [account for account in record.accounts if account.second_factor is not None]
    if not known:
        return NotApplicable("Of no account is it written down whether it asks for more than a password.")
    bare = [
        Finding(one.name, "A password alone opens it, as it is written down.", (one.name,))
        for one in known
        if not one.second_factor
    ]
    return judge(bare, (one.name for one in known))


@check("breach-team-missing", severity=Severity.LOW)
def breach_team_missing(record: OwnersRecord) -> Verdict:
    """Nobody is named who acts when data were stolen."""
    if record.empty:
        return NotApplicable(NOTHING_KEPT)
    gone = {person.name for person in record.persons if person.gone(record.today)}
    team = [one for one in record.team or () if one.name not in gone]
    if not team:
        shown = "Nobody is written down." if not record.team else "All who are written down have left."
    elif not any(one.phone for one in team):
        shown = "Nobody's number is written down."
    else:
        return Passed(("site",))
    return Found((Finding("site", shown),))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

"""Meeting rooms on pages: those that are open to whoever reads the page, and what only looks like one."""

from __future__ import annotations

import pytest

from checks.policy.meetings import meeting_link_public
from scanner import Found, Link, Passed
from scanner.testing import page, pages

ROOMS = {
    "https://us02web.zoom.us/j/85412345678?pwd=Q1dF": "us02web.zoom.us/j/85412345678",
    "https://zoom.us/my/petalandstem": "zoom.us/my/petalandstem",
    "https://meet.google.com/abc-defg-hij": "meet.google.com/abc-defg-hij",
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x/0": "teams.microsoft.com/l/meetup-join/19%3ameeting_x/0",
    "https://teams.live.com/meet/9312345678901": "teams.live.com/meet/9312345678901",
    "https://petals.webex.com/meet/astem": "petals.webex.com/meet/astem",
    "https://whereby.com/petalandstem": "whereby.com/petalandstem",
    "https://meet.jit.si/PetalAndStem": "meet.jit.si/PetalAndStem",
    "https://meet.goto.com/123456789": "meet.goto.com/123456789",
    "http://join.skype.com/AbCdEfGh": "join.skype.com/AbCdEfGh",
}
NONE = [
    "https://zoom.us/",
    "https://zoom.us/pricing",
    "https://us02web.zoom.us/webinar/register/WN_abc",
    "https://us02web.zoom.us/meeting/register/tZ0",
    "https://meet.google.com/",
    "https://whereby.com/information/",
    "https://www.webex.com/downloads.html",
    "https://teams.microsoft.com/",
    "https://notzoom.us/j/123456",
    "https://petalandstem.example/j/123456",
    "mailto:meet@zoom.us",
    "tel:+4420",
    "https://[broken/j/1",
    "https://calendly.com/petalandstem/call",
]


@pytest.mark.parametrize(("address", "room"), ROOMS.items())
def test_a_room_is_found_by_host_and_path(address: str, room: str) -> None:
    verdict = meeting_link_public(pages(page(), page("/contact", links=[Link(address, "Talk to us")])))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (room, ("/contact",))
    assert ("password" in finding.shown) is ("pwd=" in address)


@pytest.mark.parametrize("address", NONE)
def test_what_is_no_room(address: str) -> None:
    assert isinstance(meeting_link_public(pages(page(links=[Link(address)]))), Passed)


def test_a_room_on_two_pages_is_one() -> None:
    link = Link("https://zoom.us/my/petalandstem")
    verdict = meeting_link_public(pages(page(links=[link]), page("/contact", links=[link])))
    assert isinstance(verdict, Found)
    assert [finding.places for finding in verdict.findings] == [("/", "/contact")]

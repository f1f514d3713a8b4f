"""The second night over a shop: what is open is looked at first, and nothing is told that did not happen.

The demo shop is answered in this process, as in the year of nights, with every rule that needs no socket of its own.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.engine.catalogue import Catalogue
from scanner.engine.scan import Order, Scan
from scanner.history.comparison import Comparison, compare
from scanner.history.events import Change
from scanner.history.known import KnownSite
from scanner.platforms import Knowledge
from scanner.results.document import ScanDocument, document
from scanner.settings.options import ScanOptions
from shopwarden.demo.http_server import Request, Response
from shopwarden.operations.second_look import looked_twice
from tests.scanning import catalogue
from tests.soak.year import FIRST, WEAK, Answer, Night, Real, Town, in_process, look_at, order, without_sockets

BELOW = ("/old/", "/blog/")


def gone(*folders: str, status: int = 404) -> Answer:
    """Whatever lies in these folders answers so."""

    def answer(request: Request, usual: Response) -> Response:
        if not request.path.startswith(folders):
            return usual
        return Response(status, b"<title>Nothing here</title>", headers=(("Content-Type", "text/html"),))

    return answer


class Nights:
    """Night after night over one shop. seen: the documents. changes: what is answered otherwise, from a night on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, host: str = WEAK, max_pages: int = 60) -> None:
        self._patch, self._host, self._pages = monkeypatch, host, max_pages
        self.town = Town([], Night(0, FIRST), share=0.0)
        self.loaded: Catalogue = without_sockets(catalogue(), self.town)
        self.known = KnownSite()
        self.seen: list[ScanDocument] = []

    def change(self, answer: Answer) -> None:
        self.town.changes.append(Real(self._host, len(self.seen), frozenset(), answer))

    async def sleep(self, **options: object) -> Comparison:
        """One night. options: other than usual."""
        number = len(self.seen)
        self.town.night = Night(number, FIRST + timedelta(days=number))
        needs = {*self.loaded.gatherers, Knowledge}
        rules = tuple(
            rule.id for rule in self.loaded.rules_of(self.loaded.chosen()) if all(need.kind in needs for need in rule.needs)
        )
        one = order(self._host, rules, self.town.night)
        chosen = ScanOptions.model_validate({"rate": 1000, "max_pages": self._pages, **options})
        left_out = set(chosen.skip)
        one = replace(one, options=chosen, rules=tuple(rule for rule in rules if rule not in left_out))

        async def look(wanted: Order) -> Scan:
            return await look_at(wanted, self.loaded, self.town)

        with in_process(self.town, self._patch):
            seen = document(await looked_twice(one, self.loaded, self.known, look))
        step = compare(self.known, seen, self.loaded.rules, answers=True)
        self.known = step.known
        self.seen.append(seen)
        return step

    def open_below(self, *folders: str) -> set[tuple[str, str]]:
        return {
            (rule, subject)
            for rule, subject, finding in self.known.open_findings
            if any(place.startswith(folders) for place in finding.places)
        }


def changes(step: Comparison) -> set[tuple[Change, str, str]]:
    """What is told after the first night: what is first seen is not."""
    return {
        (event.kind, event.rule, event.subject)
        for event in step.events
        if isinstance(event.kind, Change) and event.kind not in {Change.FIRST_SEEN, Change.FIRST_LOOK}
    }


@pytest.mark.parametrize("max_pages", [12, 60])
async def test_nothing_is_told_of_a_shop_that_did_not_change(monkeypatch: pytest.MonkeyPatch, max_pages: int) -> None:
    """Looking at what is open first must not make the scan another one: no page of the crawl that was none before."""
    nights = Nights(monkeypatch, max_pages=max_pages)
    first = await nights.sleep()
    assert {event.kind for event in first.events} == {Change.FIRST_LOOK}
    assert len(first.events) > 25
    for _ in range(2):
        assert (await nights.sleep()).events == ()
    verdicts = [{verdict.rule: verdict.verdict for verdict in seen.verdicts} for seen in nights.seen]
    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert nights.seen[2].requests.http - nights.seen[0].requests.http <= 8


async def test_deleted_folders_take_their_findings_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leads there any more, so what was found in them is asked for again."""
    nights = Nights(monkeypatch)
    await nights.sleep()
    below = nights.open_below(*BELOW)
    assert {("leftover-copy", "/old/"), ("cohosted-script", "/blog/"), ("admin-default-path", "/old/admin/")} < below
    nights.change(gone(*BELOW))
    told = changes(await nights.sleep())
    assert {(rule, subject) for _, rule, subject in told} >= below
    assert {kind for kind, _, _ in told} == {Change.FIXED}
    assert changes(await nights.sleep()) == set()
    assert nights.open_below(*BELOW) == set()


@pytest.mark.parametrize("status", [403, 500])
async def test_folders_that_are_shut_are_not_fixed(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    nights = Nights(monkeypatch)
    await nights.sleep()
    below = nights.open_below(*BELOW)
    nights.change(gone(*BELOW, status=status))
    told = {(rule, subject) for _, rule, subject in changes(await nights.sleep())}
    listings = {one for one in below if one[0].startswith("directory-listing")}  # a folder without a list is meant to answer 403
    assert told == (listings if status == 403 else set())
    assert nights.open_below(*BELOW) == below - told


async def test_one_folder_that_is_always_shut_hides_no_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(monkeypatch)
    nights.change(gone("/test/", "/private/", "/dev/", status=403))
    await nights.sleep()
    assert ("leftover-copy", "/old/") in nights.open_below("/old/")
    nights.change(gone("/old/"))
    assert (Change.FIXED, "leftover-copy", "/old/") in changes(await nights.sleep())


async def test_a_rule_that_is_left_out_for_a_night_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(monkeypatch)
    await nights.sleep()
    assert changes(await nights.sleep(skip=("leftover-copy", "exposed-config"))) == set()
    assert changes(await nights.sleep()) == set()


async def test_fewer_pages_fix_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(monkeypatch)
    await nights.sleep()
    for pages in (5, 1, 60):
        assert changes(await nights.sleep(max_pages=pages)) == set()


async def test_fewer_requests_fix_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(monkeypatch)
    await nights.sleep()
    for requests in (60, 20, 400):
        assert changes(await nights.sleep(max_requests=requests)) == set()


@pytest.mark.parametrize("seed", range(4))
async def test_a_bad_line_changes_nothing(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """One request in three fails: what was looked at is judged, the rest stays as it was."""
    nights = Nights(monkeypatch)
    await nights.sleep()
    nights.town.share, nights.town.failing = 0.35, random.Random(seed)
    assert changes(await nights.sleep()) == set()


async def test_a_night_without_https_is_not_a_shop_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(monkeypatch)
    first = await nights.sleep()
    assert {"cookie-insecure", "mixed-content-passive"} <= {event.rule for event in first.events}
    nights.town.broken = "https"
    assert changes(await nights.sleep()) == set()
    assert not [verdict.rule for verdict in nights.seen[-1].verdicts if verdict.verdict == "not-applicable"]
    nights.town.broken = ""
    assert changes(await nights.sleep()) == set()


async def test_a_second_look_that_finds_a_rule_not_applicable_closes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look sees a few places alone, so it may not see the script that a rule is about."""
    nights = Nights(monkeypatch)
    nights.change(gone("/.git/", "/blog/"))
    await nights.sleep()
    nights.town.changes.clear()
    step = await nights.sleep()
    assert (Change.NEW, "exposed-vcs", "/.git/") in changes(step)
    assert {kind for kind, _, _ in changes(step)} == {Change.NEW}

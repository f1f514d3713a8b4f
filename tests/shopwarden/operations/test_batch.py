"""Many shops at once: the shared pace, the second look, estimates, files that are whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from scanner.engine.catalogue import Catalogue
from scanner.engine.revisiting import only
from scanner.engine.scan import Order, Scan, scan
from scanner.evidence import Arrival, Installations
from scanner.gatherers.http.fetcher import Fetcher
from scanner.gatherers.net.pace import Paces, Server
from scanner.history.comparison import Limits
from scanner.history.events import Change
from scanner.history.known import KnownSite
from scanner.history.store import History
from scanner.results.document import document
from scanner.results.result import ScanResult
from scanner.rules.rule import Severity, needs_of
from scanner.rules.verdicts import Found
from scanner.scope.target import Target
from scanner.settings.models import BackupSettings, SiteSettings
from scanner.settings.options import ScanOptions
from shopwarden.demo import DemoShop
from shopwarden.operations.batch import Batch, Tally, _Turn, _Waiting
from shopwarden.operations.one_shop import ShopScanner, Terms
from shopwarden.operations.second_look import Look, looked_twice
from tests.loopback import response
from tests.nights import FIRST, KEY, compared, night
from tests.scanning import catalogue as loaded_catalogue
from tests.scanning import no_names
from tests.street import LISTING, Street

catalogue = cache(loaded_catalogue)
NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def order(shop: Street, host: str, **options: object) -> Order:
    ports = {"http": shop.port, "https": 1, "ftp": 1, "ssh": 1, "smtp": 1}
    target = Target.of(f"http://{host}/", ports=ports, resolve={host: ("127.0.0.1",)}, allow_private=True)
    return Order(target, catalogue().chosen(["directory-listing"]), ScanOptions.model_validate({"rate": 1000, **options}))


def nothing(*_: object) -> str:
    """Writes no report."""
    return ""


def batch(
    folder: Path,
    *,
    history: History | None = None,
    compared: Limits | None = None,
    look: Look | None = None,
    known: Catalogue | None = None,
    **more: Any,
) -> Batch:
    """A run in this process, as ``nightly`` and ``batch`` make it, but for reports and names."""
    terms, known = Terms(folder, compared=compared is not None), known or catalogue()
    scanner = ShopScanner(terms, known, history, resolve=no_names, look=look, write=nothing)
    return Batch(scanner, known.rules, folder, history=history, compared=compared, **more)


async def test_shops_on_one_address_share_one_pace(shops: Street, tmp_path: Path) -> None:
    orders = [order(shops, f"s{number}.example", rate=100) for number in range(4)]
    with patch.object(Server, "sent", autospec=True, side_effect=Server.sent) as sent:
        await batch(tmp_path, at_once=4).scan_all(orders)
    assert len({call.args[0] for call in sent.call_args_list}) == 1
    assert sent.call_count >= sum(shops.asked.values()) > 0


def test_a_careful_shop_slows_its_server_for_all() -> None:
    shared = Paces(1.0)
    quick, careful = shared.at(100), shared.at(10)
    assert quick.of("quick.example", "192.0.2.1").gap == 0.01
    assert careful.of("careful.example", "192.0.2.1").gap == 0.1
    assert quick.of("quick.example", "192.0.2.1").gap == 0.1
    assert quick.of("quick.example", "192.0.2.2").gap == 0.01


async def test_only_so_many_shops_at_once(shops: Street, tmp_path: Path) -> None:
    running, most = 0, 0

    async def look(one: Order) -> Scan:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return await scan(one, catalogue(), resolve=no_names)

    made = batch(tmp_path, at_once=3, look=look)
    await made.scan_all([order(shops, f"s{number}.example") for number in range(7)])
    assert (most, made.tally.done, len(made.lines)) == (3, 7, 7)


async def test_shops_of_one_server_do_not_wait_for_each_other_while_others_have_none_under_way(
    shops: Street, tmp_path: Path
) -> None:
    """A list has a host's shops one after the other, usually."""
    hosts = [f"s{number}.{server}.example" for server in "abc" for number in range(4)]
    begun: list[str] = []

    async def look(one: Order) -> Scan:
        begun.append(one.target.host)
        return await scan(one, catalogue(), resolve=no_names)

    async def server_of(target: Target) -> str:
        return target.host.split(".")[1]

    made = batch(tmp_path, at_once=3, look=look, server_of=server_of)
    orders = [order(shops, host) for host in hosts]
    await made.scan_all(orders)
    assert begun[:3] == ["s0.a.example", "s0.b.example", "s0.c.example"]
    assert sorted(begun) == sorted(hosts)
    assert [line.key for line in made.overview(orders, NOW).lines] == hosts, "told in the order of the file"
    few = batch(tmp_path, at_once=2, look=look, server_of=server_of)
    begun.clear()
    await few.scan_all(orders[:4])
    assert begun == hosts[:4], "where there is one server, in the order of the file"


def test_whose_turn_comes_next() -> None:
    turns = [_Turn(one, server) for one, server in zip("abcdef", "xxxyyz", strict=True)]  # type: ignore[arg-type]
    waiting = _Waiting(turns)
    first = [waiting.take() for _ in range(4)]
    assert "".join(turn.order for turn in first) == "adfb"  # type: ignore[misc]
    waiting.over(first[1])
    waiting.once_more(first[1])
    assert [waiting.take().order for _ in range(3)] == ["e", "c", "d"], "a second turn is behind all others"
    assert not waiting


async def test_a_scan_that_never_ends_is_ended(shops: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopwarden.operations.one_shop.GRACE_SECONDS", -1.9)

    async def look(one: Order) -> Scan:
        if one.target.host == "s1.example":
            await asyncio.sleep(60)
        return await scan(one, catalogue(), resolve=no_names)

    made = batch(tmp_path, look=look)
    orders = [order(shops, f"s{number}.example", max_time=1) for number in range(3)]
    slow = [replace(one, options=one.options.model_copy(update={"max_time": 30.0})) for one in orders]
    await made.scan_all([slow[0], orders[1], slow[2]])
    assert [line.status for line in made.lines.values()].count("complete") == 2
    assert made.tally.failed == ["s1.example"]


def test_the_estimate_waits_for_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally(100)
    tally.began = 0
    monkeypatch.setattr("shopwarden.operations.batch.time", SimpleNamespace(monotonic=lambda: 30.0))
    tally.done = 3
    assert tally.estimate(4) is None
    tally.done = 10
    assert tally.estimate(4) == 270


# --- the second look


async def known_of(shops: Street, host: str) -> KnownSite:
    found = await scan(order(shops, host), catalogue(), resolve=no_names)
    return compared(KnownSite(), document(found.result)).known


@pytest.mark.parametrize("stays", [True, False])
async def test_a_new_high_problem_is_told_only_if_a_second_look_shows_it_too(shops: Street, stays: bool) -> None:
    host = "s.example"
    known = await known_of(shops, host)
    shops.pages[host] = {"/img/": LISTING}
    looks: list[Order] = []
    usual = catalogue()
    severe = replace(usual, rules={name: replace(rule, severity=Severity.HIGH) for name, rule in usual.rules.items()})

    async def look(one: Order) -> Scan:
        looks.append(one)
        made = await scan(one, severe, resolve=no_names)
        if not stays:
            shops.pages.clear()
        return made

    result = await looked_twice(order(shops, host), severe, known, look)
    assert [bool(each.focus.only) for each in looks] == [False, True]
    events = [event.kind for event in compared(known, document(result)).events]
    assert events == ([Change.NEW] if stays else [])


async def test_a_first_scan_needs_no_second_look(shops: Street) -> None:
    shops.pages["s.example"] = {"/img/": LISTING}
    looks = 0

    async def look(one: Order) -> Scan:
        nonlocal looks
        looks += 1
        return await scan(one, catalogue(), resolve=no_names)

    await looked_twice(order(shops, "s.example"), catalogue(), KnownSite(), look)
    assert looks == 1


async def test_each_finding_of_the_demo_shop_is_confirmed_by_looking_only_at_it(tmp_path: Path) -> None:
    """Otherwise a real problem would be doubted away each night, and never told."""
    loaded = catalogue()
    with DemoShop(hardened=False, folder=tmp_path) as shop:
        target = Target.of(shop.url, ports=shop.ports, resolve=shop.resolve, allow_private=True)
        site = SiteSettings(url=shop.url, backup=tuple(BackupSettings.model_validate(one) for one in shop.backups))
        whole = Order(target, loaded.chosen(), ScanOptions(rate=1000), site, tmp_path)

        async def look(one: Order) -> ScanResult:
            return (await scan(one, loaded, resolve=no_names)).result

        first = await look(whole)
        assert len(first.findings) > 20
        for judged in first.judged:
            if isinstance(judged.verdict, Found):
                wanted = {finding.subject for finding in judged.verdict.findings}
                places = [one for finding in judged.verdict.findings for one in (*finding.places, *finding.locations[:3])]
                second = await look(only(whole, loaded, [(judged.rule.id, places)]))
                assert {found.finding.subject for found in second.findings} == wanted, judged.rule.id
                assert second.requests.http < first.requests.http / 2


# --- locks


# --- a shop that moved, and our own defects


def moved_to(address: str) -> bytes:
    return response(b"", "301 Moved Permanently", headers=f"Location: {address}\r\n")


async def test_follow_scans_the_shop_where_it_went_and_keeps_its_key(shops: Street, tmp_path: Path) -> None:
    shops.pages["old.example"] = {"/": moved_to("http://new.example/")}
    one = order(shops, "old.example", follow=True)
    here = ("127.0.0.1",)
    one = replace(one, target=replace(one.target, resolve={"old.example": here, "new.example": here}))
    history = History.open(str(tmp_path / "history.sqlite3"))
    run = history.begin_run("batch", "x", FIRST)
    for limits in (None, Limits()):
        again = batch(tmp_path, history=history, run=run.id, compared=limits)
        await again.scan_all([one])
        assert again.lines["old.example"].status == "complete"
        assert again.lines["old.example"].url == "http://old.example/"
        run = history.begin_run("nightly", "x", FIRST)
    assert {past.site for past in history.scans()} == {"old.example"}
    history.close()


@pytest.mark.parametrize(
    "address", ["http://jane:secret@new.example/", "http://new.example:99999/", "http://127.0.0.1/", "http://localhost/"]
)
async def test_a_shop_that_moved_to_no_address_is_away_and_no_defect(shops: Street, tmp_path: Path, address: str) -> None:
    shops.pages["old.example"] = {"/": moved_to(address)}
    one = batch(tmp_path)
    await one.scan_all([order(shops, "old.example", follow=True)])
    assert (one.lines["old.example"].status, one.tally.failed) == ("unreachable", [])


async def test_our_own_defect_on_the_way_is_not_called_unreachable(shops: Street, tmp_path: Path) -> None:
    """Nothing is recorded, so nobody is told that the shop is away."""
    loaded = catalogue()

    async def broken(fetcher: Fetcher) -> Arrival:
        raise ZeroDivisionError(fetcher.target.host)

    way = replace(loaded.gatherers[Arrival], needs=needs_of(broken, "arrival"), run=broken)
    defective = Catalogue(loaded.rules, loaded.articles, {**loaded.gatherers, Arrival: way})
    history = History.open(str(tmp_path / "history.sqlite3"))
    one = batch(tmp_path, history=history, compared=Limits(), known=defective)
    await one.scan_all([order(shops, "s.example")])
    assert one.tally.failed == ["s.example"]
    assert (one.lines["s.example"].status, one.tally.unscanned) == ("failed", [])
    assert "Our own defect in looking at this (ZeroDivisionError)" in one.lines["s.example"].trouble
    assert history.scans() == ()
    history.close()


async def test_a_gatherer_that_crashes_is_our_defect_and_the_rest_is_judged(shops: Street) -> None:
    loaded = catalogue()

    async def broken(fetcher: Fetcher) -> Installations:
        raise ZeroDivisionError(fetcher.target.host)

    lame = replace(loaded.gatherers[Installations], needs=needs_of(broken, "installations"), run=broken)
    defective = Catalogue(loaded.rules, loaded.articles, {**loaded.gatherers, Installations: lame})
    one = replace(order(shops, "s.example"), rules=loaded.chosen(["leftover-copy", "cohosted-script", "https-missing"]))
    result = (await scan(one, defective, resolve=no_names)).result
    assert result.defective
    assert {judged.rule.id for judged in result.judged if judged.defect} == {"leftover-copy", "cohosted-script"}
    assert any(isinstance(judged.verdict, Found) for judged in result.judged)


# --- a shop that cannot be reached


async def test_a_shop_that_cannot_be_reached_has_a_second_turn_behind_all_others(
    shops: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moment's trouble is told to nobody: not recorded, no event."""
    monkeypatch.setattr("shopwarden.operations.batch.LATER_SECONDS", 0.05)
    turns: list[str] = []

    async def look(one: Order) -> Scan:
        host = one.target.host
        turns.append(host)
        troubled = host == "away.example" or (host == "s0.example" and turns.count(host) == 1)
        return await scan(order(shops, host, max_requests=5) if not troubled else unreachable(one), catalogue(), resolve=no_names)

    history = History.open(str(tmp_path / "history.sqlite3"))
    run = history.begin_run("nightly", "x", FIRST)
    one = batch(tmp_path, history=history, run=run.id, compared=Limits(), look=look, at_once=1)
    await one.scan_all([order(shops, host) for host in ("s0.example", "away.example", "s1.example")])
    assert turns == ["s0.example", "away.example", "s1.example", "s0.example", "away.example"]
    assert {key: line.status for key, line in one.lines.items()}["away.example"] == "unreachable"
    assert one.lines["s0.example"].status != "unreachable"
    assert (one.tally.done, one.tally.unscanned) == (3, ["away.example"])
    assert len(history.scans()) == 3
    history.close()


def unreachable(one: Order) -> Order:
    """Nothing listens there."""
    return replace(one, target=replace(one.target, ports={**one.target.ports, "http": 1}))


@pytest.mark.parametrize("back", [timedelta(), timedelta(hours=1), timedelta(hours=24)])
def test_a_clock_that_went_back_stands_right_behind_the_last_night(back: timedelta, history: History) -> None:
    """What was due last night is due still."""
    now = datetime.now(UTC)
    history.record(night(0).model_copy(update={"started": now + back}))
    at = ShopScanner(Terms(None), catalogue(), history, resolve=no_names)._clock_of(history, KEY).now()
    assert timedelta() < at - (now + back) < timedelta(minutes=5)

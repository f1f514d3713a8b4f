"""What a scan is told to do."""

import asyncio
import pickle
from datetime import date
from pathlib import Path

from scanner.engine.recording import read_recording, write_recording
from scanner.engine.replay import recording_of, result_of
from scanner.engine.scan import Order, Progress, scan
from scanner.results.result import Status
from scanner.rules.verdicts import Found, Inconclusive
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.settings.models import AcceptedSettings, BackupSettings, SiteSettings
from scanner.settings.options import ScanOptions
from tests.loopback import response, serving, site
from tests.scanning import CLOSED, HOST, catalogue, no_names


def test_a_whole_order_can_be_sent_to_another_process() -> None:
    backup = BackupSettings.model_validate({"kind": "database", "location": "sftp://b@nas.example/shop", "max_age": "26h"})
    accepted = AcceptedSettings(rule="hsts-missing", reason="old phones", until=date(2030, 1, 1))
    order = Order(
        Target.of(
            "https://shop.example/flowers/",
            also=["blog.shop.example"],
            ports={"https": 8443},
            resolve={"shop.example": ("127.0.0.1", "::1")},
            allow_private=True,
        ),
        catalogue().chosen(),
        ScanOptions.model_validate({"rate": 9, "fail_on": "high", "json": "-", "record": Path("kept")}),
        SiteSettings(url="https://shop.example/flowers/", name="Flowers", backup=(backup,), accepted=(accepted,)),
        Path("configured"),
        Focus(first=("/a",), folders=("/old/",), again=(("exposed-vcs", "/.git/HEAD"),), only=True),
    )
    assert len(order.rules) > 80
    assert pickle.loads(pickle.dumps(order)) == order


async def test_a_scan_that_is_stopped_before_it_began_asks_for_nothing_more_than_the_home_page() -> None:
    """Ctrl-C right at the start was lost, and the scan went on to its end."""
    asked: list[str] = []
    home = response(b"<title>Petal</title><a href='/roses'>Roses</a>", headers="Content-Type: text/html\r\n")
    async with serving(site({"/": home, "/roses": home}, asked)) as port:
        target = Target.of(f"http://{HOST}/", ports={**CLOSED, "http": port}, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        progress = Progress()
        progress.stop()
        loaded = catalogue()
        done = await scan(Order(target, loaded.chosen(), ScanOptions(rate=1000)), loaded, resolve=no_names, progress=progress)
    assert done.result.status in {Status.PARTIAL, Status.UNREACHABLE}
    assert len(asked) <= 2


async def test_a_shop_that_cannot_be_reached_is_tried_once_more() -> None:
    home = response(b"<title>Petal</title><a href='/roses'>Roses</a>", headers="Content-Type: text/html\r\n")
    pages = {"/": response(b"", "500 Oops"), "/roses": home}
    asked: list[str] = []
    async with serving(site(pages, asked)) as port:
        target = Target.of(f"http://{HOST}/", ports={**CLOSED, "http": port}, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        order, loaded = Order(target, catalogue().chosen(["https-missing"]), ScanOptions(rate=1000)), catalogue()
        assert (await scan(order, loaded, resolve=no_names)).result.status is Status.UNREACHABLE
        progress = Progress()
        looking = asyncio.ensure_future(scan(order, loaded, resolve=no_names, progress=progress, again_after=30))
        while progress.doing != "Trying the front door once more":
            await asyncio.sleep(0.01)
        pages["/"] = home
        progress.stop()  # who stops it waits no longer, and hears what was seen
        assert (await looking).result.status is Status.UNREACHABLE
        pages["/"] = response(b"", "500 Oops")
        looking = asyncio.ensure_future(scan(order, loaded, resolve=no_names, again_after=0.2))
        await asyncio.sleep(0.1)
        pages["/"] = home
        assert (await looking).result.status is Status.COMPLETE


async def test_what_stands_in_the_configuration_is_judged_while_the_shop_is_away(tmp_path: Path) -> None:
    entry = {
        "url": f"http://{HOST}/",
        "review": [{"name": "ftp-password", "done": date(2026, 1, 5)}],
        "records": [{"location": "x"}],
    }
    loaded = catalogue()
    async with serving(site({"/": response(b"", "500 Oops")})) as port:
        target = Target.of(f"http://{HOST}/", ports={**CLOSED, "http": port}, resolve={HOST: ("127.0.0.1",)}, allow_private=True)
        order = Order(target, loaded.chosen(), ScanOptions(rate=1000), SiteSettings.model_validate(entry), tmp_path)
        done = await scan(order, loaded, resolve=no_names)
    assert done.result.status is Status.UNREACHABLE
    assert done.result.grade is None
    verdicts = {one.rule.id: one.verdict for one in done.result.judged}
    conclusive = {rule for rule, verdict in verdicts.items() if not isinstance(verdict, Inconclusive)}
    assert conclusive == {rule.id for rule in loaded.rules.values() if rule.knows_all}
    assert isinstance(verdicts["review-overdue"], Found)
    assert isinstance(verdicts["card-number-in-records"], Inconclusive)
    write_recording(tmp_path / "kept", recording_of(done), "1")
    again = result_of(read_recording(tmp_path / "kept", loaded.gatherers), order, loaded)
    assert [one.verdict for one in again.judged] == [one.verdict for one in done.result.judged]

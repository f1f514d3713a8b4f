"""The bundled shop, scanned as a user does: the weak one shows what there is to show, the hardened one nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scanner.engine.scan import Order, scan
from scanner.gatherers.net.dns import Dns
from scanner.results.document import document
from scanner.results.result import ScanResult, Status
from scanner.scope.target import Target
from scanner.settings.models import SiteSettings
from scanner.settings.options import ScanOptions
from shopwarden.demo import DemoShop
from shopwarden.demo.names import look_up
from tests.scanning import CLOSED, catalogue, found, no_names

WEAK = {
    "admin-default-path", "admin-over-http", "backup-database-stale", "backup-site-stale", "card-form-on-site", "cohosted-script", "cohosted-site", "directory-listing",
    "directory-listing-sensitive", "ftp-anonymous", "ftp-plaintext", "hsts-missing", "https-redirect-missing", "leftover-copy",
    "script-host-unregistered", "sri-missing", "ssh-password-login", "version-leak-file", "version-leak-generator", "version-leak-header",
}  # fmt: skip


async def scanned(shop: DemoShop, folder: Path) -> ScanResult:
    loaded = catalogue()
    target = Target.of(shop.url, ports={**CLOSED, **shop.ports}, resolve=shop.resolve, allow_private=True)
    site = SiteSettings.model_validate({"url": shop.url, "backup": shop.backups, "mail": shop.mail})
    options = ScanOptions(rate=500, ca_file=shop.ca_file)
    order = Order(target, loaded.chosen(), options, site, folder)
    return (await scan(order, loaded, resolve=look_up, dns=Dns((shop.nameserver,), anchors=shop.anchors))).result


async def test_the_weak_shop_shows_what_there_is_to_show(tmp_path: Path) -> None:
    with DemoShop(folder=tmp_path) as shop:
        first = await scanned(shop, tmp_path)
        second = await scanned(shop, tmp_path)
        assert shop.hits.touched == [], "a link that changes something was followed"
        assert shop.hits.defects == []
        assert shop.hits.sessions == 2, "a scan is one visitor"
    assert first.status is Status.COMPLETE
    assert set(found(first)) >= WEAK
    assert first.grade is not None
    assert first.grade.letter == "F"
    assert first.requests.http <= 220, "its platform is known"
    assert not first.defective
    assert document(first).verdicts == document(second).verdicts, "two scans of an unchanged shop differ"
    unjudged = {judged.rule.id for judged in first.judged if type(judged.verdict).__name__ == "Inconclusive"}
    assert unjudged <= {
        "software-outdated",  # it hides its version, so nobody can tell its age
        "skimmer-indicator",  # the basket loads a script of a host that nobody asks about for a shop in a private place
    }


async def test_the_hardened_shop_shows_nothing(tmp_path: Path) -> None:
    with DemoShop(hardened=True, folder=tmp_path) as shop:
        result = await scanned(shop, tmp_path)
    assert {one.rule.id for one in result.findings} == {"review-never-done"}, "nothing but a word about its people"
    assert result.grade is not None
    assert result.grade.letter in {"A+", "A"}
    assert not result.grade.provisional


@pytest.mark.parametrize("requests", [20, 60])
async def test_a_small_budget_holds_and_never_reads_as_good(tmp_path: Path, requests: int) -> None:
    loaded = catalogue()
    with DemoShop(folder=tmp_path) as shop:
        target = Target.of(shop.url, ports={**CLOSED, **shop.ports}, resolve=shop.resolve, allow_private=True)
        order = Order(
            target, loaded.chosen(["directory-listing", "admin-default-path"]), ScanOptions(rate=500, max_requests=requests)
        )
        full = replace(order, options=ScanOptions(rate=500))
        small = (await scan(order, loaded, resolve=no_names)).result
        whole = (await scan(full, loaded, resolve=no_names)).result
    assert small.requests.http <= requests
    passed = {judged.rule.id for judged in small.judged if type(judged.verdict).__name__ == "Passed"}
    assert passed.isdisjoint(found(whole)), "what a full scan finds must not pass for want of requests"

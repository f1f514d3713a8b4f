"""A wall in place of the shop: nothing passes on it, nothing is found on it, and the advice fits. Shops that look like it are seen."""

from __future__ import annotations

import asyncio

import pytest

from scanner.results.result import Status
from scanner.rules.verdicts import Found, Inconclusive, Passed
from tests.loopback import Handler, request_head
from tests.scanning import found, scan_of
from tests.walls import ANUBIS, COOKIE_SCRIPT, OWN, SHOPS, WALLS, Site, everywhere, shop

RULES = ("privacy-policy-missing", "nosniff-missing", "exposed-debug", "exposed-database-dump", "js-library-vulnerable")


def answering(site: Site, asked: list[str] | None = None) -> Handler:
    """A server that answers as the site says."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await request_head(reader)).decode("latin-1")
            path = head.split(" ", 2)[1]
            if asked is not None:
                asked.append(path)
            cookies = next((line for line in head.split("\r\n") if line.lower().startswith("cookie:")), "")
            writer.write(site(path, cookies))
            await writer.drain()

    return handle


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("name", WALLS)
async def test_a_wall_is_not_the_shop(name: str) -> None:
    site, said = WALLS[name]
    asked: list[str] = []
    scanned = (await scan_of(answering(site, asked))).result
    assert scanned.status is Status.BLOCKED, scanned.because
    assert said in (scanned.because or "")
    assert {type(judged.verdict) for judged in scanned.judged} == {Inconclusive}
    assert scanned.grade is None
    assert len(asked) <= 12, asked


@pytest.mark.parametrize("name", SHOPS)
async def test_a_shop_that_looks_like_a_wall_is_seen(name: str) -> None:
    scanned = (await scan_of(answering(SHOPS[name]), *RULES)).result
    assert scanned.status is Status.COMPLETE, scanned.because
    verdicts = {judged.rule.id: judged.verdict for judged in scanned.judged}
    assert isinstance(verdicts["exposed-debug"], Passed)
    assert isinstance(verdicts["nosniff-missing"], Found)


@pytest.mark.parametrize("name", [name for name in SHOPS if "drawn" in name])
async def test_of_a_shop_drawn_by_a_program_it_is_said_what_was_not_seen(name: str) -> None:
    scanned = (await scan_of(answering(SHOPS[name]), *RULES)).result
    assert any("A program draws the shop's pages" in note for note in scanned.notes)
    verdicts = {judged.rule.id: judged.verdict for judged in scanned.judged}
    assert isinstance(verdicts["privacy-policy-missing"], Inconclusive)
    library = verdicts["js-library-vulnerable"]
    assert isinstance(library, Passed | Inconclusive)
    assert "draws" in (library.because or "") or isinstance(library, Inconclusive)


@pytest.mark.parametrize("after", [1, 2, 9, 40, 75])
@pytest.mark.parametrize(
    "wall",
    [ANUBIS, COOKIE_SCRIPT, "<title>Wartung</title><h1>Wir sind gleich wieder da", "<title>18?</title><form><button>Yes</button></form>"],
    ids=["Anubis", "a cookie by script", "maintenance", "an age gate"],
)  # fmt: skip
async def test_a_wall_that_goes_up_in_the_middle_passes_and_closes_nothing(wall: str, after: int) -> None:
    """What was seen before it counts; what a wall answered counts for nothing."""
    asked: list[str] = []
    walled = everywhere(wall)

    def site(path: str, cookies: str) -> bytes:
        return shop(path) if len(asked) <= after else walled(path, cookies)

    scanned = (await scan_of(answering(site, asked))).result
    assert scanned.status is Status.BLOCKED, scanned.because
    assert found(scanned, "exposure", "admin", "cohosted") == {}
    seen = {path.partition("?")[0] for path in asked[:after]}
    for judged in scanned.judged:
        if judged.rule.area in {"exposure", "admin"} and isinstance(judged.verdict, Passed):
            assert {place for place in judged.verdict.examined if place not in {"/", *OWN}} <= seen, judged.rule.id


async def test_a_login_with_a_captcha_is_no_wall() -> None:
    """Marks of a check count on pages that stand in for the shop, not on a page that was asked for and is there."""
    login = (
        "<title>Store administration</title><script src='https://www.google.com/recaptcha/api.js'></script>"
        "<form action='?'><input name=u><input type=password name=p></form>"
        "<script>document.cookie='seen=1'; if (top != self) top.location = self.location</script>"
    )

    def site(path: str, _cookies: str) -> bytes:
        return everywhere(login)(path, "") if path == "/admin.php" else shop(path)

    scanned = await scan_of(answering(site), "admin-default-path")
    assert found(scanned.result) == {"admin-default-path": ["/admin.php"]}

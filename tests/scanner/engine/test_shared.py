"""What the scans of one run share: each name server and each mail server is asked once for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.engine.scan import Shared
from scanner.gatherers.net.resolver import NameUnanswered
from scanner.settings.options import ScanOptions
from tests.zones import Tree, Zone, served


def test_shops_that_ask_the_same_name_servers_share_their_answers() -> None:
    shared = Shared()
    system = shared.dns(ScanOptions(), asks=True)
    assert shared.dns(ScanOptions(rate=1), asks=True) is system
    assert shared.dns(ScanOptions(nameserver="192.0.2.53"), asks=True) is not system
    assert shared.dns(ScanOptions(nameserver="192.0.2.53"), asks=False) is shared.dns(
        ScanOptions(nameserver="192.0.2.53:53"), asks=True
    )
    assert Shared().dns(ScanOptions(), asks=True) is not system


async def test_a_shop_in_a_private_place_asks_nobody_unless_told_whom() -> None:
    shared = Shared()
    assert shared.dns(ScanOptions(), asks=True).asks
    assert shared.dns(ScanOptions(nameserver="127.0.0.1:5353"), asks=False).asks
    silent = shared.dns(ScanOptions(), asks=False)
    assert not silent.asks
    with pytest.raises(NameUnanswered):
        await silent.ask("petal.example", "MX")


async def test_answers_are_validated_by_the_keys_of_a_file(tmp_path: Path) -> None:
    tree = Tree(Zone("."), Zone("example."), Zone("petal.example.", ["@ MX 10 mail"]))
    (tmp_path / "root.key").write_text(f". IN DS {tree.anchors[0]}\n")
    async with served(tree, ["127.0.0.1"]) as port:
        options = ScanOptions(nameserver=f"127.0.0.1:{port}", trust_anchor=tmp_path / "root.key")
        answer = await Shared().dns(options, asks=False).ask("petal.example", "MX")
        other = await Shared().dns(ScanOptions(nameserver=f"127.0.0.1:{port}"), asks=False).ask("petal.example", "MX")
    assert answer.records == other.records == ("10 mail.petal.example",)
    assert "update it" in other.why

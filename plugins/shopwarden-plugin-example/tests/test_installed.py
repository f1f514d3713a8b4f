"""The plugin as it is installed: shopwarden finds it by its entry points and lets it in by the same door."""

from __future__ import annotations

import pytest
from shopwarden_plugin_example.evidence import ChangePassword

from scanner import Installations, Page
from scanner.engine.catalogue import Catalogue, load
from scanner.evidence.codec import decode, encode, known_classes
from scanner.platforms.recognition import recognise
from scanner.testing import HOST, NOW, answer, page


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


def test_the_rule_is_there_with_its_article(catalogue: Catalogue) -> None:
    rule = catalogue.rules["change-password-missing"]
    assert rule.area == "accounts"
    assert catalogue.articles[rule.id].minutes == 5


def test_the_gatherer_is_there(catalogue: Catalogue) -> None:
    assert catalogue.gatherers[ChangePassword].ceiling == "2 requests"


def test_the_platform_is_recognised(catalogue: Catalogue) -> None:
    home: Page = page(metas=[("generator", "PetalCart 2.1")])
    (found,) = recognise([home], {HOST}, catalogue.knowledge.platforms)
    assert (found.platform.key, found.confidence, found.versions[0].number) == ("petalcart", "certain", "2.1")


def test_a_recording_keeps_the_evidence() -> None:
    seen = ChangePassword(answer(404), answer(404), NOW)
    assert decode(encode(seen), known_classes([ChangePassword])) == seen


def test_ours_are_there_too(catalogue: Catalogue) -> None:
    assert "hsts-missing" in catalogue.rules
    assert Installations in catalogue.gatherers

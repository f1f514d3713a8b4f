from __future__ import annotations

import pytest

from checks.backup.whereabouts import backup_same_server
from scanner import Arrival, Confidence, Found, Inconclusive, NotApplicable, Passed, Unavailable, Welcome

SFTP = "sftp://nas.example:2222/shop"


@pytest.fixture
def shop(backups):
    def make(*addresses: str) -> Arrival:
        return Arrival(Welcome.OPEN, "https://www.petalandstem.example", "/", backups().gathered_at, addresses=addresses)

    return make


def test_another_server_passes(backups, place, shop):
    verdict = backup_same_server(backups(place("database"), place("site")), shop("192.0.2.7", "2001:db8::7"))
    assert isinstance(verdict, Passed)
    assert verdict.because == "nas.example (192.0.2.40) is another address than the shop's"


def test_the_shops_own_name_is_found_even_unreached(backups, place, shop):
    same = place(
        "database", Unavailable("no answer"), host="petalandstem.example", address="", location="sftp://petalandstem.example/b"
    )
    verdict = backup_same_server(backups(same), shop())
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "sftp://petalandstem.example/b"


def test_the_shops_own_address_is_found_once_for_both_kinds(backups, place, shop):
    verdict = backup_same_server(backups(place("database"), place("site")), shop("192.0.2.40"))
    assert isinstance(verdict, Found)
    assert [(finding.subject, finding.shown) for finding in verdict.findings] == [
        (SFTP, "nas.example has the address 192.0.2.40, as the shop does.")
    ]


def test_unknown_addresses_are_inconclusive(backups, place, shop):
    verdict = backup_same_server(
        backups(place("database", Unavailable("nas.example did not answer in time."), address="")), shop("192.0.2.7")
    )
    assert isinstance(verdict, Inconclusive)
    assert "did not answer" in verdict.because
    assert isinstance(backup_same_server(backups(place("database")), shop()), Inconclusive)


def test_local_folders_and_no_places_are_not_applicable(backups, place, shop):
    assert isinstance(backup_same_server(backups(), shop("192.0.2.7")), NotApplicable)
    assert isinstance(backup_same_server(backups(place("database", host="", address="")), shop("192.0.2.7")), NotApplicable)


def test_a_name_that_only_ends_like_the_shops_is_another_one(backups, place, shop):
    assert isinstance(backup_same_server(backups(place("site", host="evilpetalandstem.example")), shop("192.0.2.7")), Passed)


def test_below_the_folder_that_visitors_see(backups, place, shop):
    same = place("database", host="petalandstem.example", location="sftp://petalandstem.example/home/petal/public_html/backup")
    verdict = backup_same_server(backups(same), shop())
    assert isinstance(verdict, Found)
    assert verdict.findings[0].shown.endswith(
        "below public_html, which visitors usually reach: then whoever guesses a file's name can fetch it."
    )
    assert verdict.findings[0].confidence is Confidence.CERTAIN
    here = place("database", host="", address="", location="/var/www/shop/backups")
    verdict = backup_same_server(backups(here), shop("192.0.2.7"))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.POSSIBLE
    away = place("database", location="sftp://nas.example/public_html/b")
    assert isinstance(backup_same_server(backups(away), shop("192.0.2.7")), Passed)
    similar = place("database", host="", address="", location="/srv/www-backups")
    assert isinstance(backup_same_server(backups(similar), shop("192.0.2.7")), NotApplicable)

"""Evidence is kept and judged without secrets; what holds none is left as it is."""

from __future__ import annotations

from checks.exposure.version_control import exposed_vcs
from scanner.engine.recording import encode
from scanner.engine.redacting import without_secrets
from scanner.evidence import Arrival, Entrances, Installations, Listings, Pages, Probes, Robots, Unavailable, Unread, Welcome
from scanner.evidence.pages import Link, Page, PageKind, Script
from scanner.testing import NOW, answer, entrances, installations, listings, pages, probes

TOKEN = "Zk3vQ9xT7mB2nL5pR8sW1yD4"


def test_addresses_anywhere_in_the_evidence() -> None:
    page = Page(
        f"https://shop.example/?token={TOKEN}",
        PageKind.HOME,
        200,
        headers=(("link", f"<https://u:{TOKEN}@shop.example/>; rel=x"),),
        links=(
            Link(f"https://shop.example/reset/{TOKEN}"),
            Link("https://shop.example/index.php?route=product/product&product_id=12"),
        ),
        scripts=(Script(src=f"https://cdn.example/a.js?key={TOKEN}"),),
        metas=(("refresh", f"0; url=https://shop.example/?sid={TOKEN}"),),
    )
    unread = Unread(f"/x?access_token={TOKEN}", f"It redirects to https://other.example/?ticket={TOKEN}.", examined=False)
    robots = Robots("https://shop.example/robots.txt", (f"/private?auth={TOKEN}",))
    gathered = {
        Pages: Pages(page, (), (unread,), robots, NOW),
        Entrances: Unavailable(f"See https://a.example/#id_token={TOKEN}"),
    }
    kept = without_secrets(gathered)
    assert TOKEN not in str(encode(kept[Pages])) + str(kept[Entrances])
    assert kept[Pages].home.links[1] == page.links[1]
    assert without_secrets(kept) == kept


def test_the_front_page_s_source() -> None:
    source = '<input type="hidden" name="form_key" value="opensesame"><script>var password = "tulips9";</script>' * 9
    seen = Arrival(Welcome.OPEN, "https://shop.example", "/", NOW, answer(200, source))
    kept = without_secrets({Arrival: seen})[Arrival]
    assert "opensesame" not in str(encode(kept))
    assert "tulips9" not in kept.home.text + kept.home.head.decode()
    assert len(kept.home.head) <= 600


def test_what_a_probe_proves_stays_proven() -> None:
    """A detached head is a checksum of public content; what was redacted by stricter rules is not redacted by others."""
    head = "68b329da9893e34099c7d8ad5cb9c940aabbccdd\n"
    seen = probes(exposed_vcs, {"/.git/HEAD": answer(200, head)})
    assert without_secrets({Probes: seen})[Probes] is seen


def test_what_holds_no_secret_is_the_same_object() -> None:
    gathered = {Pages: pages(), Entrances: entrances(), Installations: installations(), Listings: listings()}
    kept = without_secrets(gathered)
    assert all(kept[kind] is gathered[kind] for kind in gathered)


def test_fingerprints_and_keys_of_services_stay() -> None:
    """They stand in no address; without them nothing could be judged."""
    for text in (
        "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
        "v=DKIM1; p=/MIIBIjANBgkqhkiG9w0BAQEFAAOC7xT9mB2nL5pR8sW1yD4",
    ):
        assert without_secrets({Entrances: Unavailable(text)})[Entrances].because == text

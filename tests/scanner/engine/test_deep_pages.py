"""Pages whose elements have no end: the scan says of each that it was not examined, and goes on."""

from __future__ import annotations

from scanner.evidence import Pages
from tests.loopback import response, site
from tests.scanning import scan_of

HTML = "Content-Type: text/html\r\n"
DEEP = b"<div>" * 2_000


async def test_a_deep_page_was_not_examined() -> None:
    home = response(
        b'<title>Roses</title><p>Flowers for all. <a href="/deep">deep</a> <a href="/tulips">tulips</a>', headers=HTML
    )
    answers = {
        "/": home,
        "/deep": response(DEEP, headers=HTML),
        "/tulips": response(b"<title>Tulips</title><p>Flowers for many.", headers=HTML),
    }
    pages = (await scan_of(site(answers), "mixed-content-active", max_pages=12)).gathered[Pages]
    assert isinstance(pages, Pages)
    assert {page.address.rpartition("/")[2] for page in pages.others} == {"tulips"}
    (deep,) = [one for one in pages.unread if one.address.endswith("/deep")]
    assert not deep.examined
    assert "1,000 deep" in deep.because


async def test_of_a_deep_home_page_the_beginning_counts_and_that_is_said() -> None:
    home = response(b'<title>Roses</title><p>Flowers for all. <a href="/tulips">tulips</a>' + DEEP, headers=HTML)
    seen = await scan_of(
        site({"/": home, "/tulips": response(b"<title>Tulips</title><p>Many.", headers=HTML)}),
        "mixed-content-active",
        max_pages=12,
    )
    pages = seen.gathered[Pages]
    assert isinstance(pages, Pages)
    assert pages.home.title == "Roses"
    assert any(one.address == pages.home.address and not one.examined for one in pages.unread)
    assert any("not examined as a whole" in remark for remark in pages.remarks)

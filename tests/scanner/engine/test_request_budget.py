"""How many requests a scan sends in the end, the whole real path: the shares are ceilings, these are shops."""

from __future__ import annotations

import re

import pytest

from scanner.testing import knowledge
from tests.loopback import response, serving, site
from tests.scanning import HOST, scan_port

HTML = "Content-Type: text/html; charset=utf-8\r\n"
MOST, MOST_KNOWN = 260, 220
MARKS = {
    "opencart": '<script src="/catalog/view/javascript/common.js"></script>',
    "prestashop": '<meta name="generator" content="PrestaShop">',
    "magento2": '<script src="/static/version1700000000/frontend/Petal/theme/en_GB/mage/common.js"></script>'
    '<script type="text/x-magento-init">{"*": {"Magento_Ui/js/core/app": {}}}</script>',
    "wordpress": '<meta name="generator" content="WordPress 6.9.1"><script src="/wp-includes/js/wp-embed.min.js"></script>',
    "shopware6": '<link rel="stylesheet" href="/theme/0123456789abcdef0123456789abcdef/css/all.css"><script>window.features = {}</script>',
    "unknown": "",
}


def large_shop(mark: str, base: str = "/") -> dict[str, bytes]:
    """A hundred pages that differ in kind and folder, and assets in forty folders: more than any share lets a scan look at."""
    pairs = [(one, other) for one in "abcdefghij" for other in "abcdefghij"]
    paths = [f"{base}{other * 3}/{one}.php?route={one * 4}/{other * 5}" for one, other in pairs]
    links = "".join(f'<a href="{path}">Page</a>' for path in paths)
    assets = "".join(f'<img src="{base}media/a{number}/b{number % 7}/p.jpg">' for number in range(40))
    scripts = "".join(f'<script src="{base}js/part{number}.js"></script>' for number in range(30))
    home = f"<title>Petal</title>{mark}{scripts}<h1>Flowers</h1>{links}{assets}"
    pages = {path: f"<title>A page</title>{mark}{assets}<h1>{path}</h1>" for path in paths}
    return {path: response(body.encode(), headers=HTML) for path, body in {base: home, **pages}.items()}


def under(base: str, mark: str) -> dict[str, bytes]:
    """The same shop below a path, on a host whose root is a page of its own."""
    moved = large_shop(re.sub(r'(?<=[" ])/(?=[a-z])', base, mark), base)
    return {"/": response(b"<title>A host</title><h1>Somebody's page</h1>", headers=HTML), **moved}


@pytest.mark.parametrize("base", ["/", "/shop/"])
@pytest.mark.parametrize("key", sorted(MARKS))
async def test_a_large_healthy_shop_stays_within_the_promise(key: str, base: str) -> None:
    pages = large_shop(MARKS[key]) if base == "/" else under(base, MARKS[key])
    async with serving(site(pages)) as port:
        scanned = await scan_port(port, url=f"http://{HOST}{base}")
    platform = scanned.result.site.platform
    assert (platform is None) == (key == "unknown")
    known = knowledge().platforms.get(key)
    assert known is None or (platform and platform[0] == known.name)
    assert 150 <= scanned.result.requests.http <= (MOST if platform is None else MOST_KNOWN)

"""Which scripts run where: told from literal pages, for the platforms that matter most, and for pages that only look alike."""

from __future__ import annotations

import pytest

from scanner.evidence import Cookie, Link, Page, PageKind, Resource, Script
from scanner.platforms.recognition import Recognised, recognise
from scanner.testing import knowledge

SHOP = "https://petalandstem.example"
KNOWN = knowledge().platforms
NAMES = ("petalandstem.example", "www.petalandstem.example")


def a_page(path: str = "/", *, host: str = SHOP, css: tuple[str, ...] = (), js: tuple[str, ...] = (), **given: object) -> Page:
    """A page of the shop; addresses without a host are on the shop's own."""

    def absolute(address: str) -> str:
        return address if "://" in address else host + address

    inline = str(given.pop("inline", ""))
    metas = tuple((name, content) for name, content in given.pop("metas", ()))
    return Page(
        address=host + path,
        kind=PageKind.HOME if path == "/" else PageKind.OTHER,
        status=200,
        base=str(given.pop("base", "")) or host + path,
        metas=metas,
        scripts=(*(Script(src=absolute(address)) for address in js), *([Script(inline=inline)] if inline else [])),
        resources=tuple(Resource("link", "href", absolute(address), "stylesheet") for address in css),
        links=tuple(Link(absolute(address)) for address in given.pop("links", ())),
        cookies=tuple(Cookie(name) for name in given.pop("cookies", ())),
        **given,
    )


def one(*pages: Page) -> Recognised:
    found = recognise(pages, NAMES, KNOWN)
    assert len(found) == 1, found
    return found[0]


def wordpress(base: str = "/", version: str = "6.8.3") -> Page:
    return a_page(
        base,
        metas=(("generator", f"WordPress {version}"), ("generator", "WooCommerce 10.1.0")),
        css=(
            f"{base}wp-content/themes/storefront/style.css?ver=4.6.1",
            f"{base}wp-content/plugins/woocommerce/assets/css/woocommerce.css?ver=10.1.0",
        ),
        js=(f"{base}wp-includes/js/jquery/jquery.min.js?ver=3.7.1", f"{base}wp-includes/js/wp-embed.min.js?ver={version}"),
    )


def opencart(base: str = "/") -> Page:
    return a_page(
        base,
        css=(f"{base}catalog/view/theme/default/stylesheet/stylesheet.css",),
        js=(f"{base}catalog/view/javascript/jquery/jquery-2.1.1.min.js", f"{base}catalog/view/javascript/common.js"),
        links=(f"{base}index.php?route=account/login", f"{base}index.php?route=common/home"),
        cookies=("OCSESSID", "language"),
    )


def prestashop(base: str = "/") -> Page:
    return a_page(
        base,
        headers=(("powered-by", "PrestaShop"),),
        cookies=("PrestaShop-0123456789abcdef0123456789abcdef",),
        css=(f"{base}themes/classic/assets/cache/theme-1a2b3c12.css",),
        js=(f"{base}themes/classic/assets/cache/bottom-9f8e7d9.js",),
        inline='var prestashop = {"cart":{}};',
    )


def magento2(base: str = "/") -> Page:
    return a_page(
        base,
        css=(f"{base}static/version1700000000/frontend/Magento/luma/en_US/css/styles-m.css",),
        js=(f"{base}static/version1700000000/frontend/Magento/luma/en_US/requirejs/require.js",),
        headers=(("x-magento-tags", "FPC"),),
        html='<script type="text/x-magento-init">{"*":{"Magento_Ui/js/core/app":{}}}</script>',
    )


def quickcart(base: str = "/") -> Page:
    return a_page(
        base,
        metas=(("generator", "Quick.Cart v6.7"),),
        js=(f"{base}core/common.js", f"{base}core/libraries/quick.box.js"),
        html='<div id="powered"><a href="http://opensolution.org/">Powered by <strong>Quick.Cart</strong></a></div>',
    )


def magento1(base: str = "/") -> Page:
    return a_page(
        base,
        css=(f"{base}skin/frontend/rwd/default/css/styles.css",),
        js=(f"{base}js/prototype/prototype.js", f"{base}js/varien/js.js", f"{base}js/mage/cookies.js"),
        cookies=("frontend",),
        inline="Mage.Cookies.path     = '/';",
    )


def oscommerce(base: str = "/") -> Page:
    return a_page(
        base,
        links=(f"{base}product_info.php?products_id=12&osCsid=0123456789abcdef0123456789abcdef", f"{base}shopping_cart.php"),
        css=(f"{base}ext/jquery/ui/redmond/jquery-ui-1.8.6.css", f"{base}stylesheet.css"),
        cookies=("cookie_test",),
        html='Powered by <a href="http://www.oscommerce.com" target="_blank">osCommerce</a>',
    )


def zencart(base: str = "/") -> Page:
    return a_page(
        base,
        metas=(
            ("author", "Petal & Stem"),
            ("generator", "shopping cart program by Zen Cart\u00ae, https://www.zen-cart.com eCommerce"),
        ),
        css=(f"{base}includes/templates/responsive_classic/css/stylesheet.css",),
        links=(f"{base}index.php?main_page=login",),
        cookies=("zenid",),
    )


def shopware6(base: str = "/") -> Page:
    return a_page(
        base,
        css=(f"{base}theme/0123456789abcdef0123456789abcdef/css/all.css?1700000000",),
        js=(f"{base}theme/0123456789abcdef0123456789abcdef/js/storefront/storefront.js?1700000000",),
        inline="window.salesChannelId = '0123456789abcdef0123456789abcdef';",
        headers=(("sw-context-token", "…"),),
    )


def shopware5(base: str = "/") -> Page:
    return a_page(
        base,
        css=(f"{base}web/cache/1700000000_0123456789abcdef0123456789abcdef.css",),
        links=(f"{base}account",),
        cookies=("session-1", "__csrf_token-1"),
        headers=(),
        html="<img src='/themes/Frontend/Responsive/frontend/_public/src/img/no-picture.jpg'>",
    )


def cscart(base: str = "/") -> Page:
    return a_page(
        base,
        css=(f"{base}var/cache/misc/assets/design/themes/responsive/css/standalone.8f31b17c3d1864a2d8c8443166ec5358.css",),
        js=(f"{base}var/cache/misc/assets/js/tygh/scripts-824bfa5b5905d42287a9b1ac77ed9cdc1520852898.js",),
        cookies=("sid_customer_07a72",),
    )


PLATFORMS = {
    "wordpress": wordpress,
    "opencart": opencart,
    "prestashop": prestashop,
    "magento2": magento2,
    "quickcart": quickcart,
    "cscart": cscart,
    "magento1": magento1,
    "oscommerce": oscommerce,
    "zencart": zencart,
    "shopware6": shopware6,
    "shopware5": shopware5,
}
PROBABLE = {"oscommerce"}  # its visitors' pages carry no mark of its own alone: two probable ones


@pytest.mark.parametrize("key", PLATFORMS)
@pytest.mark.parametrize("base", ["/", "/shop/"])
def test_it_is_recognised_at_the_root_and_in_a_folder(key: str, base: str) -> None:
    seen = one(PLATFORMS[key](base))
    assert (seen.directory, seen.platform.key) == (base, key)
    assert seen.confidence == ("probable" if key in PROBABLE else "certain")
    assert seen.marks


@pytest.mark.parametrize("key", [key for key in PLATFORMS if key != "wordpress"])
def test_a_blog_beside_the_shop_is_an_entry_of_its_own(key: str) -> None:
    shop, blog = recognise([PLATFORMS[key]("/"), wordpress("/blog/", "5.2.1")], NAMES, KNOWN)
    assert (shop.directory, shop.platform.key, shop.is_shop) == ("/", key, True)
    assert (blog.directory, blog.platform.key) == ("/blog/", "wordpress")
    assert blog.versions[0].number == "5.2.1"
    assert not any(version.number == "5.2.1" for version in shop.versions)


@pytest.mark.parametrize("key", PLATFORMS)
def test_an_old_copy_is_an_entry_of_its_own(key: str) -> None:
    found = recognise([PLATFORMS[key]("/"), PLATFORMS[key]("/old/")], NAMES, KNOWN)
    assert [(seen.directory, seen.platform.key) for seen in found] == [("/", key), ("/old/", key)]


@pytest.mark.parametrize("key", PLATFORMS)
def test_its_own_and_only_its_own_marks_are_seen(key: str) -> None:
    assert {seen.platform.key for seen in recognise([PLATFORMS[key]("/"), a_page("/about/")], NAMES, KNOWN)} == {key}


OTHERS: dict[str, Page] = {
    "thirtybees": a_page("/", headers=(("powered-by", "thirty bees"),), inline="var prestashop = {};"),
    "cubecart": a_page("/", css=("/skins/foundation/css/cubecart.css",), links=("/index.php?_a=basket",)),
    "litecart": a_page("/", css=("/includes/templates/default.catalog/css/app.css",)),
    "abantecart": a_page("/", metas=(("generator", "AbanteCart v1.3.4 - Open Source eCommerce solution"),)),
    "xcart": a_page("/", css=("/skin/common_files/lib/x.css",)),
    "joomla": a_page(
        "/", metas=(("generator", "Joomla! - Open Source Content Management"),), css=("/media/jui/css/bootstrap.min.css",)
    ),
    "drupal": a_page(
        "/", metas=(("generator", "Drupal 10 (https://www.drupal.org)"),), css=("/sites/default/files/css/css_x.css",)
    ),
    "typo3": a_page("/", metas=(("generator", "TYPO3 CMS"),), css=("/typo3temp/assets/compressed/merged.css",)),
    "modified": a_page(
        "/", metas=(("generator", "(c) by modified eCommerce Shopsoftware v2.0.7.2 https://www.modified-shop.org"),)
    ),
    "xtcommerce": a_page("/", metas=(("generator", "xt:Commerce 6"),)),
    "gambio": a_page("/", css=("/themes/Malibu/main.css", "/GXModules/Gambio/x.css")),
    "nopcommerce": a_page("/", metas=(("generator", "nopCommerce"),), cookies=(".Nop.Customer",)),
    "sylius": a_page("/", css=("/media/cache/sylius_shop_product_thumbnail/aa/bb.jpg",)),
    "bagisto": a_page("/", cookies=("bagisto_session", "XSRF-TOKEN")),
    "spree": a_page("/", css=("/assets/spree/frontend/all-1a2b.css",), inline="Spree.api_key = ''"),
    "oscar": a_page("/", css=("/static/oscar/css/styles.css",), inline="oscar.init();"),
    "evershop": a_page(
        "/", js=("/assets/frontstore-vendor/client/1f43cc11a40dc2a5ffc6.js",), inline='var eContext = {"graphqlResponse":{}}'
    ),
    "medusa": a_page("/", cookies=("_medusa_cache_id",)),
    "vendure": a_page(
        "/",
        css=("/assets/preview/71/laptop__preview.jpg?preset=medium",),
        html='<img src="/assets/preview/71/laptop__preview.jpg?preset=medium">',
    ),
    "saleor": a_page("/dashboard/", title="Saleor Dashboard", inline="window.__SALEOR_CONFIG__ = {API_URL: ''}"),
    "phpshop": a_page("/", css=("/phpshop/templates/hub/css/style.css",)),
    "thelia": a_page("/", metas=(("generator", "Thelia V2"),)),
    "eccube": a_page("/", metas=(("eccube-csrf-token", "x"),), css=("/html/template/default/assets/css/style.css",)),
    "shopify": a_page("/", headers=(("x-shopid", "1"),), css=("https://cdn.shopify.com/s/files/1/theme.css",)),
    "bigcommerce": a_page("/", cookies=("SHOP_SESSION_TOKEN",), css=("https://cdn11.bigcommerce.com/s-1/theme.css",)),
    "wix": a_page("/", metas=(("generator", "Wix.com Website Builder"),)),
    "squarespace": a_page("/", html="<!-- This is Squarespace. --><!-- petal -->"),
    "ecwid": a_page("/", js=("https://app.ecwid.com/script.js?1003",), inline="xProductBrowser('categoriesPerRow=3')"),
    "phpbb": a_page("/forum/", css=("/forum/styles/prosilver/theme/stylesheet.css",), cookies=("phpbb3_abc12_sid",)),
    "mybb": a_page("/forum/", js=("/forum/jscripts/general.js?ver=1821",)),
    "smf": a_page("/forum/", inline='var smf_theme_url = "https://petalandstem.example/forum/Themes/default";'),
    "vbulletin": a_page("/forum/", metas=(("generator", "vBulletin 4.2.5"),)),
    "mediawiki": a_page("/wiki/", metas=(("generator", "MediaWiki 1.39.5"),)),
    "dokuwiki": a_page("/wiki/", metas=(("generator", "DokuWiki"),), css=("/wiki/lib/exe/css.php?t=dokuwiki",)),
    "matomo": a_page("/matomo/", metas=(("generator", "Matomo - free/libre analytics platform"),)),
    "roundcube": a_page("/webmail/", cookies=("roundcube_sessid",), js=("/webmail/program/js/app.min.js?s=1",)),
    "phpmyadmin": a_page("/pma/", cookies=("phpMyAdmin",), title="phpMyAdmin"),
    "adminer": a_page("/adminer.php", cookies=("adminer_sid",), title="Login - Adminer"),
    "osticket": a_page("/support/", js=("/support/js/osticket.js?1",)),
    "moodle": a_page("/moodle/", css=("/moodle/theme/styles.php/boost/1/all",), cookies=("MoodleSession",)),
    "nextcloud": a_page("/cloud/login", metas=(("apple-itunes-app", "app-id=1125420102"),)),
    "gallery": a_page("/gallery/", js=("/gallery/lib/gallery.common.js",)),
    "piwigo": a_page("/photos/", metas=(("generator", "Piwigo (aka PWG), see piwigo.org"),)),
}


@pytest.mark.parametrize("key", OTHERS)
def test_the_others_are_recognised(key: str) -> None:
    assert one(OTHERS[key]).platform.key == key


def test_hosted_platforms_say_so() -> None:
    hosted = {key for key, page in OTHERS.items() if one(page).platform.hosted}
    assert hosted == {"shopify", "bigcommerce", "wix", "squarespace"}


@pytest.mark.parametrize(
    ("key", "page", "name"),
    [
        ("wordpress", wordpress(), "WordPress with WooCommerce"),
        ("wordpress", a_page("/", css=("/wp-content/plugins/woocommerce/x.css",)), "WordPress with WooCommerce"),
        ("joomla", a_page("/", css=("/components/com_virtuemart/assets/css/vm.css",)), "Joomla with VirtueMart"),
        ("joomla", a_page("/", css=("/media/com_hikashop/css/x.css",)), "Joomla with HikaShop"),
        ("drupal", a_page("/", css=("/modules/contrib/commerce/css/x.css",)), "Drupal with Drupal Commerce"),
    ],
)
def test_a_shop_plugin_is_part_of_its_platform(key: str, page: Page, name: str) -> None:
    seen = one(page)
    assert (seen.platform.key, seen.name, seen.is_shop, seen.confidence) == (key, name, True, "certain")


LOOK_ALIKES: dict[str, Page] = {
    "a picture from another host's WordPress": a_page("/", css=("https://supplier.example/wp-content/uploads/rose.jpg",)),
    "another host's OpenCart": a_page("/", js=("https://cdn.example/catalog/view/javascript/common.js",)),
    "a host that only begins like the shop's": a_page("/", css=("https://petalandstem.example.evil.example/wp-includes/x.css",)),
    "links to another WordPress": a_page("/", links=("https://blog.example/wp-login.php", "https://blog.example/wp-content/x")),
    "a link to an upload": a_page("/", links=("/blog/wp-content/uploads/catalogue.pdf",)),
    "an article about WordPress": a_page(
        "/news/wordpress-or-magento",
        title="WordPress or Magento? How to choose",
        words="WordPress keeps its files in wp-content/plugins and wp-includes. Magento has Magento_Ui. PrestaShop has modules.",
        html="<p>Look for <code>/wp-content/themes/</code> and <code>index.php?route=common/home</code> or x-magento-init.</p>",
    ),
    "an article that shows source": a_page(
        "/help/",
        html=(
            "<pre>&lt;meta name=generator content='WordPress 6.1'&gt;\nvar prestashop = {};\nMage.Cookies.path = '/';\n"
            "&lt;script type=text/x-magento-init&gt;</pre>"
        ),
    ),
    "a keyword list": a_page("/", metas=(("keywords", "wordpress, magento, prestashop, opencart, shopware"),)),
    "a generator that only mentions it": a_page("/", metas=(("generator", "Elementor 3.2; works with WordPress 6.1"),)),
    "a theme called magento": a_page("/", css=("/themes/magento/style.css", "/css/prestashop.css", "/js/opencart.js")),
    "a footer that names its maker": a_page("/", html='Powered by <a href="http://www.opencart.com">OpenCart</a>'),
    "a session of PHP": a_page("/", cookies=("PHPSESSID", "language", "currency", "cart")),
    "a cookie of the common kind": a_page("/", cookies=("frontend",)),
    "a folder that ends like one": a_page("/", css=("/my-wp-content/themes/x/style.css", "/notwp-includes/x.css")),
    "the name in a query": a_page("/", css=("/load.asp?file=wp-includes/js/x.js",)),
    "a shop that links to a checkout route": a_page("/", links=("/index.php?route=checkout/cart",)),
    "a broken address": a_page(
        "/", css=("https://[::1/wp-content/themes/x", "http://petalandstem.example:notaport/wp-includes/x")
    ),
    "a page on another host": a_page("/", host="https://blog.example", metas=(("generator", "WordPress 6.1"),)),
    "data and blob addresses": a_page("/", css=("data:text/css,/wp-content/themes/", "blob://petalandstem.example/wp-includes/")),
    "an embedded Shopify picture": a_page("/", css=("https://cdn.shopify.com/s/files/1/0001/rose.jpg",)),
    "nothing at all": a_page("/"),
}


@pytest.mark.parametrize("called", LOOK_ALIKES)
def test_a_look_alike_is_nothing(called: str) -> None:
    assert recognise([LOOK_ALIKES[called]], NAMES, KNOWN) == ()


def test_a_folder_inside_a_theme_is_no_installation() -> None:
    page = a_page(
        "/",
        css=("/wp-content/themes/petal/catalog/view/theme/x.css", "/wp-content/uploads/skin/frontend/rwd/default/x.css"),
        js=("/wp-content/plugins/shop/js/varien/js.js",),
    )
    assert one(page).platform.key == "wordpress"


def test_a_fork_is_not_taken_for_its_ancestor() -> None:
    shop = a_page(
        "/",
        metas=(("generator", "(c) by xtcModified , http://www.xtc-modified.org"),),
        links=("/product_info.php?products_id=3",),
        cookies=("cookie_test", "MODsid"),
        html='Powered by <a href="http://www.oscommerce.com">osCommerce</a>',
    )
    assert one(shop).platform.key == "modified"


def test_all_pages_of_one_installation_are_one_entry() -> None:
    shop = [
        a_page(path, headers=(("powered-by", "PrestaShop"),))
        for path in ("/", "/3-roses", "/roses/12-red.html", "/en/order/cart")
    ]
    assert one(*shop).directory == "/"


def test_a_page_without_addresses_belongs_to_its_base_or_its_first_directory() -> None:
    assert one(a_page("/blog/2024/05/hello/", metas=(("generator", "WordPress 6.1"),))).directory == "/blog/"
    based = a_page("/a/b/index.php", base=f"{SHOP}/a/", metas=(("generator", "WordPress 6.1"),))
    assert one(based).directory == "/a/"


def test_a_site_above_its_own_files_belongs_to_them() -> None:
    page = a_page("/", metas=(("generator", "WordPress 6.1"),), js=("/wp/wp-includes/js/x.js?ver=6.1",))
    assert one(page).directory == "/wp/"


def test_the_twin_name_is_the_shop_too() -> None:
    assert one(a_page("/", css=("https://WWW.petalandstem.example//wp-content//themes/x/style.css",))).directory == "/"


def test_two_scripts_in_one_directory_are_both_named() -> None:
    keys = [seen.platform.key for seen in recognise([magento2(), a_page("/", css=("/wp-content/uploads/x.jpg",))], NAMES, KNOWN)]
    assert keys == ["magento2", "wordpress"]


def test_the_generator_gives_the_version_first_then_agreeing_files() -> None:
    page = a_page(
        "/",
        metas=(("generator", "WordPress 6.4.2"),),
        js=("/wp-includes/a.js?ver=6.4.2", "/wp-includes/b.js?ver=6.4.2", "/wp-includes/jquery.js?ver=3.7.1"),
    )
    assert [(version.number, version.source) for version in one(page).versions] == [("6.4.2", "generator"), ("6.4.2", "asset")]


def test_one_file_alone_gives_no_version() -> None:
    page = a_page("/", js=("/wp-includes/js/jquery/jquery.js?ver=3.7.1", "/wp-includes/x.js?ver=1.2.3"))
    assert one(page).versions == ()


def test_a_version_that_is_none_is_not_taken() -> None:
    assert one(a_page("/", metas=(("generator", "WordPress <b>6</b>"), ("generator", "WordPress 6")))).versions[0].number == "6"
    assert one(a_page("/", metas=(("generator", "AbanteCart vNext"),))).versions == ()


def test_marks_are_words_without_secrets() -> None:
    marks = one(oscommerce()).marks
    assert any("osCsid=…" in mark for mark in marks)
    assert not any("0123456789abcdef" in mark for mark in (*marks, *one(prestashop()).marks, *one(shopware6()).marks))
    assert all(len(mark) < 100 for mark in marks)


def test_the_order_of_the_pages_behind_the_home_page_changes_nothing() -> None:
    rest = [wordpress("/blog/"), opencart("/old/"), a_page("/about/"), OTHERS["phpbb"]]
    home = prestashop()
    assert recognise([home, *rest], NAMES, KNOWN) == recognise([home, *reversed(rest)], NAMES, KNOWN)


CUBECART = (
    {"metas": (("generator", "cubecart"),)},
    {"cookies": ("CCS_1A2B3C4D5E",)},
    {"cookies": ("CC_0123456789",)},
    {"html": '<form action="/search.html"><input type="hidden" name="token" class="cc_session_token" value="…"></form>'},
    {
        "html": '<p>eCommerce by <a href="https://www.cubecart.com">CubeCart</a></p>',
        "links": ("/index.php?_a=basket",),
    },
)


@pytest.mark.parametrize("given", CUBECART)
def test_cubecart_6_is_recognised_by_each_of_its_marks(given: dict[str, object]) -> None:
    assert one(a_page("/", **given)).platform.key == "cubecart"


PHOENIX = (
    {"metas": (("generator", "CE Phoenix Cart"),)},
    {"cookies": ("ceid",)},
    {
        "html": '&middot; Powered by <a class="text-body" href="https://phoenixcart.org" target="_blank">CE Phoenix Cart</a>',
        "css": ("/templates/default/static/user.css",),
    },
)


@pytest.mark.parametrize("given", PHOENIX)
def test_ce_phoenix_is_recognised_and_is_no_oscommerce(given: dict[str, object]) -> None:
    links = ("/product_info.php?cPath=3&products_id=7", "/index.php")
    seen = one(a_page("/", **{"links": links, **given}))
    assert (seen.platform.key, seen.platform.family) == ("cephoenix", "oscommerce")
    assert "/includes/configure.php" in seen.platform.config_files


INSIDE = {
    "AbanteCart's extensions": (
        ("/storefront/view/default/stylesheet/style.css", "/extensions/banner_manager/storefront/view/default/css/x.css"),
        "abantecart",
    ),
    "an AbanteCart below a path": (("/shop/extensions/x/storefront/view/default/js/x.js",), "abantecart"),
    "OpenCart 4's extension": (
        ("/catalog/view/javascript/common.js", "/extension/opencart/catalog/view/javascript/x.js"),
        "opencart",
    ),
    "nothing but an extension of OpenCart": (("/extension/acme/catalog/view/stylesheet/x.css",), "opencart"),
    "a theme that keeps a WordPress's files": (
        ("/wp-content/themes/a/style.css", "/old-design/wp-content/themes/a/style.css"),
        "wordpress",
    ),
    "a module that has PrestaShop's folders": (
        (
            "/themes/core.js",
            "/themes/classic/assets/css/theme.css",
            "/upload/x/themes/core.js",
            "/upload/x/themes/classic/assets/js/theme.js",
        ),
        "prestashop",
    ),
}


@pytest.mark.parametrize("name", INSIDE)
def test_a_folder_inside_a_platform_is_no_second_one(name: str) -> None:
    css, key = INSIDE[name]
    seen = one(a_page("/", css=css))
    assert (seen.platform.key, seen.directory) == (key, "/shop/" if "below" in name else "/")


def test_a_second_shop_that_answers_by_itself_is_one_all_the_same() -> None:
    front, copy = opencart(), opencart("/old/")
    assert [seen.directory for seen in recognise((front, copy), NAMES, KNOWN)] == ["/", "/old/"]
    linked = a_page(
        "/", css=("/catalog/view/theme/x/x.css", "/old/catalog/view/theme/x/x.css"), links=("/old/index.php?route=common/home",)
    )
    assert [seen.directory for seen in recognise((linked,), NAMES, KNOWN)] == ["/", "/old/"]


def test_each_part_has_versions_of_its_own() -> None:
    seen = one(wordpress(version="6.1.9"))
    (shop,) = seen.parts
    assert (seen.versions[0].number, shop.platform.key, shop.versions[0].number) == ("6.1.9", "woocommerce", "10.1.0")

"""Version numbers in headers, generator marks and the addresses of styles."""

import pytest

from checks.versions.leaks import leak, product, version_leak_asset, version_leak_generator, version_leak_header
from scanner import Found, Inconclusive, Passed, Unavailable, Version
from scanner.testing import ORIGIN, installation, installations, page, pages

WORDPRESS = installation("wordpress", "/blog/", versions=[Version("6.4.2", "generator", f"{ORIGIN}/blog/")])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server", "nginx/1.18.0"),
        ("server", "Apache/2.4.57 (Debian) OpenSSL/3.0.11"),
        ("server", "Apache/2.4"),
        ("server", "Microsoft-IIS/10.0"),
        ("server", "Jetty(9.4.43.v20210629)"),
        ("x-powered-by", "PHP/7.4.33"),
        ("x-powered-by", "Phusion Passenger 6.0.4"),
        ("x-aspnet-version", "4.0.30319"),
        ("x-aspnetmvc-version", "5.2"),
        ("x-generator", "Drupal 9.5.11"),
        ("via", "1.1 proxy (squid/3.5.27)"),
    ],
)
def test_a_header_that_tells(name: str, value: str) -> None:
    assert leak(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server", "Apache"),
        ("server", "Apache/2"),
        ("server", "cloudflare"),
        ("server", "192.0.2.7"),
        ("server", ""),
        ("x-powered-by", "ASP.NET"),
        ("x-generator", "Drupal 10 (https://www.drupal.org)"),
        ("via", "1.1 varnish, 1.1 abc123.cloudfront.net (CloudFront)"),
        ("etag", '"5.6.7-1.2"'),
        ("date", "Fri, 20 Nov 2026 03.30.00 GMT"),
        ("x-request-id", "1.2.3"),
        ("x-powered-by", "x" * 600 + "/1.2.3"),
    ],
)
def test_a_header_that_says_nothing(name: str, value: str) -> None:
    assert not leak(name, value)


@pytest.mark.parametrize(
    ("generator", "name"),
    [
        ("WordPress 6.4.2", "wordpress"),
        ("WooCommerce 8.2.1", "woocommerce"),
        ("Elementor 3.18.3; features: e_dom_optimization; settings: css_print_method-external", "elementor"),
        ("TYPO3 6.2 CMS", "typo3"),
        ("Site Kit by Google 1.119.0", "site kit by google"),
        ("Divi v.4.9.2", "divi"),
        ("WPML ver:4.6.7 stt:1,3;", "wpml"),
        ("Powered by Slider Revolution 6.5.8 - responsive slider", "slider revolution"),
        ("Joomla! 1.5 - Open Source Content Management", "joomla"),
        ("(c) by xt:Commerce v3.0.4 SP2.1, http://www.xt-commerce.com", "xt:commerce"),
        ("osCommerce Online Merchant v2.3.4", "oscommerce online merchant"),
        ("4.9.8", "generator"),
        ("  Word\n Press   6.1 ", "word press"),
        ("PrestaShop", None),
        ("Drupal 10 (https://www.drupal.org)", None),
        ("Powered by WPBakery Page Builder - drag and drop page builder for WordPress.", None),
        ("", None),
        ("-" * 200_000 + "1.2", None),
    ],
)
def test_the_product_of_a_generator_mark(generator: str, name: str | None) -> None:
    assert product(generator) == name


def test_a_shop_that_tells_nothing_passes() -> None:
    assert version_leak_header(pages()) == Passed(("/",))
    assert version_leak_generator(pages(), installations()) == Passed(("/",))
    assert version_leak_asset(installations()) == Passed(("/",))


def test_one_finding_a_header_with_every_page_and_three_places() -> None:
    paths = ("/", "/a", "/b?x=1", "/c")
    crawl = [page(path, headers={"Server": "nginx/1.18.0", "X-Powered-By": "PHP/7.4.33"}) for path in paths]
    verdict = version_leak_header(pages(*crawl))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["Server", "X-Powered-By"]
    assert verdict.findings[0].shown == "Server: nginx/1.18.0"
    assert verdict.findings[0].locations == tuple(ORIGIN + path for path in paths)
    assert verdict.findings[0].places == ("/", "/a", "/b")
    assert verdict.examined == ("/", "/a", "/b", "/c")


def test_many_values_of_one_header_are_bounded() -> None:
    crawl = [page(f"/{i}", headers={"server": f"x{i}/1.{i} " + "y" * 5000}) for i in range(40)]
    verdict = version_leak_header(pages(*crawl))
    assert isinstance(verdict, Found)
    assert len(verdict.findings[0].shown) < 500


def test_a_generator_mark_of_the_shop_and_of_a_blog_are_one_product() -> None:
    shop = pages(page(metas=[("generator", "WordPress 6.4.2"), ("generator", "WooCommerce 8.2.1")]))
    verdict = version_leak_generator(shop, installations(None, WORDPRESS))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["woocommerce", "wordpress"]
    assert verdict.findings[1].places == ("/", "/blog/")


def test_a_version_from_an_asset_is_the_other_rule() -> None:
    blog = installation("wordpress", "/blog/", versions=[Version("6.4.2", "asset", f"{ORIGIN}/blog/")])
    assert isinstance(version_leak_generator(pages(), installations(None, blog)), Passed)
    verdict = version_leak_asset(installations(None, blog))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "wordpress"
    assert isinstance(version_leak_asset(installations(None, WORDPRESS)), Passed)


def test_what_could_not_be_looked_at_is_inconclusive() -> None:
    unseen = installations(unseen=[("/blog/", Unavailable("No answer within 30 seconds."))])
    assert isinstance(version_leak_asset(unseen), Inconclusive)
    assert isinstance(version_leak_generator(pages(), unseen), Inconclusive)
    assert isinstance(version_leak_generator(pages(), Unavailable("The crawl failed.")), Inconclusive)
    loud = pages(page(metas=[("generator", "WordPress 6.4.2")]))
    assert isinstance(version_leak_generator(loud, Unavailable("The crawl failed.")), Found)

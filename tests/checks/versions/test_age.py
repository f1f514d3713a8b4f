"""Old software: by support dates, never by a banner against a list of holes."""

from dataclasses import replace

import pytest

from checks.cohosted.outdated import cohosted_script_outdated
from checks.versions.age import software_end_of_life, software_outdated
from scanner import Confidence, Found, Inconclusive, NotApplicable, Passed, Unavailable, Version
from scanner.testing import ORIGIN, answer, installation, installations, knowledge, page, pages, probes

README = "<html><h1><br /> Version 4.3.1</h1></html>"


def shop(number: str, platform: str = "wordpress", source: str = "generator"):
    return installations(installation(platform, versions=[Version(number, source, ORIGIN)]))


def run(check, seen, *more, **given):
    return check(probes(check, given.get("answers"), platforms=given.get("platforms", ())), seen, *more, knowledge())


def test_behind_within_a_series_is_outdated_and_not_ended() -> None:
    verdict = run(software_outdated, shop("6.8.1"))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "wordpress"
    assert "6.8.12" in verdict.findings[0].shown
    assert isinstance(run(software_end_of_life, shop("6.8.1"), pages()), Passed)


def test_an_ended_series_is_one_problem_not_two() -> None:
    verdict = run(software_end_of_life, shop("4.3.1"), pages())
    assert isinstance(verdict, Found)
    assert "15 July 2025" in verdict.findings[0].shown
    assert isinstance(run(software_outdated, shop("4.3.1")), Passed)


@pytest.mark.parametrize(("platform", "number"), [("phpmyadmin", "5.2.1deb1"), ("roundcube", "1.6.5")])
def test_a_distributions_package_may_be_repaired_under_its_old_number(platform: str, number: str) -> None:
    verdict = run(software_outdated, shop(number, platform))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.POSSIBLE
    assert "Linux distribution" in verdict.findings[0].shown
    beside = installations(None, installation(platform, "/x/", versions=[Version(number, "html", ORIGIN)]))
    other = run(cohosted_script_outdated, beside)
    assert isinstance(other, Found)
    assert other.findings[0].confidence is Confidence.POSSIBLE


def test_the_newest_release_passes_and_says_as_of_when() -> None:
    verdict = run(software_outdated, shop("7.1.4"))
    assert isinstance(verdict, Passed)
    assert "30 November 2026" in (verdict.because or "")


@pytest.mark.parametrize(
    "seen", [shop("7.4"), shop("x"), shop("3.0.2.0", "opencart"), installations(), installations(installation("unknown"))]
)
def test_what_nobody_knows_is_inconclusive(seen) -> None:
    assert isinstance(run(software_outdated, seen), Inconclusive)
    assert isinstance(run(software_end_of_life, seen, pages()), Inconclusive)


def test_a_hosted_shop_is_not_applicable() -> None:
    hosted = installations(installation("shopify", hosted=True))
    assert isinstance(run(software_outdated, hosted, platforms=[("/", "shopify")]), NotApplicable)
    assert isinstance(run(software_end_of_life, hosted, pages(), platforms=[("/", "shopify")]), NotApplicable)


def test_a_leftover_file_with_an_old_number_does_not_make_a_new_shop_old() -> None:
    seen = run(
        software_end_of_life,
        shop("7.1.4"),
        pages(),
        answers={"/readme.html": answer(200, README)},
        platforms=[("/", "wordpress")],
    )
    assert isinstance(seen, Passed)


def test_a_version_file_tells_where_pages_are_silent() -> None:
    silent = installations(installation("wordpress"))
    seen = run(
        software_end_of_life, silent, pages(), answers={"/readme.html": answer(200, README)}, platforms=[("/", "wordpress")]
    )
    assert isinstance(seen, Found)
    assert seen.findings[0].places == ("/readme.html",)
    everywhere = probes(software_end_of_life, others=answer(200, README), platforms=[("/", "wordpress")])
    assert isinstance(software_end_of_life(everywhere, silent, pages(), knowledge()), Inconclusive)


def headers(**values: str):
    return pages(page(headers={name.replace("_", "-"): value for name, value in values.items()}))


def test_php_by_its_branch() -> None:
    verdict = run(software_end_of_life, shop("7.1.4"), headers(x_powered_by="PHP/7.2.34"))
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].confidence) == ("php", Confidence.PROBABLE)
    assert "30 November 2020" in verdict.findings[0].shown


@pytest.mark.parametrize("value", ["PHP/5.5.9-1ubuntu4.29", "PHP/7.4.33-1+deb11u5", "PHP/7.2.24-0ubuntu0.18.04.17"])
def test_a_distributions_php_is_only_possibly_without_repairs(value: str) -> None:
    verdict = run(software_end_of_life, shop("7.1.4"), headers(x_powered_by=value))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.POSSIBLE


@pytest.mark.parametrize(
    "seen",
    [
        headers(x_powered_by="PHP/8.3.1", server="Apache/2.4.38 (Debian)"),
        headers(x_powered_by="PHP/8", server="Apache"),
        headers(x_powered_by="PHP/9.9", server="nginx/1.10.0"),
        headers(x_powered_by="PHP/" + "9" * 9000, server="Apache/"),
    ],
)
def test_supported_unknown_and_unreadable_banners_are_nothing(seen) -> None:
    assert isinstance(run(software_end_of_life, shop("7.1.4"), seen), Passed)


def test_apache_2_2() -> None:
    verdict = run(software_end_of_life, shop("7.1.4"), headers(server="Apache/2.2.15 (CentOS) PHP/5.3.3"))
    assert isinstance(verdict, Found)
    assert [(one.subject, one.confidence) for one in verdict.findings] == [
        ("apache", Confidence.POSSIBLE),
        ("php", Confidence.PROBABLE),
    ]


def test_unread_pages_are_inconclusive() -> None:
    assert isinstance(run(software_end_of_life, shop("7.1.4"), Unavailable("It did not answer.")), Inconclusive)


BLOG = installation("wordpress", "/blog/", versions=[Version("5.2.3", "generator", ORIGIN)])


def test_an_old_script_beside_the_shop() -> None:
    verdict = run(cohosted_script_outdated, installations(None, BLOG), platforms=[("/blog/", "wordpress")])
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "/blog/"
    assert isinstance(
        run(software_outdated, installations(installation("wordpress", versions=[Version("7.1.4", "generator", ORIGIN)]), BLOG)),
        Passed,
    )


def test_nothing_beside_passes_and_what_cannot_be_told_is_inconclusive() -> None:
    assert isinstance(run(cohosted_script_outdated, installations()), Passed)
    assert isinstance(run(cohosted_script_outdated, installations(None, installation("wordpress", "/blog/"))), Inconclusive)
    assert isinstance(run(cohosted_script_outdated, installations(None, installation("opencart", "/old/"))), Inconclusive)
    unseen = installations(unseen=[("/blog/", Unavailable("It did not answer."))])
    assert isinstance(run(cohosted_script_outdated, unseen), Inconclusive)


def test_a_file_of_the_blog_is_none_of_the_shops() -> None:
    both = installations(
        installation("wordpress", versions=[Version("7.1.4", "generator", ORIGIN)]), installation("wordpress", "/blog/")
    )
    given = {"answers": {"/blog/readme.html": answer(200, README)}, "platforms": [("/", "wordpress"), ("/blog/", "wordpress")]}
    assert isinstance(run(software_end_of_life, both, pages(), **given), Passed)
    assert isinstance(run(cohosted_script_outdated, both, **given), Found)


def wooshop(wordpress: str | None, woocommerce: str | None):
    def numbers(number: str | None) -> list[Version]:
        return [Version(number, "generator", ORIGIN)] if number else []

    part = installation("woocommerce", versions=numbers(woocommerce))
    return installations(
        replace(installation("wordpress", name="WordPress with WooCommerce", versions=numbers(wordpress)), parts=(part,))
    )


def test_a_plugin_has_an_age_of_its_own() -> None:
    verdict = run(software_outdated, wooshop("7.1.4", "8.2.1"))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.shown[:20]) == ("woocommerce", "WooCommerce 8.2.1: 8")
    both = run(software_outdated, wooshop("6.8.1", "8.2.1"))
    assert isinstance(both, Found)
    assert [finding.subject for finding in both.findings] == ["woocommerce", "wordpress"]
    assert both.findings[1].shown.startswith("WordPress 6.8.1: ")
    ended = run(software_end_of_life, wooshop("7.1.4", "2.6.14"), pages())
    assert isinstance(ended, Found)
    assert [finding.subject for finding in ended.findings] == ["woocommerce"]


def test_a_plugin_that_is_looked_after_passes_and_one_that_hides_is_unknown() -> None:
    verdict = run(software_outdated, wooshop("7.1.4", "10.5.3"))
    assert isinstance(verdict, Passed)
    assert "WordPress 7.1.4 is" in (verdict.because or "")
    assert "WooCommerce 10.5.3 is" in (verdict.because or "")
    assert isinstance(run(software_outdated, wooshop("7.1.4", None)), Inconclusive)
    assert isinstance(run(software_outdated, wooshop(None, "10.5.3")), Inconclusive)


def test_a_plugin_beside_the_shop_has_one_too() -> None:
    blog = replace(wooshop("7.1.4", "8.2.1").shop, directory="/blog/")
    verdict = run(cohosted_script_outdated, installations(None, blog))
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].shown[:17]) == ("/blog/", "WooCommerce 8.2.1")


def test_a_title_keeps_versions_apart() -> None:
    assert wooshop("6.1.9", "8.2.1").shop.title == "WordPress 6.1.9 with WooCommerce 8.2.1"
    assert wooshop(None, "8.2.1").shop.title == "WordPress with WooCommerce 8.2.1"
    assert installation("opencart", versions=[Version("3.0.3.8", "file", ORIGIN)]).title == "OpenCart 3.0.3.8"

"""Directories that show their content, and what makes a list worth stealing."""

import pytest

from checks.exposure.listings import directory_listing, directory_listing_sensitive, is_asset, is_secret
from scanner import Found, Inconclusive, Passed, Unavailable, Unlisted, Unlooked, Verdict
from scanner.testing import ORIGIN, listed, listings


def subjects(verdict: Verdict) -> tuple[str, ...]:
    return tuple(finding.subject for finding in verdict.findings) if isinstance(verdict, Found) else ()


def shown(verdict: Verdict) -> str:
    assert isinstance(verdict, Found)
    return verdict.findings[0].shown


@pytest.mark.parametrize(
    "name",
    ["shop.sql", "SHOP.SQL.GZ", "site-2026.zip", "www.tar.gz", ".env", ".env.local", ".htpasswd", "error_log", "id_rsa",
     "php.ini", "wp-config.php.bak", "config.php~", "customers.csv", "orders.xlsx", "server.key", "debug.log",
     "app.inc", "a b.7z", "db.sqlite3"],
)  # fmt: skip
def test_names_worth_stealing(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["style.css", "app.min.js.gz", "site.css.br", "logo.svg", "Thumbs.db", "desktop.ini", "sitemap-1.xml.gz", "config.php",
     "index.html", "backup/", "logs.zip/", "config.js", "readme.old", "keyboard", "blog", "", "sql",
     "x" * 100_000, "shop.sql\n"],
)  # fmt: skip
def test_names_that_say_nothing(name: str) -> None:
    assert not is_secret(name)


def test_assets_are_known_by_their_ending() -> None:
    assert is_asset("A.PNG")
    assert is_asset("font.woff2")
    assert not is_asset("css/")


def test_a_shop_without_lists_passes_and_its_own_refusal_counts() -> None:
    for rule in (directory_listing, directory_listing_sensitive):
        assert rule(listings()) == Passed(("/img/", "/js/"))


def test_a_plain_list_is_the_milder_rule_alone() -> None:
    seen = listings(listed("/uploads/", "leaflet.pdf", "terms.html", "archive/"))
    assert subjects(directory_listing(seen)) == ("/uploads/",)
    assert directory_listing_sensitive(seen) == Passed(("/uploads/",))


@pytest.mark.parametrize(
    "path",
    [
        "/sicherung/",
        "/shop/sauvegardes/",
        "/kopia_2026/",
        "/z%E1loha/",
        "/z%C3%A1lohy/",
        "/s%C3%A4kerhetskopior/",
        "/yedekler/",
        "/varmuuskopiot/",
    ],
)
def test_folders_that_tell_in_other_languages(path: str) -> None:
    seen = listings(listed(path, "rose-1", "logo.svg"))
    assert subjects(directory_listing_sensitive(seen)) == (path,)
    program = listings(listed(path, "index.php", "rose-1"))
    assert subjects(directory_listing_sensitive(program)) == ()


def test_a_list_with_a_dump_is_the_sensitive_rule_alone() -> None:
    seen = listings(listed("/files/", "a.jpg", "shop.sql.gz"), listed("/img/", "a.jpg"))
    assert subjects(directory_listing_sensitive(seen)) == ("/files/",)
    assert shown(directory_listing_sensitive(seen)) == "The list names shop.sql.gz"
    assert subjects(directory_listing(seen)) == ("/img/",)


def test_pictures_only_is_said() -> None:
    assert "only pictures, styles, scripts and fonts" in shown(directory_listing(listings(listed("/img/", "a.jpg", "b.css"))))
    assert "only" not in shown(directory_listing(listings(listed("/img/", "a.jpg", "b.css", more=900))))


@pytest.mark.parametrize("path", ["/backup/", "/admin/backups/", "/var/log/", "/var/export/", "/db-dump/", "/BACKUP/"])
def test_a_telling_path_makes_any_data_file_sensitive(path: str) -> None:
    assert subjects(directory_listing_sensitive(listings(listed(path, "2026-11-20.dat")))) == (path,)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/blog/", ("post.txt",)),
        ("/catalogue/", ("tulips.pdf",)),
        ("/img/logs/", ("oak.jpg", "birch.jpg")),
        ("/modules/export/", ("export.php", "config.xml", "logo.png")),
        ("/backup/", ()),
        ("/backup/", ("old/",)),
    ],
)
def test_a_path_that_only_sounds_like_it(path: str, names: tuple[str, ...]) -> None:
    seen = listings(listed(path, *names))
    assert directory_listing_sensitive(seen) == Passed((path,))
    assert subjects(directory_listing(seen)) == (path,)


def test_a_finding_names_its_address_and_place() -> None:
    verdict = directory_listing(listings(listed("/img/", "a.jpg")))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].locations == (f"{ORIGIN}/img/",)
    assert verdict.findings[0].places == ("/img/",)


@pytest.mark.parametrize(
    "missing", [Unlooked("/files/", "No requests were left."), Unlisted("/files/", 503), Unlisted("/files/", 429)]
)
def test_what_was_not_looked_at_is_inconclusive_unless_something_is_found(missing: Unlooked | Unlisted) -> None:
    verdict = directory_listing(listings(Unlisted("/img/", 403), missing))
    assert isinstance(verdict, Inconclusive)
    assert verdict.examined == ("/img/",)
    both = directory_listing(listings(listed("/img/", "a.jpg"), missing))
    assert isinstance(both, Found)
    assert both.examined == ("/img/",)


def test_a_folder_whose_program_fails_there_is_not_examined_and_no_doubt_about_the_rest() -> None:
    verdict = directory_listing(listings(Unlisted("/img/", 403), Unlisted("/wp-includes/blocks/", 500)))
    assert verdict == Passed(("/img/",))
    assert isinstance(directory_listing(listings(Unlisted("/wp-includes/blocks/", 500))), Inconclusive)


def test_a_refusal_of_a_site_that_blocks_us_proves_nothing() -> None:
    blocked = listings(Unlisted("/img/", 403), Unlisted("/js/", 404), calibration=Unavailable("The shop blocks us."))
    assert directory_listing(blocked) == Inconclusive("/img/ answered 403: The shop blocks us.", ("/js/",))


def test_lists_at_made_up_addresses_are_a_remark() -> None:
    verdict = directory_listing(listings(Unlisted("/img/", 404), dropped=("/files/",)))
    assert isinstance(verdict, Passed)
    assert "made-up" in (verdict.because or "")


def test_hostile_names_are_bounded() -> None:
    names = ("x" * 10_000, *(f"<script>{i}</script>" for i in range(5000)))
    assert len(shown(directory_listing(listings(listed("/files/", *names))))) < 500

"""Each rule of exposed files: passes, finds, does not apply or is inconclusive, and something nasty."""

import gzip
from collections.abc import Callable

import pytest

from checks.exposure.copies import exposed_backup, exposed_database_dump, host_names
from checks.exposure.database_tools import exposed_database_admin
from checks.exposure.debugging import error_on, exposed_debug, without_examples
from checks.exposure.installers import exposed_installer
from checks.exposure.logs import exposed_log
from checks.exposure.metadata import exposed_metadata
from checks.exposure.settings import copies, exposed_config
from checks.exposure.tables import exposed_customer_data
from checks.exposure.version_control import exposed_vcs
from scanner import Answer, Found, Inconclusive, NotApplicable, Passed, Unavailable, Verdict
from scanner.testing import answer, installation, installations, knowledge, page, pages, probes

ZIP = b"PK\x03\x04\x14\x00\x00\x00\x00\x00" + b"\0" * 16 + b"\x09\x00\x00\x00index.php" + b"\1" * 200
DUMP = "-- MySQL dump 10.13\nCREATE TABLE `oc_order` (\n"
GIT = "ref: refs/heads/master\n"
CONFIG = "<?php\ndefine('DB_PASSWORD', '…');\n"
CSV = "firstname,lastname,email\nAnn,Lee,ann@petalandstem.example\n"
LOG = "[20-Nov-2026 03:00:00 UTC] PHP Notice:  Undefined index: x in /home/petal/x.php on line 3\n"
PHPINFO = '<title>phpinfo()</title><h1 class="p">PHP Version 7.2.34</h1><td class="e">System </td>'
INSTALLER = '<title>Set-up</title><form><input name="db_host"><input name="db_user"></form>'
ADMINER = '<a href="https://www.adminer.org/">Adminer</a><form><input name="auth[server]"></form>'
DS_STORE = b"\x00\x00\x00\x01Bud1" + b"\0" * 600
SILENT = Unavailable("It did not answer within 20 s.")


def asking(check: Callable[..., Verdict]) -> Callable[..., Verdict]:
    """The check with its other evidence healthy."""
    if check is exposed_debug:
        return lambda seen: exposed_debug(seen, pages())
    if check is exposed_database_admin:
        return lambda seen: exposed_database_admin(seen, installations(), knowledge())
    return check


RULES = [
    (exposed_vcs, "/.git/HEAD", answer(200, GIT), "/.git/"),
    (exposed_config, "/.env", answer(200, "APP_KEY=…\nDB_PASSWORD=…\n"), "/.env"),
    (exposed_backup, "/backup.zip", answer(206, head=ZIP, size=9_000_000), "/backup.zip"),
    (exposed_backup, "/petalandstem.tar.gz", answer(206, head=b"\x1f\x8b\x08" + b"\0" * 99), "/petalandstem.tar.gz"),
    (exposed_database_dump, "/dump.sql", answer(206, DUMP), "/dump.sql"),
    (exposed_database_dump, "/backup.sql.gz", answer(206, head=gzip.compress(DUMP.encode() * 9)), "/backup.sql.gz"),
    (exposed_customer_data, "/customers.csv", answer(206, CSV), "/customers.csv"),
    (exposed_log, "/error_log", answer(206, LOG), "/error_log"),
    (exposed_debug, "/info.php", answer(200, PHPINFO), "/info.php"),
    (exposed_debug, "/server-status", answer(200, "<title>Apache Status</title>"), "/server-status"),
    (exposed_installer, "/install/", answer(200, INSTALLER), "/install/"),
    (exposed_database_admin, "/adminer.php", answer(200, ADMINER), "/adminer.php"),
    (exposed_metadata, "/.DS_Store", answer(206, head=DS_STORE), "/.DS_Store"),
    (exposed_metadata, "/composer.lock", answer(206, '{"packages": [{"name": "a/b"'), "/composer.lock"),
]
CHECKS = list(dict.fromkeys(rule[0] for rule in RULES))
each = pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)


@pytest.mark.parametrize(("check", "place", "seen", "subject"), RULES, ids=[f"{rule[0].__name__} {rule[1]}" for rule in RULES])
def test_found(check: Callable[..., Verdict], place: str, seen: Answer, subject: str) -> None:
    verdict = asking(check)(probes(check, {place: seen}))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (subject, (place,))
    assert finding.locations == (f"https://petalandstem.example{place}",)
    assert finding.shown


@pytest.mark.parametrize(("check", "place", "seen", "subject"), RULES, ids=[f"{rule[0].__name__} {rule[1]}" for rule in RULES])
def test_a_site_that_serves_the_same_everywhere_yields_nothing(
    check: Callable[..., Verdict], place: str, seen: Answer, subject: str
) -> None:
    assert isinstance(asking(check)(probes(check, others=seen)), Inconclusive)


@each
def test_absent_files_pass(check: Callable[..., Verdict]) -> None:
    assert isinstance(asking(check)(probes(check)), Passed)


@each
def test_a_hosted_shop_is_not_applicable(check: Callable[..., Verdict]) -> None:
    verdict = asking(check)(probes(check, platforms=[("/", "shopify")]))
    assert isinstance(verdict, NotApplicable)
    assert "Shopify" in verdict.because


@each
@pytest.mark.parametrize("seen", [SILENT, answer(429), answer(503), answer(403)], ids=["silent", "429", "503", "403 everywhere"])
def test_what_could_not_be_looked_at_is_inconclusive(check: Callable[..., Verdict], seen: Answer | Unavailable) -> None:
    assert isinstance(asking(check)(probes(check, others=seen)), Inconclusive)


def test_one_403_is_no_reason_for_doubt() -> None:
    assert isinstance(exposed_config(probes(exposed_config, {"/.htpasswd": answer(403)})), Passed)


def test_skipped_places_are_inconclusive() -> None:
    assert isinstance(exposed_backup(probes(exposed_backup, skipped=["/backup.zip"])), Inconclusive)


def test_unasked_neighbours_make_a_claim_inconclusive() -> None:
    seen = probes(exposed_vcs, {"/.git/HEAD": (answer(200, GIT), (SILENT, answer(404)))})
    assert isinstance(exposed_vcs(seen), Inconclusive)


def test_head_and_config_are_one_repository() -> None:
    config = answer(200, '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://me:…@git.example/shop.git\n')
    verdict = exposed_vcs(probes(exposed_vcs, {"/.git/HEAD": answer(200, GIT), "/.git/config": config}))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/.git/"]
    assert set(verdict.findings[0].places) == {"/.git/HEAD", "/.git/config"}


def test_copies_of_the_settings_of_what_was_recognised() -> None:
    seen = probes(exposed_config, {"/config.php.bak": answer(200, CONFIG)}, platforms=[("/", "opencart")])
    assert isinstance(exposed_config(seen), Found)
    seen = probes(
        exposed_config, {"/blog/wp-config.php.bak": answer(200, CONFIG)}, platforms=[("/", "opencart"), ("/blog/", "wordpress")]
    )
    assert isinstance(exposed_config(seen), Found)
    assert isinstance(
        exposed_config(probes(exposed_config, {"/wp-config.php~": answer(200, "")}, platforms=[("/", "wordpress")])), Passed
    )
    assert next(copies("/app/etc/local.xml")) == "/app/etc/local.xml"
    assert list(copies("/wp-config.php"))[:4] == [
        "/wp-config.php.bak",
        "/wp-config.php~",
        "/wp-config.php.old",
        "/.wp-config.php.swp",
    ]


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("www.petalandstem.example", ("petalandstem.example", "petalandstem")),
        ("shop.rose.co.uk", ("shop.rose.co.uk", "rose")),
        ("rose.co.uk", ("rose.co.uk", "rose")),
        ("localhost", ()),
        ("127.0.0.1", ()),
        ("::1", ()),
    ],
)
def test_names_that_a_backup_has_from_its_host(host: str, names: tuple[str, ...]) -> None:
    assert host_names(host) == names


ERROR = "<br />\n<b>Warning</b>:  include(/home/petal/lang.php): failed to open stream in <b>/home/petal/public_html/index.php</b> on line <b>31</b><br />"


@pytest.mark.parametrize(
    "html",
    [
        ERROR,
        "<p>\nPHP Fatal error:  Uncaught Error: x in /var/www/shop/a.php:12\nStack trace:",
        "<p>SQLSTATE[HY000] [2002] Connection refused in /var/www/shop/db.php:5</p>",
        '<div id="sfwdt1a2b3c" class="sf-toolbar"></div>',
        "<script>var phpdebugbar = new PhpDebugBar.DebugBar();</script>",
    ],
)
def test_an_error_message_on_a_page(html: str) -> None:
    verdict = exposed_debug(probes(exposed_debug), pages(page(html="<h1>Petal</h1>"), page("/tulips?x=1", html=html)))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "/tulips"


@pytest.mark.parametrize(
    "html",
    [
        f"<pre>{ERROR}</pre>",
        f"<code>x</code><!-- {ERROR} -->",
        "<p>Warning: wet paint in /the/shop</p>",
        "<p>What does SQLSTATE[HY000] mean?</p>",
        "<b>Warning</b>: " + "x in " * 5000,
        "",
    ],
)
def test_an_example_or_a_word_is_no_error(html: str) -> None:
    assert error_on(page(html=html)) is None


def test_without_examples_is_linear_and_loses_nothing_unclosed() -> None:
    assert without_examples("a<pre>b</pre>c<code>d") == "a >c<code >d"
    assert len(without_examples("<pre>" * 100_000)) > 400_000


def test_unread_pages_are_inconclusive() -> None:
    assert isinstance(exposed_debug(probes(exposed_debug), SILENT), Inconclusive)


PRESTA = '<div id="login-panel"><div class="alert alert-danger"><ul><li>deleted the /install folder</li></ul></div></div>'


def test_the_platforms_own_warnings() -> None:
    seen = probes(exposed_installer, {"/admin/": answer(200, PRESTA)}, platforms=[("/", "prestashop")])
    assert isinstance(exposed_installer(seen), Found)
    fine = answer(200, '<div id="login-panel"><form id="login_form"><input type=password name=passwd></form></div>')
    assert isinstance(exposed_installer(probes(exposed_installer, {"/admin/": fine}, platforms=[("/", "prestashop")])), Passed)
    nobody = answer(200, "<form name='administrator' action='/admin/login.php?action=create'>")
    assert isinstance(
        exposed_installer(probes(exposed_installer, {"/admin/login.php": nobody}, platforms=[("/", "oscommerce")])), Found
    )


def test_a_platforms_installer_by_its_marks() -> None:
    wizard = answer(200, "<title>Magento Installation Wizard</title>")
    seen = probes(exposed_installer, {"/index.php/install/": wizard}, platforms=[("/", "magento1")])
    assert isinstance(exposed_installer(seen), Found)


def test_a_database_tool_that_the_crawl_recognised() -> None:
    beside = installations(None, installation("phpmyadmin", "/mysql/", name="phpMyAdmin"))
    verdict = exposed_database_admin(probes(exposed_database_admin), beside, knowledge())
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/mysql/"]


def test_a_tool_under_two_spellings_is_one() -> None:
    login = '<input name="pma_username">'
    seen = probes(exposed_database_admin, {"/phpmyadmin/": answer(200, login), "/phpMyAdmin/": answer(200, login)})
    verdict = exposed_database_admin(seen, SILENT, knowledge())
    assert isinstance(verdict, Found)
    assert len(verdict.findings) == 1


def test_a_source_map_of_the_shops_own_script() -> None:
    seen = answer(206, '{"version":3,"sources":["a.js"],"mappings":"A"}')
    asked = probes(exposed_metadata, {"/static/app.js.map": seen}, scripts=["/js/jquery.js", "/static/app.js"])
    assert isinstance(exposed_metadata(asked), Found)

"""Each rule of exposed files: passes, finds, does not apply or is inconclusive, and something nasty."""

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checks.exposure.copies import exposed_backup, exposed_database_dump, host_names
from checks.exposure.database_tools import exposed_database_admin
from checks.exposure.debugging import error_on, exposed_debug, without_examples
from checks.exposure.installers import exposed_installer
from checks.exposure.logs import exposed_log
from checks.exposure.metadata import exposed_metadata
from checks.exposure.settings import copies, exposed_config, settings_files
from checks.exposure.tables import exposed_customer_data
from checks.exposure.version_control import exposed_vcs
from scanner import Answer, CrossOrigin, Found, Inconclusive, Known, NotApplicable, Passed, Probed, Unavailable, Verdict
from scanner.rules.articles import Block, read_article
from scanner.testing import NOW, answer, installation, installations, knowledge, page, pages, probes

ARTICLES = Path(__file__).parents[3] / "checks" / "exposure"
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
PRESTA = '<div id="login-panel"><div class="alert alert-danger"><ul><li>deleted the /install folder</li></ul></div></div>'
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


def test_the_platforms_own_warnings() -> None:
    seen = probes(exposed_installer, {"/admin/": answer(200, PRESTA)}, platforms=[("/", "prestashop")])
    assert isinstance(exposed_installer(seen), Found)
    fine = answer(200, '<div id="login-panel"><form id="login_form"><input type=password name=passwd></form></div>')
    assert isinstance(exposed_installer(probes(exposed_installer, {"/admin/": fine}, platforms=[("/", "prestashop")])), Passed)
    nobody = answer(200, "<form name='administrator' action='/admin/login.php?action=create'>")
    assert isinstance(
        exposed_installer(probes(exposed_installer, {"/admin/login.php": nobody}, platforms=[("/", "oscommerce")])), Found
    )


SETUPS = {
    "Bagisto": '<title>Instalator</title><div id="app"><v-server-requirements></v-server-requirements></div><script type="text/x-template" id="v-server-requirements-template">',
    "OpenCart 4": '<title>License agreement</title><base href="https://petalandstem.example/install/"/><link href="view/stylesheet/stylesheet.css">'
    '<div id="container"><header id="header"><a href="x"><img src="view/image/logo.png" alt="OpenCart" title="OpenCart"/></a></header>'
    '<a href="https://petalandstem.example/install/index.php?route=install/step_2&amp;language=en-gb">Continue</a>',
    "OpenCart 3": "<link href='view/stylesheet/stylesheet.css'><a href='index.php?route=install/step_2'>Continue</a>",
    "CubeCart": "<title>CubeCart&reg; 6.5.6 Installer</title><form action='index.php'><select name='language' id='language-select'></select></form>",
    "thirty bees": "<title>thirty bees Asystent instalacji</title><script src='theme/js/install.js'></script><div id='thirtybeeslogo'>thirty bees</div>",
    "PrestaShop": "<title>Asistente de instalación</title><script src='theme/js/install.js'></script><div id='PrestaShopLogo'>PrestaShop</div>",
    "Zen Cart": "<title>Zen Cart 1.5.6 deutsch - Installationsprogramm</title><link href='includes/template/css/stylesheet.css'>"
    "<form id='systemCheck' name='systemCheck' method='post' action='index.php?main_page=system_setup'>",
    "AbanteCart": "<title>AbanteCart - Installation</title><img src='view/image/logo.png' alt='AbanteCart' title='AbanteCart' />",
    "LiteCart": "<title>LiteCart Installer</title><form name='installation_form' method='post' action='install.php'>",
    "CE Phoenix Cart": "<title>Starting Your Online Business with CE Phoenix Cart</title><a href='index.php'><img src='images/phoenix.png'></a>",
    "osCommerce": "<title>osCommerce</title><img src='images/oscommerce.png'><a href='install.php'>Start</a>",
    "Joomla": "<script src='/installation/template/js/setup.js'></script><form><input name='jform[site_name]'></form>",
    "Matomo": "<title>Matomo 5.1.0 › Installation</title><link href='index.php?module=Installation&action=getBaseCss'><div id='installationPage'>",
    "Shopware 6": "<title>Installation | Shopware 6</title><link href='/bundles/installer/assets/styles/style.css?v=6.6'>",
    "WordPress": "<form id='setup' method='post' action='install.php?step=2'><input name='weblog_title'></form>",
    "any that asks for a database": INSTALLER,
}
"""The first step of set-up programs, by what their makers' templates hold."""


@pytest.mark.parametrize("name", SETUPS)
def test_a_set_up_program_is_known_whatever_the_shop_runs_on(name: str) -> None:
    for platforms in ([], [("/", "prestashop")]):
        verdict = exposed_installer(
            probes(exposed_installer, {"/install/": answer(200, SETUPS[name])}, platforms=platforms), pages()
        )
        assert isinstance(verdict, Found), name
        assert [finding.subject for finding in verdict.findings] == ["/install/"]


@pytest.mark.parametrize("name", SETUPS)
def test_a_home_page_that_is_a_set_up_program_is_found_though_every_address_shows_it(name: str) -> None:
    seen = probes(exposed_installer, others=answer(200, SETUPS[name]))
    verdict = exposed_installer(seen, pages(page("/install/index.php", html=SETUPS[name])))
    assert isinstance(verdict, Found), name
    assert [(finding.subject, finding.places) for finding in verdict.findings] == [("/install/", ("/install/index.php",))]


@pytest.mark.parametrize(
    "html",
    [
        "<title>Installation service for your kitchen</title><form action='/install/'><input name='name'><input name='town'></form>",
        '<title>CubeCart or OpenCart? How to install</title><p>Open install/index.php?route=install/step_1 and set name="db_host".</p>',
        "<title>Administration</title><img src='view/image/logo.png' alt='OpenCart'><link href='view/stylesheet/stylesheet.css'>",
        "<title>Zen Cart</title><p>The set-up has been removed.</p>",
        "<title>Drupal already installed</title><h1>Drupal already installed</h1>",
        "<title>Shop</title><script src='/theme/js/install.js'></script>",
        "<title>Shopware 6</title><link href='/bundles/storefront/assets/x.css'>",
    ],
)
def test_what_only_speaks_of_setting_up_is_no_set_up_program(html: str) -> None:
    seen = probes(exposed_installer, {"/install/": answer(200, html)})
    assert isinstance(exposed_installer(seen, pages(page(html=html), page("/installation/", html=html))), Passed)


def test_one_set_up_program_is_one_finding() -> None:
    setup = answer(200, SETUPS["CubeCart"], address="https://petalandstem.example/setup/index.php")
    seen = probes(
        exposed_installer, {"/setup/": setup, "/setup/index.php": setup, "/install/": setup}, platforms=[("/", "cubecart")]
    )
    verdict = exposed_installer(seen, pages(page("/setup/?step=2", html=SETUPS["CubeCart"])))
    assert isinstance(verdict, Found)
    assert len(verdict.findings) == 1
    warned = {"/admin/": answer(200, PRESTA), "/install/": answer(200, SETUPS["PrestaShop"])}
    verdict = exposed_installer(probes(exposed_installer, warned, platforms=[("/", "prestashop")]), pages())
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/install/"]


def test_an_error_message_is_gone_when_its_page_was_read_without_it() -> None:
    """The places of open findings are asked for as well, and such a page is still there when it is mended."""
    known = probes(exposed_debug)
    again = Probed("/basket", Unavailable("What was found at /basket before could not be judged again."))
    seen = replace(known, asked=(*known.asked, again))
    mended = replace(pages(), others=(page("/basket", html="<h1>Your basket</h1>"),))
    verdict = exposed_debug(seen, mended)
    assert isinstance(verdict, Passed)
    assert "/basket" in verdict.examined
    assert isinstance(exposed_debug(seen, pages()), Inconclusive)
    broken = replace(pages(), broken=(page("/basket", status=500, html="<h1>Sorry</h1>"),))
    assert "/basket" not in exposed_debug(seen, broken).examined
    off = answer(404, "<h1>Not found</h1>", address="https://petalandstem.example/nothing.html")
    assert "/nothing.html" in exposed_debug(known, pages(), CrossOrigin((), off, NOW)).examined


def test_the_mailbox_of_a_development_mode_is_found() -> None:
    inbox = "<!DOCTYPE html><html><head><title>Vendure Development Inbox</title></head><body>"
    verdict = exposed_debug(probes(exposed_debug, {"/mailbox": answer(200, inbox)}, platforms=[("/", "vendure")]), pages())
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/mailbox"]
    ours = "<title>Mailbox | Petal & Stem</title><h1>Mailboxes for your garden</h1>"
    assert isinstance(
        exposed_debug(probes(exposed_debug, {"/mailbox": answer(200, ours)}, platforms=[("/", "vendure")]), pages()), Passed
    )


DEBUG_PAGES = {
    "Django 4, 404": '<header id="summary"><h1>Page not found <small>(404)</small></h1></header><div id="explanation"><p>because you have <code>DEBUG = True</code>',
    "Django, 500": '<div id="summary"><h1>KeyError at /</h1></div><div id="explanation"><p>You’re seeing this error because you have <code>DEBUG = True</code>',
    "Ignition": "<script>window.ignite({\"stack_trace\": []});</script><div class='ignition'>",
    "Laravel 13": '<h1 class="text-3xl">Error</h1><span class="text-neutral-400">LARAVEL</span><span>13.0</span><h3 class="text-base">Exception trace</h3>',
    "Laravel 11": '<button @click="includeVendorFrames = !includeVendorFrames">vendor frames</button><span>LARAVEL</span>',
    "Whoops 1": '<div class="container"><div class="stack-container"><div class="frames-container cf ">',
    "Whoops": '<div class="Whoops container"><div class="stack-container"><div class="panel left-panel">',
    "Symfony": '<div class="exception-summary "><h1 class="exception-message">x</h1></div><table class="trace trace-as-html" id="trace-box-1">',
    "Werkzeug": "<title>ZeroDivisionError // Werkzeug Debugger</title><script>var CONSOLE_MODE = false, EVALEX = true, SECRET = 'x';</script>",
    "Rails": "<title>Action Controller: Exception caught</title><header><h1>Routing Error</h1></header><p><code>Rails.root: /srv/shop</code>",
    "ASP.NET": "<b> Stack Trace:</b> <br><br><b>Version Information:</b>&nbsp;Microsoft .NET Framework Version:4.0",
    "ASP.NET Core": '<div class="titleerror">InvalidOperationException</div><div id="stackpage" class="page">',
    "Nette": '<tracy-div id="tracy-bs" itemscope><div class="tracy-section">',
    "Nette, newer": '<div class="tracy-bs" id="tracy-bs" itemscope><a href="#" class="tracy-bs-toggle tracy-toggle"></a>',
    "CodeIgniter": '<div class="environment">Displayed at 09:12:01 &mdash; PHP: 8.2.1 &mdash; CodeIgniter: 4.6.0 -- Environment: development</div>',
    "CodeIgniter, older": '<ul class="tabs" id="tabs"><li><a href="#backtrace">Backtrace</a></li></ul><p>CodeIgniter: 4.1.0</p>',
    "CakePHP": '<span class="header-type">Cake\\Http\\Exception\\MissingControllerException</span><div class="stack-frame">',
    "CakePHP, older": '<pre class="cake-error"><b>Notice</b> (8)</pre><pre class="stack-trace">Cake\\Routing\\Router::parse</pre>',
    "Joomla": '<h2 id="caption">Call Stack</h2><table><td>1</td><td>()</td><td>JROOT/libraries/src/Router/Router.php:1</td></table>',
    "Joomla 3": '<table><tr><td colspan="3" class="TD">\n\t<strong>Call stack</strong></td></tr><td>JROOT\\index.php:1</td></table>',
    "Yii": '<h1>x</h1><div class="call-stack"><li>in <a href="#">yii\\base\\Module</a>',
    "Express": "<pre>TypeError: x is undefined<br> &nbsp; &nbsp;at /srv/shop/routes/index.js:12:5<br> &nbsp; &nbsp;at Layer.handle</pre>",
    "Magento": "<pre>1 exception(s):\nException #0 (Magento\\Framework\\Exception\\LocalizedException): x</pre>",
    "Tomcat": "<pre>java.lang.NullPointerException: x\n\tat org.shop.Cart.add(Cart.java:12)\n</pre>",
    "Flask without a debugger": "<pre>Traceback (most recent call last):\n  File &quot;/srv/shop/app.py&quot;, line 3, in index\n</pre>",
    "Sinatra, 404": "<h2>Sinatra doesn&rsquo;t know this ditty.</h2>\n  <img src='http://127.0.0.1:4567/__sinatra__/404.png'>",
    "Sinatra, 500": '<img src="/__sinatra__/500.png" alt="x"><p id="explanation">... have\nenabled the <code>show_exceptions</code> setting.</p>',
    "Rack": '<div id="summary"><h1>KeyError at /</h1></div><div id="explanation">\n  <p>\n    ... use <code>Rack::ShowExceptions</code>.\n  </p>',
    "Starlette": "<title>Starlette Debugger</title><h1>500 Server Error</h1><h2>x</h2><div class='traceback-container'>",
    "Slim, with details": "<h1>Slim Application Error</h1><h2>Trace</h2><pre>#0 /srv/shop/src/Cart.php(12): Shop\\Cart-&gt;add()\n#1 {main}</pre>",
    "PHP, lines by br": "<b>Stack trace:</b><br />#0 C:\\shop\\index.php(3): run()<br />\n#1 {main}",
    "PHP, called from inside": "Error\n#0 [internal function]: Shop\\{closure}(8)\n#1 /srv/shop/index.php(3): array_map()\n",
    ".NET without a page": "System.InvalidOperationException: x\n   at Shop.Cart.Add(Int32 id) in C:\\src\\Cart.cs:line 12\n",
    "Ruby without a page": "<pre>/srv/shop/app.rb:12:in `block in &lt;main&gt;&#39;\n/usr/lib/ruby/rack.rb:3:in `call&#39;</pre>",
    "Go": "http: panic serving\ngoroutine 7 [running]:\nmain.handler(0xc0000)\n\t/srv/shop/main.go:12 +0x1d\n",
}


@pytest.mark.parametrize("name", DEBUG_PAGES)
def test_a_frameworks_debug_page_shows_in_an_error_page(name: str) -> None:
    failed = answer(500, DEBUG_PAGES[name], address="https://petalandstem.example/nothing.html")
    verdict = exposed_debug(probes(exposed_debug), pages(), CrossOrigin((), failed, NOW))
    assert isinstance(verdict, Found), name
    assert [finding.subject for finding in verdict.findings] == ["/nothing.html"]
    crashed = page("/basket", status=500, html=DEBUG_PAGES[name])
    verdict = exposed_debug(probes(exposed_debug), replace(pages(), broken=(crashed,)), CrossOrigin((), failed, NOW))
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == ["/basket"]


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error</p>",
        "<h1>Runtime Error</h1><p>An application error occurred on the server. The current custom error settings prevent the details.</p>",
        "<pre>Cannot GET /nothing</pre>",
        "<title>Server Error (500)</title><h1>Server Error (500)</h1>",
        "<title>An Error Occurred: Not Found</title><h1>Oops! An Error Occurred</h1>",
        "<p>We&#39;re sorry, but something went wrong.</p>",
        "<p>Set <code>DEBUG = True</code> in settings.py, and window.ignite( shows Ignition; // Werkzeug Debugger</p>",
        "<h1>404</h1>",
        "<h1>Slim Application Error</h1><p>A website error has occurred. Sorry for the temporary inconvenience.</p>",
        "<title>Sinatra</title><p>Set <code>show_exceptions</code> and see /__sinatra__/404.png</p>",
        "<p>Nothing was found. #0 was not in our shop, nor was #1 ; file.php(3): none</p>",
        "<pre>goroutine 7 [running]:</pre>",
        "<p>System.InvalidOperationException: sorry</p>",
        "",
    ],
)
def test_an_error_page_for_visitors_is_no_debug_page(html: str) -> None:
    failed = answer(500, html, address="https://petalandstem.example/nothing.html")
    assert isinstance(exposed_debug(probes(exposed_debug), pages(page(html=html)), CrossOrigin((), failed, NOW)), Passed)


@pytest.mark.parametrize(
    "name",
    [
        "Express",
        "Magento",
        "Tomcat",
        "Flask without a debugger",
        "Slim, with details",
        ".NET without a page",
        "Ruby without a page",
        "Go",
    ],
)
def test_a_trace_in_an_article_is_none_of_the_shops(name: str) -> None:
    assert error_on(page(html=DEBUG_PAGES[name])) is None


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"x-debug-token": "1a2b3c"}},
        {"headers": {"x-debug-token-link": "https://petalandstem.example/_profiler/1a2b3c"}},
        {"html": '<div id="djDebug" class="djdt-hidden">'},
        {"html": "<div id='flDebug' style='display:none;'>"},
        {"html": '<script id="__debug_kit_script" data-id="1">'},
        {"html": '<script src="/shop/?_tracy_bar=js&amp;v=2.11.0&amp;XDEBUG_SESSION_STOP=1" data-id="1a2b3c"></script>'},
        {"html": '<script src="?_tracy_bar=content.1a2b3c&amp;XDEBUG_SESSION_STOP=1" data-id="1a2b3c" async></script>'},
        {"html": '<script  id="debugbar_loader" data-time="1764552001" src="https://petalandstem.example/?debugbar"></script>'},
    ],
)
def test_a_debug_mode_shows_in_its_bar_and_headers(given) -> None:
    assert isinstance(exposed_debug(probes(exposed_debug), pages(page(**given))), Found)


def test_settings_of_every_file_are_asked_for_under_all_names() -> None:
    known = Known("petalandstem.example", 2026, platforms=(("/", "opencart"),))
    asked = [probe.path for probe in settings_files(known, knowledge())]
    assert [path for path in asked if "config.php" in path] == [
        "//config.php.bak", "//config.php~", "//admin/config.php.bak", "//admin/config.php~", "//config.php.old", "//admin/config.php.old",
    ]  # fmt: skip


def test_lists_of_building_blocks_lie_where_the_platform_keeps_them() -> None:
    listed = answer(206, '{"packages": [{"name": "twig/twig"')
    place = "/system/storage/vendor/composer/installed.json"
    assert isinstance(exposed_metadata(probes(exposed_metadata, {place: listed}, platforms=[("/", "opencart")])), Found)
    empty = answer(206, '{\n "_readme": [],\n "packages": [],\n "packages-dev": [],\n "platform": {}\n}')
    assert isinstance(exposed_metadata(probes(exposed_metadata, {"/composer.lock": empty})), Passed)


LOG_BLOCKS = [
    block for fix in read_article("exposed-log", ARTICLES / "exposed-log.md").fixes for block in fix.blocks if block.proven
]


@pytest.mark.parametrize("block", LOG_BLOCKS, ids=lambda block: block.language)
def test_the_articles_blocks_shut_the_logs_of_all_platforms(block: Block) -> None:
    found = re.search(r'"(\(\?i\).+?)"|~\* (.+) \{|path_regexp (.+)', block.text)
    assert found is not None
    refused = re.compile(next(part for part in found.groups() if part), re.IGNORECASE)
    logs = {path for one in knowledge().platforms.values() for path in one.logs if not path.endswith(("/", ".php"))}
    rotated = {
        "/error.log.1",
        "/access.log-20261101.gz",
        "/var/log/system.log.2.gz",
        "/wp-content/uploads/wc-logs/fatal-errors-2026.log",
    }
    assert {path for path in logs | rotated if not refused.search(path)} == set()
    pages_of_shops = {
        "/",
        "/blog/",
        "/catalogue",
        "/dialog/open",
        "/logs/oak-for-the-fire",
        "/login",
        "/image/logs/oak.jpg",
        "/error",
        "/terms.txt",
    }
    assert {path for path in pages_of_shops if refused.search(path)} == set()


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

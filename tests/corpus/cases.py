"""Labelled answers, each with where it comes from.

*real* problems come from programs on this computer (Git, SQLite, zip, gzip, OpenSSL …), from formats that their makers document, and
from the demo shop. *look-alikes* come from sites that answer every address and from the near misses that scanners are known to
fall for.
"""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from checks.admin.doors import admin_default_path, admin_login_public
from checks.admin.leaks import admin_path_leaked
from checks.admin.names import admin_default_username, admin_user_enumeration
from checks.cohosted.outdated import cohosted_script_outdated
from checks.exposure.copies import exposed_backup, exposed_database_dump
from checks.exposure.database_tools import exposed_database_admin
from checks.exposure.debugging import exposed_debug
from checks.exposure.installers import exposed_installer
from checks.exposure.logs import exposed_log
from checks.exposure.metadata import exposed_metadata
from checks.exposure.settings import exposed_config
from checks.exposure.tables import exposed_customer_data
from checks.exposure.version_control import exposed_vcs
from checks.versions.age import software_end_of_life, software_outdated
from checks.versions.files import version_leak_file
from checks.versions.libraries import js_library_vulnerable
from scanner import Answer, CrossOrigin, Installations, Knowledge, Pages, Probes, Script, Verdict, Version
from scanner.rules.rule import rule_of
from scanner.testing import NOW, ORIGIN, answer, installation, installations, knowledge, loaded_files, page, pages, probes
from scanner.text.redact import redact_file, redact_head
from shopwarden.demo.backups import customers_csv, dump
from tests.checks.exposure.test_exposure import SETUPS
from tests.corpus.mail_cases import mail_cases
from tests.corpus.markup_cases import markup_cases
from tests.corpus.site_cases import site_cases

Check = Callable[..., Verdict]


@dataclass(frozen=True)
class Case:
    """One labelled case: the rule, where it comes from, whether the problem is there, and the verdict's making."""

    check: Check
    origin: str
    real: bool
    verdict: Callable[[], Verdict]

    @property
    def rule(self) -> str:
        rule = rule_of(self.check)
        assert rule is not None
        return rule.id


def text(content: str, status: int = 200, **more: object) -> Answer:
    """As the engine hands a text to a check: secrets and people redacted."""
    return answer(status, redact_file(content), **more)


def raw(content: bytes) -> Answer:
    return answer(206, head=redact_head(content[:600]), size=len(content))


def zipped(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "<?php // petal\n" * 90)
    return made.getvalue()


def tarred(name: str, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
        archive.addfile(tarfile.TarInfo(name + "2"), io.BytesIO())
    return made.getvalue()


def sqlite() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a)")
    return connection.serialize()


BAIT = (
    "<title>admin</title><h1>Index of /backup</h1><form action='/login'><input type='password' name='p'></form>"
    "\n-- MySQL dump 10.13\nCREATE TABLE `a` (\n<?php define('DB_PASSWORD','x');\n[core]\nref: refs/heads/main\nVersion 5.2.3 phpMyAdmin"
)
BAIT = redact_file(BAIT)
LOGIN = "<title>Administration</title><form action='?login'><input name=u><input type=password name=p></form>"
DEMO_DUMP = dump(NOW, 20)
README = '<html><title>WordPress &rsaquo; ReadMe</title><h1 id="logo"><br /> Version 4.3.1</h1></html>'
USERS = json.dumps([{"id": 1, "name": "Rosie", "slug": "admin", "link": f"{ORIGIN}/author/admin/"}])
SETUP = '<form method="post"><input name="db_host" value="localhost"><input name="db_name"><input name="db_user"></form>'
SERVER_LOG = "[Fri Nov 20 03:12:44.123456 2026] [proxy_fcgi:error] [pid 812] [client 203.0.113.7:5050] AH01071: Got error"

REAL: tuple[tuple[Check, str, str, Answer, Sequence[tuple[str, str]]], ...] = (
    (exposed_vcs, "git init, git 2.39", "/.git/HEAD", text("ref: refs/heads/master\n"), ()),
    (exposed_vcs, "git checkout of a commit", "/.git/HEAD", text("6f1e0c9b7d3a4528b1c0e2f4a6d8937c5b1e0f2d\n"), ()),
    (exposed_vcs, "git clone with a token", "/.git/config", text('[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://u:t@git.example/s\n'), ()),
    (exposed_vcs, "Subversion 1.7 and later: an SQLite file", "/.svn/wc.db", raw(sqlite()), ()),
    (exposed_vcs, "Subversion 1.6: entries", "/.svn/entries", text("10\n\ndir\n42\nhttps://svn.example/shop\n"), ()),
    (exposed_vcs, "a blog beside the shop", "/blog/.git/HEAD", text("ref: refs/heads/main\n"), [("/blog/", "wordpress")]),
    (exposed_config, "Laravel's .env.example with values", "/.env", text("APP_NAME=Laravel\nAPP_KEY=base64:x\nDB_PASSWORD=secret\n"), ()),
    (exposed_config, "Symfony's .env", "/.env", text("# In all environments\nAPP_ENV=prod\nDATABASE_URL=\"mysql://u:p@127.0.0.1:3306/shop\"\n"), ()),
    (exposed_config, "the SFTP extension of an editor", "/.vscode/sftp.json", text('{\n "name": "s",\n "host": "ftp.example",\n "protocol": "sftp",\n "password": "x"\n}'), ()),
    (exposed_config, "htpasswd -m", "/.htpasswd", text("owner:$apr1$abcdefgh$abcdefghijklmnopqrstu.\n"), ()),
    (exposed_config, "htpasswd -B", "/.htpasswd", text("owner:$2y$05$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuvabcdefghijk\n"), ()),
    (exposed_config, "htpasswd -s", "/.htpasswd", text("owner:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n"), ()),
    (exposed_config, "ssh-keygen", "/id_rsa", text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----\n"), ()),
    (exposed_config, "openssl genrsa, named as ssh does", "/id_rsa", text("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"), ()),
    (exposed_config, "the demo shop: OpenCart", "/config.php.bak", text("<?php\n// HTTP\ndefine('DB_PASSWORD', 'forget-me-not-47');\n"), [("/", "opencart")]),
    (exposed_config, "WordPress's wp-config-sample.php", "/wp-config.php~", text("<?php\n/** x */\ndefine( 'DB_NAME', 'd' );\ndefine( 'DB_PASSWORD', 'p' );\n"), [("/", "wordpress")]),
    (exposed_config, "Vim 9", "/.wp-config.php.swp", raw(b"b0VIM 9.0\0" + bytes(range(256)) * 3), [("/", "wordpress")]),
    (exposed_config, "Magento 1's local.xml", "/app/etc/local.xml", text("<?xml version=\"1.0\"?>\n<config><global><connection><host><![CDATA[l]]></host><username><![CDATA[u]]></username><password><![CDATA[p]]></password><dbname><![CDATA[d]]></dbname>"), [("/", "magento1")]),
    (exposed_config, "PrestaShop's parameters.php", "/app/config/parameters.php.bak", text("<?php return array (\n  'parameters' => \n  array (\n    'database_password' => 'x',\n"), [("/", "prestashop")]),
    (exposed_backup, "zip", "/backup.zip", raw(zipped("public_html/index.php")), ()),
    (exposed_backup, "zip, named like the shop", "/petalandstem.zip", raw(zipped("index.php")), ()),
    (exposed_backup, "tar -z", "/backup.tar.gz", raw(tarred("public_html/index.php", "w:gz")), ()),
    (exposed_backup, "tar -z, unpacked by Content-Encoding", "/backup.tar.gz", raw(tarred("public_html/index.php")), ()),
    (exposed_database_dump, "the demo shop: mysqldump, gzip", "/backup.sql.gz", raw(DEMO_DUMP), ()),
    (exposed_database_dump, "the demo shop: mysqldump", "/dump.sql", text(gzip.decompress(DEMO_DUMP).decode()[:3000]), ()),
    (exposed_database_dump, "pg_dump", "/backup.sql", text("--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n"), ()),
    (exposed_database_dump, "phpMyAdmin's export", "/petalandstem.sql", text("-- phpMyAdmin SQL Dump\n-- version 5.2.1\n"), ()),
    (exposed_database_dump, "mysqldump --compact", "/database.sql", text("/*!40101 SET @saved_cs_client     = @@character_set_client */;\nCREATE TABLE `a` (\n"), ()),
    (exposed_customer_data, "the demo shop", "/customers.csv", text(customers_csv()[:600].decode()), ()),
    (exposed_customer_data, "a German export with semicolons", "/orders.csv", text("Bestellnummer;E-Mail;Vorname;Nachname;PLZ\n77;a@example.de;Ann;Lee;10115\n"), ()),
    (exposed_log, "PHP's error_log", "/error_log", text("[20-Nov-2026 03:12:44 Europe/Dublin] PHP Warning:  x in /home/petal/public_html/a.php on line 3\n"), ()),
    (exposed_log, "Apache 2.4", "/error.log", text(SERVER_LOG), ()),
    (exposed_log, "Magento 1's system.log", "/var/log/system.log", text("2026-11-20T03:12:44+00:00 ERR (3): Warning: include(): x\n"), [("/", "magento1")]),
    (exposed_log, "WordPress's debug.log", "/wp-content/debug.log", text("[20-Nov-2026 03:12:44 UTC] PHP Notice:  Undefined index: x in /srv/a.php on line 3\n"), [("/", "wordpress")]),
    (exposed_log, "OpenCart's log.php, before ten in the morning", "/system/storage/logs/error.log", text("2026-11-02 3:04:07 - PHP Notice:  Undefined index: x in /home/p/a.php on line 2\n"), [("/", "opencart")]),
    (exposed_log, "AbanteCart's error.txt", "/system/logs/error.txt", text("2026-11-02 3:04:07 - App Error: x\n2026-11-02 3:04:09 - App Error: y\n"), [("/", "abantecart")]),
    (exposed_log, "PHP-FPM", "/error.log", text("[02-May-2026 03:00:00] NOTICE: fpm is running, pid 1\n"), ()),
    (exposed_config, "CubeCart's global.inc.php", "/includes/global.inc.php.bak", text("<?php\n$glob['dbhost'] = 'localhost';\n$glob['dbpassword'] = 'x';\n"), [("/", "cubecart")]),
    (exposed_config, "the second settings file of CE Phoenix", "/admin/includes/configure.php~", text("<?php\n  const DB_SERVER = 'localhost';\n  const DB_SERVER_PASSWORD = 'x';\n"), [("/", "cephoenix")]),
    (exposed_metadata, "OpenCart's vendor folder", "/system/storage/vendor/composer/installed.json", text('{"packages": [{"name": "twig/twig"'), [("/", "opencart")]),
    *((exposed_installer, f"the first step of {name}", "/install/", text(source), ()) for name, source in SETUPS.items()),
    (exposed_installer, "CubeCart, left after the set-up", "/setup/index.php", text(SETUPS["CubeCart"]), [("/", "cubecart")]),
    (exposed_installer, "Zen Cart, left after the set-up", "/zc_install/index.php", text(SETUPS["Zen Cart"]), [("/", "zencart")]),
    (exposed_debug, "PHP 8.2, phpinfo()", "/phpinfo.php", text('<!DOCTYPE html><title>PHP 8.2.7 - phpinfo()</title><h1 class="p">PHP Version 8.2.7</h1><td class="e">System </td>'), ()),
    (exposed_debug, "Apache 2.4, mod_status", "/server-status", text("<html><head>\n<title>Apache Status</title>\n</head><h1>Apache Server Status for x</h1>"), ()),
    (exposed_installer, "a form like that of most set-up programs", "/install/", text(SETUP), ()),
    (exposed_installer, "WordPress's setup-config.php, where install.php leads to", "/wp-admin/install.php", text('<form><input name="dbname"><input name="uname"><input name="dbhost"></form>'), [("/", "wordpress")]),
    (exposed_database_admin, "Adminer 4.8", "/adminer.php", text('<title>Login - Adminer</title><a href="https://www.adminer.org/"><input name="auth[server]">'), ()),
    (exposed_database_admin, "phpMyAdmin 5.2", "/phpmyadmin/", text('<input type="text" name="pma_username" id="input_username">'), ()),
    (exposed_metadata, "the demo shop: macOS", "/.DS_Store", raw(b"\x00\x00\x00\x01Bud1" + b"\0" * 500), ()),
    (exposed_metadata, "Composer 2", "/composer.lock", text('{\n    "_readme": [],\n    "packages": [\n        {\n            "name": "monolog/monolog"'), ()),
    (admin_default_path, "the demo shop", "/admin.php", text(LOGIN), ()),
    (admin_default_path, "OpenCart's login.twig", "/admin/", text('<title>Administration</title><form action="index.php?route=common/login"><input name="username"><input type="password" name="password"></form>'), [("/", "opencart")]),
    (admin_login_public, "Joomla's mod_login", "/administrator/", text('<script type="application/json" class="joomla-script-options new">{}</script><form action="index.php"><input name="passwd" type="password"></form>'), [("/", "joomla")]),
    (admin_user_enumeration, "WordPress's ?author=1", "/?author=1", answer(301, address=f"{ORIGIN}/?author=1", headers={"location": f"{ORIGIN}/author/rosie/"}), [("/", "wordpress")]),
    (admin_default_username, "WordPress's REST API", "/wp-json/wp/v2/users", text(USERS), [("/", "wordpress")]),
    (version_leak_file, "Joomla's joomla.xml", "/administrator/manifests/files/joomla.xml", text('<?xml version="1.0"?><extension type="file"><name>files_joomla</name><version>3.9.27</version>'), [("/", "joomla")]),
    (exposed_customer_data, "Magento's export, with tabs", "/export.csv", text("email\tfirstname\ttelephone\nann@petalandstem.example\tAnn\t01632 960123\n"), ()),
    (admin_login_public, "WordPress's wp-login.php", "/blog/wp-login.php", text('<form id="loginform"><input type="password" name="pwd"></form>'), [("/blog/", "wordpress")]),
    (admin_user_enumeration, "WordPress's REST API", "/wp-json/wp/v2/users", text(USERS), [("/", "wordpress")]),
    (admin_default_username, "WordPress's ?author=1", "/?author=1", answer(301, address=f"{ORIGIN}/?author=1", headers={"location": f"{ORIGIN}/author/admin/"}), [("/", "wordpress")]),
    (version_leak_file, "WordPress 4.3's readme.html", "/readme.html", text(README), [("/", "wordpress")]),
)  # fmt: skip

LOOK_ALIKES: tuple[tuple[str, Answer], ...] = (
    ("a soft 404 with every bait", text(f"<!DOCTYPE html><html><body>{BAIT}</body></html>")),
    ("the same bait without a doctype", text(BAIT)),
    ("an error of PHP before the bait", text("<br />\n<b>Notice</b>: x\n" + BAIT)),
    ("a real 404 with every bait", text(BAIT, 404)),
    ("a firewall's 403 with every bait", text(BAIT, 403)),
    ("a program's error as JSON", text('{"error": {"code": 404, "message": "No route for DB_PASSWORD"}}')),
    ("an empty answer", text("")),
    ("one word", text("OK")),
    ("a picture", raw(b"\x89PNG\r\n\x1a\n" + bytes(500))),
    (
        "a customers' login",
        text("<title>Sign in</title><form action='/account'><input name=email><input type=password name=p></form>"),
    ),
    (
        "a single-page app",
        text('<!doctype html><html><head><title>Petal</title></head><body><div id="root"></div></body></html>'),
    ),
    ("robots.txt for everything", text("User-agent: *\nDisallow: /admin/\n")),
    ("a page about dumps", text("<h1>How to dump</h1><pre>-- MySQL dump 10.13\nCREATE TABLE `a` (\n</pre>")),
    ("a redirect to the home page", answer(302, headers={"location": "/"})),
    ("a redirect to a login", answer(302, headers={"location": "/login?next=/author/admin/"})),
)


def judged(check: Check, seen: Probes) -> Verdict:
    """The verdict, with whatever else the check wants healthy."""
    rule = rule_of(check)
    assert rule is not None
    healthy = {
        Pages: pages(),
        Installations: installations(),
        Probes: seen,
        Knowledge: knowledge(),
        CrossOrigin: CrossOrigin((), answer(404), NOW),
    }
    return check(**{need.name: healthy[need.kind] for need in rule.needs})


def cases() -> Iterator[Case]:
    """All of them."""
    by_check: dict[Check, list[tuple[str, Sequence[tuple[str, str]]]]] = {}
    for check, origin, place, seen, platforms in REAL:
        yield _case(check, origin, True, {place: seen}, platforms)
        yield _everywhere(check, f"a site that answers every address with: {origin}", seen, platforms)
        by_check.setdefault(check, []).append((place, platforms))
    for check, places in by_check.items():
        for place, platforms in {place: (place, platforms) for place, platforms in places}.values():
            for origin, seen in LOOK_ALIKES:
                if check in {admin_default_path, admin_login_public} and seen.read and BAIT in seen.text:
                    # One page with that title and a password field, and 404 elsewhere, would be an administration.
                    yield _everywhere(check, origin, seen, platforms)
                else:
                    yield _case(check, f"{origin}, at {place}", False, {place: seen}, platforms)
    yield from _leaked()
    yield from _ages()
    yield from _scripts()
    for check, origin, real, verdict in (*site_cases(), *markup_cases(), *mail_cases()):
        yield Case(check, origin, real, lambda verdict=verdict: verdict)


def _case(check: Check, origin: str, real: bool, given: dict[str, Answer], platforms: Sequence[tuple[str, str]]) -> Case:
    return Case(check, origin, real, lambda: judged(check, probes(check, given, platforms=platforms)))


def _everywhere(check: Check, origin: str, seen: Answer, platforms: Sequence[tuple[str, str]]) -> Case:
    return Case(check, origin, False, lambda: judged(check, probes(check, others=seen, platforms=platforms)))


def _leaked() -> Iterator[Case]:
    for path, body, real in (("/admin-7q2/", LOGIN, True), ("/admin-guide/", "<h1>Guide</h1>", False), ("/admin/", LOGIN, False)):
        given = {path: text(body)} if path != "/admin/" else {}
        seen = probes(admin_path_leaked, given, disallowed=[path])
        yield Case(admin_path_leaked, f"robots.txt: Disallow: {path}", real, lambda seen=seen: admin_path_leaked(seen, pages()))

    for origin, location, real in (
        ("magento2 issue 22590", "/backend_7q2/admin/index/index/key/0123456789abcdef0123/", True),
        ("Magento's usual name", "/admin/index/index/key/0123456789abcdef0123/", False),
    ):
        telling = answer(302, address=f"{ORIGIN}/catalog/Adminhtml_category/", headers={"location": ORIGIN + location})
        seen = probes(admin_path_leaked, {"/catalog/Adminhtml_category/": telling}, platforms=[("/", "magento2")])
        yield Case(admin_path_leaked, origin, real, lambda seen=seen: admin_path_leaked(seen, pages()))


def _ages() -> Iterator[Case]:
    table: tuple[tuple[Check, str, bool, Installations, Pages], ...] = (
        (software_outdated, "WordPress 6.8.1, endoflife.date", True, _shop("6.8.1"), pages()),
        (software_outdated, "PrestaShop 8.2.1, endoflife.date", True, _shop("8.2.1", "prestashop"), pages()),
        (software_outdated, "WordPress 7.1.4", False, _shop("7.1.4"), pages()),
        (software_outdated, "a number that no table has", False, _shop("99.1"), pages()),
        (software_end_of_life, "WordPress 4.3.1", True, _shop("4.3.1"), pages()),
        (software_end_of_life, "WordPress 7.1.4", False, _shop("7.1.4"), pages()),
        (software_end_of_life, "PHP 7.2, php.net", True, _shop("7.1.4"), pages(page(headers={"x-powered-by": "PHP/7.2.34"}))),
        (software_end_of_life, "PHP 8.3", False, _shop("7.1.4"), pages(page(headers={"x-powered-by": "PHP/8.3.9"}))),
        (
            software_end_of_life,
            "Debian's nginx and Apache",
            False,
            _shop("7.1.4"),
            pages(page(headers={"server": "Apache/2.4.38 (Debian)"})),
        ),
        (cohosted_script_outdated, "the demo shop's blog, WordPress 5.2.3", True, _beside("5.2.3"), pages()),
        (cohosted_script_outdated, "Matomo 4.1, endoflife.date", True, _beside("4.1.0", "matomo"), pages()),
        (cohosted_script_outdated, "a number that no table has", False, _beside("99.1"), pages()),
        (cohosted_script_outdated, "a blog that is up to date", False, _beside("7.1.4"), pages()),
    )
    for check, origin, real, found, read in table:
        rule = rule_of(check)
        assert rule is not None
        healthy = {Pages: read, Installations: found, Probes: probes(check), Knowledge: knowledge()}
        given = {need.name: healthy[need.kind] for need in rule.needs}
        yield Case(check, origin, real, lambda check=check, given=given: check(**given))


def _shop(number: str, platform: str = "wordpress") -> Installations:
    return installations(installation(platform, versions=[Version(number, "generator", ORIGIN)]))


def _beside(number: str, platform: str = "wordpress") -> Installations:
    return installations(None, installation(platform, "/blog/", versions=[Version(number, "generator", ORIGIN)]))


def _scripts() -> Iterator[Case]:
    for origin, script, real in (
        ("the demo shop: jQuery 1.12.4", Script(src=f"{ORIGIN}/js/jquery-1.12.4.min.js"), True),
        ("Google's library host", Script(src="https://ajax.googleapis.com/ajax/libs/jquery/1.9.1/jquery.min.js"), True),
        ("jQuery's own banner", Script(inline="/*! jQuery v1.12.4 | (c) jQuery Foundation */"), True),
        ("jsDelivr: Bootstrap 3.3.7", Script(src="https://cdn.jsdelivr.net/npm/bootstrap@3.3.7/dist/js/bootstrap.min.js"), True),
        ("jQuery 3.7.1", Script(src=f"{ORIGIN}/js/jquery-3.7.1.min.js"), False),
        ("a cache number", Script(src=f"{ORIGIN}/js/jquery.min.js?ver=1.0.2"), False),
        ("a date", Script(src=f"{ORIGIN}/js/jquery-20140401.js"), False),
        ("somebody's plugin", Script(src=f"{ORIGIN}/js/petal-jquery-1.2.3-slider.js"), False),
    ):
        read = pages(page(scripts=[script]))
        yield Case(
            js_library_vulnerable, origin, real, lambda read=read: js_library_vulnerable(read, loaded_files(), knowledge())
        )

"""How the small shop shows each rule's problem, so that the rule's fix can be tried on it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.servers.web import ADMIN, LAYOUT

HOME = LAYOUT.format(title="Petal & Stem", text="Flowers from growers we know by name.")
OLD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Stem's flowers</title>
<link rel="stylesheet" href="/old/catalog/view/theme/default/stylesheet/stylesheet.css"></head><body><h1>Opening hours in spring 2016</h1>
<ul><li>Lilac from the garden behind the chapel</li><li>Peonies by order</li><li>Hand-tied wreaths</li></ul>
<footer>Powered By <a href="https://www.opencart.com">OpenCart</a></footer></body></html>"""
LOGIN = """<!DOCTYPE html><html><head><title>Log In &lsaquo; Journal &#8212; WordPress</title></head><body class="login wp-core-ui">
<form name="loginform" id="loginform" action="/blog/wp-login.php" method="post"><input name="log" id="user_login">
<input type="password" name="pwd" id="user_pass"><input type="submit" name="wp-submit" id="wp-submit"></form></body></html>"""
PHPINFO = """<!DOCTYPE html><html><head><title>PHP 7.4.3 - phpinfo()</title></head><body><h1 class="p">PHP Version 7.4.3</h1>
<table><tr><td class="e">System </td><td class="v">Linux</td></tr></table></body></html>"""
INSTALLER = """<!DOCTYPE html><html><head><title>Installation</title></head><body><h1>Installation, step 3 of 4</h1>
<form action="index.php?route=install/step_3" method="post"><input name="db_hostname"><input name="db_username">
<input type="password" name="db_password"><input name="db_database"><input name="db_prefix"></form></body></html>"""
MAGENTO = """<script type="text/x-magento-init">{"*": {"mage/cookies": {}}}</script>
<script src="/static/version1700000000/frontend/Magento/luma/en_US/requirejs/require.js"></script>"""
ADMINER = """<!DOCTYPE html><html lang="en"><head><title>Login - Adminer</title></head><body><h1>
<a href="https://www.adminer.org/" target="_blank" rel="noreferrer noopener" id="h1">Adminer</a> <span class="version">4.7.0</span></h1>
<form action="" method="post"><input name="auth[driver]"><input name="auth[server]"><input name="auth[username]" id="username">
<input type="password" name="auth[password]"><input name="auth[db]"></form></body></html>"""
TO_HTTPS = "https://%{HTTP_HOST}%{REQUEST_URI}"


def archive() -> bytes:
    """A ZIP file as somebody left it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("public_html/config.php", "<?php define('DB_HOST', 'localhost');\n" * 5)
    return written.getvalue()


@dataclass(frozen=True)
class Weak:
    """A weak state, and what an article's reader does with it.

    apache: lines of the server's configuration, out of the owner's hands. htaccess, nginx: lines that were there before, in
    the shop's .htaccess or in nginx's ``server``. keeps: whether they stay, below the fix, instead of being replaced by it.
    changes: nginx's lines in the fixture that the article says to change. files: more files in the shop. folder: where the
    article says the .htaccess belongs, below the shop's root. names: what in the block stands for the reader's own → that; a
    path beginning with "=" is below the server's folder.
    """

    apache: str = ""
    htaccess: str = ""
    nginx: str = ""
    keeps: bool = False
    changes: tuple[str, ...] = ()
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    folder: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


AS_IT_IS = Weak()
"""The small shop shows the problem by itself."""

SESSION = 'Header always set Set-Cookie "PHPSESSID=0123456789abcdef; Path=/'
"""As the shop's software sets it; attributes and a quotation mark follow."""

OLD_TLS = Weak(
    apache="SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2\nSSLCipherSuite ALL:@SECLEVEL=0",
    nginx="ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\nssl_ciphers ALL:@SECLEVEL=0;",
)
"""TLS as servers offered it in 2014."""

WEAK: dict[str, Weak] = {
    "admin-default-path": Weak(
        files={"admin/index.html": ADMIN, "admin.php": "Nothing here."},
        folder="admin",
        names={"/home/YOUR-ACCOUNT/.htpasswd-admin": "=htpasswd", "/etc/nginx/htpasswd-admin": "=htpasswd"},
    ),
    "admin-login-public": Weak(
        files={"blog/wp-login.php": LOGIN},
        folder="blog",
        names={"/home/YOUR-ACCOUNT/.htpasswd-admin": "=htpasswd"},
    ),
    "admin-over-http": AS_IT_IS,
    "admin-path-leaked": Weak(
        htaccess='RedirectMatch 302 "^/catalog/Adminhtml_category/" "/backoffice_7x/index/index/"',
        nginx="location /catalog/Adminhtml_category { return 302 /backoffice_7x/index/index/; }",
        files={"index.html": HOME.replace("<footer>", MAGENTO + "<footer>")},
        keeps=True,
    ),
    "admin-user-enumeration": Weak(
        files={"blog/wp-json/wp/v2/users": '[{"id": 1, "name": "Ann", "slug": "ann"}]'},
        folder="blog",
    ),
    "clickjacking-unprotected": AS_IT_IS,
    "cookie-insecure": Weak(apache=f'{SESSION}; HttpOnly; SameSite=Lax"'),
    "cookie-samesite-missing": Weak(apache=f'{SESSION}; HttpOnly; Secure"'),
    "cookie-script-readable": Weak(apache=f'{SESSION}; Secure; SameSite=Lax"'),
    "cors-open": Weak(
        apache='SetEnvIf Origin "(.+)" WHO=$1\nHeader always set Access-Control-Allow-Origin "%{WHO}e" env=WHO\n'
        'Header always set Access-Control-Allow-Credentials "true"',
    ),
    "directory-listing": Weak(changes=("autoindex on;",)),
    "directory-listing-sensitive": Weak(changes=("autoindex on;",)),
    "exposed-backup": Weak(files={"backup.zip": archive()}),
    "exposed-config": Weak(files={".env": "APP_ENV=production\nDB_HOST=localhost\nDB_PASSWORD=not-a-real-one\n"}),
    "exposed-customer-data": Weak(
        files={"customers.csv": "customer_id,firstname,lastname,email,telephone\n1,Ann,Lee,ann@shop.example,555 0100\n"}
    ),
    "exposed-database-admin": Weak(files={"adminer.php": ADMINER}),
    "exposed-database-dump": Weak(files={"backup.sql": "-- MySQL dump 10.13\nCREATE TABLE `oc_customer` (\n  `id` int\n);\n"}),
    "exposed-debug": Weak(files={"phpinfo.php": PHPINFO}),
    "exposed-installer": Weak(files={"install/index.html": INSTALLER}),
    "exposed-log": Weak(
        files={"error_log": "[21-Nov-2026 04:05:09 UTC] PHP Warning:  Undefined variable $rose in cart.php on line 7\n"}
    ),
    "exposed-metadata": Weak(
        files={
            "composer.lock": '{"packages": [{"name": "petal/stem", "version": "1.0.0"}]}',
            "package.json": '{"dependencies": {}}',
        }
    ),
    "exposed-vcs": Weak(files={".git/HEAD": "ref: refs/heads/main\n", ".git/config": "[core]\nrepositoryformatversion = 0\n"}),
    "hsts-invalid": Weak(
        apache='Header always set Strict-Transport-Security "max-age=a-year"',
        nginx='add_header Strict-Transport-Security "max-age=a-year" always;',
    ),
    "hsts-max-age-short": Weak(
        htaccess='Header always set Strict-Transport-Security "max-age=300"',
        nginx='add_header Strict-Transport-Security "max-age=300" always;',
    ),
    "hsts-missing": AS_IT_IS,
    "hsts-subdomains-missing": Weak(
        htaccess='Header always set Strict-Transport-Security "max-age=31536000"',
        nginx='add_header Strict-Transport-Security "max-age=31536000" always;',
    ),
    "https-redirect-foreign-hop": Weak(
        htaccess="RewriteEngine On\nRewriteCond %{HTTPS} !=on\nRewriteCond %{HTTP_HOST} ^petalandstem [NC]\n"
        "RewriteRule ^ http://www.petalandstem.example%{REQUEST_URI} [R=301,L]\n"
        f"RewriteCond %{{HTTPS}} !=on\nRewriteRule ^ {TO_HTTPS} [R=301,L]",
        nginx="set $way $scheme$host;\n"
        "if ($way = httppetalandstem.example) { return 301 http://www.petalandstem.example$request_uri; }\n"
        "if ($scheme = http) { return 301 https://$host$request_uri; }",
        keeps=True,
    ),
    "https-redirect-missing": AS_IT_IS,
    "https-redirect-partial": Weak(
        htaccess="RewriteEngine On\nRewriteCond %{HTTPS} !=on\nRewriteRule ^$ https://%{HTTP_HOST}/ [R=301,L]",
        nginx="location = / { if ($scheme = http) { return 301 https://$host/; } }",
    ),
    "https-redirect-temporary": Weak(
        htaccess=f"RewriteEngine On\nRewriteCond %{{HTTPS}} !=on\nRewriteRule ^ {TO_HTTPS} [R=302,L]",
        nginx="if ($scheme = http) { return 302 https://$host$request_uri; }",
    ),
    "leftover-copy": Weak(
        files={"old/index.html": OLD, "index.html": HOME.replace("<footer>", '<footer><a href="/old/">The old shop</a> ')},
        folder="old",
    ),
    "mixed-content-active": Weak(
        files={"index.html": HOME.replace("</h1>", '</h1><script src="http://cdn.example/a.js"></script>')}
    ),
    "mixed-content-passive": Weak(
        files={"index.html": HOME.replace("</h1>", '</h1><img src="http://cdn.example/a.png" alt="">')}
    ),
    "nosniff-missing": AS_IT_IS,
    "referrer-policy-unsafe": Weak(
        apache='Header always set Referrer-Policy "unsafe-url"', nginx='add_header Referrer-Policy "unsafe-url" always;'
    ),
    "tls-legacy-protocol": OLD_TLS,
    "tls-no-tls13": Weak(apache="SSLProtocol -all +TLSv1.2", nginx="ssl_protocols TLSv1.2;"),
    "tls-weak-cipher": OLD_TLS,
    "version-leak-file": AS_IT_IS,
    "version-leak-header": AS_IT_IS,
}
SPECIAL: dict[tuple[str, str], Weak] = {
    ("exposed-database-admin", "Apache (.htaccess)"): Weak(files={"adminer/index.html": ADMINER}, folder="adminer"),
    ("version-leak-header", "Apache (.htaccess)"): Weak(
        apache='ServerTokens Prod\nHeader set X-Powered-By "PHP/7.4.3"\nHeader always set X-Generator "Shop 2.1.4"'
    ),
}
"""Where a rule's state differs by the article's heading."""


def weak_state(rule: str, where: str) -> Weak | None:
    """The state for a block; None where nobody has said how the shop shows this rule."""
    return SPECIAL.get((rule, where)) or WEAK.get(rule)

"""How the small shop shows each rule's problem, so that the rule's fix can be tried on it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.servers.web import ADMIN, FIXTURES, LAYOUT

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


def sets(header: str, value: str) -> str:
    """lighttpd's lines that set a header."""
    return f'server.modules += ( "mod_setenv" )\nsetenv.set-response-header += ( "{header}" => "{value}" )'


@dataclass(frozen=True)
class Weak:
    """A weak state, and what an article's reader does with it.

    apache: lines of the server's configuration, out of the owner's hands. htaccess, nginx, caddy, lighttpd, php: lines that were
    there before, in the shop's .htaccess, in nginx's ``server``, in Caddy's site, in lighttpd's configuration, in php.ini.
    keeps: whether they stay beside the fix, instead of being replaced by it. changes: by server, the fixture's lines that the
    article says to change. replaces: the block's lines take the place of the fixture's that begin with the same word. files:
    more files in the shop. folder: where the article says the .htaccess belongs, below the shop's root. in_php_ini: PHP's block
    belongs into php.ini, not .user.ini. chain: whether the server sends the intermediate certificate. names: what in the block
    stands for the reader's own → that; a path beginning with "=" is below the server's folder.
    """

    apache: str = ""
    htaccess: str = ""
    nginx: str = ""
    caddy: str = ""
    lighttpd: str = ""
    keeps: bool = False
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    folder: str = ""
    php: str = ""
    in_php_ini: bool = False
    chain: bool = True
    replaces: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


def sending(header: str, value: str, by: str = "htaccess") -> Weak:
    """Every server sends this header. by: where Apache is told so, ``htaccess`` or ``apache``."""
    return Weak(
        **{by: f'Header always set {header} "{value}"'},
        nginx=f'add_header {header} "{value}" always;',
        caddy=f'header {header} "{value}"',
        lighttpd=sets(header, value),
    )


LISTS = Weak(
    changes={"nginx": ("autoindex on;",), "caddy": ("file_server browse",), "lighttpd": ('dir-listing.activate = "enable"',)}
)
"""The line that lists folders."""
AS_IT_IS = Weak()
"""The small shop shows the problem by itself."""

COOKIE = "PHPSESSID=0123456789abcdef; Path=/"
SESSION = f'Header always set Set-Cookie "{COOKIE}'
"""As the shop's software sets it; attributes and a quotation mark follow."""

HASH = "$2a$14$FALfABLP39HuBNqk7Uq.AOStCjDU731EoNuQOiYhe2desfPb/VJbK"
"""What ``caddy hash-password`` prints, of a password that nobody uses."""

SECURITY_TXT = f"Contact: mailto:security@shop.example\nExpires: {datetime.now(UTC) + timedelta(days=200):%Y-%m-%dT00:00:00Z}\n"
"""As the articles print it, with a date to come."""
BEHIND_CADDY = """reverse_proxy /catalog/Adminhtml_category* 127.0.0.1:{http} {
    rewrite /roses.html
    handle_response {
        header Location /backoffice_7x/index/index/
        respond 302
    }
}"""
"""The shop's software behind Caddy, which redirects."""
BEHIND_NGINX = """location = / { proxy_pass http://127.0.0.1:{http}/home; }
location = /home { rewrite ^ /index.html break; add_header Set-Cookie "%s"; }"""
"""Another server behind nginx that sets a cookie."""
LINKED = {"index.html": HOME.replace("<footer>", '<footer><a href="/index.php?route=account/login">Log in</a> ')}
"""A way to the shop's PHP program, which sets its own session cookie and says what it is."""

WARNING = """if ($route === 'information/hours') {
    show('Hours', '<p>' . $hours . 'Every day until six.</p>');
}

function show"""
"""A page whose program has a mistake, and says so."""
OLD_TLS = Weak(
    apache="SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2\nSSLCipherSuite ALL:@SECLEVEL=0",
    nginx="ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\nssl_ciphers ALL:@SECLEVEL=0;",
    lighttpd='ssl.openssl.ssl-conf-cmd = ( "MinProtocol" => "TLSv1", "CipherString" => "ALL:@SECLEVEL=0" )',
)
"""TLS as servers offered it in 2014."""

WEAK: dict[str, Weak] = {
    "admin-default-path": Weak(
        files={"admin/index.html": ADMIN, "admin.php": "Nothing here."},
        folder="admin",
        names={
            "/home/YOUR-ACCOUNT/.htpasswd-admin": "=htpasswd",
            "/etc/nginx/htpasswd-admin": "=htpasswd",
            "/etc/lighttpd/htpasswd-admin": "=htpasswd",
            "YOUR-HASH": HASH,
        },
    ),
    "admin-login-public": Weak(
        files={"blog/wp-login.php": LOGIN},
        folder="blog",
        names={
            "/home/YOUR-ACCOUNT/.htpasswd-admin": "=htpasswd",
            "/etc/nginx/htpasswd-admin": "=htpasswd",
            "/etc/lighttpd/htpasswd-admin": "=htpasswd",
            "YOUR-HASH": HASH,
            "location = /wp-login.php": "location = /blog/wp-login.php",
        },
    ),
    "admin-over-http": AS_IT_IS,
    "admin-page-over-http": Weak(
        files={"admin.php": ADMIN.replace('"admin.php"', '"https://www.petalandstem.example/admin.php"')}
    ),
    "admin-path-leaked": Weak(
        htaccess='RedirectMatch 302 "^/catalog/Adminhtml_category/" "/backoffice_7x/index/index/"',
        nginx="location /catalog/Adminhtml_category { return 302 /backoffice_7x/index/index/; }",
        caddy=BEHIND_CADDY,
        lighttpd='$HTTP["url"] =~ "^/catalog/Adminhtml_category" { url.redirect = ( "" => "/backoffice_7x/index/index/" ) }',
        files={"index.html": HOME.replace("<footer>", MAGENTO + "<footer>")},
        keeps=True,
    ),
    "admin-user-enumeration": Weak(
        files={"blog/wp-json/wp/v2/users": '[{"id": 1, "name": "Ann", "slug": "ann"}]'},
        folder="blog",
    ),
    "clickjacking-unprotected": AS_IT_IS,
    "cookie-insecure": Weak(
        apache=f'{SESSION}; HttpOnly; SameSite=Lax"', nginx=BEHIND_NGINX % f"{COOKIE}; HttpOnly; SameSite=Lax", keeps=True
    ),
    "cookie-samesite-missing": Weak(
        apache=f'{SESSION}; HttpOnly; Secure"', nginx=BEHIND_NGINX % f"{COOKIE}; HttpOnly; Secure", keeps=True
    ),
    "cookie-script-readable": Weak(
        apache=f'{SESSION}; Secure; SameSite=Lax"', nginx=BEHIND_NGINX % f"{COOKIE}; Secure; SameSite=Lax", keeps=True
    ),
    "cors-open": Weak(
        apache='SetEnvIf Origin "(.+)" WHO=$1\nHeader always set Access-Control-Allow-Origin "%{WHO}e" env=WHO\n'
        'Header always set Access-Control-Allow-Credentials "true"',
        nginx="location = / { proxy_pass http://127.0.0.1:{http}/home; }\nlocation = /home { rewrite ^ /index.html break; "
        "add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; }",
        caddy='header Access-Control-Allow-Origin "{http.request.header.Origin}"\nheader Access-Control-Allow-Credentials "true"',
        keeps=True,
    ),
    "csp-missing": AS_IT_IS,
    "directory-listing": LISTS,
    "directory-listing-sensitive": LISTS,
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
    "hsts-invalid": sending("Strict-Transport-Security", "max-age=a-year", by="apache"),
    "hsts-max-age-short": sending("Strict-Transport-Security", "max-age=300"),
    "hsts-missing": AS_IT_IS,
    "hsts-subdomains-missing": sending("Strict-Transport-Security", "max-age=31536000"),
    "https-redirect-foreign-hop": Weak(
        htaccess="RewriteEngine On\nRewriteCond %{HTTPS} !=on\nRewriteCond %{HTTP_HOST} ^petalandstem [NC]\n"
        "RewriteRule ^ http://www.petalandstem.example%{REQUEST_URI} [R=301,L]\n"
        f"RewriteCond %{{HTTPS}} !=on\nRewriteRule ^ {TO_HTTPS} [R=301,L]",
        nginx="set $way $scheme$host;\n"
        "if ($way = httppetalandstem.example) { return 301 http://www.petalandstem.example$request_uri; }\n"
        "if ($scheme = http) { return 301 https://$host$request_uri; }",
        caddy="@plain {\nprotocol http\nhost petalandstem.example\n}\nredir @plain http://www.petalandstem.example{uri} permanent\n"
        "@www {\nprotocol http\nhost www.petalandstem.example\n}\nredir @www https://{host}{uri} permanent",
        keeps=True,
    ),
    "https-redirect-missing": AS_IT_IS,
    "https-redirect-partial": Weak(
        htaccess="RewriteEngine On\nRewriteCond %{HTTPS} !=on\nRewriteRule ^$ https://%{HTTP_HOST}/ [R=301,L]",
        nginx="location = / { if ($scheme = http) { return 301 https://$host/; } }",
        caddy="@home {\nprotocol http\npath /\n}\nredir @home https://{host}/ permanent",
        lighttpd='$HTTP["scheme"] == "http" { url.redirect = ( "^/$" => "https://${url.authority}/" ) }',
    ),
    "https-redirect-temporary": Weak(
        htaccess=f"RewriteEngine On\nRewriteCond %{{HTTPS}} !=on\nRewriteRule ^ {TO_HTTPS} [R=302,L]",
        nginx="if ($scheme = http) { return 302 https://$host$request_uri; }",
        caddy="@http protocol http\nredir @http https://{host}{uri} 302",
        lighttpd='$HTTP["scheme"] == "http" {\nurl.redirect = ( "" => "https://${url.authority}${url.path}${qsa}" )\n'
        "url.redirect-code = 302\n}",
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
    "referrer-policy-unsafe": sending("Referrer-Policy", "unsafe-url", by="apache"),
    "security-txt-invalid": Weak(
        apache="AddType application/octet-stream .txt",
        nginx="location ^~ /.well-known/ { types { } default_type application/octet-stream; }",
        keeps=True,
        files={".well-known/security.txt": SECURITY_TXT},
    ),
    "security-txt-missing": Weak(
        nginx=r"location ~ /\. { return 404; }",
        caddy="@hidden path_regexp /\\.\nrespond @hidden 404",
        files={".well-known/security.txt": SECURITY_TXT},
        keeps=True,
    ),
    "tls-certificate-untrusted": Weak(
        chain=False,
        names={
            "/etc/letsencrypt/live/shop.example/fullchain.pem": "=fullchain.pem",
            "/etc/letsencrypt/live/shop.example/privkey.pem": "=key.pem",
        },
        replaces=True,
    ),
    "tls-dated-cipher": OLD_TLS,
    "tls-legacy-protocol": OLD_TLS,
    "tls-no-tls13": Weak(
        apache="SSLProtocol -all +TLSv1.2",
        nginx="ssl_protocols TLSv1.2;",
        lighttpd='ssl.openssl.ssl-conf-cmd = ( "MinProtocol" => "TLSv1.2", "MaxProtocol" => "TLSv1.2" )',
    ),
    "tls-weak-cipher": OLD_TLS,
    "version-leak-file": AS_IT_IS,
    "version-leak-header": AS_IT_IS,
}
SPECIAL: dict[tuple[str, str], Weak] = {
    ("exposed-database-admin", "Apache (.htaccess)"): Weak(files={"adminer/index.html": ADMINER}, folder="adminer"),
    ("https-redirect-foreign-hop", "lighttpd"): Weak(
        lighttpd='$HTTP["scheme"] == "http" {\n'
        '$HTTP["host"] == "petalandstem.example" { url.redirect = ( "" => "http://www.petalandstem.example${url.path}${qsa}" ) }\n'
        'else { url.redirect = ( "" => "https://${url.authority}${url.path}${qsa}" ) }\n}',
    ),
    ("exposed-debug", "PHP"): Weak(
        files={
            "index.php": (FIXTURES / "shop.php").read_text().replace("function show", WARNING, 1),
            "index.html": HOME.replace("<footer>", '<footer><a href="/index.php?route=information/hours">Hours</a> '),
        }
    ),
    ("session-id-in-url", "PHP"): Weak(files=LINKED, php="session.use_trans_sid = 1\nsession.use_only_cookies = 0\n"),
    **{
        (f"cookie-{rule}", where): Weak(files=LINKED)
        for rule in ("insecure", "samesite-missing", "script-readable")
        for where in ("Caddy", "PHP")
    },
    ("version-leak-header", "PHP"): Weak(nginx="server_tokens off;", files=LINKED, keeps=True, in_php_ini=True),
    ("version-leak-header", "nginx"): Weak(files=LINKED),
    ("version-leak-header", "Caddy"): Weak(files=LINKED),
    ("version-leak-header", "lighttpd"): Weak(files=LINKED),
    ("version-leak-header", "Apache (.htaccess)"): Weak(
        apache='ServerTokens Prod\nHeader set X-Powered-By "PHP/7.4.3"\nHeader always set X-Generator "Shop 2.1.4"'
    ),
}
"""Where a rule's state differs by the article's heading."""


def weak_state(rule: str, where: str) -> Weak | None:
    """The state for a block; None where nobody has said how the shop shows this rule."""
    return SPECIAL.get((rule, where)) or WEAK.get(rule)

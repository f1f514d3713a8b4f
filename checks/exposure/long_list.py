"""Rarer names of what people leave lying about: made of stems, endings and folders, so that a night can ask for some of them.

A name is as likely as its parts: they are taken in the order in which they stand here, the first of each together first. What the
names are made of is how backup programs, hosting panels and people who are in a hurry name files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from checks.exposure.proofs import (
    PART,
    access_file,
    archive,
    customers,
    database_dump,
    environment,
    log,
    server_settings,
    settings,
)
from checks.places import at, own_folders, scripts, shop_platform
from scanner import Answer, Knowledge, Known, Probe, Proof

_T = TypeVar("_T")
ELSEWHERE = 10
"""One in so many of the names is asked for in the host's root as well."""
_STEMS = (
    "backup", "site-backup", "www", "site", "public_html", "htdocs", "backups", "website", "web", "wwwroot", "html", "old",
    "full-backup", "shop", "store", "httpdocs", "files", "public", "archive", "bak", "site_backup", "webroot", "www_backup",
    "full", "data", "upload", "uploads", "media", "images", "code", "source", "src", "release", "new", "test", "copy",
    "export", "migration", "latest", "live", "staging", "dev", "beta", "prod", "production", "wordpress", "wp", "wp-content",
    "home", "root", "domain", "server", "app", "project", "admin", "tmp", "temp", "download", "1", "2", "a", "x", "123",
    "final", "last", "all", "content", "themes", "plugins", "modules", "catalog", "update", "restore", "save", "private",
    "webshop", "ecommerce", "magento", "joomla", "prestashop", "opencart", "drupal",
)  # fmt: skip
_ARCHIVES = (".zip", ".tar.gz", ".rar", ".tgz", ".7z", ".tar", ".tar.bz2")
_DUMP_STEMS = (
    "backup", "db", "dump", "database", "mysql", "sql", "data", "mysqldump", "site", "shop", "store", "localhost",
    "wordpress", "users", "customers", "orders", "web", "website", "export", "full", "old", "bak", "backups", "test", "dev",
    "live", "prod", "production", "staging", "admin", "base", "bd", "bdd", "banco", "datenbank", "baza", "db_backup",
    "db-backup", "dbdump", "dbbackup", "dump_all", "alldb", "all", "all-databases", "latest", "new", "1", "temp", "tmp",
    "import", "install", "init", "schema", "structure", "sql", "setup", "update", "migration", "magento", "joomla",
    "prestashop", "opencart", "drupal", "wp", "forum", "blog", "cms", "clients", "accounts",
)  # fmt: skip
_DUMPS = (
    ".sql", ".sql.gz", ".sql.zip", ".sql.tar.gz", ".sql.bz2", ".sql.7z", ".sql.rar", ".sql.tgz", ".sqlite", ".db", ".dump",
    ".sql.old", ".sql.tar", ".sql.bak", ".sql.tar.bz2",
)  # fmt: skip
_OF_DATABASES = (
    "db", "dump", "database", "mysql", "sql", "dbdump", "db_backup", "db-backup", "dbbackup", "mysqldump", "dbase",
    "sqldump", "dumps", "databases", "db-dump", "db_dump", "mysql-backup", "mysql_backup",
)  # fmt: skip
_PACKED = (
    ".zip", ".tar.gz", ".gz", ".7z", ".rar", ".tgz", ".bz2", ".tar", ".bak", ".tar.bz2",
)  # fmt: skip
"""What says nothing of a dump, so that the name must."""
_FOLDERS = (
    "/backup", "/backups", "/old", "/sql", "/db", "/dump", "/bak", "/temp", "/files", "/upload", "/uploads", "/data",
    "/_backup",
)  # fmt: skip
_SETTINGS = (
    "/config.php", "/configuration.php", "/wp-config.php", "/settings.php", "/config.inc.php", "/db.php", "/database.php",
    "/includes/config.php", "/includes/configure.php", "/admin/config.php", "/inc/config.php", "/config/config.php",
    "/config/database.php", "/config/settings.inc.php", "/app/config/parameters.php", "/app/etc/env.php", "/connect.php",
    "/connection.php", "/conn.php", "/dbconfig.php", "/global.php", "/common.php", "/init.php", "/local.php", "/index.php",
)  # fmt: skip
_PLAIN_SETTINGS = (
    "/app/etc/local.xml", "/app/config/parameters.yml", "/config/database.yml", "/config.yml", "/config.json",
    "/settings.json", "/config.ini", "/db.ini", "/database.ini", "/config.xml", "/appsettings.json", "/config/secrets.yml",
    "/secrets.json", "/credentials.json", "/config/parameters.yml", "/web.config",
)  # fmt: skip
_COPIES = (
    "~", ".old", ".save", ".orig", ".txt", ".1", "_bak", ".copy", ".backup", ".bkp", ".tmp", ".2", "_old", ".swp", ".bak",
)  # fmt: skip
_ENVIRONMENTS = (
    "/.env.local", "/.env.old", "/.env.save", "/.env.production", "/.env.prod", "/.env~", "/.env.1", "/.env.backup",
    "/.env.dev", "/.env.development", "/.env.staging", "/.env.txt", "/.env.orig", "/.env_bak", "/.env.swp", "/env.txt",
    "/.env.stage", "/api/.env", "/app/.env", "/backend/.env", "/config/.env", "/public/.env", "/src/.env", "/web/.env",
    "/laravel/.env", "/shop/.env", "/old/.env", "/admin/.env", "/core/.env", "/.env.test", "/.env.docker",
)  # fmt: skip
_ACCESS = (
    "/.ftpquota.bak", "/.remote-sync.json", "/.ftp-sync.json", "/sftp.json", "/.idea/WebServers.xml",
    "/.idea/deployment.xml", "/recentservers.xml", "/sitemanager.xml", "/FileZilla.xml", "/WinSCP.ini", "/dwsync.xml",
    "/_notes/dwsync.xml", "/.netrc", "/.htpasswd~", "/.htpasswd.bak", "/.htpasswds", "/htpasswd", "/htpasswd.txt",
    "/.htpasswd.old", "/admin/.htpasswd", "/.ssh/id_dsa", "/.ssh/id_ecdsa", "/.ssh/id_ed25519", "/id_dsa", "/id_ed25519",
    "/server.key", "/private.key", "/key.pem", "/privatekey.pem", "/ssl.key", "/ssl/server.key", "/certs/server.key",
    "/.s3cfg", "/.boto", "/auth.json", "/.npmrc", "/.dockercfg",
)  # fmt: skip
_FOLDER_RULES = (
    "/.htaccess~", "/.htaccess.bak", "/.htaccess.old", "/htaccess.txt", "/.htaccess.save", "/.htaccess.orig",
    "/.htaccess_bak", "/_htaccess", "/.htaccess.swp", "/.htaccess.txt", "/.htaccess1", "/.htaccess.1",
)  # fmt: skip
_LOGS = (
    "error.log", "access.log", "debug.log", "php_errors.log", "php_error.log", "php-errors.log", "errors.log",
    "error_log.txt", "system.log", "exception.log", "app.log", "application.log", "site.log", "mail.log", "cron.log",
    "payment.log", "paypal.log", "ipn.log", "orders.log", "import.log", "sql.log", "mysql.log", "install.log",
    "production.log", "development.log", "laravel.log", "error_log", "access_log", "log.txt", "errors.txt", "error.txt",
    "debug.txt", "php.log", "curl.log", "smtp.log", "stripe.log",
)  # fmt: skip
_LOG_FOLDERS = ("", "/logs", "/log", "/var/log", "/storage/logs", "/temp", "/admin", "/app/logs")
_TABLES = (
    "customer", "order", "users", "user", "clients", "kunden", "bestellungen", "klienci", "zamowienia", "clientes",
    "pedidos", "commandes", "ordini", "subscribers", "emails", "email", "mailinglist", "contacts", "members", "invoices",
    "customers_export", "orders_export", "export_customers", "export_orders", "customer_export", "export_catalog_customers",
    "wc-orders", "report", "data", "list", "newsletter_subscribers", "addresses", "kundenliste", "leads", "accounts",
    "export-1",
)  # fmt: skip


_TOOLS = (
    "/adminer-4.8.1.php", "/adm.php", "/db.php", "/phpMyAdmin2/", "/phpmyadmin2/", "/pma2/", "/mysqladmin/", "/dbadmin/",
    "/sqladmin/", "/mysql/", "/db/", "/sql/", "/myadmin/", "/phpma/", "/admin/pma/", "/admin/phpmyadmin/",
    "/admin/adminer.php", "/adminer-4.7.7.php", "/adminer-4.8.0.php", "/adminer-5.0.5.php", "/adminer-mysql.php",
    "/latest.php", "/database/", "/web/phpmyadmin/", "/tools/phpmyadmin/", "/tools/adminer.php", "/phpmyadmin1/", "/PMA/",
    "/phpMyAdmin-4.9.0/", "/phpMyAdmin-5/", "/admin/db/", "/sqlbuddy/", "/sqlite/", "/phppgadmin/", "/pgadmin/",
    "/webadmin/", "/db-admin/", "/admin/mysql/", "/adminer_old.php", "/adminer/adminer.php", "/a.php", "/sql.php",
)  # fmt: skip


def packed_dump(answer: Answer) -> str | None:
    """A dump, or an archive under a dump's name."""
    return database_dump(answer) or archive(answer)


def woven(*parts: Sequence[str], most: int = 2_000) -> Iterator[str]:
    """All combinations, by the sum of their numbers: the first of each with the first, then what is one further, and so on."""
    lengths = [len(part) for part in parts]
    made = 0
    for total in range(sum(lengths)):
        for numbers in _numbers(total, lengths):
            yield "".join(part[number] for part, number in zip(parts, numbers, strict=True))
            made += 1
            if made == most:
                return


def _numbers(total: int, lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if len(lengths) == 1:
        if total < lengths[0]:
            yield (total,)
        return
    for first in range(min(total + 1, lengths[0])):
        for rest in _numbers(total - first, lengths[1:]):
            yield (first, *rest)


def own_names(known: Known, names: Iterable[str]) -> list[str]:
    """The shop's own names as people lengthen them: ``rose-backup``, ``backup_rose``, ``rose2026``."""
    years = (known.year, known.year - 1, known.year - 2)
    made = []
    for name in names:
        made += [f"{name}-backup", f"{name}_backup", f"backup-{name}", f"backup_{name}", f"{name}-old", f"{name}_old"]
        made += [f"{name}{year}" for year in years] + [f"{name}-{year}" for year in years] + [f"{name}_{year}" for year in years]
        made += [f"{name}-live", f"{name}-new", f"old-{name}", f"{name}1", f"www.{name}", f"{name}-full", f"{name}_bak"]
    made += [f"backup{year}" for year in years] + [f"backup_{year}" for year in years] + [str(year) for year in years]
    return made


def archive_list(known: Known, names: Sequence[str]) -> Iterator[Probe]:
    """Archives of the site."""
    own = own_names(known, names)
    stems = [*_mixed(_STEMS, own[:12]), *own[12:]]
    yield from _probes(known, archive, (f"/{name}" for name in woven(stems, _ARCHIVES, most=480)))
    usual = ("/backup", *(f"/{name}" for name in names), "/site", "/www", "/site-backup", "/full")
    yield from _probes(known, archive, woven(_FOLDERS, usual, _ARCHIVES[:4], most=110))


def dump_list(known: Known, names: Sequence[str]) -> Iterator[Probe]:
    """Dumps of the database."""
    own = [
        *(f"{name}_db" for name in names),
        *(f"db_{name}" for name in names),
        *(f"{name}db" for name in names),
        *own_names(known, names),
    ]
    stems = [*_mixed(_DUMP_STEMS, own[:9]), *own[9:]]
    plain = [*_probes(known, database_dump, (f"/{name}" for name in woven(stems, _DUMPS, most=540)))]
    packed = [*_probes(known, packed_dump, (f"/{name}" for name in woven(_OF_DATABASES, _PACKED)))]
    yield from _mixed(plain, packed)
    usual = ("/backup", "/dump", "/db", "/database", *(f"/{name}" for name in names), "/mysql", "/data")
    yield from _probes(known, database_dump, woven(_FOLDERS, usual, _DUMPS[:4], most=110))


def settings_list(known: Known, knowledge: Knowledge, secret: Proof) -> Iterator[Probe]:
    """Files that hold passwords: copies of settings, the recognised scripts' own first, and what opens other doors."""
    of_scripts = [
        at(folder, file + copy) for copy in _COPIES for folder, one in scripts(known, knowledge) for file in one.config_files
    ]
    usual = [
        *(Probe(path, secret, part=PART) for path in of_scripts),
        *_probes(known, environment, _ENVIRONMENTS),
        *_probes(known, access_file, _ACCESS),
        *_probes(known, settings, _PLAIN_SETTINGS),
        *_probes(known, secret, woven(_SETTINGS, _COPIES, most=280)),
        *_probes(known, settings, woven(_PLAIN_SETTINGS, _COPIES, most=80)),
    ]
    yield from dict.fromkeys(usual)


def folder_rules_list(known: Known) -> Iterator[Probe]:
    """Copies of the web server's settings of a folder."""
    yield from _probes(known, server_settings, _FOLDER_RULES)


def log_list(known: Known, knowledge: Knowledge) -> Iterator[Probe]:
    """Logs, where people and programs put them."""
    shop = shop_platform(known, knowledge)
    own = [at(known.base, path) for path in (shop.logs if shop is not None else ()) if not path.endswith("/")]
    yield from (Probe(path, log, part=PART) for path in own)
    yield from _probes(known, log, woven(_LOG_FOLDERS, [f"/{name}" for name in _LOGS], most=180))


def table_list(known: Known, part: int) -> Iterator[Probe]:
    """Tables of customers and orders."""
    made = woven(
        ("", "/export", "/exports", "/var/export", "/files", "/csv"), [f"/{name}" for name in _TABLES], (".csv", ".tsv"), most=130
    )
    yield from (Probe(at(known.base, path), customers, part=part) for path in made)


def tool_list(proof: Proof) -> Iterator[Probe]:
    """Programs that administer the database, where people put a second one."""
    yield from (Probe(at("/", path), proof, follow=2) for path in _TOOLS)


def _mixed(first: Sequence[_T], second: Sequence[_T]) -> Iterator[_T]:
    """In turns."""
    for number in range(max(len(first), len(second))):
        yield from first[number : number + 1]
        yield from second[number : number + 1]


def _probes(known: Known, proof: Callable[[Answer], str | None], paths: Iterable[str]) -> Iterator[Probe]:
    """In the shop's own folder; the likeliest in the host's root too, where that is another."""
    wanted = list(paths)
    own, *others = own_folders(known)
    for number, path in enumerate(wanted):
        yield Probe(at(own, path), proof, part=PART)
        if number * ELSEWHERE < len(wanted):
            yield from (Probe(at(folder, path), proof, part=PART) for folder in others)

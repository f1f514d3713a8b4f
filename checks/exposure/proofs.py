"""What proves a file by its content: magic numbers, markers, structure. Never a status, never a page of HTML.

Every proof says what a person is shown: what kind of thing it is, how large, and which *names* stand in it. Never a value.
"""

from __future__ import annotations

import re
import zlib

from scanner import Answer
from scanner.text.patterns import lazy

PART = 3000
"""How many first bytes of a file are asked for."""

_START = 300
_SMALLEST_ARCHIVE = 64  # an archive of fewer bytes holds nothing
_HTML_ANYWHERE = lazy(r"(?<!['\"(=,])<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)
_HTML_FIRST = lazy(
    r"\A[\s\ufeff]{0,200}<(?:!--|(?:meta|link|script|style|div|section|main|nav|header|footer|article"
    r"|form|table|center|h[1-6]|p|a|br|b|"
    r"font|img|span|ul|ol|iframe|noscript)\b)",
    re.IGNORECASE,
)
_MAGIC = (
    (b"PK\x03\x04", "A ZIP archive"),
    (b"\x1f\x8b\x08", "A gzip archive"),
    (b"BZh", "A bzip2 archive"),
    (b"\xfd7zXZ\x00", "An xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "A 7z archive"),
    (b"Rar!\x1a\x07", "A RAR archive"),
    (b"\x28\xb5\x2f\xfd", "A zstd archive"),
)
_SQL_TITLE = lazy(
    r"^(?:--|#|/\*)[ \t-]{0,4}(?:\w{1,20}[ \t]){0,3}?(?:\w{0,12}sql|mariadb|database)[ \w.()]{0,30}\bdump\b"
    r"|^-- (?:MySQL|MariaDB|phpMyAdmin|PostgreSQL|Adminer|HeidiSQL|Navicat)\b",
    re.IGNORECASE | re.MULTILINE,
)
_SQL_STATEMENT = lazy(
    r"^[ \t]{0,8}(?:CREATE TABLE (?:IF NOT EXISTS )?[`\"\[]?[\w.$`\"-]{1,120}[`\"\]]?\s{0,9}\("
    r"|INSERT (?:IGNORE )?INTO [`\"\[]?[\w.$`\"-]{1,120}[`\"\]]?\s{0,9}(?:\(|VALUES\b)"
    r"|DROP TABLE (?:IF EXISTS )?[`\"\[]?[\w.$`\"-]{1,120}[`\"\]]?\s{0,9};|LOCK TABLES `|/\*!40\d{3} SET )",
    re.IGNORECASE | re.MULTILINE,
)
_SQL_TABLE = lazy(r"^[ \t]{0,8}(?:CREATE TABLE|INSERT)\b[^`\n]{0,40}`([\w-]{1,60})`", re.IGNORECASE | re.MULTILINE)


def is_page(answer: Answer) -> bool:
    """Whether an answer is a page of HTML, whatever its Content-Type says."""
    start = (answer.text or answer.head.decode("latin-1"))[:_START]
    return bool(_HTML_ANYWHERE.search(start) or _HTML_FIRST.search(start))


def is_file(answer: Answer) -> bool:
    """Whether content was served that is no page."""
    return answer.read and not is_page(answer) and bool(answer.text.strip() or answer.head)


def size_of(answer: Answer) -> str:
    """The size in words: ``12 kB``."""
    if answer.size < 1000:
        return f"{answer.size} bytes"
    for unit, factor in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if answer.size < factor * 1000 or unit == "GB":
            return f"{answer.size / factor:.3g} {unit}"
    raise AssertionError  # the last unit returns


def archive(answer: Answer) -> str | None:
    """An archive, by its first bytes; also one that the server unpacked on the way (Content-Encoding for ``.gz``)."""
    if not is_file(answer) or answer.size < _SMALLEST_ARCHIVE:
        return None
    head = answer.head
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if kind is None and head[257:262] == b"ustar":
        kind = "A tar archive"
    if kind is None:
        return None
    first = _first_name(head)
    return f"{kind} of {size_of(answer)}" + (f"; its first file is {first}" if first else "")


def database_dump(answer: Answer) -> str | None:
    """A dump of a database: SQL as text, an archive under a dump's name, or an SQLite file."""
    if not is_file(answer):
        return None
    if answer.head.startswith(b"SQLite format 3\x00"):
        return f"An SQLite database of {size_of(answer)}"
    if answer.text:
        return _sql(answer.text, answer)
    packed = archive(answer)
    inside = _unpacked(answer.head)
    return (_sql(inside, answer) if inside else None) or packed


def _sql(text: str, answer: Answer) -> str | None:
    text = text.lstrip("\ufeff")
    if not (_SQL_TITLE.search(text[:PART]) or _SQL_STATEMENT.search(text)):
        return None
    tables = list(dict.fromkeys(_SQL_TABLE.findall(text)))[:3]
    return f"An SQL dump of {size_of(answer)}" + (f", with the table {', '.join(tables)}" if tables else "")


def _unpacked(head: bytes) -> str:
    """The beginning of what a gzip file holds; empty where that cannot be told."""
    if not head.startswith(b"\x1f\x8b\x08"):
        return ""
    try:
        return zlib.decompressobj(47).decompress(head, PART).decode("utf-8", "replace")
    except zlib.error:
        return ""


def _first_name(head: bytes) -> str:
    """The name of the first file in a ZIP, tar or gzip archive, printable and cut."""
    name = b""
    if head.startswith(b"PK\x03\x04"):
        name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    elif head[257:262] == b"ustar":
        name = head[:100].partition(b"\x00")[0]
    elif head.startswith(b"\x1f\x8b\x08\x08"):
        name = head[10:].partition(b"\x00")[0]
    shown = name[:80].decode("utf-8", "replace")
    return shown if shown.isprintable() and "\ufffd" not in shown else ""


# --- version control -----------------------------------------------------------------------------------------------

_GIT_HEAD = lazy(r"\A(?:ref: refs/[\w./-]{1,200}|[0-9a-f]{40}|[0-9a-f]{64})\s*\Z")
_GIT_REMOTE = lazy(r"^\s{0,9}url ?= ?(\S{1,200})", re.MULTILINE)
_SVN_ENTRIES = lazy(r"\A(?:[4-9]|1[0-9])\n(?:\s*\Z|\n+dir\n)")
_CVS_ROOT = lazy(r"\A:(?:pserver|ext|ssh|local|gserver|server|fork):[^\s<>]{3,200}\s*\Z")


def git_head(answer: Answer) -> str | None:
    """``.git/HEAD``: a branch or a commit and nothing else."""
    return "A Git repository" if is_file(answer) and _GIT_HEAD.match(answer.text) else None


def git_config(answer: Answer) -> str | None:
    """``.git/config``: shown is where the repository comes from, its password redacted by the engine."""
    if (
        not is_file(answer)
        or not re.search(r"^\[core\]\s*$", answer.text, re.MULTILINE)
        or "repositoryformatversion" not in answer.text
    ):
        return None
    remote = _GIT_REMOTE.search(answer.text)
    return "A Git repository" + (f", copied from {remote[1]}" if remote else "")


def svn(answer: Answer) -> str | None:
    """``.svn/wc.db`` or ``.svn/entries``."""
    if not is_file(answer):
        return None
    if answer.head.startswith(b"SQLite format 3\x00") or _SVN_ENTRIES.match(answer.text.replace("\r\n", "\n")):
        return "A Subversion working copy"
    return None


def mercurial(answer: Answer) -> str | None:
    """``.hg/requires``: names of storage formats, one a line."""
    lines = answer.text.split()
    known = {"revlogv1", "revlogv2", "store", "fncache", "dotencode", "generaldelta", "sparserevlog", "share-safe"}
    return "A Mercurial repository" if is_file(answer) and lines and len(set(lines) & known) >= min(2, len(lines)) else None


def cvs(answer: Answer) -> str | None:
    """``CVS/Root``."""
    return "A CVS working copy" if is_file(answer) and _CVS_ROOT.match(answer.text) else None


# --- settings and keys ---------------------------------------------------------------------------------------------

_ENV = lazy(
    r"^[ \t]{0,4}(?:export )?((?:APP_(?:NAME|ENV|KEY|SECRET|DEBUG|URL)|DB_(?:HOST|PASSWORD|PASS"
    r"|DATABASE|NAME|USER|USERNAME|CONNECTION)"
    r"|DATABASE_(?:URL|PASSWORD|HOST|NAME|USER)|MYSQL_(?:PASSWORD|ROOT_PASSWORD|DATABASE|USER)"
    r"|MAILER_DSN|MAIL_PASSWORD|SECRET_KEY(?:_BASE)?"
    r"|STRIPE_SECRET(?:_KEY)?|AWS_SECRET_ACCESS_KEY|AWS_ACCESS_KEY_ID|REDIS_PASSWORD|SMTP_PASSWORD))[ \t]{0,4}=",
    re.MULTILINE,
)
_PHP = lazy(r"\A[\s\ufeff]{0,99}<\?(?:php\b|=|\s)", re.IGNORECASE)
_SETTING = lazy(
    r"\b(DB_(?:PASSWORD|PASS|HOST|HOSTNAME|HOST_NAME|NAME|DATABASE|USER|USERNAME|SERVER|SERVER_PASSWORD)|_DB_PASSWD_|_DB_SERVER_"
    r"|db_?pass(?:word|wd)?|dbname|dbhost|db_?host|db_?user|database_password|database_host"
    r"|mysql_pass\w{0,8}|passwd|password|crypt|"
    r"sql_pass|db_server|secret(?:_key)?|COOKIE_KEY|_COOKIE_KEY_|AUTH_KEY|ConnectionString|DataConnectionString)\b(?=[\"'\]]{0,2}\s{0,4}(?:=>|[:=,]))",
    re.IGNORECASE,
)
_XML_SETTINGS = lazy(r"<(?:dbname|password|username|host)\b[^<>]{0,80}>", re.IGNORECASE)
_SHAPES = (
    ("An access file of FileZilla", lazy(r"<FileZilla3?\b", re.IGNORECASE)),
    ("An access file of WinSCP", lazy(r"^\[Sessions\\[^\]\n]{1,200}\]", re.MULTILINE)),
    ("An access file of WS_FTP", lazy(r"^\[_config_\]", re.MULTILINE | re.IGNORECASE)),
    ("An access file of Dreamweaver", lazy(r"<dwsync>", re.IGNORECASE)),
    ("An access file of PhpStorm", lazy(r'name="(?:WebServers|PublishConfigData)"')),
    (
        "An access file of an editor's FTP plugin",
        lazy(
            r'\{(?=[\s\S]{0,2900}"host"\s{0,4}:)(?=[\s\S]{0,2900}"(?:protocol|remotePath|remote_path'
            r'|save_before_upload|user|username)"\s{0,4}:)'
        ),
    ),
    (
        "A password file of the web server",
        lazy(r"\A(?:#[^\n]{0,200}\n)*[\w.@-]{1,64}:(?:\$(?:apr1|2[aby]|5|6)\$|\{SHA\}|[./\w]{13}\s*$)", re.MULTILINE),
    ),
    ("A private key", lazy(r"^-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----", re.MULTILINE)),
    ("A private key of PuTTY", lazy(r"\APuTTY-User-Key-File-\d:")),
    ("Access keys of Amazon's services", lazy(r"^aws_(?:access_key_id|secret_access_key)\s{0,4}=", re.MULTILINE)),
    ("Access data of Composer", lazy(r'\{\s{0,99}"(?:http-basic|github-oauth|gitlab-token|bearer)"\s{0,4}:')),
)
_DIRECTIVE = lazy(
    r"^[ \t]{0,20}(?:RewriteEngine (?:On|Off)|RewriteRule \S|RewriteCond %\{|RewriteBase /|<IfModule [\w.]{3,40}>|"
    r"AuthUserFile \S|"
    r"AuthType \w|Require (?:all|valid-user|ip)|Options [+-]|ErrorDocument \d{3}|php_(?:value|flag) \w|AddHandler \S|AddType \S|"
    r"RedirectMatch \S|DirectoryIndex \S|Header (?:always )?set \S|Deny from|Allow from|Order (?:allow|deny),)",
    re.MULTILINE | re.IGNORECASE,
)
_COMMAND = lazy(
    r"^(?:cd|ls|ll|sudo|mysql|mysqldump|git|vim?|nano|exit|rm|cp|mv|cat|php|composer|ssh|scp|tar|chmod|chown|apt(?:-get)?)\b",
    re.MULTILINE,
)


def environment(answer: Answer) -> str | None:
    """``.env``: at least one name that only such files hold."""
    names = list(dict.fromkeys(_ENV.findall(answer.text))) if is_file(answer) else []
    return f"Settings with the names {', '.join(names[:4])}" if names else None


def access_file(answer: Answer) -> str | None:
    """A file in which an editor, an FTP program, the web server or SSH keeps how to get in."""
    return next((kind for kind, shape in _SHAPES if shape.search(answer.text[:PART])), None) if is_file(answer) else None


_SAMPLE = lazy(
    r"READ THIS COMPLETELY IF YOU CHOOSE TO USE THIS FILE|\brename (?:the )?(?:file )?\.?htaccess\.txt\b", re.IGNORECASE
)
"""htaccess.txt of Joomla 1.5 to 6, upload/.htaccess.txt of OpenCart 4, public_html/.htaccess.txt of AbanteCart 1.4 (read on
30 November 2026)."""


def server_settings(answer: Answer) -> str | None:
    """A copy of ``.htaccess``: at least two lines of it are directives of Apache. The sample that everybody downloads with
    Joomla, OpenCart or AbanteCart, and that says how to use it, is no copy of anything."""
    sample = answer.address.endswith(".txt") and _SAMPLE.search(answer.text[:PART])
    said = _DIRECTIVE.findall(answer.text[:PART]) if is_file(answer) and not sample else []
    return "The web server's settings of the folder, as text" if len(said) > 1 else None


def history(answer: Answer) -> str | None:
    """A shell's history: most lines are commands."""
    if not is_file(answer):
        return None
    lines = [line for line in answer.text[:PART].splitlines() if line.strip()]
    return "A list of typed commands" if len(lines) >= 3 and len(_COMMAND.findall(answer.text[:PART])) * 2 > len(lines) else None


def settings(answer: Answer) -> str | None:
    """A copy of a shop's settings as text: PHP source, XML, YAML, JSON, ini, or an editor's swap file."""
    if not is_file(answer):
        return None
    if answer.head.startswith(b"b0VIM "):
        return "An editor's swap file of the settings"
    text = answer.text[:PART]
    names = list(dict.fromkeys(match[1] for match in _SETTING.finditer(text)))[:4]
    if _PHP.match(text):
        return f"The settings as text, with the names {', '.join(names)}" if names else None
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "<" and len(_XML_SETTINGS.findall(text)) >= 2:
        return "The settings as text, with the database's name and password"
    if start in {"{", "["} and len(names) < 2 and "ConnectionString" not in text:
        return None  # a program's complaint about a missing password
    if names and (start in {"{", "[", ";", "#"} or re.search(r"^[ \t]{0,9}[\w.-]{1,60}[ \t]{0,9}[:=]", text, re.MULTILINE)):
        return f"The settings as text, with the names {', '.join(names)}"
    return None


# --- logs, tables of customers, metadata ---------------------------------------------------------------------------

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME = r"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"
"""PHP's ``G`` writes hours without a leading zero."""
_MOMENT = rf"\d{{4}}-\d\d-\d\d(?:T| {{1,2}}){_TIME}(?:Z| ?[+-]\d\d:?\d\d)?|\d{{4}}/\d\d/\d\d (?:- )?{_TIME}"
"""ISO 8601 in the forms that programs write it in, and PrestaShop's and nginx's with slashes."""
_STAMP = rf"\[\d\d-{_MONTH}-\d{{4}} {_TIME}(?: [\w/+:-]{{1,40}})?\]"
"""PHP's own, in front of each line of ``error_log``."""
_LEVEL = "(?:EMERG(?:ENCY)?|ALERT|CRIT(?:ICAL)?|ERR(?:OR)?|WARN(?:ING)?|NOTICE|INFO|DEBUG|TRACE)"
_OF_SERVER = r"(?:emerg|alert|crit|error|warn|notice|info|debug|trace\d)"
_OF_PHP = "(?:Fatal error|Parse error|Warning|Notice|Deprecated|Strict Standards|Stack trace|Recoverable fatal error)"
_LOG_LINES = (
    ("PHP's error log", lazy(rf"^(?:{_STAMP} |(?:--> )?)PHP {_OF_PHP}:|^{_STAMP}:? {{1,2}}\S", re.MULTILINE)),
    (
        "A web server's error log",
        lazy(
            rf"^\[{_WEEKDAY} {_MONTH} [ \d]\d {_TIME} \d{{4}}\] \[(?:\w{{0,20}}:)?{_OF_SERVER}\]"
            rf"|^\d{{4}}/\d\d/\d\d {_TIME} \[{_OF_SERVER}\] \d",
            re.MULTILINE,
        ),
    ),
    (
        "A web server's access log",
        lazy(
            rf"^(?:[\w.:-]{{3,80}} )?[0-9a-f.:]{{3,45}} \S{{1,60}} \S{{1,60}} \[\d\d/{_MONTH}/\d{{4}}:[^\]\n]{{5,30}}\]"
            r' "(?:[A-Z]{3,10} |-")|^#Fields: ?(?=[^\n]{0,400}\b(?:cs-method|cs-uri-stem|sc-status)\b)',
            re.MULTILINE,
        ),
    ),
    (
        "The shop's log",
        lazy(
            # A moment with a level: Monolog (Laravel, Symfony, Magento 2, PrestaShop), Zend (Magento 1), WooCommerce, OpenCart …
            rf"^\[?(?:{_MOMENT})\]? (?:- )?(?:[\w.-]{{1,60}}\.{_LEVEL}|{_LEVEL} \(\d\)|(?:PHP )?(?:{_OF_PHP}|Error)\b"
            rf"|{_LEVEL}\b)[: ]"
            # … PrestaShop's FileLogger, TYPO3's and Matomo's with the level elsewhere, and a JSON object a line.
            rf"|^\*{_LEVEL}\* ?\t(?:v[\d.]{{1,20}} )?(?:{_MOMENT})"
            rf"|^{_WEEKDAY}, \d\d {_MONTH} \d{{4}} {_TIME} [+-]\d{{4}} \[{_LEVEL}\]"
            rf"|^{_LEVEL} [\w.\\]{{1,80}}\[(?:{_MOMENT})"
            r'|^\{(?=[^\n]{0,2900}"level(?:_name)?"\s{0,2}:)(?=[^\n]{0,2900}"(?:time|datetime|timestamp)"\s{0,2}:)',
            re.MULTILINE,
        ),
    ),
    ("A log of failed sends", lazy(r"\A(?:DUPLICATOR[ -](?:PRO|LITE)?:? INSTALL-LOG)", re.IGNORECASE)),
    (
        "The mail that could not be delivered",
        lazy(r"\A(?:From |Date: |To: |Subject: )[^\n]{1,300}\n(?:[\w-]{2,40}: [^\n]{0,500}\n){2}", re.IGNORECASE),
    ),
)
_DATED_LINE = lazy(
    rf"^\[?(?:{_MOMENT}|\d\d-\d\d-\d{{4}} @ {_TIME}|{_MONTH} [ \d]\d {_TIME} [\w.-]{{1,80}} [\w./\[\]-]{{1,50}}:)\]?"
    r"(?: - |: | )\s?[^\s,;|]",
    re.MULTILINE,
)
"""A line of a log that names no level: a moment and words, no table's columns (old WooCommerce, AbanteCart, lighttpd, syslog)."""
_COLUMNS = {
    "email": lazy(r"e-?mail(?:_?address|adresse)?|mail|.{0,20}_email|email_.{0,20}|courriel|correo"),
    "name": lazy(
        r"(?:first|last|sur|fore|middle|full|customer|billing|shipping)[ _-]{0,2}(?:first"
        r"|last)?[ _-]?name|vorname|nachname|prenom|nombre|apellidos?|imie|nazwisko|firstname|lastname"
        r"|name"
    ),
    "phone": lazy(r"(?:tele)?phone.{0,10}|telefon.{0,10}|mobile|handy|.{1,20}_(?:tele)?phone"),
    "address": lazy(r"(?:billing_|shipping_)?(?:street|address|addr).{0,20}|stra(?:ss|ß)e|adresse|adres|rue|calle"),
    "town": lazy(
        r"(?:billing_|shipping_)?(?:city|town|post_?code|zip(?:_?code)?|plz|ort|postal_?code)"
        r"|kod_pocztowy|miasto"
    ),
    "birthday": lazy(r"dob|birth.{0,10}|geburt.{0,10}"),
    "password": lazy(r"passwor[dt]|passwd|password_hash|kennwort"),
}
_TELLING = {"email", "phone", "address"}
_PACKAGES = lazy(r'"packages"\s{0,9}:\s{0,9}\[\s{0,99}\{|\A\s{0,99}\[\s{0,99}\{\s{0,99}"name"\s{0,9}:\s{0,9}"[\w.-]{1,60}/')
_NODE = lazy(r'"(?:dependencies|devDependencies|lockfileVersion)"\s{0,9}:')
_SOURCE_MAP = lazy(
    r'\A(?:\)\]\}\'?\n)?\s{0,99}\{(?=[\s\S]{0,2900}"(?:sources|mappings'
    r'|sections)"\s{0,9}:)(?=[\s\S]{0,2900}"version"\s{0,9}:\s{0,9}3\b)'
)


def log(answer: Answer) -> str | None:
    """A log, by the shape of its lines."""
    if not is_file(answer):
        return None
    kind = next((kind for kind, shape in _LOG_LINES if shape.search(answer.text)), None)
    if kind is None and _DATED_LINE.match(answer.text) and len(_DATED_LINE.findall(answer.text[:PART])) > 1:
        kind = "The shop's log"
    return f"{kind}, {size_of(answer)}" if kind else None


def customers(answer: Answer) -> str | None:
    """A table with columns of personal data and at least one line of it. Shown are the columns' names."""
    if not is_file(answer):
        return None
    lines = [line for line in answer.text.lstrip("\ufeff").splitlines() if line.strip()][:3]
    if len(lines) < 2 or lines[0].startswith(("{", "[", "<")):
        return None
    mark = max(",;\t|", key=lines[0].count)
    names = [name.strip().strip("\"'").lower().replace(" ", "_") for name in lines[0].split(mark)][:200]
    kinds = {kind for name in names for kind, shape in _COLUMNS.items() if len(name) < 60 and shape.fullmatch(name)}
    if len(names) < 2 or len(kinds) < 2 or not kinds & _TELLING or lines[1].count(mark) < len(names) // 2:
        return None
    shown = [name for name in names if any(shape.fullmatch(name) for shape in _COLUMNS.values())][:5]
    return f"A table of {size_of(answer)} with the columns {', '.join(shown)}"


def packages(answer: Answer) -> str | None:
    """``composer.lock``, ``installed.json``, ``package.json``: the exact versions of everything."""
    if not is_file(answer):
        return None
    if answer.text.lstrip()[:1] in {"{", "["} and (_PACKAGES.search(answer.text[:PART]) or _NODE.search(answer.text)):
        return f"A list of the shop's building blocks, {size_of(answer)}"
    return None


def folder_file(answer: Answer) -> str | None:
    """``.DS_Store``: macOS lists in it the names of a folder's files."""
    return (
        "A macOS folder file, which lists names of files"
        if answer.read and answer.head.startswith(b"\x00\x00\x00\x01Bud1")
        else None
    )


def source_map(answer: Answer) -> str | None:
    """A script's source map: the readable source."""
    return f"The readable source of a script, {size_of(answer)}" if is_file(answer) and _SOURCE_MAP.match(answer.text) else None


# --- pages that should not be public -------------------------------------------------------------------------------

_PHPINFO = lazy(
    r"<title>[^<]{0,40}phpinfo\(\)|<h1 class=\"?p\"?>PHP Version|<td class=\"?e\"?>(?:PHP Version"
    r"|System|Server API|PHP Extension|allow_url_fopen) ?</td>",
    re.IGNORECASE,
)
_PHP_NUMBER = lazy(r"PHP Version (?:</td><td class=\"?v\"?>)?\s{0,9}(\d{1,2}\.\d[\w.+~-]{0,30})")
_STATUS = (
    (
        "Apache's status page, with the addresses and paths of visitors",
        lazy(r"<title>Apache Status</title>|<h1>Apache Server Status for ", re.IGNORECASE),
    ),
    (
        "Apache's settings",
        lazy(
            r"<title>Server Information</title>[\s\S]{0,900}Apache Server Information"
            r"|<h1[^>]{0,80}>Apache Server Information",
            re.IGNORECASE,
        ),
    ),
    ("nginx's status", lazy(r"\AActive connections: \d{1,9}\s{0,9}\nserver accepts handled requests")),
    (
        "A mailbox for developers, with all letters that the shop sends",
        lazy(r"<title>Vendure Development Inbox</title>", re.IGNORECASE),
    ),
    (
        "The Symfony profiler, with every visitor's requests",
        lazy(r"<title>Symfony Profiler</title>|id=\"sf-profiler|class=\"sf-profiler", re.IGNORECASE),
    ),
)


def debug_page(answer: Answer) -> str | None:
    """``phpinfo()``, a server's status page, a framework's profiler."""
    if not answer.read:
        return None
    text = answer.text.replace("'", '"')
    if "PHP Version" in text and len(_PHPINFO.findall(text)) >= 2:
        number = _PHP_NUMBER.search(text)
        return "All settings of PHP" + (f" {number[1]}" if number else "")
    return next((kind for kind, shape in _STATUS if shape.search(text)), None)


_FORM = lazy(r"<form\b[\s\S]{0,60000}", re.IGNORECASE)
_FIELD = lazy(r"<(?:input|select)\b[^<>]{0,600}?\bname\s{0,4}=\s{0,4}[\"']?([\w\[\].:-]{1,80})", re.IGNORECASE)
_DATABASE_FIELD = lazy(
    r"(?:.{0,30}[\[_.-])?(?:db|database|mysql|sql)[_.-]?(?:host(?:name)?|server|name|database)\]?"
    r"|dbhost|dbname|hostname\]?|db\[host\]",
    re.IGNORECASE,
)
_USER_FIELD = lazy(
    r"(?:.{0,30}[\[_.-])?(?:db|database|mysql|sql)[_.-]?(?:user(?:name)?|login)\]?|dbuser|uname"
    r"|db\[user(?:name)?\]|(?:.{0,30}\[)?user(?:name)?\]?",
    re.IGNORECASE,
)


def installer(answer: Answer) -> str | None:
    """A form that asks for a database and its user: somebody may set the shop up anew, with a database of his own."""
    return database_form(answer.text) if answer.read else None


def database_form(text: str) -> str | None:
    """The same, of a page's source."""
    form = _FORM.search(text)
    fields = _FIELD.findall(form[0]) if form else []
    database = next((name for name in fields if _DATABASE_FIELD.fullmatch(name)), None)
    user = next((name for name in fields if _USER_FIELD.fullmatch(name)), None)
    return f"A set-up program that asks for the database ({database}, {user})" if database and user else None

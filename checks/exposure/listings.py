"""Does the web server show what is in the shop's directories?

Subject and place are the directory's path. A directory has one of the two problems: a list that names something worth stealing is
the sensitive one.
"""

from __future__ import annotations

import re

from scanner import Finding, Listed, Listings, Severity, Unlisted, Unlooked, Verdict, check, judge
from scanner.text.url_parts import readings
from scanner.text.words import plain_words

_SECRET = re.compile(
    r".*\.(?:sql|dump|sqlite3?|db|mdb"
    r"|zip|tar|gz|tgz|bz2|tbz|xz|7z|rar"
    r"|bak|old|orig|save|swp"
    r"|env|ini|conf|cfg|ya?ml|inc"
    r"|pem|key|p12|pfx|jks|ppk"
    r"|log|csv|xlsx?)"
    r"|\.(?:env|htpasswd)[^/]*|(?:error|access|debug)_log|id_(?:rsa|dsa|ecdsa|ed25519)|.*~"
)
_HARMLESS = re.compile(r"thumbs\.db|desktop\.ini|sitemap.*\.xml\.gz|readme.*|style\.ini|foreign-resources\.yaml")
_ASSET = re.compile(
    r".*\.(?:css|m?js|map|less|scss|svg|png|jpe?g|gif|webp|avif|ico|bmp|tiff?|woff2?|ttf|otf|eot|mp4|webm)(?:\.(?:gz|br))?"
)
_TELLING_WORDS = frozenset({
    "backup", "backups", "bak", "dump", "dumps", "export", "exports", "log", "logs", "sql", "sicherung", "sicherungen",
    "datensicherung", "sauvegarde", "sauvegardes", "respaldo", "respaldos", "copias", "salvataggi", "kopie", "kopia",
    "zaloha", "zalohy", "mentes", "mentesek", "yedek", "yedekler", "varmuuskopio", "varmuuskopiot", "sikkerhedskopi",
    "sikkerhetskopi", "sakerhetskopia", "sakerhetskopior", "varukoopia", "varukoopiad", "afrit", "eksport", "exporty",
    "esportazioni", "exportaciones", "exportacoes", "exporte", "protokolle", "protokoly", "journaux", "dzienniki", "lokit",
    "loggar", "резервни-копия", "резервні-копії", "копии", "копії", "копија", "копије", "αντιγραφα", "εξαγωγη",
})  # fmt: skip
"""In the languages of Europe, in plain words (``plain_words``)."""
_MOST_SHOWN = 5


def is_asset(name: str) -> bool:
    """Whether a name is one of the things that every page loads anyway, compressed beforehand or not."""
    return _ASSET.fullmatch(name.lower()) is not None


def is_secret(name: str) -> bool:
    """Whether a file's name promises a dump, an archive, a backup, settings, a key, a log or an export.

    A PHP file's does not: the server runs it and shows none of it. A folder's name (it ends in a slash) says nothing yet.
    """
    name = name.lower()
    return _SECRET.fullmatch(name) is not None and not is_asset(name) and _HARMLESS.fullmatch(name) is None


def secrets(listed: Listed) -> tuple[str, ...]:
    """The names that make a list sensitive.

    In a directory called ``backup``, ``export`` or ``logs`` that is every file but pictures, styles and the like (a shop may well
    sell logs, and show them in ``/img/logs/``), unless the directory holds a program.
    """
    parts = [plain_words(part) for path in readings(listed.path) for part in path.split("/")]
    words = {word for part in parts for word in (part, *part.split("-"))}
    program = any(name.lower().endswith(".php") for name in listed.names)
    if words & _TELLING_WORDS and not program:
        files = (name for name in listed.names if not name.endswith("/"))
        return tuple(name for name in files if not is_asset(name) and not _HARMLESS.fullmatch(name.lower()))
    return tuple(name for name in listed.names if is_secret(name))


def _shown(listed: Listed) -> str:
    found = secrets(listed)
    names = found or listed.names
    some = ", ".join(name[:60] for name in names[:_MOST_SHOWN]) + (" …" if len(names) > _MOST_SHOWN or listed.more else "")
    if found:
        return f"The list names {some}"
    if not listed.names:
        return "The list is empty."
    only = ", only pictures, styles, scripts and fonts" if all(map(is_asset, listed.names)) and not listed.more else ""
    return f"The list names {some}{only}"


def _judge(listings: Listings, *, sensitive: bool) -> Verdict:
    examined, missing, broken = [], [], []
    for directory in listings.directories:
        match directory:
            case Unlooked(path, because):
                missing.append(f"{path}: {because}")
            case Unlisted(path, 403) if listings.calibration is not None:
                missing.append(f"{path} answered 403: {listings.calibration.because}")
            case Unlisted(path, 500):  # a program's own folder, whose index fails outside the program, as WordPress's does
                broken.append(f"{path} answered 500.")
            case Unlisted(path, status) if status == 429 or status > 500:
                missing.append(f"{path} answered {status}.")
            case Listed(path) | Unlisted(path):
                examined.append(path)
    if not listings.directories:
        missing.append("No directory was looked at.")
    if not examined:
        missing += broken
    missing += listings.elsewhere
    listed = (directory for directory in listings.directories if isinstance(directory, Listed))
    return judge(
        (Finding(one.path, _shown(one), (one.address,)) for one in listed if bool(secrets(one)) is sensitive),
        examined,
        missing,
        because=f"{len(listings.dropped)} addresses looked like lists, but so does every made-up one."
        if listings.dropped
        else None,
    )


@check("directory-listing", severity=Severity.MEDIUM, fix_group="directory-listing")
def directory_listing(listings: Listings) -> Verdict:
    """The web server shows everybody what is in a directory."""
    return _judge(listings, sensitive=False)


@check("directory-listing-sensitive", severity=Severity.HIGH, fix_group="directory-listing-sensitive")
def directory_listing_sensitive(listings: Listings) -> Verdict:
    """The web server shows everybody a list of backups, logs, exports or settings."""
    return _judge(listings, sensitive=True)

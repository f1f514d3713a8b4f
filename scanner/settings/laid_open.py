"""Secrets that others can read: written into the configuration, or in a file that is open to everybody on this computer.

They work, so they are no mistakes; whoever wrote them so is told, with what to do.
"""

from __future__ import annotations

import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from scanner.settings.errors import KeyPath
from scanner.settings.models import Settings, SiteSettings
from scanner.settings.places import PlaceSettings
from scanner.settings.secrets import is_reference
from scanner.text.redact import redact_address

_NAMED = re.compile(r"\$\{\w+\}")
_UUID = re.compile(r"/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?:[/?#]|\Z)", re.IGNORECASE)
"""In the path of a webhook or heartbeat it is the whole secret."""
_NO_TOKEN = frozenset(
    {
        "http", "https", "sftp", "ftps", "webdav", "webdavs", "s3", "postgresql", "postgresql+psycopg", "sqlite",
        "mysql", "mariadb",
        "mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms", "mqtt", "mqtts", "syslog", "rsyslog",
        "dbus", "gnome", "kde", "qt", "glib", "windows", "macosx",
    }
)  # fmt: skip
"""Schemes of addresses in which only a password is secret; the others' (``slack://``, ``tgram://`` …) are tokens as a whole."""


_INSTEAD = (
    "holds a secret as it is; write ${NAME} in its place and set NAME in the environment, "
    "or use keyring:service/user or file:PATH"
)


def laid_open(settings: Settings) -> tuple[str, ...]:
    """A sentence for each secret that others can read: where it stands, and what to do."""
    said: dict[str, None] = {}
    written = False
    for path, value in _addresses(settings):
        if _holds_a_secret(value):
            written = True
            said[f"{settings.place(*path)}: {_INSTEAD}"] = None
    for file, path in _files(settings):
        if _anybody_reads(file):
            said[
                f"{settings.place(*path)}: anybody on this computer can read {file}; run: chmod 600 {shlex.quote(str(file))}"
            ] = None
    if written and settings.file is not None and _anybody_reads(settings.file):
        said[f"{settings.file}: anybody on this computer can read it; run: chmod 600 {shlex.quote(str(settings.file))}"] = None
    return tuple(said)


def _places(site: SiteSettings) -> tuple[tuple[str, tuple[PlaceSettings, ...]], ...]:
    """Where somebody logs in for this shop, by the key."""
    return ("backup", site.backup), ("records", site.records)


def _addresses(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """What may hold a secret, or name one, with where it stands."""
    if database := settings.defaults.get("database"):
        yield ("defaults", "database"), str(database)
    if settings.nightly.heartbeat:
        yield ("nightly", "heartbeat"), settings.nightly.heartbeat
    for number, alert in enumerate(settings.alert):
        yield from ((("alert", number, "to"), address) for address in alert.to)
        if alert.webhook is not None:
            yield ("alert", number, "webhook"), alert.webhook
    for number, site in enumerate(settings.site):
        if database := site.options.get("database"):
            yield ("site", number, "database"), str(database)
        for key, places in _places(site):
            yield from ((("site", number, key, place, "location"), one.location) for place, one in enumerate(places))


def _files(settings: Settings) -> Iterator[tuple[Path, KeyPath]]:
    """Files that hold nothing but a secret."""
    named = [*_addresses(settings)]
    named += [(("alert", number, "secret"), alert.secret) for number, alert in enumerate(settings.alert) if alert.secret]
    for number, site in enumerate(settings.site):
        for key, places in _places(site):
            for place, one in enumerate(places):
                if one.password:
                    named.append((("site", number, key, place, "password"), one.password))
                if one.key_file is not None:
                    named.append((("site", number, key, place, "key_file"), f"file:{one.key_file}"))
    for path, value in named:
        if value.startswith("file:") and not value.startswith("file://"):
            yield settings.folder / _at_home(value.removeprefix("file:")), path


def _holds_a_secret(address: str) -> bool:
    """Whether something in it would be redacted if it were shown; a reference and what ``${NAME}`` stands for would not."""
    if is_reference(address):
        return False
    plain = _NAMED.sub("", address)
    scheme, mark, _ = plain.partition("://")
    if mark and scheme.lower() not in _NO_TOKEN:
        return plain == address
    base, mark, query = plain.partition("?")
    plain = base + mark + query.replace("@", "").replace("%40", "")  # a receiver's address is no secret
    return redact_address(plain) != plain or _UUID.search(plain) is not None


def _at_home(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no home folder is known for this user
        return Path(path)


def _anybody_reads(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except (OSError, ValueError):  # whoever needs it says what is wrong with it
        return False

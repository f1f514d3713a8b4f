"""The reference of ``shopwarden.toml`` and its JSON Schema, made from the models that read it."""

from __future__ import annotations

import ast
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from scanner.settings.models import (
    AcceptedSettings,
    Agency,
    Alert,
    BackupSettings,
    LetterSettings,
    MailSettings,
    Nightly,
    Settings,
    SiteSettings,
)
from scanner.settings.options import OPTION_KEYS, Model, ScanOptions
from scanner.settings.owner import AccountSettings, BreachSettings, PersonSettings, RecordsSettings, ReviewSettings, TeamMember

SCHEMA = "docs/shopwarden.schema.json"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file. example: as it stands in TOML."""

    name: str
    text: str
    example: str
    default: Any
    needed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file. heading: with its brackets."""

    heading: str
    model: type[BaseModel]
    text: str


TABLES = (
    Table(
        "[defaults]",
        ScanOptions,
        "Every option of `shopwarden scan`, by its long name with underscores, for every shop. Each `[[site]]` takes them too, "
        "for itself; the command line goes before both.",
    ),
    Table("[agency]", Agency, "Whose name stands on the reports. The table may be left out."),
    Table("[nightly]", Nightly, "How `batch` and `nightly` run, and what they write."),
    Table(
        "[[alert]]",
        Alert,
        "Who is told what changed; any number of entries, each with `to` or `webhook` or both. `${NAME}` anywhere in an address "
        "is taken from the environment.",
    ),
    Table("[[site]]", SiteSettings, "A shop; as many as there are. Besides these keys, any of `[defaults]`."),
    Table(
        "[[site.mail]]",
        MailSettings,
        "Below its `[[site]]`: a domain that the shop's mail goes by; any number. Left out: the shop's own domain. "
        '`mail = "off"` in the `[[site]]` instead: its mail is not looked at.',
    ),
    Table("[[site.backup]]", BackupSettings, "Below its `[[site]]`: a place where backups of that shop lie; any number."),
    Table(
        "[[site.letter]]",
        LetterSettings,
        "Below its `[[site]]`: where its newsletters or order mails are kept ([letters.md](letters.md)).",
    ),
    Table(
        "[[site.accepted]]",
        AcceptedSettings,
        "Below its `[[site]]`: a risk that its owner accepts until a day. It counts for nothing until then, in no grade, message "
        "or exit code, and stands in the report with its reason.",
    ),
    Table(
        "[[site.review]]",
        ReviewSettings,
        "Below its `[[site]]`: something that people look after, again and again. Durations are written with their unit: `36h`, "
        "`31d`, `2w`, `3m` (months of the calendar) or `1y`.",
    ),
    Table("[[site.account]]", AccountSettings, "Below its `[[site]]`: something that one logs in to, and who can."),
    Table("[[site.person]]", PersonSettings, "Below its `[[site]]`: somebody who works for the shop, or did."),
    Table(
        "[[site.records]]",
        RecordsSettings,
        "Below its `[[site]]`: a place where chat logs, exports or order mails are kept; any of those that a backup may be in.",
    ),
    Table(
        "[site.breach]",
        BreachSettings,
        "Below its `[[site]]`: what is ready for the day on which data were stolen. `[breach]` at the top of the file, with the "
        "same keys, is for all shops that have none of their own.",
    ),
    Table("[[site.breach.team]]", TeamMember, "Below its `[site.breach]` (or `[[breach.team]]`): somebody of the team."),
)

BACKUPS = (
    ("A folder of the computer that scans, or one that is mounted there", 'location = "/srv/backups/petalandstem"', ""),
    (
        "SFTP, with a key. The server's own key must stand in `known_hosts`",
        'location = "sftp://backup@nas.example:2222/shop"   # /~/shop starts at the login\'s home',
        'key_file = "~/.ssh/backup_ed25519"\nknown_hosts = "~/.ssh/known_hosts"',
    ),
    ("SFTP, with a password", 'location = "sftp://backup@nas.example/shop"', 'password = "${NAS_PASSWORD}"'),
    (
        "FTP over TLS (port 990: TLS from the first byte)",
        'location = "ftps://backup@ftp.example/shop"',
        'password = "keyring:ftp.example/backup"',
    ),
    (
        "A store that speaks S3. The user is the key's id, the password its secret",
        'location = "s3://key-id@bucket/shop?endpoint=https://s3.host.example&region=eu-central"',
        'password = "file:~/.secrets/s3"',
    ),
    (
        "WebDAV, as Nextcloud has it",
        'location = "webdavs://backup@cloud.example/remote.php/dav/files/backup/shop"',
        'password = "${CLOUD_PASSWORD}"',
    ),
    (
        "WebDAV without encryption, at a private address only",
        'location = "webdav://backup@192.168.1.5/shop"',
        'password = "${NAS_PASSWORD}"',
    ),
    (
        "A heartbeat: an address that tells when the last backup was made, by its text (`2026-11-20T03:00:00Z`) or Last-Modified",
        'location = "https://backups.example/petalandstem/last"',
        "",
    ),
)
"""How each kind of place is written: (what it is, its location, what else it needs)."""


@cache
def keys(model: type[BaseModel]) -> tuple[Key, ...]:
    """The keys of a table, as the text below each says. Raises ValueError for one without a text or an example."""
    said = {
        above.target.id: ast.literal_eval(below.value)
        for one in reversed(model.__mro__)
        if issubclass(one, Model)
        for above, below in pairwise(_body(one))
        if isinstance(above, ast.AnnAssign)
        and isinstance(above.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }
    found = []
    for name, field in model.model_fields.items():
        if field.exclude or name == "options" or _is_table(field.annotation):
            continue
        match = re.fullmatch(r"(?s)(.+)\sExample: (.+)", " ".join(str(said.get(name, "")).split()))
        if match is None:
            raise ValueError(f'{model.__name__}.{name}: below it must stand what it means, and an example: """… Example: 5"""')
        found.append(Key(field.alias or name, match[1].replace("``", "`"), match[2], field.default, field.is_required()))
    return tuple(found)


def _body(model: type[BaseModel]) -> list[ast.stmt]:
    """What stands in a model's own class."""
    return next(node.body for node in ast.parse(inspect.getsource(model)).body if isinstance(node, ast.ClassDef))


def _is_table(hint: Any) -> bool:
    """Whether a key holds tables of its own, which have a section of their own."""
    return (isinstance(hint, type) and issubclass(hint, BaseModel)) or any(map(_is_table, get_args(hint)))


# ---- the schema


def schema() -> dict[str, Any]:
    """What an editor needs to complete and check the file (JSON Schema, draft 2020-12)."""
    made = Settings.model_json_schema(by_alias=True)
    defs = made["$defs"]
    defs["ScanOptions"] = ScanOptions.model_json_schema(by_alias=True) | {"description": "Every option of a scan."}
    defs["ScanOptions"].pop("$defs", None)
    site = defs["SiteSettings"]["properties"]
    del site["options"], site["mail_off"]
    site["mail"] = {"anyOf": [{key: site["mail"][key] for key in ("items", "type")}, {"const": "off"}]}
    site |= {name: {"$ref": f"#/$defs/ScanOptions/properties/{name}"} for name in sorted(OPTION_KEYS)}
    for own in ("folder", "file"):
        del made["properties"][own]
    made["properties"]["defaults"] = {"$ref": "#/$defs/ScanOptions"}
    age = defs["BackupSettings"]["properties"]["max_age"]
    age["anyOf"] = [{"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*[hdw]\s*$"}, {"type": "number"}]
    for table in TABLES:
        properties = defs[table.model.__name__]["properties"]
        for key in keys(table.model):
            properties[key.name] |= {"description": key.text, "examples": [_value(key.example)]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidy(made), "title": "shopwarden.toml"}


def _value(example: str) -> Any:
    value = tomllib.loads(f"key = {example}")["key"]
    return value if isinstance(value, (str, int, float, list)) else value.isoformat()


def _tidy(node: Any) -> Any:
    """Without what an editor would show for nothing: titles made from names, and null, which TOML does not have."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _tidy(value) for key, value in node.items() if not (key == "default" and value is None)}
    if isinstance(kept.get("title"), str):
        del kept["title"]
    if "anyOf" in kept:
        kept["anyOf"] = [one for one in kept["anyOf"] if one != {"type": "null"}]
        if len(kept["anyOf"]) == 1:
            (only,) = kept.pop("anyOf")
            kept = only | kept
    return kept


# ---- the reference


def reference() -> str:
    """``docs/configuration.md``."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Configuration"
    yield ""
    yield "Everything that `shopwarden.toml` may hold. It lies in the folder where the program is started, or where `--config`"
    yield "says; relative paths in it start where it lies. `shopwarden init` writes a first one, `shopwarden check-config` tries"
    yield "it. A key that is not known is an error that names its line and the nearest known key. This page is generated"
    yield "(`make docs`)."
    yield ""
    yield "Secrets never stand in the file: `${NAME}` is taken from the environment, `keyring:SERVICE/USER` from the system's"
    yield "keyring (extra `secrets`), `file:PATH` from a file that holds nothing else."
    yield ""
    yield "Editors complete and check the file by [shopwarden.schema.json](shopwarden.schema.json). Put a copy beside it and this"
    yield "line at its top, which Taplo and the extension Even Better TOML of VS Code read:"
    yield ""
    yield from ("```toml", "#:schema ./shopwarden.schema.json", "```")
    described = schema()
    for table in TABLES:
        yield from ("", f"## `{table.heading}`", "", table.text, "")
        yield from ("| key | type | default | meaning | example |", "|---|---|---|---|---|")
        properties = described["$defs"][table.model.__name__]["properties"]
        for key in keys(table.model):
            cells = (f"`{key.name}`", type_of(properties[key.name], described), _default(key), key.text, f"`{key.example}`")
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
        if table.model is BackupSettings:
            yield from _places()
        if table.model is AcceptedSettings:
            yield from ("", "```toml", "[[site]]", 'url = "https://petalandstem.example"', "", "[[site.accepted]]")
            yield from (f"{key.name} = {key.example}" for key in keys(AcceptedSettings))
            yield "```"


def _places() -> Iterator[str]:
    yield from ("", "One entry for each kind of place:")
    for what, location, more in BACKUPS:
        yield from ("", f"{what}:", "", "```toml", "[[site.backup]]", 'kind = "database"', location, *filter(None, [more]), "```")


def type_of(node: dict[str, Any], described: dict[str, Any]) -> str:
    """A property's type in words."""
    if "$ref" in node:
        node = described["$defs"][node["$ref"].rpartition("/")[2]]
    if "anyOf" in node:
        return " or ".join(type_of(one, described) for one in node["anyOf"])
    if "enum" in node:
        return ", ".join(f"`{json.dumps(value)}`" for value in node["enum"])
    match node["type"], node.get("format"):
        case "array", _:
            return f"list of {type_of(node['items'], described)}"
        case "boolean", _:
            return "true or false"
        case "integer" | "number" as kind, _:
            return ("whole number" if kind == "integer" else "number") + _bounds(node)
        case _, "path":
            return "path"
        case _, "date":
            return "day"
        case _:
            return "text"


def _bounds(node: dict[str, Any]) -> str:
    if "maximum" not in node:
        return ""
    least = f"above {node['exclusiveMinimum']:g}" if "exclusiveMinimum" in node else f"from {node['minimum']:,}"
    return f", {least} to {node['maximum']:,}"


def _default(key: Key) -> str:
    if key.needed:
        return "needed"
    if key.default in (None, (), ""):
        return "–"
    if isinstance(key.default, bool):
        return f"`{str(key.default).lower()}`"
    return f"`{key.default:g}`" if isinstance(key.default, float) else f"`{key.default}`"

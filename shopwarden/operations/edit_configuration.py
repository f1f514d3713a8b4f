"""A change to ``shopwarden.toml`` that a page or a command makes. Everything else in the file stays as it is, comments and order
too, and what somebody else writes meanwhile is never lost: the change is made again in what he wrote.

Entries are put in as lines of text, and what the file says afterwards is compared with what it was to say: what tomlkit makes of
a whole file has tables in another order where two kinds of them alternate.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scanner.scope.target import BadAddress, Target
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from scanner.settings.reading import MOST_BYTES, read_text, settings_in
from scanner.text.atomic_write import atomic_write
from scanner.text.clock import Clock
from shopwarden.operations.errors import Refused

TRIES = 5
"""How often a change is made anew because somebody else wrote the file meanwhile."""
_BOM = b"\xef\xbb\xbf"
_HEADING = re.compile(r"[ \t]*\[\[?[^\[\]\n]+\]\]?[ \t]*(?:#.*)?\r?\n?\Z")


def edited(file: Path, change: Callable[[str], str], clock: Clock | None = None) -> Settings:
    """Change a file; what it says from then on. change: the whole text → the new one; it may be asked more than once.

    What would be no configuration is not written. Raises Refused, BadSettings, and whatever ``change`` raises.
    """
    for _ in range(TRIES):
        before = _bytes_of(file)
        text = read_text(file, before)
        after = change(text)
        settings = settings_in(after, file, clock)
        content = (_BOM if before.startswith(_BOM) else b"") + after.encode()
        if len(content) > MOST_BYTES:
            raise Refused(f"{file}: would be larger than {MOST_BYTES // 1_000_000} MB; nothing was written")
        try:
            if file.read_bytes() != before:
                continue
            atomic_write(file, content)
        except OSError as error:
            raise Refused(f"{file}: cannot be written ({error.strerror})") from error
        return settings
    raise Refused(f"{file}: somebody else keeps writing this file; nothing was written, try again")


def _bytes_of(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadSettings(f"{file}: cannot be read ({error.strerror})") from error


def with_site(text: str, entry: Mapping[str, Any]) -> str:
    """The file's text with one more ``[[site]]`` at its end. entry: its keys. Raises Refused where the shop is there already, or
    where the file says its shops in a way that nothing can be put after."""
    key = Target.of(str(entry["url"])).key
    wanted = tomllib.loads(text)
    if any(_key(site) == key for site in wanted.get("site", ())):
        raise Refused(f"{key} is in the configuration already")
    wanted.setdefault("site", []).append(dict(entry))
    made = f"{text.rstrip()}\n\n{_lines('site', entry)}".lstrip("\n")
    return _meaning(_with_ends(made, text), wanted, _lines("site", entry))


def with_entry(text: str, key: str, kind: str, entry: Mapping[str, Any]) -> str:
    """The file's text with one more ``[[site.KIND]]`` of the shop with this key, behind what it has. entry: its keys. Raises
    Refused where there is no such shop, or where its entry is written in a way that nothing can be put after."""
    wanted = tomllib.loads(text)
    mine = next((number for number, site in enumerate(wanted.get("site", ())) if _key(site) == key), None)
    if mine is None:
        raise Refused(f"{key} is not in the configuration; add the shop first")
    wanted["site"][mine].setdefault(kind, []).append(dict(entry))
    lines = text.splitlines(keepends=True)
    end = _end_of_site(lines, mine)
    put = _lines(f"site.{kind}", entry)
    before = "".join(lines[:end])
    made = f"{before.rstrip()}\n\n{put}\n{''.join(lines[end:])}" if lines[end:] else f"{before.rstrip()}\n\n{put}"
    return _meaning(_with_ends(made, text), wanted, put)


def _end_of_site(lines: list[str], number: int) -> int:
    """The line before which a shop's own lines end: comments that stand right above the next heading belong to that."""
    begun, end = -1, len(lines)
    for at, line in enumerate(lines):
        if not _HEADING.match(line):
            continue
        name = re.sub(r"[\s\"']", "", line.partition("#")[0])
        if name == "[[site]]":
            begun += 1
        if begun > number or (begun == number and not re.match(r"\[\[?site[.\]]", name)):
            end = at
            break
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _lines(table: str, entry: Mapping[str, Any]) -> str:
    import tomlkit

    return f"[[{table}]]\n" + "".join(f"{key} = {tomlkit.item(value).as_string()}\n" for key, value in entry.items())


def _with_ends(made: str, like: str) -> str:
    """With line ends as the file has them."""
    return re.sub(r"\r?\n", "\r\n", made) if "\r\n" in like else made


def _meaning(made: str, wanted: Mapping[str, Any], put: str) -> str:
    """Raises Refused where it says anything else than it was to say."""
    try:
        right = tomllib.loads(made) == wanted
    except tomllib.TOMLDecodeError:
        right = False
    if not right:
        raise Refused(f"the file is written in a way that cannot be changed here; write it yourself:\n{put}")
    return made


def _key(site: Mapping[str, Any]) -> str | None:
    try:
        return Target.of(str(site.get("url"))).key
    except BadAddress:
        return None

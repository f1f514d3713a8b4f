"""The reference and the schema say what the program really takes: every example is accepted by both, every mistake refused by both."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError

from scanner.gatherers.backups.places import _SCHEMES, locate
from scanner.settings.models import Nightly, Settings, SiteSettings
from shopwarden.operations.new_configuration import Mailbox, NewConfiguration, NewShop, Place, text_of
from tools.configuration import BACKUPS, TABLES, Key, Table, keys, reference, schema

SCHEMA = schema()
EACH = [(table, key) for table in TABLES for key in keys(table.model)]


class Bare(Nightly):
    """A table with a key that says nothing of itself."""

    depth: int = 1


def in_its_place(table: Table, *chosen: Key) -> str:
    """A file in which a table holds these keys and those that it needs."""
    needed = {key.name: key for key in (*(key for key in keys(table.model) if key.needed), *chosen)}
    if table.heading == "[[alert]]":  # somebody must be told, and what is sent is signed
        needed = {key.name: key for key in keys(table.model) if key.name in {"to", "webhook", "secret"}} | needed
    lines = [f"{key.name} = {key.example}" for key in needed.values()]
    shop = ["[[site]]", 'url = "https://a.example"'] if table.heading.lstrip("[").startswith("site.") else []
    return "\n".join([*shop, table.heading, *lines])


def plain(value: Any) -> Any:
    """As a reader of JSON has it: days are text."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def accepted(text: str) -> None:
    data = tomllib.loads(text)
    Settings.model_validate(data)
    jsonschema.validate(plain(data), SCHEMA, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("table", "key"), EACH, ids=lambda one: getattr(one, "heading", getattr(one, "name", None)))
def test_each_example_is_accepted(table: Table, key: Key) -> None:
    accepted(in_its_place(table, key))


@pytest.mark.parametrize("key", keys(TABLES[0].model), ids=lambda key: key.name)
def test_a_shop_takes_each_option(key: Key) -> None:
    accepted(f'[[site]]\nurl = "https://a.example"\n{key.name} = {key.example}')


@pytest.mark.parametrize(
    "text",
    [
        "[defaults]\nrat = 1",
        "[default]\nrate = 1",
        '[defaults]\nrate = "fast"',
        "[defaults]\nrate = 0",
        "[defaults]\nmax_pages = 1.5",
        '[nightly]\nfolders = "x"',
        "[nightly]\nat_once = 1000",
        '[agency]\nlogo = "x.svg"',
        '[[alert]]\nto = "mailto://x"',
        '[[alert]]\nto = ["mailto://x"]\nfrom = "awful"',
        '[[site]]\nname = "without an address"',
        '[[site]]\nurl = "https://a.example"\nfollow = "yes, please"',
        '[[site]]\nurl = "https://a.example"\n[[site.backup]]\nkind = "files"\nlocation = "/b"',
        '[[site]]\nurl = "https://a.example"\n[[site.backup]]\nkind = "site"\nlocation = "/b"\nmax_age = "old"',
        '[[site]]\nurl = "https://a.example"\n[[site.accepted]]\nrule = "x"\nreason = "y"',
        '[site]\nurl = "https://a.example"',
    ],
)
def test_each_mistake_is_refused_by_both(text: str) -> None:
    data = tomllib.loads(text)
    with pytest.raises(ValidationError):
        Settings.model_validate(data)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(plain(data))


def test_the_schema_is_one_and_leads_nowhere_else() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert all(ref.startswith("#/") for ref in re.findall(r"'\$ref': '([^']*)'", repr(SCHEMA)))


def models_below(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
        for field in hint.model_fields.values():
            yield from models_below(field.annotation)
    for one in get_args(hint):
        yield from models_below(one)


def test_every_table_of_the_file_has_its_section() -> None:
    assert set(models_below(Settings)) - {Settings} <= {table.model for table in TABLES}


def test_a_key_that_nobody_described_is_named() -> None:
    with pytest.raises(ValueError, match=r"Bare\.depth: below it must stand what it means, and an example"):
        keys(Bare)


def test_each_block_of_the_page_is_read_and_each_kind_of_place_has_one() -> None:
    blocks = [block for block in re.findall(r"```toml\n(.*?)```", reference(), re.DOTALL) if not block.startswith("#:")]
    for block in blocks:
        accepted(block if block.startswith("[[site]]") else f'[[site]]\nurl = "https://a.example"\n{block}')
    places = [tomllib.loads(location)["location"] for _, location, _ in BACKUPS]
    for place in places:
        locate(place, Path())
    assert {place.partition("://")[0] for place in places if "://" in place} == set(_SCHEMES)


def test_what_init_writes_is_accepted() -> None:
    shops = (
        NewShop(
            "https://a.example/", 'A "quoted" \\ name\x7f', "PrestaShop", backups=(Place("site", "sftp://b@n.example/x", "~/k"),)
        ),
        NewShop("https://b.example/", problem="It refuses connections."),
    )
    mail = Mailbox("care@h.example", "mail.h.example:465", "robot")
    text = text_of(NewConfiguration(shops, "Harbour", "care@h.example", "pl", mail, {"resolve": ("a.example:192.0.2.1",)}))
    accepted(text)
    assert Settings.model_validate(tomllib.loads(text)).site[0].name == 'A "quoted" \\ name\x7f'


def test_the_keys_of_a_shop_are_its_own_and_the_options() -> None:
    assert {key.name for key in keys(SiteSettings)} == {"url", "name", "also", "authorised_by", "report_to"}

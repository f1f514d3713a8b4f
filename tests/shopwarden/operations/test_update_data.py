"""``shopwarden update-data`` against sources on loopback: what is good is taken, whatever goes wrong loses nothing."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner

from scanner.gatherers.net.anchors import known_keys, shipped_keys
from scanner.gatherers.net.resolver import NameUnanswered
from scanner.platforms import Branch, Knowledge, Standing, SupportTable, newer
from scanner.platforms.loading import read_knowledge, read_shipped
from shopwarden.cli.group import main
from shopwarden.operations import update_data
from shopwarden.operations.update_data import PRODUCTS, NotUpdated, Outcome, Sources, checked_libraries, checked_table, update
from tests.loopback import Handler, request_head, response, serving, site
from tests.patience import PATIENCE

DAY = date(2027, 4, 2)
JSON = "Content-Type: application/json\r\n"
DRIP = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of each test's own."""
    monkeypatch.setattr(newer, "folder", lambda: tmp_path / "data")
    return tmp_path / "data"


def repository() -> dict[str, Any]:
    """What came with the program, as Retire.js would publish it, and a new hole in jQuery."""
    made = {}
    for library in read_knowledge().libraries.libraries:
        holes = [
            {
                "below": hole.below,
                **({"atOrAbove": hole.at_or_above} if hole.at_or_above else {}),
                "severity": hole.severity,
                "identifiers": {"summary": "…", "CVE": list(hole.identifiers)},
                "info": ["https://example.org/"],
            }
            for hole in library.holes
        ]
        extractors = {"filename": list(library.filename), "uri": list(library.uri), "filecontent": list(library.content)}
        made[library.name] = {"npmname": library.package, "vulnerabilities": holes, "extractors": {**extractors, "hashes": {}}}
    made["jquery"]["vulnerabilities"].append(
        {"below": "3.9.0", "severity": "high", "identifiers": {"CVE": ["CVE-2027-1234"]}, "info": []}
    )
    return made


def release(branch: Branch, *, courtesy: bool = False) -> dict[str, Any]:
    """A branch as endoflife.date's API gives it."""
    ends = branch.support_ends if courtesy else branch.end_of_life
    return {
        "name": branch.name,
        "codename": None,
        "label": branch.name,
        "isEoas": False,
        "eoasFrom": None if courtesy or branch.support_ends is None else branch.support_ends.isoformat(),
        "isEol": branch.ended or (ends is not None and ends <= DAY),
        "eolFrom": ends.isoformat() if ends else None,
        "isMaintained": True,
        "latest": {"name": branch.latest, "date": "2027-01-01", "link": None} if branch.latest else None,
    }


def product(slug: str) -> dict[str, Any]:
    known = [(one, one_known) for one in PRODUCTS if one.slug == slug for one_known in shipped(one.key).branches]
    return {"schema_version": "1.2.0", "result": {"name": slug, "releases": [release(b, courtesy=p.courtesy) for p, b in known]}}


def shipped(key: str) -> SupportTable:
    table = read_shipped().support(key)
    assert table is not None
    return table


ROOT_KEYS = """<?xml version="1.0" encoding="UTF-8"?>
<TrustAnchor id="X" source="http://data.iana.org/root-anchors/root-anchors.xml"><Zone>.</Zone>
<KeyDigest id="Kjqmt7v" validFrom="2010-07-15T00:00:00+00:00" validUntil="2019-01-11T00:00:00+00:00"><KeyTag>19036</KeyTag>
<Algorithm>8</Algorithm><DigestType>2</DigestType>
<Digest>49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5</Digest></KeyDigest>
<KeyDigest id="Klajeyz" validFrom="2017-02-02T00:00:00+00:00"><KeyTag>20326</KeyTag><Algorithm>8</Algorithm>
<DigestType>2</DigestType><Digest>E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D</Digest></KeyDigest>
</TrustAnchor>
"""


def answers() -> dict[str, bytes]:
    """A whole good source: WordPress 7.1 was superseded by 7.2."""
    found = {f"/p/{one.slug}": product(one.slug) for one in PRODUCTS}
    wordpress = found["/p/wordpress"]["result"]["releases"]
    wordpress[0] |= {"isEol": True, "eolFrom": "2027-03-01"}
    wordpress.insert(0, release(Branch("7.2", "7.2.1")))
    bodies = {**found, "/repository.json": repository()}
    made = {path: response(json.dumps(body).encode(), headers=JSON) for path, body in bodies.items()}
    return {**made, "/root-anchors.xml": response(ROOT_KEYS.encode())}


async def updated(
    handler: Handler, *, private: bool = True, tls: ssl.SSLContext | None = None, ca: Path | None = None
) -> list[Outcome]:
    async def resolve(host: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    async with serving(handler, ssl=tls) as port:
        start = f"{'https' if tls else 'http'}://data.example:{port}"
        sources = Sources(f"{start}/repository.json", f"{start}/p/", f"{start}/root-anchors.xml", ca, private)
        return list(await update(sources, DAY, resolve))


BY_RELEASES = {"woocommerce"}
"""Tables that endoflife.date does not have: they come with new releases of the program."""


def days_of(known: Knowledge) -> set[date]:
    """The days of the tables that can be fetched."""
    return {
        table.recorded for table in known.tables.values() if not (isinstance(table, SupportTable) and table.key in BY_RELEASES)
    }


def failed(outcomes: list[Outcome]) -> str:
    """Why nothing at all was taken."""
    assert not any(outcome.said for outcome in outcomes)
    assert read_knowledge().libraries.recorded < DAY
    assert newer.support_tables() == {}
    assert not newer.folder().exists()
    return " ".join(failure for outcome in outcomes for failure in outcome.failures)


async def test_newer_facts_are_taken_and_change_what_a_scan_says() -> None:
    before = read_knowledge().support_of("wordpress", "7.1.4", DAY)
    assert before is None or before.standing is Standing.SUPPORTED
    outcomes = await updated(site(answers()))
    assert [outcome.failures for outcome in outcomes] == [(), (), ()]
    assert outcomes[1].said == (
        f"Support dates: {len(PRODUCTS)} of {len(PRODUCTS)} tables as of 2 April 2027; changed: WordPress.",
    )
    now = read_knowledge()
    assert days_of(now) == {DAY}
    after = now.support_of("wordpress", "7.1.4", DAY)
    assert after is not None
    assert (after.standing, after.since, after.table.recorded, after.newest.name) == (
        Standing.SUPERSEDED,
        date(2027, 3, 1),
        DAY,
        "7.2",
    )
    holes = {
        name
        for library in now.libraries.libraries
        if library.name == "jquery"
        for hole in library.holes
        for name in hole.identifiers
    }
    assert "CVE-2027-1234" in holes


def test_what_is_published_as_it_was_shipped_reads_as_it_was_shipped() -> None:
    for one in PRODUCTS:
        _, branches = checked_table(product(one.slug), one, shipped(one.key), DAY)
        told = {b.name: (b.support_ends, b.end_of_life, b.ended) for b in branches}
        assert told == {b.name: (b.support_ends, b.end_of_life, b.ended) for b in shipped(one.key).branches}, one.key


def test_the_newest_number_of_what_distributions_repair_is_not_taken() -> None:
    one = next(one for one in PRODUCTS if one.key == "php")
    source = {"result": {"releases": [{"name": "8.4", "eolFrom": "2028-12-31", "latest": {"name": "8.4.20"}}]}}
    _, branches = checked_table(source, one, shipped("php"), DAY)
    assert not any(branch.latest for branch in branches)


def test_every_support_table_has_a_source() -> None:
    with_tables = {table.key for table in read_shipped().tables.values() if isinstance(table, SupportTable)}
    assert {one.key for one in PRODUCTS} == with_tables - BY_RELEASES


def test_an_end_once_written_down_is_not_taken_back_and_a_branch_not_forgotten() -> None:
    wordpress = next(one for one in PRODUCTS if one.key == "wordpress")
    source = product("wordpress")
    source["result"]["releases"] = [one for one in source["result"]["releases"] if one["name"] not in {"4.1", "5.0"}]
    _, branches = checked_table(source, wordpress, shipped("wordpress"), DAY)
    by_name = {branch.name: branch for branch in branches}
    assert by_name["4.2"].end_of_life == date(2025, 7, 15)
    assert {"4.1", "5.0"} <= set(by_name)


def test_two_lines_of_one_product_are_told_apart_and_extended_support_counts() -> None:
    both = {"result": {"releases": [
        {"name": "2.4.8", "isEol": False, "eolFrom": None, "isEoes": False, "eoesFrom": "2028-04-11", "latest": {"name": "2.4.8-p3"}},
        {"name": "2.4.7", "isEol": False, "latest": None},
        {"name": "1.9", "isEol": True, "eolFrom": None, "eoasFrom": "2020-06-01", "latest": {"name": "1.9.4.5"}},
        {"name": "1.14-ee", "isEol": True},
    ]}}  # fmt: skip
    one, two = (next(p for p in PRODUCTS if p.key == key) for key in ("magento1", "magento2"))
    older = {branch.name: branch for branch in checked_table(both, one, shipped("magento1"), DAY)[1]}
    newest = {branch.name: branch for branch in checked_table(both, two, shipped("magento2"), DAY)[1]}
    assert "2.4.8" not in older
    assert "1.9" not in newest
    assert older["1.9"].ended
    assert (newest["2.4.8"].end_of_life, newest["2.4.8"].latest) == (date(2028, 4, 11), "2.4.8-p3")
    assert newest["2.4.7"].latest is None


@pytest.mark.parametrize(
    "source",
    [
        None, 7, "x", [], {}, {"result": None}, {"result": {"releases": None}}, {"result": {"releases": []}},
        {"result": {"releases": [1]}}, {"result": {"releases": [{"name": None}]}}, {"result": {"releases": [{"name": "99.9"}]}},
        {"result": {"releases": [{"name": "6.9", "eolFrom": "soon"}]}}, {"result": {"releases": [{"name": "6.9", "latest": 4}]}},
        {"result": {"releases": {"name": "6.9"}}}, {"result": {"releases": [{"name": "6.9", "eolFrom": "0000-00-00"}]}},
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(source: object) -> None:
    with pytest.raises(NotUpdated):
        checked_table(source, PRODUCTS[-1], shipped("wordpress"), DAY)


def hurt(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    made = repository()
    change(made)
    return made


@pytest.mark.parametrize(
    "source",
    [
        None, 7, "x", [], {}, {"jquery": None}, {"jquery": {"vulnerabilities": 3}}, {"jquery": {"vulnerabilities": [None]}},
        hurt(lambda made: [made.pop(name) for name in list(made)[: len(made) // 2 + 1]]),
        hurt(lambda made: made["jquery"].update(vulnerabilities=[{"below": 3, "severity": "high", "identifiers": {"CVE": ["C"]}}])),
        hurt(lambda made: made["jquery"].update(extractors=[])),
        hurt(lambda made: made["jquery"]["extractors"].update(uri=5)),
        hurt(lambda made: made.update({"x" * 500: made["jquery"]})), hurt(lambda made: made.update({"\ud800": made["jquery"]})),
        hurt(lambda made: made["jquery"].update(npmname={"a": 1})),
    ],
)  # fmt: skip
def test_a_repository_that_is_none_is_refused(source: object) -> None:
    with pytest.raises(NotUpdated):
        checked_libraries(source, DAY, read_shipped().libraries.libraries)


def test_patterns_that_cannot_be_used_are_left_out() -> None:
    odd = ["(§§version§§", "x" * 5000, 5, "no group", r"(?P<v>§§version§§)\.js", "(((a{9}){9}){9})§§version§§"]
    source = hurt(lambda made: made["jquery"]["extractors"].update(filename=odd))
    _, made = checked_libraries(source, DAY, read_shipped().libraries.libraries)
    jquery = next(one for one in made if one.name == "jquery")
    assert len(jquery.filename) == 2


async def _dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_head(reader)
    writer.write(DRIP)
    while True:
        writer.write(b"[")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await request_head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"[" * 65536)
        await writer.drain()


async def _greets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


def every(answer: bytes) -> Handler:
    return site({}, other=answer)


BOMB = response(gzip.compress(b" " * 30_000_000), headers="Content-Encoding: gzip\r\n")


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (every(response(b"gone", "404 Not Found")), "answered 404"),
        (every(response(b"oops", "500 Oops")), "answered 500"),
        (every(response(b"")), "no JSON"),
        (every(response(b"<html>Please log in to the hotel's network")), "no JSON"),
        (every(response(b"[" * 100_000)), "no JSON"),
        (every(response(b"[]", headers=JSON)), "not built like"),
        (every(response(b'{"result": {"releases": [{"name": "0.0"}]}}')), ""),
        (every(response(b"{}", length=500)), "did not answer completely"),
        (every(BOMB), "larger"),
        (every(response(b"", "302 Found", "Location: http://other.example/\r\n")), "not followed"),
        (every(response(b"", "302 Found", "Location: http://169.254.169.254/latest\r\n")), "not followed"),
        (every(response(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n")), "not followed"),
        (every(response(b"", "302 Found", "Location: //[\r\n")), "not followed"),
        (every(response(b"", "302 Found", "Location: /again\r\n")), "redirects more than 3 times"),
        (_endless, "larger"),
        (_dripping, "did not answer completely"),
        (_greets, "data.example"),
    ],
)
async def test_whatever_goes_wrong_loses_nothing(handler: Handler, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_data, "SECONDS", 0.6)
    assert said in failed(await updated(handler))


async def test_a_silent_source_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        raise NameUnanswered(f"The name {host} could not be looked up just now.")

    outcomes = list(await update(Sources(), DAY, resolve))
    assert failed(outcomes).count("could not be looked up") == 3
    assert asked == ["raw.githubusercontent.com", "endoflife.date", "data.iana.org"]


async def test_a_source_that_moved_within_its_host_is_followed() -> None:
    found = answers()
    moved = {path: response(b"", "301 Moved", f"Location: {path}/\r\n") for path in found if path.startswith("/p/")}
    outcomes = await updated(site({**found, **moved, **{f"{path}/": found[path] for path in moved}}))
    assert [outcome.failures for outcome in outcomes] == [(), (), ()]


async def test_one_table_that_fails_does_not_stop_the_others_and_keeps_what_was_fetched_before() -> None:
    assert all(not outcome.failures for outcome in await updated(site(answers())))
    broken = {**answers(), "/p/wordpress": response(b"", "503 Busy"), "/repository.json": response(b"", "404 Not Found")}
    parts, tables, _ = await updated(site(broken))
    assert len(parts.failures) == len(tables.failures) == 1
    assert "WordPress" in tables.failures[0]
    assert f"{len(PRODUCTS) - 1} of {len(PRODUCTS)}" in tables.said[0]
    assert days_of(read_knowledge()) == {DAY}


async def test_a_private_source_is_only_asked_where_the_owner_allows_it() -> None:
    assert "not encrypted" in failed(await updated(site(answers()), private=False))
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("data.example").configure_cert(context)
    assert "private address" in failed(await updated(site(answers()), private=False, tls=context))


async def test_the_sources_certificate_is_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("data.example").configure_cert(context)
    assert "certificate verify failed" in failed(await updated(site(answers()), tls=context))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    assert all(not outcome.failures for outcome in await updated(site(answers()), tls=context, ca=tmp_path / "ca.pem"))
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("somebody.example").configure_cert(other)
    parts, tables, _ = await updated(site(answers()), tls=other, ca=tmp_path / "ca.pem")
    assert parts.failures
    assert tables.failures


@pytest.mark.parametrize("name", [newer.LIBRARIES, newer.SUPPORT])
@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x00", b"null", b"[]", b"{}", b'{"recorded": 5}', b'{"recorded": "2099-01-01", "libraries": {"a": 1}}',
        b'{"wordpress": 1}', b'{"wordpress": {"recorded": "2099-01-01", "source": "x", "branch": []}}',
        b'{"wordpress": {"recorded": "2099-01-01", "source": "x", "branch": [{"name": "1"}, {"name": "1"}]}}',
        b'{"wordpress": {"recorded": "2099-01-01", "source": "x", "branch": [{"name": "1", "latest": 5}]}}',
        b'{"wordpress": {"recorded": "2099-01-01", "source": "x", "branch": [{"name": "1", "end_of_life": "never"}]}}',
        b"[" * 100_000, b" " * (newer.MOST_BYTES + 1),
    ],
)  # fmt: skip
def test_a_damaged_file_counts_as_absent(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir()
    (folder / name).write_bytes(content)
    assert read_knowledge() == read_shipped()


def test_older_facts_than_those_of_the_program_are_not_taken(folder: Path) -> None:
    folder.mkdir()
    old = {"wordpress": {"recorded": "2020-01-01", "source": "x", "branch": [{"name": "5.3"}]}}
    (folder / newer.SUPPORT).write_text(json.dumps(old))
    (folder / newer.LIBRARIES).write_text('{"recorded": "2020-01-01", "libraries": {}}')
    assert read_knowledge() == read_shipped()


# ---- the command


@contextmanager
def source(handler: Handler) -> Iterator[list[str]]:
    """A source in a thread of its own, for a command that runs its own loop; yields the options that name it."""
    ready, done = threading.Event(), threading.Event()
    port = 0

    async def run() -> None:
        nonlocal port
        async with serving(handler) as port:
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(PATIENCE)
    start = f"http://127.0.0.1:{port}"
    try:
        at = {"libraries": "repository.json", "support": "p/", "root-keys": "root-anchors.xml"}
        yield [
            "update-data",
            "--allow-private",
            *(word for name, path in at.items() for word in (f"--{name}", f"{start}/{path}")),
        ]
    finally:
        done.set()
        thread.join(PATIENCE)


def test_the_command_says_what_it_took(folder: Path) -> None:
    with source(site(answers())) as words:
        done = CliRunner().invoke(main, words)
        quiet = CliRunner().invoke(main, [*words, "--quiet"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 4
    assert done.stdout.splitlines()[-1].startswith("What this program knows of old software is as of ")
    assert {file.name for file in folder.iterdir()} == {newer.LIBRARIES, newer.SUPPORT, newer.ROOT_KEYS}
    assert (quiet.exit_code, quiet.output) == (0, "")


def test_offline_the_command_says_so_with_exit_code_3() -> None:
    done = CliRunner().invoke(main, ["update-data"])
    assert done.exit_code == 3
    assert done.stderr.count("\n") == 3
    assert f"Support dates of Apache and {len(PRODUCTS) - 1} others: " in done.stderr
    assert "could not be looked up" in done.stderr or "has no address" in done.stderr
    assert "stays" in done.stderr


def test_a_folder_that_cannot_be_written_is_exit_code_5(folder: Path) -> None:
    folder.write_text("a file in the way")
    with source(site(answers())) as words:
        done = CliRunner().invoke(main, words)
    assert done.exit_code == 5
    assert "cannot be written" in done.stderr


def test_a_ca_file_without_a_certificate_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    done = CliRunner().invoke(main, ["update-data", "--ca-file", str(tmp_path / "ca.pem")])
    assert (done.exit_code, "ca.pem" in done.stderr) == (2, True)
    assert CliRunner().invoke(main, ["update-data", "--ca-file", str(tmp_path / "none.pem")]).exit_code == 2


@pytest.mark.parametrize("address", ["ftp://data.example/", "https://user:word@data.example/", "https:///x", "nonsense", ""])
@pytest.mark.parametrize("option", ["--libraries", "--support", "--root-keys"])
def test_an_address_that_is_none_is_refused_before_anything_is_asked(option: str, address: str) -> None:
    done = CliRunner().invoke(main, ["update-data", option, address, "--allow-private"])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.output
    assert done.stderr.startswith(f"shopwarden: {option}: ")
    assert "user:word" not in done.stderr


async def test_keys_of_the_root_are_kept_and_believed_on_their_days() -> None:
    outcomes = await updated(site(answers()))
    assert outcomes[2].failures == ()
    assert known_keys().recorded == DAY
    assert known_keys().records(DAY) == ("20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",)
    assert len(known_keys().records(date(2018, 1, 1))) == 2


@pytest.mark.parametrize(
    "body",
    ["", "<html>", ROOT_KEYS.replace("20326", "20327"), ROOT_KEYS.replace("E06D", "E06"), ROOT_KEYS.replace("2017-02-02", "2099-02-02"),
     ROOT_KEYS.replace(">2<", ">1<"), ROOT_KEYS.replace("2017-02-02", "2017-13-02")],
)  # fmt: skip
async def test_other_keys_than_the_roots_are_not_kept(body: str) -> None:
    outcomes = await updated(site({**answers(), "/root-anchors.xml": response(body.encode())}))
    assert len(outcomes[2].failures) == 1
    assert known_keys() == shipped_keys()

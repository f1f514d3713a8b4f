"""The limits that ``docs/safety.md`` states are the program's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from httpcore._async.http11 import AsyncHTTP11Connection

from scanner.engine import recording
from scanner.gatherers.backups import backups, content, places
from scanner.gatherers.crawl import html, loaded_files, pages, sitemaps
from scanner.gatherers.http import cookies, fetcher, third_party
from scanner.gatherers.letters import letters, mailboxes
from scanner.gatherers.net import dns, dns_wire, dnssec, guard, leniency, line_protocol, resolver
from scanner.gatherers.services import ftp, ports, ssh
from scanner.gatherers.tls import tls_scan
from scanner.history import bounds, connect, postgresql, store
from scanner.settings import reading
from scanner.settings.options import ScanOptions
from shopwarden.cli import console
from shopwarden.delivery import http_manners, receiver, smtp
from shopwarden.operations import batch, sites

TEXT = (Path(__file__).parents[2] / "docs" / "safety.md").read_text(encoding="utf-8")
DEFAULT = ScanOptions()
LIMITS: dict[str, tuple[float, ...]] = {
    "requests a second to one server address, evenly spaced": (DEFAULT.rate,),
    "connections at once": (fetcher.CONNECTIONS,),
    "HTTP requests, retries and redirects included": (DEFAULT.max_requests,),
    "pages read": (DEFAULT.max_pages,),
    "seconds for a scan": (DEFAULT.max_time,),
    "seconds for one answer, all of it; for the home page": (fetcher.SECONDS, fetcher.HOME_SECONDS),
    "bytes of one page, after decompression; of one probe": (fetcher.PAGE_BYTES, fetcher.PROBE_BYTES),
    "bytes of one answer as it travels, where it unpacks to less": (fetcher.WIRE_SLACK,),
    "elements of one page, opening and closing tags counted; inside each other": (html.MOST_TAGS, html.MOST_DEPTH),
    "bytes of memory for what is kept of all pages": (pages.MOST_KEPT,),
    "bytes of one answer beside its body; and for each byte of the body": (leniency.MOST_BESIDE, leniency.TIMES_BODY),
    "bytes of all headers of one answer; headers kept; characters of one": (
        AsyncHTTP11Connection.MAX_INCOMPLETE_EVENT_SIZE,
        fetcher.MOST_HEADERS,
        fetcher.HEADER_CHARS,
    ),
    "cookies kept and sent; characters of one": (cookies.MOST_COOKIES, cookies.COOKIE_CHARS),
    "sitemaps read; bytes of one unpacked; characters of robots.txt": (pages.MOST_SITEMAPS, sitemaps.MOST_BYTES, sitemaps.MOST_ROBOTS),
    "scripts and styles of other hosts; bytes of one": (loaded_files.MOST_FOREIGN, third_party.FILE_BYTES),
    "styles of the shop's own; script files of its own": (loaded_files.MOST_STYLES, loaded_files.MOST_SCRIPTS),
    "seconds for a name's address; for a connection": (guard.RESOLVE_SECONDS, guard.CONNECT_SECONDS),
    "names of shops looked up at once; names of others by one scan": (resolver.MOST_LOOK_UPS, resolver.MOST_OF_OTHERS),
    "seconds for a message in all; bytes of a mail server's words; of a service's answer": (
        receiver.WHOLE_SECONDS, smtp.MOST_BYTES, http_manners.MOST_BYTES,
    ),
    "seconds until a shop that could not be reached is tried again: `scan`; `batch` and `nightly`, behind all others": (
        console.AGAIN_SECONDS, batch.LATER_SECONDS,
    ),
    "seconds for TLS; for FTP; for one SSH login; for all other ports": (tls_scan.SECONDS, ftp.SECONDS, ssh.LOGIN_SECONDS, ports.SECONDS),
    "lines of one FTP answer; bytes of it; lines before an SSH greeting": (
        line_protocol.REPLY_LINES, line_protocol.REPLY_BYTES, ssh.PREAMBLE_LINES,
    ),
    "bytes of a backup that is always read whole; seconds for a folder's names": (
        content.READ_WHOLE, places.BackupPlan().deadline,
    ),
    "bytes of the list of a backup's folder; names read of it": (places.LIST_BYTES, places.MOST_NAMES),
    "bytes of memory for a process apart, beside what its libraries take; shops that one looks at for TLS": (
        tls_scan.CHILDREN.limits.memory, tls_scan.CHILDREN.orders,
    ),
    "bytes of a recording; of a configuration; of a list of shops": (recording.MOST_BYTES, reading.MOST_BYTES, sites.MOST_BYTES),
    "bytes of a letter; of a mailbox, from its end; letters of one place; bytes of memory for reading them apart": (
        mailboxes.MOST_BYTES, mailboxes.MOST_OF_A_MAILBOX, letters.MOST_LETTERS, letters.CHILDREN.limits.memory,
    ),
    "places remembered of a rule; findings; events of one kind a night, one by one": (
        bounds.MOST_EXAMINED, bounds.MOST_SUBJECTS, bounds.MOST_EVENTS,
    ),
    "seconds to connect to PostgreSQL; for a lock; for a statement": (
        postgresql.CONNECT_SECONDS, connect.WAIT_SECONDS, postgresql.STATEMENT_SECONDS,
    ),
    "bytes of one name server's answer; records of one; bytes of memory for those of a run": (
        dns_wire.MOST_BYTES, dns_wire.MOST_RECORDS_READ, dns.MOST_MEMORY,
    ),
    "questions of one scan to name servers; for keys and signatures; signatures checked": (
        dns.MOST_QUESTIONS, dns.MOST_VALIDATING, dns.MOST_SIGNATURES,
    ),
    "keys of one DNS zone; with one tag; DS records of it; rounds of hashing; parts of a validated name": (
        dnssec.MOST_ZONE_KEYS, dnssec.MOST_KEYS, dnssec.MOST_DS, dnssec.MOST_ROUNDS, dnssec.MOST_LABELS,
    ),
    "redirects in a row; on the way to the home page": (fetcher.MOST_REDIRECTS, fetcher.HOME_REDIRECTS),
    "seconds that nobody asks after 429 or 503: without Retry-After; with it; in all": (
        fetcher.USUAL_WAIT, fetcher.LONGEST_WAIT, fetcher.MOST_WAITING,
    ),
}  # fmt: skip


def test_processes_apart_have_the_same_memory_but_for_letters_which_are_read_whole() -> None:
    assert backups.CHILDREN.limits.memory == tls_scan.CHILDREN.limits.memory


def stated() -> dict[str, str]:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]*)\|$", TEXT, re.MULTILINE)
    return {label: default for label, default, _ in rows if label not in {"limit", "---"}}


def test_every_stated_limit_is_looked_at() -> None:
    assert stated().keys() == LIMITS.keys()


@pytest.mark.parametrize("label", LIMITS)
def test_a_stated_limit_is_the_programs(label: str) -> None:
    numbers = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", stated()[label])]
    assert numbers == list(LIMITS[label])


def test_options_named_beside_limits_exist() -> None:
    from shopwarden.cli.commands.scan import command

    options = {one for parameter in command.params for one in parameter.opts}
    named = set(re.findall(r"`(--[a-z-]+)`", TEXT))
    assert named
    assert named <= options


@pytest.mark.slow
def test_the_number_of_hostile_shops_is_not_overstated() -> None:
    from tests.hostile.cases import CASES

    said = re.search(r"some (\d+) shops that misbehave", TEXT)
    assert said is not None
    assert int(said[1]) <= len(CASES)


def test_a_document_is_bounded() -> None:
    assert store.MOST_DOCUMENT <= 64_000_000

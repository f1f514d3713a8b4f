"""Card numbers in files of every kind: found where they are, and nowhere else."""

from __future__ import annotations

import bz2
import gzip
import random
import tracemalloc
import zipfile
from io import BytesIO
from math import inf

import pytest

from scanner.evidence import CardFile
from scanner.gatherers.backups.streams import Timed
from scanner.gatherers.owner import contents
from scanner.gatherers.owner.contents import CHUNK, search
from tests.card_corpus import LIKE, corpus, packed
from tests.patience import cpu

NUMBER = "4111 1111 1111 1111"


class Bytes:
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


def searched(data: bytes, name: str = "chat.log", chunk: int = CHUNK) -> tuple[CardFile | None, str]:
    return search(Timed(Bytes(data), inf, chunk), name, deep=False)


def test_the_corpus_is_told_apart() -> None:
    """A short one; ``benchmarks/card_numbers.py`` has thousands of files."""
    for made in corpus(240, seed=5):
        found, why = searched(made.content, made.name)
        assert (set(found.last) if found else set()) <= made.last, made.name
        assert (bool(found), why) == (bool(made.last), ""), made.name


@pytest.mark.parametrize("chunk", [7, 64, 1000])
def test_where_the_chunks_are_cut_does_not_matter(chunk: int) -> None:
    for made in corpus(48, seed=6):
        assert searched(made.content, made.name, chunk) == searched(made.content, made.name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "name;card number;date\nA;4111111111111111;1\n"),
        ("a.csv", "when,pan\n1,5555555555554444\n"),
        ("a.jsonl", '{"pan":"4111111111111111"}\n'),
        ("a.html", "<p>card <b>4111</b>&nbsp;<i>1111</i>&#32;1111 1111</p>"),
        ("a.txt", "\n".join(["4111111111111111", "5555555555554444", "378282246310005", "6011000990139424"])),
    ],
)
def test_columns_fields_and_lists(name: str, content: str) -> None:
    found, _ = searched(content.encode(), name)
    assert found is not None
    assert found.certain


@pytest.mark.parametrize(
    "content",
    ["order no;sum\n4111111111111111;1\n", '{"customerId":"4111111111111111"}', "4111111111111112\n" * 9 + "4111111111111111\n"],
)
def test_columns_fields_and_lists_of_other_numbers(content: str) -> None:
    assert searched(content.encode(), "a.csv") == (None, "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", "<orders><o><cardNumber>4111111111111111</cardNumber><cvv>123</cvv></o></orders>"),
        ("a.xml", "<?xml version='1.0'?><o xmlns='urn:x'><ns:card>4111 1111 1111 1111</ns:card><name>Bob</name></o>"),
        ("a.xml", "<?xml version='1.0'?><o><payment card='4111111111111111' exp='12/27'/></o>"),
        ("a.html", "<html><dl><dt>Card</dt><dd>4111111111111111</dd><dd>123</dd></dl>"),
        ("a.html", "<html><form>Card <input name='card' value='4111-1111-1111-1111'></form>"),
        ("a.html", "<html>card <label>4111 1111 1111 1111</label><label>2027</label>"),
        ("a.htm", "<section>Visa<article>4111<b>1111</b><i>1111</i>1111</article></section>"),
    ],
)
def test_what_is_marked_up(name: str, content: str) -> None:
    found, _ = searched(content.encode(), name)
    assert found is not None
    assert (found.count, found.last, found.certain) == (1, ("1111",), True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", "<?xml version='1.0'?><o><orderId>4111111111111111</orderId><ean>4006381333931</ean></o>"),
        ("a.xml", "<?xml version='1.0'?><o><item tracking='4111 1111 1111 1111' /></o>"),
        ("a.html", "<html><a href='/item/4111111111111111' id='4111111111111111'>Card</a>"),
    ],
)
def test_what_is_marked_up_as_something_else(name: str, content: str) -> None:
    assert searched(content.encode(), name) == (None, "")


def test_a_single_bare_number_is_merely_possible() -> None:
    found, _ = searched(b"4111111111111111\n")
    assert found is not None
    assert (found.count, found.last, found.certain) == (1, ("1111",), False)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"%PDF-1.7\n", "cannot be searched"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "cannot be searched"),
        ("a.bin", b"\1\0\2" * 300, "cannot be searched"),
        ("a.log.gpg", b"x" * 100, "encrypted"),
        ("a.gz", gzip.compress(b"x" * 9000)[:-20], "breaks off"),
        ("a.zip", packed({"a.log": "x" * 900})[:-30], "has no directory"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_could_not_be_searched_is_said(name: str, content: bytes, words: str) -> None:
    found, why = searched(content, name)
    assert found is None
    assert words in why


def test_pictures_hold_no_text() -> None:
    assert searched(b"\x89PNG\r\n\x1a\n" + bytes(500), "a.png") == (None, "")


def test_what_is_found_before_the_damage_counts() -> None:
    content = gzip.compress(f"card {NUMBER}\n".encode() + random.Random(1).randbytes(90_000).hex().encode())
    found, why = searched(content[: len(content) // 2], "chat.log.gz")
    assert found is not None
    assert "breaks off" in why


@pytest.mark.parametrize("chunk", [64, 1000, CHUNK])
def test_what_is_unpacked_in_blocks_is_known_by_its_first_one(chunk: int) -> None:
    """A block of bzip2 is longer than what is read at once: there is nothing to see at first."""
    lines = random.Random(2).randbytes(300_000).hex()
    mails = f"From a@a.example Mon Jan  5 10:00:00 2026\nFrom: a\nTo: b\nSubject: c\n\ncard\n {NUMBER}\n{lines}\n"
    found, why = searched(bz2.compress(mails.encode()), "all.mbox.bz2", chunk)
    assert (found.last if found else (), why) == (("1111",), "")
    packed_table = bz2.compress(packed({"a.csv": f"card number\n{NUMBER}\n"}))
    assert searched(packed_table, "a.zip.bz2", chunk)[0] is not None


def test_a_damaged_mailbox_is_searched_all_the_same() -> None:
    head = b"From a@a.example Mon Jan  5 10:00:00 2026\nContent-Type: multipart/mixed; boundary=x\nFrom: a\nTo: b\n\n--x\n"
    mails = head + b"\xff\xfe\n\ncard " + NUMBER.encode() + b"\n" + b"From nobody\n" + head * 40
    found, _ = searched(mails, "all.mbox")
    assert found is not None
    assert found.last == ("1111",)


def test_a_bomb_is_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_UNPACKED", 3_000_000)
    assert searched(gzip.compress(b" " * 9_000_000), "a.gz") == (None, "holds more than is searched (--deep searches more)")


def test_archives_in_archives_have_an_end() -> None:
    data = f"card {NUMBER}".encode()
    for number in range(9):
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(f"{number}.zip" if number else "a.txt", data)
        data = out.getvalue()
    found, why = searched(data, "a.zip")
    assert found is None
    assert "packed too deeply" in why


def test_of_a_large_file_both_ends_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "READ_WHOLE", 100_000)
    filler = b"hello\n" * 100_000 + bytes(80_000)  # as where a disk was full
    found, why = searched(b"card 4111 1111 1111 1111\n" + filler + b"card 5555 5555 5555 4444\n")
    assert found is not None
    assert found.last == ("1111", "4444")
    assert "more than is searched" in why


def test_a_hundred_thousand_numbers_that_only_look_like_one() -> None:
    chance = random.Random(9)
    lines = "\n".join(LIKE[number % len(LIKE)](chance) for number in range(100_000))
    assert searched(lines.encode()) == (None, "")


@pytest.mark.parametrize("piece", ["<!--", "<!-- >", "<a", "<!", "&#", "<a 4111111111111112 ", "<a b='4111111111111112", "a-"])
def test_no_beginning_of_a_mark_takes_long(piece: str) -> None:
    """A chunk of nothing else, as a stranger's mail may hold: each beginning looked for its end in all that follows."""
    with cpu(5.0):
        assert searched(b"<!doctype html>" + piece.encode() * (CHUNK // len(piece)), "mail.html") == (None, "")


class Endless:
    """A log of any length that lies nowhere: a line again and again, with a card's number in its last one."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.read_bytes = 0
        self._page = (b"10:00:00 GET /roses/with-a-long-name/and-more-words-behind-it 200 seen\n" * 20_000)[: 1024 * 1024]

    def read(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        self.read_bytes += length
        last = b"\ncard 4111 1111 1111 1111\n"
        if offset + length == self.size and length >= len(last):
            return self._page[: length - len(last)] + last
        return self._page[:length]


def memory(source: Endless, *, deep: bool) -> tuple[CardFile | None, str, int]:
    """What is found, and the most bytes that were held for it."""
    tracemalloc.start()
    try:
        found, why = search(Timed(source, inf, CHUNK), "access.log", deep=deep)
        return found, why, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_of_a_log_of_five_gigabytes_both_ends_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "READ_WHOLE", 2_000_000)
    source = Endless(5_000_000_000)
    found, why, held = memory(source, deep=False)
    assert found is not None
    assert (found.count, found.last) == (1, ("1111",))
    assert "more than is searched" in why
    assert source.read_bytes < 3_000_000
    assert held < 5_000_000


def test_a_long_log_is_read_to_its_end_in_the_same_memory() -> None:
    short, long = Endless(1_000_000), Endless(4_000_000)
    (_, _, little), (found, why, held) = memory(short, deep=True), memory(long, deep=True)
    assert (found.last if found else (), why) == (("1111",), "")
    assert long.read_bytes < 4_100_000
    assert held < little + 500_000

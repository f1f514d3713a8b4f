"""Searches a file of records for whole card numbers: texts, pages, mails, tables, documents, and archives of these.

Everything is streamed and bounded, as with backups: memory stays the same whatever a file's size, and whatever it unpacks to. Of
what is found only counts and last four digits are kept.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import html
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import Message

from scanner.evidence.records import CardFile
from scanner.gatherers.backups.archives import Member, Tar, Zip, is_tar
from scanner.gatherers.backups.streams import Broken, Enough, Pull, Timed
from scanner.gatherers.backups.unpacking import packing, unpacked
from scanner.text.cards import CardNumber, about_cards, candidates
from scanner.text.sanitize import sanitize

CHUNK = 256 * 1024
READ_WHOLE = 64 * 1024 * 1024
"""Of a larger file the beginning and the end, unless all of it is asked for."""
MOST_DEEP = 20_000_000_000
MOST_UNPACKED = 256 * 1024 * 1024
"""Of what is in one file, unless all of it is asked for."""
IN_MEMORY = 16 * 1024 * 1024
"""A mail, or an archive inside something else."""
MOST_PARTS = 300
DEEPEST = 4
"""A mail in an archive in a mail."""
MOST_SHOWN = 3
_BESIDE = 200
"""Characters that a number is judged with."""

PICTURES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|bmp|tiff?|heic|svgz|ico|mp[34]|m4[av]|wav|ogg|opus|flac|avi|mov|webm|mkv|woff2?|ttf)\Z",
    re.IGNORECASE,
)
"""Nobody can search them: they hold no text."""
_PAGE = re.compile(rb"<(?:!doctype html|html|body|table|div)\b", re.IGNORECASE)
_MBOX = re.compile(rb"From [^\r\n]{1,300}\d\d:\d\d[^\r\n]*\r?\n")
_MAIL = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}: ?[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){3}")
_MAIL_FIELDS = re.compile(
    rb"^(?:From|To|Received|Message-ID|MIME-Version|Return-Path|Delivered-To):", re.IGNORECASE | re.MULTILINE
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*)[^<>]*>|<!--.*?(?:-->|\Z)|<[!?][^<>]*>", re.DOTALL)
"""A comment that nothing ends goes to the end, as in browsers: to look for it from each beginning would take minutes."""
_WITHIN_A_LINE = frozenset(
    {
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "nobr", "q",
        "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "o:p",
    }
)  # fmt: skip
"""Of a page: in the middle of a number one may begin, or end."""
_LINES = frozenset(
    {
        "p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "hr", "option", "title", "dl", "ul",
        "ol", "body", "head", "html", "form", "fieldset", "script", "style", "pre", "blockquote",
    }
)  # fmt: skip
"""Of a page: what stands in another line than what comes before. All others stand beside it."""
_NEW_LINES = frozenset({"row", "si", "comment", "w:p", "w:tr", "w:br", "a:p", "text:p", "text:h", "table:table-row"})
"""Of an office's files: all others may stand in the middle of a number."""
_CELLS = frozenset({"td", "th", "c", "v", "w:tab", "w:tc", "table:table-cell"})
_ATTRIBUTE = re.compile(r"([\w:.-]{1,60})\s{0,8}=\s{0,8}(?:\"([^\"]{13,200})\"|'([^']{13,200})')")
_NO_TEXT = frozenset({"href", "src", "srcset", "action", "id", "class", "style"})
_LONG = re.compile(r"\d(?:[ -]?\d){12}", re.ASCII)
_OFFICE_XML = re.compile(rb"<(?:w:\w|worksheet|sst|office:)|(?:spreadsheet|drawing)ml/|threadedcomments", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|[nrt])")
"""In JSON (RFC 8259, 7)."""
_TAG_CHARS = 4_000
_OFFICE = re.compile(
    r"(?:xl/(?:sharedStrings|worksheets/[^/]+|comments\d*|(?:comments|threadedComments|drawings|charts)/[^/]+)"
    r"|word/(?:document|header\d*|footer\d*|comments|footnotes|endnotes)"
    r"|docProps/(?:core|custom)|content|meta)\.xml",
    re.IGNORECASE,
)
"""What holds the text of tables and documents (ECMA-376, and OpenDocument 1.3)."""
_ZIP = b"PK\x03\x04"
_CLOSED = (
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"7z\xbc\xaf",
    b"Rar!",
    b"age-encryption.org/",
    b"-----BEGIN PGP MESSAGE",
    b"Salted__",
    b"SQLite format 3",
)
_LOCKED = (".gpg", ".pgp", ".age", ".enc", ".aes")
_PAGES = (".html", ".htm", ".xhtml", ".mht")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
LEAST_ALIKE = 4
SHARE_ALIKE = 0.9
"""Numbers that nothing calls a card's are taken for such where at least so many stand in one file, and nearly all that begin and
are as long as a card's have the right check digit: of other numbers one in ten has it."""


class Search:
    """The card numbers of one file. Fed with text; ``part`` ends one that has nothing to do with the next."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._kept, self._judged = "", 0
        self._sure: list[str] = []
        self._bare: list[str] = []
        self._count, self._alike, self._checked = 0, 0, 0
        self._columns: dict[int, bool] = {}
        self._mark = ""

    def heading(self, line: str) -> None:
        """The first line of a text: where it names columns, some may say what stands below them."""
        self._mark = max(",;\t|", key=line.count)
        if self._mark in line:
            said = ((number, about_cards(cell)) for number, cell in enumerate(line.split(self._mark)))
            self._columns = {number: says for number, says in said if says is not None}

    def feed(self, text: str) -> None:
        """More text. Raises Enough where it is more than is searched."""
        self._left -= len(text)
        if self._left < 0:
            raise Enough
        self._kept += text
        if len(self._kept) > 4 * _BESIDE:
            self._look(len(self._kept) - _BESIDE)
            cut = max(len(self._kept) - 2 * _BESIDE, 0)
            self._kept, self._judged = self._kept[cut:], self._judged - cut

    def part(self) -> None:
        """What comes next stands somewhere else."""
        self._look(len(self._kept))
        self._kept, self._judged, self._columns = "", 0, {}

    def _look(self, until: int) -> None:
        """At the numbers that begin before that place, and were not looked at yet."""
        for card in candidates(self._kept):
            if self._judged <= card.start < until and (taken := self._in_its_column(card)) is not None:
                self._take(taken)
        self._judged = max(until, self._judged)

    def _in_its_column(self, card: CardNumber) -> CardNumber | None:
        """The number with what its column says of it; None where that is something else's."""
        if card.sure or not self._columns:
            return card
        begun = self._kept.rfind("\n", 0, card.start) + 1
        says = self._columns.get(self._kept.count(self._mark, begun, card.start)) if begun else None
        return card if says is None else replace(card, named=True) if says else None

    def _take(self, card: CardNumber) -> None:
        if card.sure:
            self._count += 1
            _note(self._sure, card.last)
        elif not card.grouped and not card.named:
            self._alike += 1
            self._checked += card.checks
            if card.checks:
                _note(self._bare, card.last)

    def found(self, name: str) -> CardFile | None:
        """What the file holds; None where it holds no card number."""
        bare = self._checked if self._checked >= SHARE_ALIKE * self._alike else 0
        certain = bool(self._count) or bare >= LEAST_ALIKE
        if not self._count and not bare:
            return None
        shown = list(dict.fromkeys((*self._sure, *(self._bare if bare >= LEAST_ALIKE or not self._count else ()))))
        count = self._count + (bare if bare >= LEAST_ALIKE or not self._count else 0)
        return CardFile(name, count, tuple(shown[:MOST_SHOWN]), certain)


def _note(known: list[str], last: str) -> None:
    if len(known) < MOST_SHOWN and last not in known:
        known.append(last)


class Unsearched(Exception):
    """Not all of a file could be searched; the text says why, in words that follow its name."""


def search(source: Timed, name: str, *, deep: bool) -> tuple[CardFile | None, str]:
    """The card numbers in a file, and why not all of it was searched, or "". Raises CannotLook where the time is over."""
    found = Search(MOST_DEEP if deep else MOST_UNPACKED)
    reader = _Reader(found, source)
    why = ""
    try:
        reader.top(source, name, deep=deep)
    except Enough:
        why = "holds more than is searched (--deep searches more)"
    except Unsearched as reason:
        why = str(reason)
    except (Broken, zlib.error) as reason:
        why = str(reason) or "is damaged"
    except RecursionError:
        why = "is nested too deeply"
    found.part()
    return found.found(name), why


class _Reader:
    """One file and what is packed in it, as text for a search."""

    def __init__(self, found: Search, source: Timed) -> None:
        self._found = found
        self._source = source
        self._parts = 0
        self._why = ""

    def top(self, source: Timed, name: str, *, deep: bool) -> None:
        """The file itself. Raises Enough, Unsearched, Broken, CannotLook."""
        head = source.read(0, 512)
        if head.startswith(_ZIP):
            self._zip(source, 0)
        elif deep or source.size <= READ_WHOLE:
            self._any(Pull(source.stream()), name, 0)
        elif packing(head) or is_tar(head):
            self._any(Pull(source.stream(0, READ_WHOLE), whole=False), name, 0)
            raise Enough
        else:
            self._any(Pull(source.stream(0, READ_WHOLE // 2)), name, 0)
            self._found.part()
            if not self._why:  # it is of a kind that can be searched, and its end is of the same
                self._text(source.stream(source.size - READ_WHOLE // 2, READ_WHOLE // 2), source.read(0, 512), name)
                raise Enough
        if self._why:
            raise Unsearched(self._why)

    def _any(self, pull: Pull, name: str, depth: int) -> None:
        """Whatever it is, by its first bytes."""
        self._parts += 1
        head = pull.peek(4096)
        if depth > DEEPEST or self._parts > MOST_PARTS:
            self._not(name, depth, "is packed too deeply to be searched" if depth > DEEPEST else "holds too many files")
        elif form := packing(head):
            self._any(Pull(self._ticking(unpacked(pull.all(), form, CHUNK))), name.rpartition(".")[0], depth + 1)
        elif is_tar(head):
            Tar(pull).walk(lambda member: member.size > 0, lambda member, content: self._member(member, content, depth))
        elif head.startswith(_ZIP):
            self._zip(Timed(Memory(self._whole(pull)), self._source.ends, CHUNK), depth)
        elif head.startswith(_CLOSED) or name.lower().endswith(_LOCKED):
            self._not(name, depth, "is encrypted, or of a kind that cannot be searched")
        elif _MBOX.match(head):
            self._mailbox(pull, depth)
        elif _MAIL.match(head) and _MAIL_FIELDS.search(head):
            self._mail(self._whole(pull), depth)
        elif b"\0" in head and _codec(head) != "utf-16":
            if not PICTURES.search(name):
                self._not(name, depth, "is of a kind that cannot be searched")
        else:
            self._text(self._ticking(pull.all()), head, name)

    def _not(self, name: str, depth: int, why: str) -> None:
        """It goes on with what else is in the file."""
        self._why = self._why or (f"holds “{sanitize(name, 80)}”, which {why}" if depth else why)

    def _ticking(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        for part in parts:
            self._source.tick()
            yield part

    def _whole(self, pull: Pull) -> bytes:
        """Raises Unsearched where it is more than is held in memory."""
        data = pull.peek(IN_MEMORY + 1)
        if len(data) > IN_MEMORY:
            raise Unsearched(f"holds something of more than {IN_MEMORY // 1_000_000} MB that has to be read at once")
        return data

    def _member(self, member: Member, content: Iterator[bytes], depth: int) -> None:
        self._found.part()
        self._any(Pull(content), member.name.rpartition("/")[2], depth + 1)
        self._found.part()

    def _zip(self, source: Timed, depth: int) -> None:
        """An archive, a table or a document: of the last two only what holds text."""
        names: list[str] = []

        def wanted(member: Member) -> bool:
            if member.name == "[Content_Types].xml" or (member.name == "mimetype" and not names):
                names.append(member.name)
            office = bool(names) or member.name.startswith(("xl/", "word/"))
            return bool(_OFFICE.fullmatch(member.name)) if office else member.size > 0

        archive = Zip(source)
        archive.walk(wanted, wanted, lambda member, content: self._member(member, content, depth))
        if archive.closed:
            self._not("", 0, "holds files that are encrypted, or packed in a way that cannot be opened")

    # --- texts

    def _text(self, parts: Iterator[bytes], head: bytes, name: str) -> None:
        """In its encoding; of pages and of XML what a reader sees."""
        codec = _codec(head)
        decoder = codecs.getincrementaldecoder(codec)(errors="replace")
        page = bool(_PAGE.search(head[:2000])) or name.lower().endswith(_PAGES)
        marked = page or name.lower().endswith(".xml") or head.lstrip()[:5] == b"<?xml"
        between = _of_a_page if page else _of_an_office if _OFFICE_XML.search(head) else _of_data
        escaped = name.lower().endswith((".json", ".jsonl", ".ndjson")) or head.lstrip()[:1] in {b"{", b"["}
        waiting = ""
        if not marked:
            self._found.part()
            self._found.heading(head.decode(codec, "replace").partition("\n")[0])
        for part in parts:
            text = decoder.decode(part)
            if not marked:
                text = waiting + text
                cut = text.rfind("\\", max(len(text) - 6, 0)) if escaped else -1
                waiting, text = (text[cut:], text[:cut]) if cut > 0 else ("", text)
                self._found.feed(_ESCAPE.sub(_unescaped, text) if escaped else text)
                continue
            waiting += text
            cut = waiting.rfind("<") if ">" not in waiting[waiting.rfind("<") + 1 :] else len(waiting)
            cut = len(waiting) if cut < 0 or len(waiting) - cut > _TAG_CHARS else cut
            self._found.feed(_seen(waiting[:cut], between))
            waiting = waiting[cut:]
        text = waiting + decoder.decode(b"", final=True)
        self._found.feed(_seen(text, between) if marked else _ESCAPE.sub(_unescaped, text) if escaped else text)

    # --- mails

    def _mailbox(self, pull: Pull, depth: int) -> None:
        """One mail after the other; one that is too large is searched as it stands."""
        mail, rest = bytearray(), b""
        for part in self._ticking(pull.all()):
            lines = (rest + part).split(b"\n")
            rest = lines.pop()
            if len(rest) > CHUNK:
                lines.append(rest)
                rest = b""
            for line in lines:
                if line.startswith(b"From ") and _MBOX.match(line + b"\n"):
                    self._mail(bytes(mail), depth)
                    mail.clear()
                else:
                    mail += line + b"\n"
                if len(mail) > IN_MEMORY:
                    self._text(iter([bytes(mail)]), bytes(mail[:512]), "")
                    mail.clear()
        self._mail(bytes(mail) + rest, depth)

    def _mail(self, data: bytes, depth: int) -> None:
        """Its headers, and each of its parts as it was before it was packed for the way."""
        self._parts = 0
        self._found.part()
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        for part in message.walk():
            self._found.feed(f"{part.get('Subject', '')}\n" if isinstance(part.get("Subject", ""), str) else "")
            if part.is_multipart():
                continue
            self._found.part()
            self._any(Pull(iter([_payload(part)])), _name_of(part), depth + 1)
        self._found.part()


def _payload(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _name_of(part: Message) -> str:
    name = part.get_filename() or ""
    return str(name)[:200] or (".html" if part.get_content_type() == "text/html" else "")


def _codec(head: bytes) -> str:
    bom = next((codec for mark, codec in _BOMS if head.startswith(mark)), "")
    if bom and (bom != "utf-16" or b"\0" in head):
        return bom
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _seen(text: str, between: Callable[[re.Match[str]], str]) -> str:
    """What a reader sees of a marked-up text: a number may change its colour in the middle. between: what a tag stands for."""
    return html.unescape(_TAG.sub(between, text))


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else "\n"


def _of_a_page(tag: re.Match[str]) -> str:
    name = (tag[2] or "").lower()
    said = _attributes(tag[0])
    if said or not name:
        return said
    return "" if name in _WITHIN_A_LINE else "\n" if name in _LINES else "\t"


def _of_an_office(tag: re.Match[str]) -> str:
    name = (tag[2] or "").lower()
    return "\n" if name in _NEW_LINES else "\t" if name in _CELLS else ""


def _of_data(tag: re.Match[str]) -> str:
    """Of XML that holds data, as exports do: an element's name says what stands in it."""
    if not tag[2]:
        return "\n"
    return "\n" if tag[1] else f"{_attributes(tag[0])}\n{tag[2].rpartition(':')[2]}: "


def _attributes(tag: str) -> str:
    """Those that may hold a number, each in its own line."""
    if not _LONG.search(tag):
        return ""
    said = ((found[1], found[2] or found[3]) for found in _ATTRIBUTE.finditer(tag) if found[1].lower() not in _NO_TEXT)
    return "".join(f"\n{name}: {value}\n" for name, value in said)


class Memory:
    """Bytes as a file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """As any source's."""
        return self._data[offset : offset + length]

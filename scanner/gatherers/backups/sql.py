"""A database dump, read as the program reads it that would restore it: statement by statement, in its language's grammar.

MySQL and MariaDB (as the ``mysql`` client splits statements), PostgreSQL (``psql``) and SQLite (its shell). Found is what
restoring stops at or leaves out: a tool's own message between or inside statements, a quote or a statement that never ends, a
transaction that is never committed, a missing last line. Rows of tables are passed over by patterns, many at once; all else token
by token. Memory is bounded whatever a file holds.

Where a pattern's group repeats, it may give back (``{0,n}``): Python 3.11.2 is wrong about groups that may not (``*+``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache

from scanner.gatherers.backups.remarks import Remarks
from scanner.text.sanitize import sanitize

MOST_TABLES = 2000
HEAD_BYTES = 64 * 1024
"""Of these the language is told."""
PIECE_BYTES = 64 * 1024
"""A token or a row that is longer is read in pieces."""
_AHEAD = 700
"""Bytes of which a decision may depend."""
_SHOWN = 80


class Language(Enum):
    """Whose grammar a dump follows. OTHER: another's, or one that cannot be told; of it less is judged."""

    MYSQL = "mysql"
    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"
    OTHER = "other"


@dataclass(slots=True)
class Dump:
    """What was learnt of a dump.

    tables: the names of those that it makes or, where it makes none, fills; at most MOST_TABLES. rows: whether it fills any.
    statements: whether there are any that change something. message: the first text in it that is no statement; empty where
    there is none. undone: why restoring it would leave nothing; empty where it would not. ends: whether nothing is missing at
    its end. tool: whether a tool that we know names itself. made: when it was made, by its own word. language: None before it
    can be told.
    """

    tables: set[str] = field(default_factory=set)
    rows: bool = False
    statements: bool = False
    message: str = ""
    undone: str = ""
    ends: bool = True
    tool: bool = False
    made: datetime | None = None
    language: Language | None = None


# --- words -----------------------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = "ALTER ANALYZE BEGIN COMMIT CREATE DELETE DROP END EXPLAIN INSERT RELEASE ROLLBACK SAVEPOINT SELECT UPDATE VALUES WITH "
_VERBS = {
    Language.MYSQL: _words(
        _COMMON
        + """
    BINLOG CACHE CALL CHANGE CHECK CHECKSUM CLONE DEALLOCATE DESC DESCRIBE DO EXECUTE FLUSH GET GRANT HANDLER
    IMPORT INSTALL KILL LOAD LOCK OPTIMIZE PREPARE PURGE RENAME REPAIR REPLACE RESET RESTART REVOKE SET SHOW
    SHUTDOWN SIGNAL START STOP TABLE TRUNCATE UNINSTALL UNLOCK USE XA
    """
    ),
    Language.POSTGRESQL: _words(
        _COMMON
        + """
    ABORT CALL CHECKPOINT CLOSE CLUSTER COMMENT COPY DEALLOCATE DECLARE DISCARD DO EXECUTE FETCH GRANT IMPORT
    LISTEN LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX RESET REVOKE SECURITY SET SHOW START TABLE
    TRUNCATE UNLISTEN VACUUM
    """
    ),
    Language.SQLITE: _words(_COMMON + "ATTACH DETACH PRAGMA REINDEX REPLACE VACUUM"),
}
"""What a statement may begin with (manuals of MySQL 8.4, MariaDB 11 and PostgreSQL 17; sqlite.org/lang.html)."""
_OBJECTS = _words("""
    ACCESS AGGREGATE ALGORITHM CAST COLLATION CONSTRAINT CONVERSION DATABASE DEFAULT DEFINER DOMAIN EVENT
    EXTENSION FOREIGN FULLTEXT FUNCTION GLOBAL GROUP IGNORE INDEX INSTANCE LANGUAGE LARGE LOCAL LOGFILE
    MATERIALIZED OFFLINE ONLINE OPERATOR OR OWNED PACKAGE POLICY PREPARE PROCEDURAL PROCEDURE PUBLICATION
    RECURSIVE RESOURCE ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER SPATIAL SPECIFICATION SQL STATISTICS SUBSCRIPTION
    SYSTEM TABLE TABLES TABLESPACE TEMP TEMPORARY TEXT TRANSFORM TRIGGER TRUSTED TYPE UNDO UNIQUE UNLOGGED USER
    VIEW VIRTUAL
    """)
_FOLLOWS = {
    **dict.fromkeys(("CREATE", "ALTER", "DROP"), _OBJECTS),
    **dict.fromkeys(("LOCK", "UNLOCK"), _words("TABLE TABLES INSTANCE BINLOG STATS")),
    "START": _words("TRANSACTION SLAVE REPLICA ALL GROUP_REPLICATION"),
    "LOAD": _words("DATA XML INDEX"),
}
"""What may come next to verbs that messages begin with, too ("Lock wait timeout exceeded")."""
_AFTER_A_VALUE = _words("""
    AND AS ASC AT BETWEEN COLLATE DAY DESC DIV ELSE END ESCAPE FOR FROM GLOB HOUR ILIKE IN IS ISNULL LIKE MATCH
    MINUTE MOD MONTH NOT NOTNULL ON OR REGEXP RLIKE SECOND SEPARATOR SOUNDS THEN USING WHEN XOR YEAR
    """)
_AFTER_THE_ROWS = _words("ON AS RETURNING")
_IMPLICIT_COMMIT = _words("""
    ALTER ANALYZE CREATE DROP FLUSH GRANT LOCK OPTIMIZE RENAME REPAIR REVOKE TRUNCATE UNLOCK
    """)
"""In MySQL these end a transaction as COMMIT does (manual, "Statements That Cause an Implicit Commit")."""
_CHANGING = _words("INSERT REPLACE UPDATE DELETE COPY LOAD MERGE")
_CHANGES_NOTHING = _words("SET USE PRAGMA SELECT COMMENT SHOW")
_CHANGES = frozenset().union(*_VERBS.values()) - _CHANGES_NOTHING

# --- patterns --------------------------------------------------------------------------------------------------------

_QUOTED = {
    True: rb"%(q)s[^%(q)s\\]*+(?:(?:\\.|%(q)s%(q)s)[^%(q)s\\]*+){0,2000}%(q)s(?!%(q)s)",
    False: rb"%(q)s[^%(q)s]*+(?:%(q)s%(q)s[^%(q)s]*+){0,2000}%(q)s(?!%(q)s)",
}
"""A quoted text; by whether a backslash escapes in it."""
_NAME = rb"(?:`(?:[^`]|``){1,200}`|\"(?:[^\"]|\"\"){1,200}\"|\[[^\]\n]{1,200}\]|[A-Za-z_\x80-\xff][\w$\x80-\xff]{0,200})"
_QUALIFIED = rb"((?:%s\s?\.\s?){0,2}%s)" % (_NAME, _NAME)
_CREATE_TABLE = re.compile(
    rb"CREATE\s+(?:(?:OR\s+REPLACE|GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|VIRTUAL|FOREIGN)\s+){0,3}TABLE\s+"
    rb"(?:IF\s+NOT\s+EXISTS\s+)?" + _QUALIFIED,
    re.IGNORECASE,
)
_INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OR\s+[A-Za-z]+)\s+){0,3}(?:INTO\s+)?"
    + _QUALIFIED
    + rb"\s*(?:\(\s*%s\s*(?:,\s*%s\s*){0,4000}\)\s*)?(?:OVERRIDING\s+[A-Za-z]+\s+VALUE\s+)?" % (_NAME, _NAME)
    + rb"(?:(?P<rows>VALUES?\s*(?=\())|SELECT\b|SET\b|DEFAULT\s+VALUES|WITH\b|TABLE\b|PARTITION\b|AS\b|VALUES\b|\()",
    re.IGNORECASE,
)
_COPY = re.compile(
    rb"COPY\s+" + _QUALIFIED + rb"\s*(\([^()]{1,20000}\)\s*)?FROM\s+stdin\b([^;\n]{0,300});[ \t]*\r?\n", re.IGNORECASE
)
_SPACE = re.compile(rb"[\s\0]*+")
_WORD = re.compile(rb"[A-Za-z_][\w$]*+")
_BEGINNING_OF_A_COMMENT = {
    Language.MYSQL: re.compile(rb"--(?=[\s\0]|\Z)|#|/\*"),
    Language.OTHER: re.compile(rb"--|#|/\*"),
    Language.POSTGRESQL: re.compile(rb"--|/\*"),
    Language.SQLITE: re.compile(rb"--|/\*"),
}
_CONDITIONAL = re.compile(rb"/\*M?!(\d{5,6})?(?!\d)")
_NEVER = 999_999
"""MySQL's conditional comments from this version on are none: MariaDB's client hides its sandbox mode in one."""
_CLIENT_COMMAND = {
    Language.MYSQL: re.compile(
        rb"(?i:delimiter[ \t]+([^\s]{1,16})|use[ \t]+[^\s;]{1,200};?|source[ \t]+[^\n]{1,300}|\\[.u][ \t])"
    ),
    Language.POSTGRESQL: re.compile(rb"\\[a-z.?!]+"),
    Language.SQLITE: re.compile(rb"\.[a-z]+"),
}
_MESSAGE = re.compile(
    rb"(?i:(?:mysqldump|mariadb-dump|mysqlpump|mysql|mariadb|pg_dump|pg_dumpall|psql|sqlite3|mydumper|docker|ssh|sh|bash|/[\w/.-]{1,60}|php"
    rb"|gzip|sudo|\(?warning|\(?error|fatal(?: error)?|notice|traceback|exception|(?:enter )?password)[^\n'\"`(]{0,60}?:\s)"
)
_RECENT_MESSAGE = re.compile(rb"(?:mysqldump|mariadb-dump|mysqlpump|pg_dump(?:all)?|mydumper|sqlite3): ")
_TAG = re.compile(rb"</?(?:br|b|p|div|html|body|pre|table|font)\b[^<>\n]{0,60}>", re.IGNORECASE)
"""PHP writes its own messages in HTML."""
_DOLLAR = re.compile(rb"\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]{0,60})?\$")
_OLD_SAVED = re.compile(rb"@(OLD_\w{1,60})\s*:?=")
_OLD_USED = re.compile(rb"@(OLD_\w{1,60})(?!\w|\s*:?=)")
_AUTOCOMMIT = re.compile(rb"autocommit\s*=\s*'?(0|1|on|off|false|true)", re.IGNORECASE)
_PLAIN_BACKSLASHES = re.compile(rb"standard_conforming_strings\s*(?:=|to)\s*'?(on|off)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rows:
    """How rows of values look. text: one row, as a pattern. one: the same, compiled. many: up to a hundred, each with a comma
    behind it. last: one with a semicolon behind it. value: one of its values."""

    text: bytes
    one: re.Pattern[bytes]
    many: re.Pattern[bytes]
    last: re.Pattern[bytes]
    value: re.Pattern[bytes]


@lru_cache(maxsize=256)
def _rows(escapes: bool, columns: int) -> _Rows:
    """Rows of so many columns; 0: of any number."""
    bare = _QUOTED[escapes] % {b"q": b"'"}
    end = rb"(?=[\s,)])"
    number = rb"[-+]?+[0-9.]++(?:[eE][-+]?+[0-9]++)?"
    coded = rb"(?:_[a-z0-9]{1,20} ?|[xXbBnN])" + bare
    inner = rb"[^()'\"`;:<>]"
    for _ in range(3):  # replace(replace('…','\r',char(13)),'\n',char(10)), as SQLite writes lines
        inner = rb"(?:[^()'\"`;:<>]|%s|\(%s{0,200}\))" % (bare, inner)
    call = rb"[A-Za-z_][\w.]{0,60}\(%s{0,200}\)" % inner
    names = rb"NULL|null|DEFAULT|[Tt]rue|[Ff]alse|TRUE|FALSE"
    value = rb"(?:%s)%s" % (b"|".join((number, bare, names, rb"0x[0-9A-Fa-f]*+", coded, call)), end)
    more = b"{%d}" % (columns - 1) if columns else b"{0,4000}"
    row = rb"\(\s*+%s\s*+(?:,\s*+%s\s*+)%s\)" % (value, value, more)
    return _Rows(
        row,
        re.compile(rb"\s*+" + row, re.DOTALL),
        re.compile(rb"(?:\s*+%s\s*+,){1,100}" % row, re.DOTALL),
        re.compile(rb"\s*+%s\s*+(?=;)" % row, re.DOTALL),
        re.compile(value, re.DOTALL),
    )


@lru_cache(maxsize=64)
def _statements(head: bytes, escapes: bool, columns: int) -> re.Pattern[bytes]:
    """Up to a hundred statements that each put one row into the same table. head: all before the row."""
    return re.compile(rb"(?:\s*+%s\s*+%s\s*+;){1,100}" % (re.escape(head), _rows(escapes, columns).text), re.DOTALL)


@lru_cache
def _token(language: Language, escapes: bool) -> re.Pattern[bytes]:
    """One token of a statement. What stands under no name is a single character."""
    double = _QUOTED[language is Language.MYSQL and escapes]
    parts = [
        rb"(?P<space>[\s\0]++)",
        rb"(?P<word>@{0,2}[A-Za-z_\x80-\xff][\w$\x80-\xff]*+)",
        rb"(?P<number>[0-9][\w.]*+)",
        rb"(?P<text>%s)" % (_QUOTED[escapes] % {b"q": b"'"}),
        rb"(?P<name>%s|%s)" % (double % {b"q": b'"'}, _QUOTED[False] % {b"q": b"`"}),
    ]
    if language is Language.POSTGRESQL:
        parts.insert(1, rb"(?P<escaped>[eE]%s)" % (_QUOTED[True] % {b"q": b"'"}))
    if language is Language.SQLITE:
        parts.append(rb"(?P<bracketed>\[[^\]\n]{0,300}\])")
    return re.compile(b"|".join(parts), re.DOTALL)


_SIGNS = (
    (Language.SQLITE, re.compile(rb"\A(?:\s|--[^\n]*\n|/\*.{0,200}?\*/)*PRAGMA\s", re.IGNORECASE | re.DOTALL)),
    (
        Language.MYSQL,
        re.compile(
            rb"(?:\A|\n)[ \t]{0,40}(?:/\*M?!\d{5}|-- (?:MySQL|MariaDB) dump|-- phpMyAdmin|CREATE TABLE (?:IF NOT EXISTS )?`|USE `"
            rb"|(?:INSERT|INSERT IGNORE|REPLACE) INTO `|LOCK TABLES `|DROP TABLE IF EXISTS `|TRUNCATE (?:TABLE )?`)|\) ENGINE ?=",
            re.IGNORECASE,
        ),
    ),
    (
        Language.POSTGRESQL,
        re.compile(
            rb"(?:\A|\n)(?:-- PostgreSQL database|COPY [^\n;]{1,3000} FROM stdin|SET (?:statement_timeout|client_encoding"
            rb"|standard_conforming_strings|search_path) ?=|SELECT pg_catalog\.|\\(?:connect|restrict) )"
        ),
    ),
    (Language.SQLITE, re.compile(rb"\A(?:\s|--[^\n]*\n)*BEGIN TRANSACTION;", re.IGNORECASE)),
)
"""What tells a language, the surest first. (A dump of SQLite may well hold backticks, and one of PostgreSQL does not.)"""


def language_of(head: bytes) -> Language:
    """Whose language a dump is in, by its beginning. One that claims to be of two databases may be of neither."""
    found = list(dict.fromkeys(language for language, sign in _SIGNS if sign.search(head)))
    if found[:1] != [Language.SQLITE] and {Language.MYSQL, Language.POSTGRESQL} <= set(found):
        return Language.OTHER
    return found[0] if found else Language.OTHER


# --- the reader ------------------------------------------------------------------------------------------------------

_MORE = -1
"""A step needs more than is there."""


class Statements:
    """Reads a dump part by part. ``dump`` holds what was learnt; it is complete after ``finish``."""

    def __init__(self) -> None:
        self.dump = Dump()
        self._remarks = Remarks()
        self._language: Language | None = None
        self._escapes = True
        self._rest = self._tail = b""
        self._final = False
        self._step: Callable[[bytes, int], int] = self._between
        self._before: Callable[[bytes, int], int] = self._between
        self._delimiter = b";"
        self._conditional = 0
        self._at = 0  # of the first byte in the buffer, from the dump's beginning
        self._tokens = _token(Language.OTHER, True)
        self._begin_statement(b"", 0)
        self._again: re.Pattern[bytes] | None = None
        self._closing = b""
        self._closing_escapes = False
        self._comments = 0
        self._saved: set[bytes] = set()
        self._restored = False
        self._autocommit = True
        self._transaction = False
        self._uncommitted = False
        self._cut = False
        self._filled: set[str] = set()

    def feed(self, part: bytes) -> None:
        """The next bytes."""
        self._rest += part
        self._tail = (self._tail + part)[-4096:] if len(part) < 4096 else part[-4096:]
        if self._language is None:
            if len(self._rest) < HEAD_BYTES and not self._final:
                return
            self._rest = self._rest.removeprefix(b"\xef\xbb\xbf")
            self._speak(language_of(self._rest[:HEAD_BYTES]))
        buffer, at = self._rest, 0
        while at < len(buffer):
            step = self._step
            after = step(buffer, at)
            if after == _MORE or (after == at and step == self._step):
                break
            at = after
        self._at += at
        self._rest = buffer[at:]

    def finish(self) -> Dump:
        """The dump has ended."""
        self._final = True
        self.feed(b"")
        if self._step == self._between and self._rest.strip(b"\0 \t\r\n"):
            self._say(self._rest, 0)
        dump, remarks = self.dump, self._remarks
        dump.tool, dump.made = remarks.tool, remarks.made
        if self._language is Language.OTHER:
            dump.ends = remarks.closed and _PROPER_END.search(self._tail) is not None
        else:
            whole = self._step in {self._between, self._rubbish} and not self._conditional and not self._cut
            lost = self._uncommitted and (self._transaction or not self._autocommit)
            dump.ends = whole and remarks.closed and not lost and not (self._saved and not self._restored)
        dump.undone = remarks.failed or dump.undone
        dump.tables = dump.tables or self._filled
        return dump

    def ends_with(self, tail: bytes) -> bool:
        """Whether a dump, of which only the beginning was fed, ends properly. tail: its last bytes.

        Lines that begin as comments do are taken for comments: tools write no line ends into texts.
        """
        if self._language is None:
            self._final = True
            self.feed(b"")
        for line in tail.split(b"\n")[1:]:
            if line.startswith((b"-- ", b"/*")):
                self._remarks.see(line)
        self.dump.tool, self.dump.made = self._remarks.tool, self._remarks.made
        return self._remarks.closed and _PROPER_END.search(tail) is not None

    # --- between statements

    def _between(self, buffer: bytes, at: int) -> int:
        """Blanks, comments and the client's own commands, up to the next statement."""
        at = _SPACE.match(buffer, at).end()  # type: ignore[union-attr]  # an empty match is one too
        if not self._enough(buffer, at, _AHEAD):
            return at
        if at == len(buffer):
            return at
        if self._again is not None and (many := self._again.match(buffer, at)):
            self._uncommitted = True
            return many.end()
        if _BEGINNING_OF_A_COMMENT[self._spoken].match(buffer, at):
            return self._comment(buffer, at)
        if buffer.startswith(self._delimiter, at):
            return at + len(self._delimiter)
        if self._conditional and buffer.startswith(b"*/", at):
            self._conditional -= 1
            return at + 2
        if (command := _CLIENT_COMMAND.get(self._spoken)) and (found := command.match(buffer, at)):
            if found.lastindex and found[1]:
                self._delimiter = found[1].strip(b"\"'")[:16] or b";"
            self._before, self._step = self._between, self._line
            return found.end()
        return self._statement(buffer, at)

    def _statement(self, buffer: bytes, at: int) -> int:
        """The beginning of a statement."""
        word = _WORD.match(buffer, at)
        verb = word[0].upper().decode("ascii") if word else ""
        if not self._is_statement(buffer, at, verb):
            return self._message(buffer, at)
        self._begin_statement(buffer, at, verb.encode())
        self.dump.statements = self.dump.statements or verb in _CHANGES
        self._step = self._inside
        if verb == "CREATE" and (found := _CREATE_TABLE.match(buffer, at)):
            self._table(found[1], self.dump.tables)
        elif verb in {"INSERT", "REPLACE"}:
            if found := _INSERT.match(buffer, at):
                self._table(found[1], self._filled)
                if found["rows"] is not None:
                    self._into, self._step = found[0], self._values
                return found.end() if found["rows"] is not None else at
            if len(buffer) - at < PIECE_BYTES and not self._final:
                self._step = self._between
                return _MORE  # the list of columns may be long
            if self._language is not Language.OTHER:
                return self._message(buffer, at)
        elif verb == "COPY" and self._language is Language.POSTGRESQL and (found := _COPY.match(buffer, at)):
            self._table(found[1], self._filled)
            self._end_statement(buffer, at)
            self._columns = 0 if b"csv" in found[3].lower() else found[2].count(b",") + 1 if found[2] else 0
            self._step = self._copied
            return found.end()
        return at

    def _is_statement(self, buffer: bytes, at: int, verb: str) -> bool:
        if self._language is Language.OTHER:
            return not _MESSAGE.match(buffer, at)
        if buffer[at : at + 1] == b"(":
            return True
        if verb not in _VERBS[self._spoken] or buffer.startswith(b":", at + len(verb)):
            return False
        wanted = _FOLLOWS.get(verb)
        if wanted is None:
            return True
        after = _SPACE.match(buffer, at + len(verb)).end()  # type: ignore[union-attr]  # an empty match is one too
        if buffer.startswith((b"/*", b"*/"), after):
            return True
        word = _WORD.match(buffer, after)
        return word is not None and word[0].upper().decode("ascii") in wanted

    def _begin_statement(self, buffer: bytes, at: int, verb: bytes = b"") -> None:
        self._verb = verb.upper().strip().decode("ascii", "replace")
        self._began = self._at + at
        self._head = buffer[at : at + _AHEAD]
        self._depth = 0
        self._kind = ""  # of the last token
        self._word = ""
        self._word_at = 0
        self._words: list[str] = []
        self._blocks = 0
        self._brackets = False
        self._in_values = False
        self._columns = 0
        self._into = b""

    def _end_statement(self, buffer: bytes, at: int) -> None:  # noqa: ARG002  the same shape as its neighbours
        """What a complete statement changes for those after it."""
        verb, head = self._verb, self._head[: max(self._at + at - self._began, 1)]
        if verb in _CHANGING:
            self._uncommitted = True
            self.dump.rows = self.dump.rows or verb in {"INSERT", "REPLACE", "COPY", "LOAD"}
        elif verb == "SET":
            self._set(head)
        elif verb in {"BEGIN", "START"}:
            self._transaction, self._uncommitted = True, False
        elif verb == "COMMIT" or (verb == "END" and self._language is not Language.MYSQL):
            self._transaction = self._uncommitted = False
        elif verb in {"ROLLBACK", "ABORT"} and self._words[1:2] != ["TO"]:
            if self._uncommitted or (self._transaction and self.dump.statements):
                self.dump.undone = "ends with ROLLBACK: restoring it leaves nothing of what stands before that"
            self._transaction = self._uncommitted = False
        elif self._language is Language.MYSQL and verb in _IMPLICIT_COMMIT:
            self._uncommitted = False
        elif verb not in _CHANGES_NOTHING:
            self._uncommitted = True
        self._kind = ""

    def _set(self, head: bytes) -> None:
        self._restored = self._restored or any(name.upper() in self._saved for name in _OLD_USED.findall(head))
        if saved := {name.upper() for name in _OLD_SAVED.findall(head)}:
            self._saved |= saved
            self._restored = False
        if found := _AUTOCOMMIT.search(head):
            self._autocommit = found[1].lower() in {b"1", b"on", b"true"}
            self._uncommitted = self._uncommitted and not self._autocommit
        if self._language is Language.POSTGRESQL and (found := _PLAIN_BACKSLASHES.search(head)):
            self._escape(found[1].lower() == b"off")

    # --- inside a statement

    def _inside(self, buffer: bytes, at: int) -> int:
        match = self._tokens.match
        size, ahead = len(buffer), 0 if self._final else 32
        while size - at > ahead:
            token = match(buffer, at)
            if token is None:
                after = self._sign(buffer, at)
                if after == _MORE:
                    return at
                if self._step != self._inside:
                    return after
                at = after
                continue
            end, kind = token.end(), token.lastgroup or ""
            if kind != "space":
                if end == size and not self._final:
                    if end - at < PIECE_BYTES:
                        return at  # it may go on
                    self._before, self._step = self._inside, self._long_word
                if self._is_delimiter(buffer, at):
                    return self._delimited(buffer, at)
                if not self._see(kind, token[0], buffer, at):
                    return self._message(buffer, at)
            at = end
        return at

    def _is_delimiter(self, buffer: bytes, at: int) -> bool:
        """Whether the delimiter is a word and stands here."""
        return self._delimiter[:1].isalnum() and buffer.startswith(self._delimiter, at)

    def _see(self, kind: str, token: bytes, buffer: bytes, at: int) -> bool:
        """A token that is no sign. Returns whether it may stand here."""
        word = token.upper().decode("ascii", "replace") if kind == "word" else ""
        if not self._fits(kind, word):
            return False
        if word:
            self._see_word(word, buffer, at)
        else:
            self._kind, self._word = kind, ""
        return True

    def _fits(self, kind: str, word: str) -> bool:
        """Whether this token may follow the one before it, among rows. Elsewhere we do not judge."""
        before = self._kind
        if not self._in_values:
            in_a_list = self._depth == 1 and self._verb in {"INSERT", "REPLACE"} and "SELECT" not in self._words
            return not (in_a_list and before == kind == "word")
        if not self._depth:
            return before != ")" or word in _AFTER_THE_ROWS
        if before in {"text", "escaped", "number"}:
            return kind in {"text", "escaped"} and before != "number" if kind != "word" else word in _AFTER_A_VALUE
        if before == "word" and kind == "word":
            return word in _AFTER_A_VALUE or self._word in _AFTER_A_VALUE or self._word in {"CASE", "CURRENT", "DISTINCT"}
        return True

    def _see_word(self, word: str, buffer: bytes, at: int) -> None:
        if len(self._words) < 6:
            self._words.append(word)
        if word == "CREATE" and self._words != ["CREATE"] and (found := _CREATE_TABLE.match(buffer, at)):
            self._table(found[1], self.dump.tables)  # a statement that begins inside another one: that broke off
        if self._verb == "CREATE":
            self._see_block(word)
        if word in {"VALUES", "VALUE"} and self._verb in {"INSERT", "REPLACE"} and not self._depth:
            self._in_values = True
        self._kind, self._word, self._word_at = "word", word, self._at + at

    def _see_block(self, word: str) -> None:
        """``BEGIN … END`` around statements: in a trigger of SQLite, and in a function of PostgreSQL with a body in SQL."""
        if self._language is Language.POSTGRESQL and {"FUNCTION", "PROCEDURE"} & set(self._words[:4]):
            if word == "BEGIN" or (word == "CASE" and self._blocks):
                self._blocks += 1
            elif word == "END" and self._blocks:
                self._blocks -= 1
        elif self._language is Language.SQLITE and "TRIGGER" in self._words[:3]:
            if word == "BEGIN" and not self._blocks:
                self._blocks = 1
            elif word == "END" and self._kind == ";":
                self._blocks = 0
            elif self._kind == ";":
                self._blocks = 1

    def _sign(self, buffer: bytes, at: int) -> int:  # noqa: C901, PLR0912  one case a sign
        """What is neither word, number, blank nor a whole quoted text. Returns where to go on, or _MORE."""
        sign = buffer[at : at + 1]
        nested = self._blocks or (self._language is Language.POSTGRESQL and self._depth > 0)
        if not nested and buffer.startswith(self._delimiter, at):
            return self._delimited(buffer, at)
        if _BEGINNING_OF_A_COMMENT[self._spoken].match(buffer, at):
            return self._comment(buffer, at)
        if self._conditional and buffer.startswith(b"*/", at):
            self._conditional -= 1
            return at + 2
        if sign in {b"'", b'"', b"`"}:
            if not self._final and len(buffer) - at < PIECE_BYTES:
                return _MORE
            if self._kind in {"text", "number"} and self._in_values and self._depth and sign == b"'":
                return self._message(buffer, at)
            escaped = self._language is Language.POSTGRESQL and self._word == "E" and buffer[at - 1 : at] in {b"E", b"e"}
            self._open_quote(sign, escapes=sign != b"`" and (escaped or (self._escapes and (sign == b"'" or self._is_mysql))))
            return at + 1
        if sign == b"$" and self._language is Language.POSTGRESQL and (found := _DOLLAR.match(buffer, at)):
            self._closing = found[0]
            self._kind, self._step = "text", self._dollar
            return found.end()
        if sign in {b"[", b"]"}:
            self._brackets = sign == b"["
        elif sign == b"(":
            self._depth += 1
        elif sign == b")":
            self._depth -= 1
            if self._depth < 0 and self._delimiter == b";" and self._language is not Language.OTHER:
                return self._message(buffer, at)
        elif sign == b"," and self._in_values and not self._depth and self._kind == ")":
            self._step = self._values
            return at + 1
        elif (sign == b":" and self._is_no_operator(buffer, at)) or (sign == b"<" and _TAG.match(buffer, at)):
            return self._message(buffer, max(self._word_at - self._at, 0) if self._kind == "word" and sign == b":" else at)
        self._kind, self._word = sign.decode("latin-1"), ""
        return at + 1

    def _is_no_operator(self, buffer: bytes, at: int) -> bool:
        """Whether a colon stands where no language knows one: there are ``:=``, ``::``, ``[1:2]`` and labels in routines."""
        if self._kind not in {"word", "number"} or self._language is Language.OTHER:
            return False
        inside_a_routine = self._verb == "CREATE" and self._delimiter != b";"
        return not (inside_a_routine or self._brackets or buffer.startswith((b":=", b"::"), at))

    def _delimited(self, buffer: bytes, at: int) -> int:
        """The end of a statement."""
        if self._depth and self._delimiter == b";" and self._language is not Language.OTHER:
            return self._message(buffer, at)
        self._end_statement(buffer, at)
        self._step = self._between
        return at + len(self._delimiter)

    # --- rows

    def _values(self, buffer: bytes, at: int) -> int:
        """Rows of an INSERT, all with as many values as the first: as far as the patterns go, then token by token."""
        self.dump.statements = True
        began, any_number = at, _rows(self._escapes, 0)
        if not self._columns and (first := any_number.one.match(buffer, at)):
            self._columns = min(sum(1 for _ in any_number.value.finditer(buffer, first.start(), first.end())), 4000)
        rows = _rows(self._escapes, self._columns)
        while found := rows.many.match(buffer, at):
            at = found.end()
        if found := rows.last.match(buffer, at):
            self._in_values, self._kind, self._step = True, ")", self._inside
            if at == began and self._delimiter == b";":
                self._again = _statements(self._into, self._escapes, self._columns)
            return found.end()
        if not self._final and len(buffer) - at < PIECE_BYTES:
            return at if at > began else _MORE
        at = _SPACE.match(buffer, at).end()  # type: ignore[union-attr]  # an empty match is one too
        another = self._columns and not rows.one.match(buffer, at) and any_number.one.match(buffer, at)
        if another or buffer[at : at + 1] not in {b"(", b"-", b"#", b"/", b""}:
            return self._message(buffer, at)
        self._in_values, self._kind, self._depth = True, "", 0
        self._step = self._inside
        return at

    def _copied(self, buffer: bytes, at: int) -> int:
        """Lines of a table behind ``COPY … FROM stdin;``, up to a backslash with a dot. Each has a tab between two columns."""
        while True:
            end = buffer.find(b"\n", at)
            if end < 0:
                if self._final and buffer[at:].strip() == b"\\.":
                    self._step = self._between
                    return len(buffer)
                if len(buffer) - at > PIECE_BYTES:
                    self._before, self._step = self._copied, self._line
                return at
            if buffer.startswith(b"\\.", at) and buffer[at:end].strip() == b"\\.":
                self._step = self._between
                return end + 1
            another = self._columns and buffer.count(b"\t", at, end) != self._columns - 1
            if another or (self._columns == 1 and (_MESSAGE.match(buffer, at) or _TAG.match(buffer, at))):
                self._say(buffer, at)
            at = end + 1

    # --- pieces

    def _open_quote(self, quote: bytes, *, escapes: bool) -> None:
        self._closing = quote
        self._closing_escapes = escapes
        self._kind, self._word = "text" if quote == b"'" else "name", ""
        self._step = self._quoted

    def _quoted(self, buffer: bytes, at: int) -> int:
        """Inside a quoted text that is too long to be one token."""
        quote, size = self._closing, len(buffer)
        pattern = _TO_THE_QUOTE[quote, self._closing_escapes]
        while at < size:
            at = pattern.match(buffer, at).end()  # type: ignore[union-attr]  # an empty match is one too
            if size - at < 2 and not self._final:
                return at
            if at < size and buffer[at : at + 1] == quote:
                if buffer[at + 1 : at + 2] == quote:
                    at += 2
                    continue
                self._step = self._inside
                return at + 1
            at = min(at + (2 if buffer[at : at + 1] == b"\\" else 1), size)
        return at

    def _dollar(self, buffer: bytes, at: int) -> int:
        """Inside PostgreSQL's ``$$ … $$``."""
        end = buffer.find(self._closing, at)
        if end < 0:
            return max(at, len(buffer) - len(self._closing) + 1)
        self._step = self._inside
        return end + len(self._closing)

    def _comment(self, buffer: bytes, at: int) -> int:
        """A comment begins. MySQL's conditional ones are code: only their marks are passed over."""
        if buffer.startswith(b"/*", at):
            conditional = _CONDITIONAL.match(buffer, at) if self._is_mysql else None
            if conditional and int(conditional[1] or 0) < _NEVER:
                self._conditional += 1
                return conditional.end()
            end = buffer.find(b"*/", at + 2)
            if end < 0 or (self._language is Language.POSTGRESQL and buffer.find(b"/*", at + 2, end) >= 0):
                if end < 0 and not self._final and len(buffer) - at < PIECE_BYTES:
                    return _MORE
                self._comments = 1
                self._before, self._step = self._step, self._block
                return at + 2
            self._remarks.see(buffer[at : end + 2])
            return end + 2
        end = buffer.find(b"\n", at)
        if end < 0 and not self._final and len(buffer) - at < PIECE_BYTES:
            return _MORE
        self._remarks.see(buffer[at : min(end, at + PIECE_BYTES) if end >= 0 else at + PIECE_BYTES])
        if end < 0:
            self._before, self._step = self._step, self._line
            return at
        return end + 1

    def _block(self, buffer: bytes, at: int) -> int:
        """Inside ``/* … */``, which PostgreSQL nests."""
        for found in _BLOCK_MARKS.finditer(buffer, at):
            if found[0] == b"*/":
                self._comments -= 1
            elif self._language is Language.POSTGRESQL:
                self._comments += 1
            if not self._comments:
                self._step = self._before
                return found.end()
            at = found.end()
        return max(at, len(buffer) - 1)

    def _long_word(self, buffer: bytes, at: int) -> int:
        """The rest of a number or a word that is too long to be one token: a picture in hexadecimal digits."""
        end = _WORD_GOES_ON.match(buffer, at).end()  # type: ignore[union-attr]  # an empty match is one too
        if end < len(buffer) or self._final:
            self._step = self._before
        return end

    def _line(self, buffer: bytes, at: int) -> int:
        """Up to the end of the line."""
        end = buffer.find(b"\n", at)
        if end < 0:
            if self._final:
                self._step = self._before
            return len(buffer)
        self._step = self._before
        return end + 1

    # --- small things

    @property
    def _spoken(self) -> Language:
        return self._language or Language.OTHER

    @property
    def _is_mysql(self) -> bool:
        return self._language is Language.MYSQL

    def _speak(self, language: Language) -> None:
        self._language = self.dump.language = language
        self._escape(language in {Language.MYSQL, Language.OTHER})

    def _escape(self, escapes: bool) -> None:
        """Whether a backslash escapes in a text."""
        self._escapes = escapes
        self._tokens = _token(self._spoken, escapes)

    def _enough(self, buffer: bytes, at: int, wanted: int) -> bool:
        return self._final or len(buffer) - at >= wanted

    def _table(self, quoted: bytes, tables: set[str]) -> None:
        """The table's name without its schema and quotes."""
        name = _LAST_NAME.search(quoted)
        if name and len(tables) < MOST_TABLES and (text := name[0].strip(b'`"[]').decode("utf-8", "replace")):
            tables.add(sanitize(text, 64))

    def _message(self, buffer: bytes, at: int) -> int:
        """Something that cannot stand here: restoring stops. We go on in the next line; where there is none, the dump was cut.

        Bytes that are no text, behind the last line of a tool, are what a disk or a bad copy left there: all is restored by then.
        """
        if self._remarks.tool and self._remarks.closed and self._step == self._between and _NO_TEXT.search(buffer, at, at + 200):
            self._step = self._rubbish
            return at
        recent = list(_RECENT_MESSAGE.finditer(buffer, max(at - 300, 0), at + 60))
        if self._final and not recent and b"\n" not in buffer[at:] and not _MESSAGE.match(buffer, at):
            self._cut = True
        else:
            self._say(buffer, recent[-1].start() if recent else at)
        self._conditional = 0
        self._before, self._step = self._between, self._line
        return at

    def _rubbish(self, buffer: bytes, at: int) -> int:  # noqa: ARG002  the same shape as its neighbours
        """Up to the end."""
        return len(buffer)

    def _say(self, buffer: bytes, at: int) -> None:
        if not self.dump.message:
            line = buffer[at : at + 4 * _SHOWN].split(b"\n", 1)[0]
            self.dump.message = sanitize(line.decode("utf-8", "replace").strip(), _SHOWN) or "?"


_PROPER_END = re.compile(rb"(?:;|\n(?:--|#|/\*|\\\.|\\unrestrict |GO\b)[^\n]*)\s*\Z", re.IGNORECASE)
_LAST_NAME = re.compile(rb"(?:`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|[^.\s]+)\Z")
_WORD_GOES_ON = re.compile(rb"[\w.$\x80-\xff]*+")
_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_BLOCK_MARKS = re.compile(rb"\*/|/\*")
_TO_THE_QUOTE = {
    (quote, escapes): re.compile(
        rb"[^%s\\]*+(?:\\.[^%s\\]*+){0,2000}" % (quote, quote) if escapes else rb"[^%s]*+" % quote, re.DOTALL
    )
    for quote in (b"'", b'"', b"`")
    for escapes in (True, False)
}

"""Secrets and people out of what is kept or shown: values become ``…``, the names beside them stay. Pure, linear in the length.

Redacting twice is redacting once, and a text is no harder to recognise afterwards: names, quotes and line structure stay.
"""

from __future__ import annotations

import re
import zlib

REDACTED = "…"

# Up to the closing quote, the line's end or the text's end.
_QUOTED = r"""(?:"(?:[^"\\\n]|\\.)+"?|'(?:[^'\\\n]|\\.)+'?|`(?:[^`\\\n]|\\.)+`?)"""
_NAME = (
    r"(?:pass(?:word|wort|wd|phrase|code)?|pwd|kennwort|secrets?|token|salt|credentials?|nonce|csrf|xsrf"
    r"|(?:api|private|access|secret|auth|encryption|crypt|license|app|account|master|signing|form|logged_in|session|cookie|"
    r"shared|consumer|rest|client|security|merchant)[_-]?key|key(?=[\"'`]\s{0,4}=>))"
)
_SECRET = re.compile(
    rf"(?P<name>{_NAME}[\w\]\[-]{{0,40}}[\"'`]?\s{{0,8}}(?:=>|:(?!:)|=(?!=)|,)\s{{0,8}})(?P<value>{_QUOTED})",
    re.IGNORECASE,
)
_LINE = re.compile(
    rf"^(?P<name>[ \t]{{0,40}}(?:(?:export|set|env|fastcgi_param|setenv)[ \t]{{1,4}})?[\w.\[\]-]{{0,60}}?"
    rf"{_NAME}[\w.\]\[-]{{0,40}}"
    r"[ \t]{0,20}(?:=>|:(?!:)|=(?!=))[ \t]{0,20})(?P<value>[^\s\"'`{\[(<>;,][^\n\r]*)",
    re.IGNORECASE | re.MULTILINE,
)
_ELEMENT = re.compile(
    rf"(?P<name><(?:[\w.:-]{{0,40}}?[._-])?(?:{_NAME}[\w.:-]{{0,40}}|key)(?:\s[^<>]{{0,80}})?>(?:\s{{0,8}}<!\[CDATA\[)?)"
    r"(?P<value>[^<>\]]+)",
    re.IGNORECASE,
)
_USERINFO = re.compile(
    r"(?P<name>[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,100}:)(?P<value>[^\s/@\"'<>]{1,200})(?=@)", re.IGNORECASE
)
_PRIVATE_KEY = re.compile(r"(?P<name>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?P<value>(?:[^-]|-(?!----))+)")
_PASSWORD_HASH = re.compile(r"(?P<name>\$(?:apr1|1|2[aby]|5|6|argon2id?|P|H)\$|\{SHA\})(?P<value>[\w./+=$,]+)")
_AUTHORIZATION = re.compile(
    r"(?P<name>\bauthorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:bearer|basic)[ \t]{1,4})(?P<value>[\w+/=.~-]+)", re.IGNORECASE
)

_TAG = re.compile(r"<(?:input|meta)\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*(?:[\"'][^<>]*)?", re.IGNORECASE)
_KEPT_BACK = re.compile(r"\btype\s{0,8}=\s{0,8}[\"']?hidden\b|(?:csrf|xsrf|token|nonce|form_key|formkey)", re.IGNORECASE)
_VALUE = re.compile(
    r"(?P<name>(?<![\w-])(?:value|content)\s{0,8}=\s{0,8})(?P<value>\"[^\"]+\"?|'[^']+'?|[^\s\"'>]+)", re.IGNORECASE
)
_NONCE = re.compile(r"(?P<name>(?<![\w-])nonce\s{0,8}=\s{0,8})(?P<value>\"[^\"<>]+\"?|'[^'<>]+'?|[^\s\"'`\\<>]+)", re.IGNORECASE)

_COLUMN = re.compile(r"[\w .@/()#+-]{0,60}")
_OF_PEOPLE = re.compile(
    r"mail|name|phone|telefon|mobil|street|stra(?:ss|ß)e|addr|adres|city|town|zip|plz|post|customer|kund|birth|geburt|passw",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+…-])[\w.+-]{1,64}(?=@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?![\w:/-]))")
_HAS_ROWS = re.compile(r"^[ \t]{0,8}(?:INSERT|REPLACE|COPY)\b", re.IGNORECASE | re.MULTILINE)
_INSERT = re.compile(r"[ \t]{0,8}(?:INSERT|REPLACE)\b[^\n(]{0,200}(?:\([^\n()]{0,2000}\))?\s{0,8}VALUES\b", re.IGNORECASE)
_LITERAL = re.compile(r"'(?:[^'\\\n]|\\.|'')+'?|(?<![\w.'…-])-?\d{4,}")
_COPY = re.compile(r"[ \t]{0,8}COPY\b.{0,2000}\bFROM stdin;", re.IGNORECASE)
_A_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FIELD = re.compile(r"[^\t\r\n]+")
_EDITOR_FILES = (b"b0VIM ", b"\x00\x00\x00\x01Bud1")


def redact_file(text: str) -> str:
    """Redact a file that lay open: secrets, and the people in it.

    Besides what ``redact_secrets`` redacts: every row of a table whose first line names columns of persons, the values in the
    rows of a database's dump, and the first half of each e-mail address. What kind of file it is can still be told: by columns,
    tables, statements.
    """
    text = _EMAIL.sub(REDACTED, redact_secrets(text))
    if _HAS_ROWS.search(text):
        return "".join(_redacted_rows(_A_LINE.findall(text)))
    start = len(text) - len(text.lstrip("\ufeff\r\n"))
    first, newline, rest = text[start:].partition("\n")
    mark = max(",;\t|", key=first.count)
    columns = [name.strip().strip("\"'") for name in first.split(mark)]
    if len(columns) < 2 or not all(map(_COLUMN.fullmatch, columns)) or not any(map(_OF_PEOPLE.search, columns)):
        return text
    return text[:start] + first + newline + re.sub(rf"[^{mark}\r\n\"]+", _unless_blank, rest)


def redact_head(head: bytes) -> bytes:
    """The first bytes of a file that is no text, with what tells its kind and the name of the first file in it, and no more."""
    if head.startswith(b"PK\x03\x04"):
        return head[: 30 + int.from_bytes(head[26:28], "little")]
    if head[257:262] == b"ustar":
        return head[:512]
    if head.startswith(b"\x1f\x8b\x08"):
        return _repacked(head)
    if any(head.startswith(magic) for magic in _EDITOR_FILES):
        return head[:8]
    return head[:32]


def _repacked(head: bytes) -> bytes:
    """A gzip file's first bytes (RFC 1952 2.3) with what is packed in it redacted."""
    flags, name = head[3:4], b""
    if flags == b"\x08":
        name = head[10:].partition(b"\x00")[0] + b"\x00"
    try:
        inside = zlib.decompressobj(47).decompress(head, 4096)
    except zlib.error:
        inside = b""
    kept = (
        inside[:512] if inside[257:262] == b"ustar" else redact_file(inside.decode("utf-8", "replace")).encode("utf-8", "replace")
    )
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(kept) + packer.flush()
    return head[:3] + (b"\x08" if name else b"\x00") + head[4:10] + name + packed


def _redacted_rows(lines: list[str]) -> list[str]:
    made, copying = [], False
    for line in lines:
        if copying and not line.startswith("\\."):
            made.append(_FIELD.sub(_unless_blank, line))
            continue
        copying = _COPY.match(line) is not None
        if match := _INSERT.match(line):
            made.append(match[0] + _LITERAL.sub(_redacted_literal, line[match.end() :]))
        elif line.lstrip(" \t").startswith("("):
            made.append(_LITERAL.sub(_redacted_literal, line))
        else:
            made.append(line)
    return made


def _redacted_literal(match: re.Match[str]) -> str:
    return f"'{REDACTED}'" if match[0].startswith("'") else REDACTED


def _unless_blank(match: re.Match[str]) -> str:
    return REDACTED if match[0].strip() else match[0]


def redact_secrets(text: str) -> str:
    """Redact what looks like a secret in a configuration file, a program or a page.

    Redacted are the values of assignments whose name says password, secret, token, salt or key (ini, env, PHP, JSON, YAML, XML),
    the password of ``scheme://user:password@host``, private keys, password hashes, and what ``redact_page`` redacts. Empty values
    stay empty: that a password is empty is worth knowing.
    """
    text = redact_page(text)
    for pattern in (_PRIVATE_KEY, _PASSWORD_HASH, _AUTHORIZATION, _ELEMENT, _LINE):
        text = pattern.sub(_redacted, text)
    return text


def redact_page(text: str) -> str:
    """Redact secrets in HTML or a script: hidden inputs' values, nonces, tokens in metas, quoted values of secret-like names,
    passwords in addresses. Code is left alone, so that it can still be judged."""
    text = _TAG.sub(lambda tag: _VALUE.sub(_redacted, tag[0]) if _KEPT_BACK.search(tag[0]) else tag[0], text)
    for pattern in (_NONCE, _USERINFO, _SECRET):
        text = pattern.sub(_redacted, text)
    return text


def redact_address(text: str) -> str:
    """The passwords of all ``scheme://user:password@host`` in a text redacted."""
    return _USERINFO.sub(_redacted, text)


def redact_cookie(set_cookie_header: str) -> str:
    """A Set-Cookie header's value with the cookie's own value redacted; name and attributes stay (RFC 6265 4.1.1).

    An empty value stays empty: that is how cookies are deleted. What has no name is all value.
    """
    pair, separator, attributes = set_cookie_header.partition(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    return f"{name}{equals}{REDACTED if value.strip() else ''}{separator}{attributes}"


def _redacted(match: re.Match[str]) -> str:
    """The value's quotes stay where it has them."""
    value = match["value"]
    quote = value[0] if value[0] in "\"'`" else ""
    closed = quote if quote and len(value) > 1 and value[-1] == quote else ""
    return f"{match['name']}{quote}{REDACTED}{closed}"

"""Secrets and people out of what is kept or shown: values become ``…``, the names beside them stay. Pure, linear in the length.

What is a secret is told by its place, not by its looks: a hidden field's value, what is assigned to a name that says password or
token (in the languages of the shops we look at), a cookie's value, a query's value below such a name, the password in an address,
a nonce, what follows ``Bearer``. Besides there is one look: a run of letters and digits that nobody typed. Of those may stay what
stands for public content (Subresource Integrity, the name or version of a file), UUIDs, and a text in base64, which checks read.

Redacting twice is redacting once, and a text is no harder to recognise afterwards: names, quotes and line structure stay.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable
from functools import lru_cache

from scanner.text.cards import without_card_numbers

REDACTED = "…"
_MASKED = (REDACTED, "%E2%80%A6", "%e2%80%a6")
"""What a masked value looks like, also in an address that went through a client's hands."""

# --- names ---

_STEM = re.compile(
    "pass|pwd|kennwort|secret|token|salt|credential|nonce|csrf|xsrf|key|jwt|bearer|otp|opaque|hmac|signature|sess|hasło|haslo"
    "|contrase|wachtwoord|heslo|lozinka|jelsz|senha|senord|adgangskode|salasana|lösen|motdepasse|basic|digest"
)
"""What every telling name holds. Searched in lower case, which is ten times as fast as without regard to case."""
_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SECRET_WORDS = frozenset(
    {
        "pass", "passwd", "password", "passwords", "pwd", "passphrase", "passcode", "passwort", "passwörter", "kennwort",
        "hasło", "haslo", "contraseña", "contrasena", "wachtwoord", "heslo", "lozinka", "jelszó", "jelszo", "senha",
        "lösenord", "losenord", "adgangskode", "salasana", "motdepasse", "secret", "secrets", "token", "tokens", "salt", "salts",
        "credential", "credentials", "nonce", "csrf", "xsrf", "jwt", "bearer", "otp", "totp", "opaque", "hmac", "signature",
        "sessid", "sessionid", "phpsessid", "jsessionid",
    }
)  # fmt: skip
_SECRET_PARTS = re.compile(
    r"passwor[dt]|passwd|passphrase|kennwort|secret(?!ar)|apikey|csrf|xsrf|sess(?:ion)?id\Z|pwd\Z|token(?!i[sz])|nonce\Z|credential"
    r"|(?:db|ftp|sql|smtp|user|root|admin|mail|my|ssh)pass\Z"
)
"""For words that are written as one: ``dbpassword``, ``csrfmiddlewaretoken``."""
_KEYS = frozenset(
    {
        "api", "private", "priv", "access", "secret", "auth", "authentication", "encryption", "encrypt", "crypt", "license",
        "licence", "app", "application", "account", "master", "signing", "sign", "form", "in", "shared", "consumer", "rest",
        "client", "security", "merchant", "storage", "write", "admin", "deploy", "webhook", "service", "subscription", "session",
        "cookie", "stripe", "aws", "hmac", "ssh", "smtp", "ftp", "db", "user", "reset", "activation", "server",
    }
)  # fmt: skip
"""Whose key is a secret; a sort key is none."""


@lru_cache(maxsize=4096)
def names_a_secret(name: str) -> bool:
    """Whether what is called so is nobody's business, whatever it is: ``DB_PASSWORD``, ``csrfToken``, ``hasło``."""
    words = [word.lower() for word in _WORD.findall(_HUMP.sub(" ", name))]
    if any(word in _SECRET_WORDS or _SECRET_PARTS.search(word) for word in words):
        return True
    return any(
        (word == "key" and before in _KEYS)
        or (word == "id" and before in {"session", "sess"})
        or (word.endswith("key") and word[:-3] in _KEYS)
        for before, word in zip(["", *words], words, strict=False)
    )


# --- what is assigned to a name ---

_Q = r"(?:\\?[\"'`]|&quot;|&#0?3[49];)"
_QUOTED = rf"(?P<open>{_Q})(?![\s>])(?P<value>(?:(?!(?P=open))(?:[^\\\n]|\\.))+)"
"""Up to the closing quote, the line's or the text's end."""
_IDENTIFIER = re.compile(r"[\w-]{1,100}")
_ASSIGNED = re.compile(rf"(?:{_Q})?\]?\s{{0,8}}(?:=>|:(?!:)|=(?!=))\s{{0,8}}{_QUOTED}")
_PASSED = re.compile(rf"{_Q}\s{{0,8}},\s{{0,8}}{_QUOTED}")  # define('DB_PASSWORD', 'x')
_PAIRED = re.compile(
    rf"{_Q}\s{{0,8}},?\s{{0,8}}(?:{_Q})?(?:value|content|val)(?:{_Q})?\s{{0,8}}[:=]\s{{0,8}}{_QUOTED}"
)  # name="token" value="x"
_BARE = re.compile(r"\s{0,8}=\s{0,8}(?P<value>(?!…)[^\s\"'`\\<>]+)")  # of an attribute: nonce=x
_REMARKED = re.compile(r"\s{0,4}(?:[:=]|=>)\s{0,4}(?P<value>(?!…)(?:(?!--+>)[^\s<>\"'`,;(){}\[\]]){2,200})")
_BESIDE = re.compile(r"[ \t]{1,4}(?P<value>(?=[^\s\d]{0,60}\d)(?=[\W\d_]{0,60}[A-Za-z])[\w.!$%*+@-]{6,100})")
"""Letters and digits after the bare word: ``Kennwort tulpe2026``."""
_AFTER_SCHEME = re.compile(r"[ \t]{1,4}(?P<value>[\w+/=.~-]{8,})", re.ASCII)
_SCHEMES = frozenset({"bearer", "basic", "digest", "token", "apikey"})  # RFC 9110 11.4
_SOURCE = re.compile(r"nonce-(?P<value>[\w+/=…-]+)'")  # of a Content-Security-Policy
_MARKS_A_REMARK = re.compile(r"(?:^|[\s>])(?://|#|--|\*)")
_ARROW = re.compile(r"[\"'`]\s{0,4}=>")
_LOOK_BACK = 2_000


def _redacted_names(text: str, *, remark: bool = False) -> str:
    """The values that are assigned to telling names, between quotes; without any in a remark, or where all is one."""
    low = text.replace("İ", "I").lower()  # the one letter that takes two in lower case
    if len(low) != len(text):
        low = text
    made: list[str] = []
    done = at = 0
    for stem in _STEM.finditer(low):
        if stem.start() < at:
            continue
        start = stem.start()
        while start > at and stem.start() - start < 60 and (text[start - 1].isalnum() or text[start - 1] in "_-"):
            start -= 1
        while text[start] == "-":  # of ``<!--`` or of a command's option
            start += 1
        name = _IDENTIFIER.match(text, start)
        if name is None:
            continue
        at = name.end()
        if (found := _value_of(text, start, name[0], at, remark=remark)) is not None:
            begin, end = found
            made += (text[done:begin], REDACTED)
            done = at = end
    return "".join((*made, text[done:])) if made else text


def _value_of(text: str, start: int, name: str, end: int, *, remark: bool) -> tuple[int, int] | None:
    """Where the value stands of a name from start to end; None where it has none, or one that may stay."""
    before = text[start - 1 : start]
    if before == "'" and (found := _SOURCE.match(text, start)):
        return found.span("value")
    if name.lower() in _SCHEMES and (found := _AFTER_SCHEME.match(text, end)) and not _is_a_word(found["value"]):
        return found.span("value")
    if not names_a_secret(name) and not (name.lower() == "key" and _ARROW.match(text, end)):
        return None
    found = _ASSIGNED.match(text, end)
    if found is None and before in {'"', "'", "`"}:
        called = text[max(0, start - 10) : start - 1].rstrip().endswith("(")
        found = (_PASSED.match(text, end) if called else None) or _PAIRED.match(text, end)
    if found is None and (name.lower() == "nonce" or name.startswith("data-")):
        found = _BARE.match(text, end)
    said = None if found else _REMARKED.match(text, end) or _BESIDE.match(text, end)
    if said and (remark or _in_a_remark(text, start)):
        found = said
    return found.span("value") if found else None


def _is_a_word(value: str) -> bool:
    """``Basic information``, ``Bearer authentication``."""
    return value.isalpha() and (value.islower() or value.istitle())


def _in_a_remark(text: str, at: int) -> bool:
    """Whether a place lies in a comment of HTML, a script, a style or a configuration."""
    back = max(0, at - _LOOK_BACK)
    for opening, closing in (("<!--", "-->"), ("/*", "*/")):
        if text.rfind(opening, back, at) > text.rfind(closing, back, at):
            return True
    return _MARKS_A_REMARK.search(text[max(text.rfind("\n", back, at) + 1, at - 200) : at]) is not None


# --- addresses ---

_PARAMETER = re.compile(r"(?P<name>[?&#](?:amp;)?(?P<called>[\w.\[\]-]{1,60})=)(?P<value>[^&\s\"'<>#`;\\]+)")
_PARAMETER_OF_PAGE = re.compile(_PARAMETER.pattern.replace("#`", "#`(){}"))
_PACKED_PARAMETER = re.compile(  # in an address that is a query's value, or a JSON string of HTML's
    r"(?P<name>(?:%26|%3[fF]|\\u0026|&)(?P<called>[\w.-]{1,60})(?:=|%3[dD]))(?P<value>(?:(?!%26|\\u0026)[^&\s\"'<>#`;])+)"
)
_SESSION_IN_PATH = re.compile(r"(?P<name>;(?:j|php)?s(?:ess(?:ion_?)?)?id=)(?P<value>[^/;?&#\s\"'<>]+)", re.IGNORECASE)
_QUERY_WORDS = frozenset({"key", "sig", "sid", "sess", "session", "auth", "authorization", "ticket", "pin"})
_MADE_FOR_READING = re.compile(r"[a-z]{1,12}\Z")
_USERINFO = re.compile(r"(?P<name>://[^\s/:@\"'<>]{0,100}:)(?!\d{1,5}[?#])(?P<value>[^\s/\"'<>]{1,200})(?=@)")
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}:/[^\s\"'<>`]+|(?:(?<![^\s\"'(<>,])|(?<=\burl=))/[^\s\"'<>`]+"
    r"|(?<![\w./%-])[\w.-]{1,100}\?[\w.\[\]-]{1,60}=[^\s\"'<>`]+",
    re.IGNORECASE,
)


def _redacted_parameter(match: re.Match[str]) -> str:
    if match["value"].startswith(_MASKED) or not _is_kept_back(match["called"], match["value"]):
        return match[0]
    return match["name"] + REDACTED


_BEGINS_AN_ADDRESS = "\"'` \t\r\n<>(){};"
_FOLLOWS_A_QUOTE = frozenset(",:+)]}|=*")  # in a program, where it closes a string
_ENDS_AN_ADDRESS = frozenset(["", *"&\"'`<># \t\r\n\\%)"])


def _redacted_parameter_of_page(match: re.Match[str]) -> str:
    """Only in what is written as an address: in a program, ``?`` and ``&`` mean something else."""
    text, redacted = match.string, _redacted_parameter(match)
    if redacted == match[0] or text[match.end() : match.end() + 1] not in _ENDS_AN_ADDRESS:
        return match[0]
    before = text[max(0, match.start() - 200) : match.start()]
    edge = max(map(before.rfind, _BEGINS_AN_ADDRESS))
    begun = before[edge + 1 :]
    if text[match.end() : match.end() + 1] == ")" and not before[: edge + 1].endswith("url("):
        return match[0]
    quoted = edge >= 0 and before[edge] in "\"'`" and begun[:1] not in _FOLLOWS_A_QUOTE
    return redacted if quoted or "/" in begun or "%2" in begun else match[0]


_LEAST_SESSION = 6
"""Digits that a session's number has at least; a shorter one tells which of a few."""


def _is_kept_back(name: str, value: str) -> bool:
    """Whether a query's value is nobody's business: by its name, or because it is somebody's mail address."""
    words = set(_WORD.findall(name.lower()))
    if value.isdigit() and len(value) < _LEAST_SESSION and words & {"sid", "session", "sess"}:
        return False  # a shop's, a style's or a season's number
    if names_a_secret(name) or words & _QUERY_WORDS - {"key"}:
        return True
    if "key" in words:
        return words == {"key"} or not _MADE_FOR_READING.match(value)
    return "@" in value or "%40" in value


def redact_address(text: str) -> str:
    """The addresses in a text without their passwords, tokens, sessions and other people's mail addresses; all else stays.

    An address begins with a scheme, or with a slash where a word may begin, or is a word with a query.
    """
    return _settled(text, lambda text: _ADDRESS.sub(lambda match: _redacted_address(match[0]), text))


@lru_cache(maxsize=8192)
def _redacted_address(address: str) -> str:
    if "@" in address:
        address = _USERINFO.sub(_redacted, address)
    if "=" in address:
        address = _SESSION_IN_PATH.sub(_redacted, _PARAMETER.sub(_redacted_parameter, address))
    if "%3" in address:
        address = _PACKED_PARAMETER.sub(_redacted_parameter, address)
    return _redacted_runs(address) if len(address) >= _LEAST_RUN else address


# --- what nobody typed ---

_LEAST_RUN = 20
_RUN = re.compile(r"(?<![\w+])(?=[\w+-]{20})[\w+]+(?:-[\w+]+)*={0,2}", re.ASCII)
_PACKED = re.compile(r"(?P<name>[\"'`])(?P<value>[A-Za-z0-9+/]{32,}={0,2})(?=[\"'`])")
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?", re.ASCII)  # RFC 7519 3
_DATA = re.compile(r"(;base64,[\w+/=]+)", re.ASCII)
_INTEGRITY = re.compile(r"sha(?:256|384|512)-[\w+/=-]*\Z", re.ASCII)
_FILE = re.compile(
    r"(?:\.[a-z0-9-]{1,20}){0,3}\.[a-z][a-z0-9]{1,5}\b|/(?=[^\s\"'<>?#])", re.IGNORECASE
)  # a file's name, or a folder's
_GROUPS = re.compile(r"[A-Z]+|[a-z]+|[0-9]+")
_HEX = re.compile(r"[0-9a-f]+\Z|[0-9A-F]+\Z")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_OF_CONTENT = re.compile(
    r"(?:\b|_)(?:v|ver|version|rev|revision|build|commit|hash|md5|sha\d{0,3}|etag|digest|checksum|integrity|fingerprint|chunk\w*|cb|t)"
    r"[\"']?\s{0,4}[=:>-]{1,2}\s{0,4}[\"']?\Z|[?.@]\Z|\.\w{2,5}\?\w{1,10}=\Z",
    re.IGNORECASE,
)
"""What stands before a checksum of public content."""


def _redacted_runs(text: str, *, checksums: bool = True) -> str:
    """checksums: whether hexadecimal digits count too where nothing says that they are one's of public content."""
    parts = _DATA.split(text) if ";base64," in text else [text]  # every second one is a picture or a font
    for number in range(0, len(parts), 2):
        part = _JWT.sub(REDACTED, parts[number]) if "eyJ" in parts[number] else parts[number]
        parts[number] = _RUN.sub(lambda match: _redacted_run(match, checksums), _PACKED.sub(_redacted_packed, part))
    return "".join(parts)


def _redacted_packed(match: re.Match[str]) -> str:
    """Base64 with slashes, which is no path: those have a slash every dozen letters."""
    value = match["value"]
    slashes = value.count("/")
    if not 0 < slashes <= len(value) / 12 or not _nobody_typed(value.replace("/", "")) or _is_text(value):
        return match[0]
    return match["name"] + REDACTED


def _redacted_run(match: re.Match[str], checksums: bool) -> str:
    run, text = match[0].rstrip("="), match.string
    if len(run) < _LEAST_RUN or run.isalpha() or run.isdigit():
        return match[0]
    hexadecimal = _HEX.match(run) is not None
    if not (checksums and len(run) >= 32 if hexadecimal else _nobody_typed(run)):
        return match[0]
    before = text[max(0, match.start() - 100) : match.start()]
    if _FILE.match(text, match.end()) or (hexadecimal and _OF_CONTENT.search(before)) or _INTEGRITY.search(before + run):
        return match[0]
    return match[0] if _is_text(run) else REDACTED


@lru_cache(maxsize=4096)
def _nobody_typed(run: str) -> bool:
    """Whether letters and digits take turns as in no word, name or number of an article. Words between dashes are short."""
    if _UUID.match(run) or _HEX.match(run) or max(map(len, re.split("[_-]", run))) < 12:
        return False
    groups = _GROUPS.findall(run)
    digits = [group for group in groups if group[0].isdigit()]
    size = sum(map(len, groups))
    turns = (len(groups) - 1) / max(1, size - 1)
    if any(group.islower() for group in groups) and any(group.isupper() for group in groups):
        return turns >= 0.36 and bool(digits) and sum(map(len, digits)) >= 2
    return turns >= 0.2 and len(digits) >= 3


def _is_text(run: str) -> bool:
    """Whether a run is a text in base64 or hexadecimal digits: a check wants to read what a script hides so."""
    try:
        plain = (
            bytes.fromhex(run)
            if _HEX.match(run) and len(run) % 2 == 0
            else base64.b64decode(run + "=" * (-len(run) % 4), altchars=b"-_" if "-" in run or "_" in run else None)
        )
    except ValueError:
        return False
    return plain.isascii() and plain.decode("ascii").isprintable()


# --- places of their own ---

_PRIVATE_KEY = re.compile(r"(?P<name>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?P<value>(?:[^-]|-(?!----))+)")
_PASSWORD_HASH = re.compile(r"(?P<name>\$(?:apr1|1|2[aby]|5|6|argon2id?|P|H)\$|\{SHA\})(?P<value>[\w./+=$,]+)")
_AUTHORIZATION = re.compile(
    r"(?P<name>uthorization[\"']?\s{0,4}[:=,]\s{0,4}(?:[\"']|[\"']?[\w-]{1,20}[ \t]{1,4}))(?P<value>[\w+/=.~:-]{8,})"
)
_COOKIES = re.compile(r"(?P<name>ookie[\"']?\s{0,4}[:=]\s{0,4}[\"'`]?)(?P<value>[\w.-]{1,80}=[^\"'`\n<>]{1,4000})")
_COOKIE = re.compile(
    r"(?P<name>(?:^|;\s{0,4})(?!(?:path|domain|expires|max-age|samesite)=)[\w.-]{1,80}=)(?P<value>[^;\s]+)", re.IGNORECASE
)

_TAG = re.compile(
    r"<(?P<tag>input|meta|textarea)\b(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*(?:[\"'][^<>]*)?)(?P<inside>>[^<]+)?", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"(?<![\w-])(?P<name>[\w:-]{1,60})\s{0,8}=\s{0,8}(?P<value>\"[^\"]*\"?|'[^']*'?|[^\s\"'>]+)")
_CHOSEN = frozenset({"submit", "button", "image", "reset", "checkbox", "radio", "range", "color", "file", "search", "number"})
"""Inputs whose value the shop's makers wrote, or that say how many."""
_SOUGHT = re.compile(r"\A(?:q|s|query|search\w*|keywords?|qty|quantity|amount|page|sort\w*|order\w*|limit)\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[\"']?-?\d{1,10}(?:[.,]\d{1,4})?[\"']?\Z")


def _redacted_tag(match: re.Match[str]) -> str:
    """A form's field or a meta without what is kept back in it: hidden values, what somebody typed, tokens."""
    tag, inside = match["tag"].lower(), match["inside"] or ""
    held = {found["name"].lower(): found["value"].strip("\"'") for found in _ATTRIBUTE.finditer(match["rest"])}
    name = held.get("name") or held.get("property") or held.get("id") or ""
    if tag == "meta":
        return _without(match, "content") if names_a_secret(name) else match[0]
    kind = held.get("type", "").lower()
    if tag == "textarea":
        return match[0][: len(match[0]) - len(inside)] + f">{REDACTED}" if inside[1:].strip() else match[0]
    secret = kind == "password" or names_a_secret(name)
    number = bool(name) and _NUMBER.match(held.get("value", "")) is not None
    if secret or (kind == "hidden" and not number) or (name and kind not in _CHOSEN and not number and not _SOUGHT.match(name)):
        return _without(match, "value")
    return match[0]


def _without(tag: re.Match[str], attribute: str) -> str:
    def masked(found: re.Match[str]) -> str:
        value = found["value"]
        if found["name"].lower() != attribute or not value.strip("\"'"):
            return found[0]
        return found[0][: len(found[0]) - len(value)] + _in_quotes(value)

    return f"<{tag['tag']}" + _ATTRIBUTE.sub(masked, tag["rest"]) + (tag["inside"] or "")


def _redacted_cookies(match: re.Match[str]) -> str:
    return match["name"] + _COOKIE.sub(_redacted, match["value"])


def _redacted(match: re.Match[str]) -> str:
    return match["name"] + _in_quotes(match["value"])


def _in_quotes(value: str) -> str:
    """A value's quotes stay where it has them."""
    quote = value[0] if value[0] in "\"'`" else ""
    closed = quote if quote and len(value) > 1 and value[-1] == quote else ""
    return f"{quote}{REDACTED}{closed}"


# --- what is kept and shown ---


def _settled(text: str, once: Callable[[str], str]) -> str:
    """The same again until nothing changes: what was masked may have put another value beside a name."""
    for _ in range(_MOST_ROUNDS):
        redacted = once(text)
        if redacted == text:
            break
        text = redacted
    return text


_MOST_ROUNDS = 5


def redact_page(text: str, *, remark: bool = False) -> str:
    """Redact secrets in HTML or a script: fields of forms, tokens, nonces, cookies, what is assigned to telling names, what
    stands in addresses and what nobody typed. Code is left alone, so that it can still be judged.

    remark: whether it is a comment, in which values have no quotes.
    """
    return _settled(text, lambda text: _redacted_once(text, remark=remark))


def _redacted_once(text: str, *, remark: bool = False, checksums: bool = True) -> str:
    if "-----BEGIN" in text:
        text = _PRIVATE_KEY.sub(_redacted, text)
    text = without_card_numbers(_redacted_names(_TAG.sub(_redacted_tag, text), remark=remark), sure=True)
    for mark, pattern, how in _PLACES:
        if mark in text:
            text = pattern.sub(how, text)
    return _redacted_runs(text, checksums=checksums)


_PLACES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("ookie", _COOKIES, _redacted_cookies),
    ("uthorization", _AUTHORIZATION, _redacted),
    ("$", _PASSWORD_HASH, _redacted),
    ("://", _USERINFO, _redacted),
    ("=", _PARAMETER_OF_PAGE, _redacted_parameter_of_page),
    ("%3", _PACKED_PARAMETER, _redacted_parameter_of_page),
    ("\\u0026", _PACKED_PARAMETER, _redacted_parameter_of_page),
    (";", _SESSION_IN_PATH, _redacted),
)


def redact_said(text: str) -> str:
    """Redact a line in which a server speaks of itself: a greeting, a reply, what it calls itself in a header. Values there have
    no quotes."""
    return redact_page(text, remark=True)


def redact_secrets(text: str) -> str:
    """Redact what looks like a secret in a configuration file or a program.

    Redacted are the values of assignments whose name says password, secret, token, salt or key (ini, env, PHP, JSON, YAML, XML),
    the password of ``scheme://user:password@host``, private keys, password hashes, and what ``redact_page`` redacts. Empty values
    stay empty: that a password is empty is worth knowing.
    """
    return _settled(text, _redacted_settings)


def _redacted_settings(text: str) -> str:
    text = _redacted_once(text, checksums=False)
    for pattern in (_ELEMENT, _LINE, _LINE_BELOW, _WITHIN):
        text = pattern.sub(_redacted, text)
    return text


def redact_header(name: str, value: str) -> str:
    """A header's value as it may be kept. name: in lower case. Addresses in it stay as they are: they may have to be followed."""
    if name == "set-cookie":
        return redact_cookie(value)
    if name == "cookie":
        return _COOKIE.sub(_redacted, value)
    if name in _CREDENTIALS:
        scheme, blank, rest = value.partition(" ")
        return f"{scheme} {REDACTED}" if blank and rest else REDACTED
    if names_a_secret(name) and not name.startswith("access-control-"):  # those say what is allowed
        return REDACTED if value.strip() else value
    if name not in _LEAD_ON:
        value = _redacted_names(value, remark=True)
    return _USERINFO.sub(_redacted, value) if "@" in value else value


_LEAD_ON = frozenset({"location", "refresh", "content-location", "link"})
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "authentication-info"})


# --- files that lay open ---

_NAME = (
    r"(?:pass(?:word|wort|wd|phrase|code)?|pwd|kennwort|secrets?|token|salt|credentials?|nonce|csrf|xsrf"
    r"|(?:api|private|access|secret|auth|encryption|crypt|license|app|account|master|signing|form|logged_in|session|cookie|"
    r"shared|consumer|rest|client|security|merchant)[_-]?key|key(?=[\"'`]\s{0,4}=>))"
)
_LINE = re.compile(
    rf"^(?P<name>[ \t]{{0,40}}(?:(?:export|set|env|fastcgi_param|setenv)[ \t]{{1,4}})?[\w.\[\]-]{{0,60}}?"
    rf"{_NAME}[\w.\]\[-]{{0,40}}"
    r"[ \t]{0,20}(?:=>|:(?!:)|=(?!=))[ \t]{0,20})(?P<value>[^\s\"'`{\[(<>;,][^\n\r]*)",
    re.IGNORECASE | re.MULTILINE,
)
_WITHIN = re.compile(  # of a log, of a connection's words: ``host=db password=x dbname=shop``
    rf"(?P<name>(?<![\w$-])[\w-]{{0,40}}?{_NAME}[\w-]{{0,20}}=)(?P<value>[^\s\"'`$<>,;(){{}}\[\]&…][^\s\"'`<>,;(){{}}\[\]&]+)",
    re.IGNORECASE,
)
_LINE_BELOW = re.compile(  # Kubernetes, Compose: ``name: DB_PASSWORD`` and in the next line ``value: x``
    rf"(?P<name>\bname[ \t]{{0,4}}:[ \t]{{0,4}}[\"']?[\w.-]{{0,60}}?{_NAME}[\w.-]{{0,40}}[\"']?[ \t]{{0,8}}\r?\n[ \t]{{0,40}}"
    r"value[ \t]{0,4}:[ \t]{1,4})(?P<value>[^\n\r]+)",
    re.IGNORECASE,
)
_ELEMENT = re.compile(
    rf"(?P<name><(?:[\w.:-]{{0,40}}?[._-])?(?:{_NAME}[\w.:-]{{0,40}}|key)(?:\s[^<>]{{0,80}})?>(?:\s{{0,8}}<!\[CDATA\[)?)"
    r"(?P<value>[^<>\]]+)",
    re.IGNORECASE,
)
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
    return _settled(text, _redacted_file)


def _redacted_file(text: str) -> str:
    text = without_card_numbers(_EMAIL.sub(REDACTED, _redacted_settings(text)))
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


def redact_cookie(set_cookie_header: str) -> str:
    """A Set-Cookie header's value with the cookie's own value redacted; name and attributes stay (RFC 6265 4.1.1).

    An empty value stays empty: that is how cookies are deleted. What has no name is all value.
    """
    pair, separator, attributes = set_cookie_header.partition(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    return f"{name}{equals}{REDACTED if value.strip() else ''}{separator}{attributes}"

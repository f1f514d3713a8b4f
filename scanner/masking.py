"""Secrets out of what is kept or shown: values become ``…``, the names beside them stay. Pure, linear in the text's length.

Masking twice is masking once, and a text is no harder to recognise afterwards: names, quotes and line structure stay.
"""

from __future__ import annotations

import re

MASK = "…"

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
_NONCE = re.compile(r"(?P<name>(?<![\w-])nonce\s{0,8}=\s{0,8})(?P<value>\"[^\"<>]+\"?|'[^'<>]+'?|[^\s\"'<>]+)", re.IGNORECASE)


def mask_secrets(text: str) -> str:
    """Mask what looks like a secret in a configuration file, a program or a page.

    Masked are the values of assignments whose name says password, secret, token, salt or key (ini, env, PHP, JSON, YAML, XML),
    the password of ``scheme://user:password@host``, private keys, password hashes, and what ``mask_page`` masks. Empty values
    stay empty: that a password is empty is worth knowing.
    """
    text = mask_page(text)
    for pattern in (_PRIVATE_KEY, _PASSWORD_HASH, _AUTHORIZATION, _ELEMENT, _LINE):
        text = pattern.sub(_masked, text)
    return text


def mask_page(text: str) -> str:
    """Mask secrets in HTML or a script: hidden inputs' values, nonces, tokens in metas, quoted values of secret-like names,
    passwords in addresses. Code is left alone, so that it can still be judged."""
    text = _TAG.sub(lambda tag: _VALUE.sub(_masked, tag[0]) if _KEPT_BACK.search(tag[0]) else tag[0], text)
    for pattern in (_NONCE, _USERINFO, _SECRET):
        text = pattern.sub(_masked, text)
    return text


def mask_cookie(set_cookie_header: str) -> str:
    """A Set-Cookie header's value with the cookie's own value masked; name and attributes stay (RFC 6265 4.1.1).

    An empty value stays empty: that is how cookies are deleted. What has no name is all value.
    """
    pair, separator, attributes = set_cookie_header.partition(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    return f"{name}{equals}{MASK if value.strip() else ''}{separator}{attributes}"


def _masked(match: re.Match[str]) -> str:
    """The value's quotes stay where it has them."""
    value = match["value"]
    quote = value[0] if value[0] in "\"'`" else ""
    closed = quote if quote and len(value) > 1 and value[-1] == quote else ""
    return f"{match['name']}{quote}{MASK}{closed}"

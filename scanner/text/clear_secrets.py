"""Passwords, keys and session numbers that stand readable in a text which travels: what a mail should never hold.

What is found is told by its label and never by itself. A link with a key for one use (to set a new password) is how it should be,
and is none, as long as it goes by https.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.text.patterns import lazy
from scanner.text.url_parts import parts_of

MOST_FOUND = 20
_LABEL = (
    r"(?:(?:your|new|login|temporary|initial|ftp|wi-?fi|wlan|admin|account|user|dein|ihr|neues|temporäres|"
    r"start|benutzer|twoje|nowe|tymczasowe)[ -]){0,3}"
    r"(?:pass ?word|pass ?code|pass ?phrase|passwd|pwd|passwort|kennwort|zugangscode|hasło|haslo|mot de passe|"
    r"contraseña|wachtwoord|heslo|jelszó|"
    r"lösenord|adgangskode|salasana|senha|parola|pw(?=\s{0,3}[:=]))"
)  # fmt: skip
_IS = r"(?:\s{1,3}(?:is now|is|lautet|ist|to|brzmi|est|es|jest)\b)?"
_PASSWORD = lazy(
    rf"(?<![\w/-]){_LABEL}{_IS}[ \t\u00a0]{{0,5}}[:=]?[ \t\u00a0]{{0,5}}(?:\n[ \t\u00a0]*)?(?P<value>[^\n]{{1,120}})",
    re.IGNORECASE,
)
_KEY = lazy(
    r"(?<![\w/-])(?P<label>(?:api|secret|access|licen[cs]e|private|security|schnittstellen|lizenz)[ _-]?(?:key|"
    r"schlüssel|token|secret)|klucz api|"
    r"access token|bearer token|client secret|"
    r"webhook secret)\b[ \t\u00a0]{0,5}[:=][ \t\u00a0]{0,5}(?:\n[ \t\u00a0]*)?(?P<value>[\w+/=.-]{12,200})",
    re.IGNORECASE,
)
_KNOWN_KEYS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", lazy(r"-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY(?: BLOCK)?-----")),
    ("an AWS access key", lazy(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")),
    ("a GitHub token", lazy(r"(?<!\w)(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\w{30,})")),
    ("a GitLab token", lazy(r"(?<!\w)glpat-[\w-]{20,}")),
    ("a Stripe key", lazy(r"(?<!\w)[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a Slack token", lazy(r"(?<!\w)xox[abprs]-[\w-]{10,}")),
    ("a Google key", lazy(r"(?<![\w-])AIza[\w-]{35}(?![\w-])")),
    ("a SendGrid key", lazy(r"(?<!\w)SG\.[\w-]{16,}\.[\w-]{16,}")),
)
_ONCE = re.compile(r"(?:one[ -]?time|einmal|jednorazow\w*|à usage unique|un solo uso)[ -]?\Z", re.IGNORECASE)
"""A code that is good for one login, and for minutes, has to travel."""
_MASKED = re.compile(r"[\W_x]+\Z", re.IGNORECASE)
_NO_VALUES = frozenset(
    {
        "hidden", "unchanged", "protected", "encrypted", "secret", "known", "confidential", "chosen", "set", "none",
        "empty", "your", "the", "as", "same",
        "reset", "change", "changed", "forgotten", "and", "or", "you", "we", "has", "was", "for", "please", "is", "to",
        "can", "must", "should", "here",
        "bekannt", "unverändert", "geheim", "versteckt", "verschlüsselt", "wie", "das", "ihr", "dein", "von",
        "vergessen", "zurücksetzen", "ändern",
        "geändert", "wurde", "und", "oder", "bitte", "nicht", "für", "ist", "im", "in", "am", "auf", "mit", "kann",
        "muss", "hier", "festlegen",
        "ukryte", "bez", "takie", "jak", "twoje", "zostało", "nie", "i", "lub", "do", "na", "w", "zmień", "ustaw",
        "podane", "ustawione", "wybrane",
        "manager", "security", "strength", "policy", "recovery", "request", "help", "link", "requirements", "below",
        "above", "at", "on", "with", "by",
    }
)  # fmt: skip
"""First words of sentences that speak of a password and do not tell it."""
_SESSION = frozenset(
    {"phpsessid", "sid", "jsessionid", "sessionid", "session_id", "oscsid", "zenid", "xtcsid", "modsid", "sess", "aspsessionid"}
)
_TYPED = frozenset({"password", "passwd", "pwd", "pass", "passwort", "kennwort", "haslo", "user_pass", "login_password"})
_ONE_USE = re.compile(
    r"(?:reset|token|activat|confirm|verify|recover|one[_-]?time|otp|login[_-]?key|magic|key|hash)", re.IGNORECASE
)
_PARAMETER = re.compile(r"[?&;]([\w%\[\].-]{1,60})=([^&;#\s]{1,500})")


def secrets_in_text(text: str) -> Iterator[str]:
    """What stands in a text that nobody else may read, named by its label: ``a password (“Your password:”)``."""
    found: dict[str, None] = {}
    for match in _PASSWORD.finditer(text):
        once = _ONCE.search(text, max(0, match.start() - 20), match.start())
        if not once and _tells(match["value"], match[0][: -len(match["value"])]):
            label = " ".join(match[0][: match.start("value") - match.start()].split())
            found[f"a password (“{label[:60]}”)"] = None
    for match in _KEY.finditer(text):
        if not _MASKED.match(match["value"]) and re.search(r"\d", match["value"]):
            found[f"a key (“{' '.join(match['label'].split())}”)"] = None
    found |= {name: None for name, pattern in _KNOWN_KEYS if pattern.search(text)}
    yield from list(found)[:MOST_FOUND]


def secrets_in_address(address: str) -> Iterator[str]:
    """What an address tells that nobody else may know: a password, the number of a session; by http, a key for one use, too."""
    parts = parts_of(address)
    if parts.password:
        yield f"a password in the address of {parts.hostname or 'a link'}"
    host = parts.hostname or ""
    for name, value in {name.lower(): value for name, value in _PARAMETER.findall(f"{parts.path}?{parts.query}")}.items():
        if _MASKED.match(value):
            continue
        if name in _TYPED:
            yield f"a password in a link to {host} ({name}=…)"
        elif (name in _SESSION or name.startswith("phpsess")) and len(value) >= 16:
            yield f"the number of a session in a link to {host} ({name}=…)"
        elif parts.scheme == "http" and len(value) >= 16 and _ONE_USE.search(name):
            yield f"a key for one use in a link by http to {host} ({name}=…)"


def _tells(rest: str, label: str) -> bool:
    """Whether what follows the label is the password: one word that is no mask, not a sentence about it."""
    words = rest.split()
    if not words:
        return False
    value = words[0].strip("\u200b").strip("\"'“”„‚‘’<>()[]")
    if (
        len(value) < 3
        or _MASKED.match(value)
        or value.lower().rstrip(".,:;!?") in _NO_VALUES
        or re.match(r"(?:https?|mailto):|www\.", value)
    ):
        return False
    marked = label.rstrip(" \t\n\u00a0").endswith((":", "=")) or re.search(
        r"\b(?:is|lautet|ist|to|brzmi|est|jest)\s*[:=]?\s*\Z", label.rstrip(), re.IGNORECASE
    )
    strong = (bool(re.search(r"\d", value)) and bool(re.search(r"[^\W\d]", value))) or bool(re.search(r"[^\w.,:;!?…'’-]", value))
    if not marked or "\n" in label:
        return strong and len(words) == 1 and not value.endswith(":") and ("\n" in label or marked is not None)
    if strong:
        return True
    return len(words) == 1 and not value.endswith((":", "?"))

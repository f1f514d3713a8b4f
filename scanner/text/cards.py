"""Whole numbers of payment cards in a text: by issuer, length and check digit, by how they are written, and by the words beside.

A check digit alone proves little: every tenth number has one that fits. So a number counts only where an issuer's range and
length fit, too, where its digits are grouped as on a card or not at all, and where no word before it says what else it is. No
number leaves this module: only its last four digits do, which may be kept (PCI DSS 4.0.1, 3.4.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.text.patterns import lazy

BEFORE, AFTER = 60, 60
"""Characters beside a number in which words tell what it is."""


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A number that is a card's, or could be but for its check digit. start, end: where it stands in the text.

    network: whose card it would be. last: four digits. named: whether a word beside it speaks of cards. grouped: whether it is
    written in groups, as on a card. checks: whether its check digit is right.
    """

    start: int
    end: int
    network: str
    last: str
    named: bool
    grouped: bool
    checks: bool = True

    @property
    def sure(self) -> bool:
        """Whether it can hardly be anything else: a bare number without such a word is one in forty times by chance."""
        return self.checks and (self.named or self.grouped)

    @property
    def shown(self) -> str:
        """As it may be shown."""
        return f"•••• {self.last}"


_ISSUERS: tuple[tuple[str, tuple[tuple[str, str], ...], frozenset[int]], ...] = (
    ("American Express", (("34", "34"), ("37", "37")), frozenset({15})),
    ("Diners Club", (("300", "305"), ("3095", "3095"), ("36", "36"), ("38", "39")), frozenset({14})),
    ("JCB", (("3528", "3589"),), frozenset({16})),
    ("Visa", (("4", "4"),), frozenset({13, 16, 19})),
    ("Mastercard", (("51", "55"), ("2221", "2720")), frozenset({16})),
    ("Maestro", (("5018", "5018"), ("5020", "5020"), ("5038", "5038"), ("5893", "5893"), ("6304", "6304"), ("6759", "6763")),
     frozenset({16, 18, 19})),
    ("Discover", (("6011", "6011"), ("644", "649"), ("65", "65")), frozenset({16, 19})),
    ("UnionPay", (("62", "62"), ("81", "81")), frozenset({16, 19})),
)  # fmt: skip
"""Networks, the first digits of their numbers (first and last of a range), and how many digits these have: ISO/IEC 7812 ranges as
the networks publish them, as of 2026-11."""
_GROUPINGS = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 5))
"""How cards and forms write them; the longest first."""
_ALONE = frozenset({13, 14, 15, 16, 18, 19})

_TIMESTAMP = 13
"""Digits of a time in milliseconds, of an EAN, and of cards that Visa has not issued for a long time."""

_PARTS = r"[ \u00a0\u00ad\u2007\u2009\u200b\u202f.\u2010\u2011\u2013+-]"
"""What stands between groups: blanks, seen or not, dots, dashes, and the plus in place of a blank in an address."""
_RUN = re.compile(rf"\d+(?:{_PARTS}\d+)*", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_LONG = re.compile(rf"\d(?:{_PARTS}?\d){{12}}", re.ASCII)
_LONG_IN_NAME = re.compile(r"\d(?:[^\d]?\d){12}", re.ASCII)
_CARD = r"credit|debit|visa|master\s?card|maestro|amex|american express|diners|discover|jcb|union\s?pay|cvv2?|cvc2?|csc"
_OF_CARDS = lazy(
    rf"\b(?:{_CARD}|card(?:s|no|num|number|holder)?|ccnum\w*|cc[_ -]?n(?:o|um|umber|r)|karten?(?:nummer|nr)?|kreditkarte\w*"
    r"|ec-karte|prüfziffer|gültig bis|kart[aęyą]|kredytow\w+|płatnicz\w+|ważna do|carte|tarjeta|carta di|kaart\w*|kort\w*"
    r"|expir\w+|exp|valid (?:thru|until))(?![^\W_])|(?-i:\bPAN\b)"
    r"|(?<![^\W_])(?:pan|cc)[\"']?\s?[=:]|_(?:card|pan|cc)(?![^\W_])|\bcard_",
    re.IGNORECASE,
)
_STUCK = lazy(rf"(?<![^\W_])(?:{_CARD}|card|cc|pan|karte|karta)[-_.#]?\Z", re.IGNORECASE)
"""What a number of a card may be written to without a blank: ``Visa-4111``, ``CC#4111``."""
_TRACK = lazy(r"%B\d+\^|;\d+=\d\d(?:0[1-9]|1[0-2])", re.ASCII)
"""The beginning of what a card's magnetic stripe holds (ISO/IEC 7813), with its number."""
_AFTER_CARDS = lazy(r"\A\W{1,6}(?:(?:0[1-9]|1[0-2])\s?[/.-]\s?(?:20)?[2-4]\d(?!\d))", re.ASCII)
"""The month in which a card ends, right behind its number."""
_OF_OTHERS = lazy(
    r"(?<![^\W_])(?:orders?|bestell\w*|auftrag\w*|zamówieni\w*|zamowieni\w*|commande|pedido|invoices?|rechnung\w*|faktur\w*"
    r"|tracking|track|sendung\w*|paket\w*|przesyłk\w*|przesylk\w*|parcel|shipment|iban|bic|konto\w*|account|rachun\w+|nrb"
    r"|(?:tele)?phone|tel|telefon\w*|fon|fax|mobile?|handy|whatsapp"
    r"|ean|gtin|upc|isbn|issn|barcode|strichcode|kod kreskowy|imei|imsi|iccid|serial|serien\w*|seryjn\w*|sku|article"
    r"|artikel\w*|artykuł\w*|customer|kunden\w*|klient\w*|loyalty|bonus\w*|gift|voucher|gutschein\w*|coupon|reference|referenz\w*"
    r"|ref|transaction|transakt\w*|transakcj\w*|vat|ust\w*|nip|regon|pesel|krs|steuer\w*|meter|zähler\w*|ticket|case"
    r"|timestamp|session|cookie|uuid|uid|id|(?-i:[a-z]{2,12}Id)|hash|checksum|msgid|message-id)(?![^\W_])"
    r"(?:[^\w\n]{0,4}|[^\w\n,;{}]{0,4}(?:[^\W\d_]{1,12}[^\w\n,;{}]{1,4}){1,2})\Z",
    re.IGNORECASE,
)  # fmt: skip
"""What stands right before a number that is something else; two short words (“no.”, “is”) may stand between."""
_IBAN = lazy(r"(?<![A-Za-z])[A-Z]{2}\d{2}[ \u00a0-]?(?:[A-Z0-9]{1,4}[ \u00a0-]?){0,7}\Z")
_MONTH = lazy(r"(?:0[1-9]|1[0-2])(?:2\d|3[0-6])", re.ASCII)
_IN_AN_ADDRESS = lazy(r"(?:https?|ftp)://\S*\Z|[\w-]\.[a-z]{2,6}/\S*\Z|(?:\A|[\s\"'])/\S*\Z", re.IGNORECASE)
_NO_BORDER = frozenset("+%@#/\\_")
_INSIDE = frozenset(".-")


def card_numbers(text: str) -> Iterator[CardNumber]:
    """The numbers in a text that are whole numbers of payment cards, in its order. Linear in the text's length."""
    return (one for one in candidates(text) if one.checks)


def candidates(text: str) -> Iterator[CardNumber]:
    """Those, and the ones that could be but for their check digit: of numbers that are none, nine in ten are such."""
    for run in _RUN.finditer(text):
        if run.end() - run.start() < min(_ALONE) or text[run.start() - 1 : run.start()] == "+":
            continue
        groups = [(match.start(), match.end()) for match in _GROUP.finditer(text, run.start(), run.end())]
        at = 0
        while at < len(groups):
            used = _window(text, groups, at)
            found = _judged(text, groups[at][0], groups[at + used - 1][1], grouped=used > 1) if used else None
            if found is not None:
                yield found
            at += used or 1


def _window(text: str, groups: list[tuple[int, int]], at: int) -> int:
    """How many groups from here on are written as a card's number; 0: none."""
    sizes = [end - start for start, end in groups[at : at + 6]]
    if sizes[0] in _ALONE and not _goes_on(text, groups, at, 1):
        return 1
    for grouping in _GROUPINGS:
        if tuple(sizes[: len(grouping)]) == grouping and not _goes_on(text, groups, at, len(grouping)):
            marks = {_mark(text, groups[n][0]) for n in range(at + 1, at + len(grouping))}
            if len(marks) == 1:
                return len(grouping)
    return 0


def _goes_on(text: str, groups: list[tuple[int, int]], at: int, used: int) -> bool:
    """Whether what stands right before or behind belongs to the same number, which is a longer one then."""
    own = _mark(text, groups[at + 1][0]) if used > 1 else ""
    before = groups[at][0] - groups[at - 1][0] - 1 if at else 0
    if at and (_mark(text, groups[at][0]) != " " or (own in {"", " "} and before > 2)):
        return True
    if at + used >= len(groups):
        return False
    start, end = groups[at + used]
    if _mark(text, start) != " ":
        return True
    return end - start >= 4 and (bool(at) or not _is_an_end(text, groups, at + used))


def _mark(text: str, start: int) -> str:
    """What stands before a group; every blank is one."""
    mark = text[start - 1]
    return " " if mark.isspace() else mark


def _is_an_end(text: str, groups: list[tuple[int, int]], at: int) -> bool:
    """Whether the groups from here on are a card's last month (``0928``) and what stands on its back."""
    behind = [text[start:end] for start, end in groups[at : at + 3]]
    return bool(_MONTH.fullmatch(behind[0])) and (len(behind) == 1 or (len(behind) == 2 and len(behind[1]) in {3, 4}))


def _judged(text: str, start: int, end: int, *, grouped: bool) -> CardNumber | None:
    digits = "".join(_GROUP.findall(text, start, end)) if grouped else text[start:end]
    network = _network(digits)
    stripe = bool(_TRACK.match(text, max(start - 2, 0)) or _TRACK.match(text, max(start - 1, 0)))
    stuck = _STUCK.search(text[max(0, start - BEFORE) : start]) is not None
    if not network or not (stripe or _bordered(text, start, end, stuck=stuck)):
        return None
    before, after = text[max(0, start - BEFORE) : start], text[end : end + AFTER]
    label = _label(before)
    last_word = max((found.end() for found in _OF_CARDS.finditer(before, len(before) - len(label))), default=-1)
    named = stripe or stuck or last_word >= 0 or bool(_AFTER_CARDS.match(after) or _OF_CARDS.search(after.partition("\n")[0]))
    if len(digits) == _TIMESTAMP and not grouped and not named:
        return None
    other = _OF_OTHERS.search(before)
    if _IBAN.search(before) or (not stuck and other and (other.start() >= last_word or not named)):
        return None
    if last_word < 0 and _IN_AN_ADDRESS.search(before):
        return None
    return CardNumber(start, end, network, digits[-4:], named, grouped, _checks(digits))


def _label(before: str) -> str:
    """What stands before a number in its line; where it begins the line, the line above if that ends with a colon."""
    line = before.rpartition("\n")[2]
    above = before[: len(before) - len(line)].rstrip()
    if line.strip(" \t\"'>") or not above.endswith(":"):
        return line
    return before[above.rfind("\n") + 1 :]


def _bordered(text: str, start: int, end: int, *, stuck: bool) -> bool:
    """Whether it begins and ends there: no letter, and nothing that is part of a longer number, an address or a colour. stuck:
    whether a word for cards stands right before it."""
    left, right = "" if stuck else text[start - 1 : start], text[end : end + 1]
    if left.isalnum() or left in _NO_BORDER or right.isalnum() or (right in _NO_BORDER and right != "/"):
        return False
    inside = (left in _INSIDE and text[start - 2 : start - 1].isalnum()) or (
        right in _INSIDE and text[end + 1 : end + 2].isalnum()
    )
    return not inside


def without_card_numbers(text: str, *, sure: bool = False) -> str:
    """The same text with only the last four digits of each. sure: of those alone that can hardly be anything else."""
    if not _LONG.search(text):
        return text
    parts, at = [], 0
    for card in card_numbers(text):
        if card.sure or not sure:
            parts += [text[at : card.start], card.shown]
            at = card.end
    return "".join([*parts, text[at:]])


def name_without_card_numbers(name: str) -> str:
    """A file's or a folder's name, or another that a stranger chose, with only the last four digits of what may be a card's
    number: in names anything may part and border digits, and no word beside tells what they are."""
    if not _LONG_IN_NAME.search(name):
        return name
    groups = [(match.start(), match.end()) for match in _GROUP.finditer(name)]
    parts, at, first = [], 0, 0
    while first < len(groups):
        last = _last_of_number(name, groups, first)
        if last is None:
            first += 1
            continue
        start, end = groups[first][0], groups[last][1]
        parts += [name[at:start], f"•••• {''.join(_GROUP.findall(name, start, end))[-4:]}"]
        at, first = end, last + 1
    return "".join([*parts, name[at:]])


def _last_of_number(name: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last of the groups of digits from ``first`` on that together may be a card's number; the longest such number."""
    digits, found = "", None
    for at in range(first, len(groups)):
        start, end = groups[at]
        if at > first and start - groups[at - 1][1] > 1:
            break
        digits += name[start:end]
        if len(digits) > max(_ALONE):
            break
        if len(digits) in _ALONE and _network(digits) and _checks(digits):
            found = at
    return found


def about_cards(words: str) -> bool | None:
    """Whether what is called so is the number of a card; False where it is something else, None where the words do not tell."""
    if _OF_OTHERS.search(f"{words[:200].strip()}: "):
        return False
    return True if _OF_CARDS.search(words[:200]) or words.strip("\"' ").lower() == "pan" else None


def _network(digits: str) -> str:
    if len(set(digits)) < 2:
        return ""
    for name, ranges, lengths in _ISSUERS:
        if len(digits) in lengths and any(first <= digits[: len(first)] <= last for first, last in ranges):
            return name
    return ""


def _checks(digits: str) -> bool:
    """The check digit (ISO/IEC 7812-1, annex B; "Luhn")."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0

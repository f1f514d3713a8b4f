"""Whole numbers of payment cards in a text: by issuer, length and check digit, by how they are written, and by the words beside.

A check digit alone proves little: every tenth number has one that fits. So a number counts only where an issuer's range and
length fit, too, where its digits are grouped as on a card or not at all, and where no word beside it says what else it is. No
number leaves this module: only its last four digits do, which may be kept (PCI DSS 4.0.1, 3.4.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BEFORE, AFTER = 60, 60
"""Characters beside a number in which words tell what it is."""


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A number that is a card's. start, end: where it stands in the text. network: whose card it would be. last: four digits.

    named: whether a word beside it speaks of cards. grouped: whether it is written in groups, as on a card.
    """

    start: int
    end: int
    network: str
    last: str
    named: bool
    grouped: bool

    @property
    def sure(self) -> bool:
        """Whether it can hardly be anything else: a bare number without such a word is one in forty times by chance."""
        return self.named or self.grouped

    @property
    def shown(self) -> str:
        """As it may be shown."""
        return f"•••• {self.last}"


_ISSUERS: tuple[tuple[str, tuple[tuple[str, str], ...], frozenset[int]], ...] = (
    ("American Express", (("34", "34"), ("37", "37")), frozenset({15})),
    ("Diners Club", (("300", "305"), ("3095", "3095"), ("36", "36"), ("38", "39")), frozenset({14, 16})),
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
_LENGTHS = frozenset(length for _, _, lengths in _ISSUERS for length in lengths)
_GROUPINGS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 5), (4, 4, 4, 6), (6, 10), (8, 8)})
"""How cards, forms and logs write them: the last two only tell the issuer's digits apart."""

_NUMBER = re.compile(r"(?<![\w+%#/=&?.,@:-])\d(?:[ \u00a0\u202f.-]?\d){12,18}(?![\w%@]|[.,-]\d)", re.ASCII)
_IN_A_FIELD = re.compile(r"(?<=[=:,;|\t>\"'])\d{13,19}(?![\w%@.-])", re.ASCII)
_OF_CARDS = re.compile(
    r"\b(?:card|credit|debit|visa|master\s?card|maestro|amex|american express|diners|discover|jcb|union\s?pay|"
    r"karte(?:nnummer)?|kreditkarte\w*|"
    r"ec-karte|kart[aęyą]|kredytow\w+|płatnicz\w+|carte|tarjeta|carta|kaart\w*|kort\w*|pan|ccnum\w*|cc|cvv2?|cvc2?|"
    r"csc|prüfziffer|"
    r"expir\w+|exp\.?|gültig bis|ważna do|valid (?:thru|until))\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:order|orders|bestell\w*|auftrag\w*|zamówieni\w*|zamowieni\w*|commande|pedido|invoice|rechnung\w*|faktur\w*|"
    r"tracking|track|"
    r"sendung\w*|paket\w*|przesyłk\w*|przesylk\w*|parcel|shipment|iban|bic|konto|kontonummer|account|rachun\w+|nrb|"
    r"phone|tel|telefon|fon|fax|mobil\w*|handy|"
    r"ean|gtin|upc|isbn|issn|barcode|strichcode|kod kreskowy|imei|imsi|iccid|serial|serien\w*|seryjn\w*|sku|article|"
    r"artikel\w*|artykuł\w*|"
    r"customer|kunden\w*|klient\w*|loyalty|bonus\w*|gift|voucher|gutschein\w*|coupon|reference|referenz\w*|ref|"
    r"transaction|transakt\w*|"
    r"vat|ust\w*|nip|regon|pesel|krs|steuer\w*|meter|zähler\w*|ticket|case|timestamp|session|cookie|id|uid|"
    r"number of)\b\W{0,4}(?:[^\W\d]{1,12}\W{1,4}){0,2}\Z",
    re.IGNORECASE,
)  # fmt: skip
"""What stands right before a number that is something else; two short words (“no.”, “is”) may stand between."""
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}[ \u00a0-]?(?:[A-Z0-9]{4}[ \u00a0-]?){0,5}\Z")


def card_numbers(text: str) -> Iterator[CardNumber]:
    """The numbers in a text that are whole numbers of payment cards, in its order. Linear in the text's length."""
    seen = -1
    matches = sorted((*_NUMBER.finditer(text), *_IN_A_FIELD.finditer(text)), key=lambda match: match.start())
    for match in matches:
        if match.start() <= seen:
            continue
        digits = re.sub(r"\D", "", match[0], flags=re.ASCII)
        groups = tuple(map(len, re.findall(r"\d+", match[0], flags=re.ASCII)))
        network = _network(digits)
        if (
            not network
            or (len(groups) > 1 and (groups not in _GROUPINGS or not _same_separators(match[0])))
            or not _checks(digits)
        ):
            continue
        before, after = text[max(0, match.start() - BEFORE) : match.start()], text[match.end() : match.end() + AFTER]
        named = bool(_OF_CARDS.search(before) or _OF_CARDS.search(after))
        last_word = max((found.end() for found in _OF_CARDS.finditer(before)), default=-1)
        other = _OF_OTHERS.search(before)
        if _IBAN.search(before) or (other and other.start() > last_word - 1) or (other and not named):
            continue
        seen = match.end()
        yield CardNumber(match.start(), match.end(), network, digits[-4:], named, len(groups) > 1)


def without_card_numbers(text: str) -> str:
    """The same text with only the last four digits of each."""
    parts, at = [], 0
    for card in card_numbers(text):
        parts += [text[at : card.start], card.shown]
        at = card.end
    return "".join([*parts, text[at:]])


def _network(digits: str) -> str:
    if len(digits) not in _LENGTHS or len(set(digits)) < 2:
        return ""
    for name, ranges, lengths in _ISSUERS:
        if len(digits) in lengths and any(first <= digits[: len(first)] <= last for first, last in ranges):
            return name
    return ""


def _same_separators(written: str) -> bool:
    return len(set(re.sub(r"\d", "", written, flags=re.ASCII))) == 1


def _checks(digits: str) -> bool:
    """The check digit (ISO/IEC 7812-1, annex B; "Luhn")."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0

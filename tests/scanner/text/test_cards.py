"""Card numbers, and what only looks like one."""

from __future__ import annotations

import random

import pytest

from scanner.text.cards import card_numbers, name_without_card_numbers, without_card_numbers
from tests.patience import cpu


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Card: 4111 1111 1111 1111, valid until 12/27", "Visa •••• 1111"),
        ("Kreditkarte 5555-5555-5555-4444", "Mastercard •••• 4444"),
        ("karta 3782 822463 10005", "American Express •••• 0005"),
        ("name,378282246310005,12/27", "American Express •••• 0005"),
        ("paid with 6011000990139424", "Discover •••• 9424"),
        ("3530111333300000 JCB", "JCB •••• 0000"),
        ("Order 55 was paid with card 4111 1111 1111 1111", "Visa •••• 1111"),
        ("4111\u00a01111\u00a01111\u00a01111", "Visa •••• 1111"),
        ("%B4111111111111111^STEM/A^2712101000000000000?", "Visa •••• 1111"),  # a magnetic stripe's first track
        (";4111111111111111=27121010000000000000?", "Visa •••• 1111"),  # and its second
        ("GET /pay?card=4111+1111+1111+1111&exp=12%2F27 HTTP/1.1", "Visa •••• 1111"),
        ("GET /pay?cc=4111111111111111&cvv=123", "Visa •••• 1111"),
        ("card 4111\u00ad1111\u00ad1111\u00ad1111", "Visa •••• 1111"),
        ("CC#4111111111111111", "Visa •••• 1111"),
        ("paid by Visa-4111111111111111", "Visa •••• 1111"),
        ("PAN4111111111111111", "Visa •••• 1111"),
        ("card 2221000000000009", "Mastercard •••• 0009"),
    ],
)
def test_a_whole_number(text: str, found: str) -> None:
    (card,) = card_numbers(text)
    assert f"{card.network} {card.shown}" == found


@pytest.mark.parametrize(
    "text",
    [
        "Order number: 4111 1111 1111 1111",
        "Bestellnummer 4111111111111111",
        "IBAN DE89 4111 1111 1111 1111 00",
        "Tracking no. 4111111111111111",
        "4111 1111 1111 1112",
        "4111 11 111111 1111",
        "4111-1111 1111-1111",
        "call +49 4111 1111 1111 111",
        "https://shop.example/item/4111111111111111",
        "EAN 4006381333931",
        "•••• •••• •••• 1111",
        "0000 0000 0000 0000",
        "24111111111111111111",
        "translate(0%, -0.5309136012499991%)",
        "rate 2.4670000000000001E-2",
        "1336016856420878 5236104053731902 6853470",
        "1548138160707 GET /",
        "case 1747-9192-2056-7223",
        "span4111111111111111",
        "card-24111111111111111",
        "+49+4111111111111111",
        "id;4111111111111111=x",
        "Kundenkarte4111111111111111",
    ],
)
def test_what_is_none(text: str) -> None:
    assert list(card_numbers(text)) == []


def test_bare_digits_are_never_sure_without_a_word() -> None:
    (bare,) = card_numbers("4111111111111111")
    (named,) = card_numbers("Visa 4111111111111111")
    assert (bare.sure, named.sure) == (False, True)


def test_no_number_is_left_in_a_text() -> None:
    text = "a 4111 1111 1111 1111 b 5555555555554444 c"
    assert without_card_numbers(text) == "a •••• 1111 b •••• 4444 c"
    assert without_card_numbers(text, sure=True) == "a •••• 1111 b 5555555555554444 c"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("chat-4111111111111111.log", "chat-•••• 1111.log"),
        ("paid_4111_1111_1111_1111.csv", "paid_•••• 1111.csv"),
        ("2024-01-15_378282246310005_x5555 5555 5555 4444", "2024-01-15_•••• 0005_x•••• 4444"),
        ("order4111111111111111/6011+0009+9013+9424", "order•••• 1111/•••• 9424"),
        ("chat_20240115103000.log", "chat_20240115103000.log"),
        ("4111111111111112.log", "4111111111111112.log"),
        ("41111111111111110000000.log", "41111111111111110000000.log"),
        ("•••• 1111.log", "•••• 1111.log"),
    ],
)
def test_no_number_is_left_in_a_name(name: str, shown: str) -> None:
    assert name_without_card_numbers(name) == shown
    assert name_without_card_numbers(shown) == shown


@pytest.mark.parametrize("piece", ["1", "4 ", "4111-", "4_", "4111 1111 1111 111"])
def test_no_name_takes_long(piece: str) -> None:
    with cpu(2.0):
        name_without_card_numbers(piece * 20_000)


def test_random_numbers_are_rarely_taken_for_cards() -> None:
    """One in ten has a fitting check digit; issuers and lengths leave one in forty, and none that would be sure."""
    chance = random.Random(7)
    numbers = ["".join(chance.choices("0123456789", k=16)) for _ in range(20_000)]
    found = [card for number in numbers for card in card_numbers(f"x {number} y")]
    assert len(found) < len(numbers) / 25
    assert not any(card.sure for card in found)


def test_many_digits_cost_little() -> None:
    with cpu(20, "half a million digits"):
        list(card_numbers("4111 1111 " * 50_000))

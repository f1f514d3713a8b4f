"""Passwords and keys that a letter holds, and words that only speak of them."""

from __future__ import annotations

import pytest

from scanner.text.clear_secrets import secrets_in_address, secrets_in_text


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Your password: Tulip2024!", "a password (“Your password:”)"),
        ("Ihr Passwort lautet: rosen7", "a password (“Ihr Passwort lautet:”)"),
        ("Hasło: kwiat123", "a password (“Hasło:”)"),
        ("Passwort\nTulpe88x", "a password (“Passwort”)"),
        ("Password: sunflower", "a password (“Password:”)"),
        ('Dein Passwort ist "Tulpe9".', "a password (“Dein Passwort ist”)"),
        ("PW: Tulip99", "a password (“PW:”)"),
        ("mot de passe : Rose99", "a password (“mot de passe :”)"),
        ("API key: sk1234567890abcd", "a key (“API key”)"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("use ghp_abcdefghijklmnopqrstuvwxyz0123456789", "a GitHub token"),
        ("sk_live_abcdefghijklmnop1234", "a Stripe key"),
    ],
)
def test_told_by_its_label(text: str, label: str) -> None:
    assert list(secrets_in_text(text)) == [label]


@pytest.mark.parametrize(
    "text",
    [
        "Password: ********",
        "Password: the one you chose",
        "Passwort: wie bei der Registrierung gewählt",
        "Hasło: [ustawione przy rejestracji]",
        "To set your password, visit: https://shop.example/reset?key=abc",
        "Password\nForgot your password?",
        "Never tell anybody your password.",
        "Your password\nhas been changed on 3 May 2026",
        "Passwort: • • • •",
        "Password reset",
        "Your one-time passcode: 123456",
        "Passwort: Passwort anzeigen",
        "Mot de passe : celui que vous avez choisi",
        "Benutzername: anna\nUm dein Passwort zurückzusetzen, besuche folgende Adresse:",
        "password " * 2_000,
    ],
)
def test_only_spoken_of(text: str) -> None:
    assert list(secrets_in_text(text)) == []


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://anna:rose@shop.example/", ["a password in the address of shop.example"]),
        ("https://shop.example/?password=abc123", ["a password in a link to shop.example (password=…)"]),
        ("https://shop.example/a;jsessionid=0123456789ABCDEF01", ["the number of a session in a link to shop.example (jsessionid=…)"]),
        ("http://shop.example/r?token=0123456789abcdef", ["a key for one use in a link by http to shop.example (token=…)"]),
        ("https://shop.example/r?token=0123456789abcdef", []),
        ("https://shop.example/?sid=7", []),
        ("http://[", []),
    ],
)  # fmt: skip
def test_addresses(address: str, found: list[str]) -> None:
    assert list(secrets_in_address(address)) == found

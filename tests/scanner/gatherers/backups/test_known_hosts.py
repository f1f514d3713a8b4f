"""Lines of known_hosts, each with what OpenSSH takes it for; tests/servers/test_known_hosts.py asks OpenSSH itself."""

from __future__ import annotations

import base64
import hmac
import struct

import pytest

from scanner.gatherers.backups.known_hosts import Key, Standing, known_host, matches

HOST = "nas1.petal.example"


def key(number: int, kind: str = "ssh-ed25519") -> Key:
    name = kind.encode()
    return kind, struct.pack(">I", len(name)) + name + struct.pack(">I", 32) + bytes([number]) * 32


def text(one: Key) -> str:
    return f"{one[0]} {base64.b64encode(one[1]).decode()}"


def hashed(name: str, salt: bytes = b"s" * 20) -> str:
    told = hmac.digest(salt, name.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(told).decode()}"


MINE, OTHER = key(1), key(2)


@pytest.mark.parametrize(
    ("names", "port", "known"),
    [
        (HOST, 22, True),
        (HOST.upper(), 22, True),
        ("NAS1.*", 22, True),
        ("*", 22, True),
        ("*", 2222, True),
        ("nas?.petal.example", 22, True),
        ("nas??.petal.example", 22, False),
        ("*.petal.example", 22, True),
        ("*.petal", 22, False),
        ("nas[0-9].petal.example", 22, False),  # no classes: brackets stand for themselves
        ("other.example,*.petal.example", 22, True),
        (f"*.petal.example,!{HOST}", 22, False),
        (f"!{HOST},*.petal.example", 22, False),
        ("!other.example", 22, False),
        ("!other.example,*", 22, True),
        (f"[{HOST}]:2222", 2222, True),
        (f"[{HOST}]:2222", 22, False),
        (f"[{HOST}]:2223", 2222, False),
        ("[*.petal.example]:*", 2222, True),
        ("[*.example]:222?", 2222, True),
        (HOST, 2222, True),  # without the port it holds for all of them, where none is known with it
        ("*.petal.example", 2222, True),
        (f"[*.petal.example]:2222,![{HOST}]:2222", 2222, False),
        (hashed(HOST), 22, True),
        (hashed(HOST), 2222, True),
        (hashed(f"[{HOST}]:2222"), 2222, True),
        (hashed("other.example"), 22, False),
        (f"{hashed(HOST)},{HOST}", 22, False),  # a hash stands alone
        ("|1|short|short", 22, False),
        ("|2|" + hashed(HOST)[3:], 22, False),
        ("x" * 1100 + f",{HOST}", 22, False),
    ],
)
def test_names(names: str, port: int, known: bool) -> None:
    line = f"{names} {text(MINE)} a comment"
    assert known_host(HOST, port, [line]).standing(MINE) is (Standing.CONFIRMED if known else Standing.UNKNOWN)


def test_several_keys() -> None:
    lines = [f"{HOST} {text(MINE)}", f"*.petal.example {text(OTHER)}"]
    assert known_host(HOST, 22, lines).standing(MINE) is Standing.CONFIRMED
    assert known_host(HOST, 22, lines).standing(OTHER) is Standing.CONFIRMED
    assert known_host(HOST, 22, lines).standing(key(3)) is Standing.CHANGED


def test_a_key_that_is_known_with_the_port_hides_the_bare_name() -> None:
    lines = [f"[{HOST}]:2222 {text(OTHER)}", f"{HOST} {text(MINE)}"]
    assert known_host(HOST, 2222, lines).standing(MINE) is Standing.CHANGED
    assert known_host(HOST, 22, lines).standing(MINE) is Standing.CONFIRMED


def test_revoked_beats_known() -> None:
    lines = [f"{HOST} {text(MINE)}", f"@revoked * {text(MINE)}"]
    assert known_host(HOST, 22, lines).standing(MINE) is Standing.REVOKED
    assert known_host(HOST, 22, [lines[0], f"@revoked other.example {text(MINE)}"]).standing(MINE) is Standing.CONFIRMED
    assert known_host(HOST, 22, [lines[0], f"@revoked * {text(OTHER)}"]).standing(MINE) is Standing.CONFIRMED
    assert known_host(HOST, 2222, [f"@revoked {HOST} {text(MINE)}"]).standing(MINE) is Standing.REVOKED


def test_an_authority_is_no_key_of_a_host() -> None:
    known = known_host(HOST, 22, [f"@cert-authority *.petal.example {text(MINE)}"])
    assert known.standing(MINE) is Standing.UNKNOWN
    assert known.authority
    assert not known_host(HOST, 22, [f"@cert-authority *.other.example {text(MINE)}"]).authority


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        f"# {HOST} {text(MINE)}",
        HOST,
        f"{HOST} ssh-ed25519",
        f"{HOST} ssh-ed25519 ####",
        f"{HOST} ssh-rsa {text(MINE).partition(' ')[2]}",  # says one type, holds another
        f"{HOST} ssh-ed25519 AAAA",
        f"@strange {HOST} {text(MINE)}",
        f"@revoked @cert-authority {HOST} {text(MINE)}",
        f"{HOST} 1024 35 1234567890",
        "\x00\xff",
    ],
)
def test_lines_that_vouch_for_nobody(line: str) -> None:
    good = f"\t{HOST}\t  {text(OTHER)}\r"
    assert known_host(HOST, 22, [line]).standing(MINE) is Standing.UNKNOWN
    assert known_host(HOST, 22, [line, good]).standing(OTHER) is Standing.CONFIRMED


def test_an_address_of_version_6() -> None:
    assert known_host("2001:DB8::1", 2222, [f"[2001:db8::1]:2222 {text(MINE)}"]).standing(MINE) is Standing.CONFIRMED


def test_a_pattern_of_stars_takes_no_time() -> None:
    assert not matches("*a" * 500 + "b", "a" * 5000)
    assert matches("*a" * 500, "a" * 5000)

"""Who wrote a secret where others read it is told so: key, line or file, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.settings.laid_open import laid_open
from scanner.settings.reading import read_settings


def said(folder: Path, text: str, mode: int = 0o600) -> tuple[str, ...]:
    file = folder / "shopwarden.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return laid_open(read_settings(file))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[defaults]\ndatabase = "postgresql://shop:roses9@db/history"', "line 2: defaults.database"),
        ('[nightly]\nheartbeat = "https://hc.example/550e8400-e29b-41d4-a716-446655440000"', "line 2: nightly.heartbeat"),
        ('[nightly]\nheartbeat = "https://hc.example/?token=abc"', "line 2: nightly.heartbeat"),
        ('[[alert]]\nto = ["mailto://robot:roses9@mail.example/?to=a@b.example"]', "line 2: alert[1].to"),
        ('[[alert]]\nto = ["slack://T0/B0/xyz"]', "line 2: alert[1].to"),
        ('[[alert]]\nto = ["tgram://123:abc/9"]', "line 2: alert[1].to"),
        ('[[alert]]\nsecret = "${S}"\nwebhook = "https://hooks.example/s/aBcD3fGh1jKlMn0pQrStUv9x"', "line 3: alert[1].webhook"),
        ('[[site]]\nurl = "a.example"\ndatabase = "postgresql://u:pw@db/h"', "line 3: site[1].database"),
    ],
)
def test_a_secret_as_it_is(tmp_path: Path, text: str, place: str) -> None:
    (sentence,) = said(tmp_path, text)
    assert place in sentence
    assert "${NAME}" in sentence
    assert not any(secret in sentence for secret in ("roses9", "xyz", "abc", "550e", "aBcD", ":pw@"))
    told = said(tmp_path, text, 0o644)
    assert len(told) == 2
    assert "chmod 600" in told[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[defaults]\ndatabase = "history.sqlite3"',
        '[defaults]\ndatabase = "postgresql://shop:${PW}@db/history"',
        '[nightly]\nheartbeat = "${HEARTBEAT}"',
        '[[alert]]\nto = ["mailto://robot:${PW}@mail.example/?from=a@b.example", "slack://${TOKENS}", "json://hooks.example/in"]',
        '[[alert]]\nsecret = "${S}"\nwebhook = "https://desk.example/hooks/shopwarden"',
        '[[site]]\nurl = "a.example"\n[[site.backup]]\nkind = "site"\nlocation = "sftp://backup@nas.example:2222/shop"',
    ],
)
def test_references_and_plain_addresses_are_fine(tmp_path: Path, text: str) -> None:
    assert said(tmp_path, text, 0o644) == ()


def test_files_that_everybody_reads(tmp_path: Path) -> None:
    text = '[[site]]\nurl = "a.example"\n[[site.backup]]\nkind = "site"\nlocation = "sftp://b@nas.example/x"\n'
    text += 'password = "file:nas pw"\nkey_file = "id_ed25519"\n[[alert]]\nto = ["file:mail"]\n'
    for name in ("nas pw", "id_ed25519", "mail"):
        (tmp_path / name).write_text("mailto://x", encoding="utf-8")
        (tmp_path / name).chmod(0o644)
    told = said(tmp_path, text)
    assert len(told) == 3
    assert any(f"chmod 600 '{tmp_path / 'nas pw'}'" in one and "line 6: site[1].backup[1].password" in one for one in told)
    for name in ("nas pw", "id_ed25519", "mail"):
        (tmp_path / name).chmod(0o600)
    assert said(tmp_path, text) == ()
    (tmp_path / "id_ed25519").unlink()  # whoever needs it says so
    assert said(tmp_path, text) == ()

"""Secrets that the configuration only names."""

from pathlib import Path

import pytest

from scanner.settings.errors import BadSettings
from scanner.settings.secrets import secret


def test_secrets_come_from_the_environment_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_SECRET", "gardening")
    (tmp_path / "secret").write_text("gardening\n")
    assert secret("${SHOP_SECRET}", tmp_path) == "gardening"
    assert secret("file:secret", tmp_path) == "gardening"
    monkeypatch.delenv("SHOP_SECRET")
    with pytest.raises(BadSettings, match="SHOP_SECRET"):
        secret("${SHOP_SECRET}", tmp_path)
    with pytest.raises(BadSettings, match=r"missing: the secret cannot be read \(No such file or directory\)"):
        secret("file:missing", tmp_path)

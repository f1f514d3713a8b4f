"""The timer, the crontab line and the configuration in docs/nightly.md are right."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from scanner.settings.models import Settings
from tests.patience import PATIENCE, stamp
from tests.servers.processes import needs

DOCS = (Path(__file__).parents[2] / "docs" / "nightly.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)


def test_the_configuration_is_accepted() -> None:
    settings = Settings.model_validate(tomllib.loads("\n".join(blocks("toml"))))
    assert settings.nightly.heartbeat == "${HEARTBEAT}"
    assert len(settings.alert) == 3


def test_the_signature_check_of_the_docs_accepts_our_signature() -> None:

    from shopwarden.delivery.webhook import sign

    (source,) = blocks("python")
    names: dict[str, object] = {}
    exec(source, names)
    genuine = names["genuine"]
    assert callable(genuine)
    header = sign("k", int(stamp()), b"{}")
    assert genuine(b"{}", header, "k")
    assert not genuine(b"{ }", header, "k")
    assert not genuine(b"{}", sign("k", int(stamp()) - 900, b"{}"), "k")


def test_cron_would_take_the_line() -> None:
    (line,) = blocks("crontab")
    assert re.match(r"[\d*]+ [\d*]+ [\d*]+ [\d*]+ [\d*]+\s+\S", line)
    assert "%" not in line  # cron reads it as a line's end


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    needs("systemd-analyze")
    service, timer = blocks("ini")
    # A stand-in for the installed program: systemd looks whether it is there.
    service = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", service)
    (tmp_path / "shopwarden.service").write_text(service)
    (tmp_path / "shopwarden.timer").write_text(timer)
    units = [str(tmp_path / "shopwarden.service"), str(tmp_path / "shopwarden.timer")]
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    mine = [line for line in result.stderr.splitlines() if "shopwarden" in line]
    assert (result.returncode, mine) == (0, []), result.stderr

"""known_hosts as OpenSSH itself reads it: ``ssh-keygen -F`` on files made at random, and logins of its own ``sftp`` beside ours."""

from __future__ import annotations

import getpass
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.evidence import Unavailable
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.known_hosts import known_host
from scanner.gatherers.backups.places import BackupPlan
from scanner.settings.models import BackupSettings
from scanner.text.clock import StoppedClock
from tests.patience import PATIENCE
from tests.scanner.gatherers.backups.test_known_hosts import hashed
from tests.servers.processes import needs
from tests.servers.test_sftp_backups import NOW, Sshd, keygen, running

HOST = "nas1.petal.example"
LABELS = ("nas1", "nas2", "nas?", "n*", "*", "petal", "pet?l", "example", "other", "NAS1", "[nas1]")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("ssh-keygen", "sftp")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("host", "other", "authority", "owner"):
        keygen(folder / name)
    shutil.copy(folder / "owner.pub", folder / "authorized_keys")
    (folder / "backups").mkdir()
    return folder


@pytest.fixture(scope="module")
def sshd(keys: Path) -> Iterator[Sshd]:
    with running(keys) as server:
        yield server


def public(keys: Path, name: str) -> str:
    return " ".join((keys / f"{name}.pub").read_text().split()[:2])


def pattern(chance: random.Random) -> str:
    name = ".".join(chance.choice(LABELS) for _ in range(chance.choice((1, 2, 3, 3, 3))))
    if chance.random() < 0.4:
        name = f"[{name}]:{chance.choice(('2222', '222?', '*', '22', '2223'))}"
    return chance.choice(("", "", "", "!")) + name


def names(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return hashed(chance.choice((HOST, f"[{HOST}]:2222", "other.example")), chance.randbytes(20))
    return ",".join(pattern(chance) for _ in range(chance.randint(1, 3)))


@pytest.mark.parametrize("seed", range(20))
def test_files_made_at_random(keys: Path, tmp_path: Path, seed: int) -> None:
    """The same lines speak of the same names, with the same markers."""
    chance = random.Random(seed)
    file, key = tmp_path / "known_hosts", public(keys, "host")
    for _ in range(6):
        markers = [chance.choice(("", "", "", "@revoked ", "@cert-authority ")) for _ in range(12)]
        file.write_text("".join(f"{marker}{names(chance)} {key}\n" for marker in markers))
        lines = file.read_text().splitlines()
        for name, port in ((HOST, 22), (HOST, 2222), ("nas2.petal.example", 2222), ("other.example", 22)):
            asked = name if port == 22 else f"[{name}]:{port}"
            found = subprocess.run(
                ["ssh-keygen", "-F", asked, "-f", str(file)], capture_output=True, text=True, check=False
            ).stdout.splitlines()
            theirs = {int(line.split("line ")[1].split()[0]) - 1 for line in found if line.startswith("# Host ")}
            ours = set()
            for number, line in enumerate(lines):
                known = known_host(name, port, [line]).with_port
                if known.keys or known.revoked or known.authority:
                    ours.add(number)
            assert ours == theirs, (asked, [lines[number] for number in ours ^ theirs])


LOGINS = {
    "plain": "[{host}]:{port} {key}",
    "stars": "[*.petal.example]:* {key}",
    "a question mark": "[nas?.petal.example]:{port} {key}",
    "a list": "other.example,[*.petal.example]:{port} {key}",
    "without the port": "*.petal.example {key}",
    "hashed": "{hashed} {key}",
    "the second of two keys": "[{host}]:{port} {other}\n[{host}]:{port} {key}",
    "excluded": "[*.petal.example]:{port},![{host}]:{port} {key}",
    "excluded with the port, known without": "![{host}]:{port},*.petal.example {key}",
    "another key": "[{host}]:{port} {other}",
    "another key with the port, this one without": "[{host}]:{port} {other}\n{host} {key}",
    "revoked": "[{host}]:{port} {key}\n@revoked * {key}",
    "revoked without the port": "@revoked {host} {key}",
    "another one revoked": "[{host}]:{port} {key}\n@revoked * {other}",
    "an authority": "@cert-authority *.petal.example,[*.petal.example]:* {authority}",
    "an authority with the host's own key": "@cert-authority * {key}",
    "an authority and the key": "@cert-authority [*.petal.example]:* {authority}\n[{host}]:{port} {key}",
    "another port": "[{host}]:1 {key}",
    "nobody": "",
    "broken lines": "nonsense\n[{host}]:{port} ssh-ed25519 AAAA\n[{host}]:{port} {key}",
    "spaces": "   [{host}]:{port}   {key}   comment",
}
SAYS = {
    "excluded": "do not know the host key",
    "another key": "shows another host key",
    "another key with the port, this one without": "shows another host key",
    "revoked": "marks as revoked",
    "revoked without the port": "marks as revoked",
    "an authority": "Host certificates are not supported; add its key",
    "an authority with the host's own key": "Host certificates are not supported; add its key",
    "another port": "do not know the host key",
    "nobody": "do not know the host key",
}


@pytest.mark.parametrize("name", LOGINS)
async def test_we_log_in_where_openssh_does(
    sshd: Sshd, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    file = tmp_path / "known_hosts"
    values = {kind: public(keys, kind) for kind in ("other", "authority")} | {"key": public(keys, "host"), "host": HOST}
    file.write_text(LOGINS[name].format(**values, port=sshd.port, hashed=hashed(f"[{HOST}]:{sshd.port}")) + "\n")
    relay = tmp_path / "relay.py"  # in place of the name's resolution
    relay.write_text(
        f"import os, socket, threading\ns = socket.create_connection(('127.0.0.1', {sshd.port}))\n"
        "def up():\n    while d := os.read(0, 65536): s.sendall(d)\n    os._exit(0)  # the client is gone; the server would wait two minutes\n"
        "threading.Thread(target=up, daemon=True).start()\nwhile d := s.recv(65536): os.write(1, d)\n"
    )
    options = {
        "UserKnownHostsFile": file,
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "BatchMode": "yes",
        "ProxyCommand": f"{sys.executable} {relay}",
    }
    command = ["sftp", "-F", "none", "-b", "-", "-q", "-i", str(keys / "owner"), "-P", str(sshd.port)]
    command += [word for option, value in options.items() for word in ("-o", f"{option}={value}")]
    theirs = subprocess.run(
        [*command, f"{getpass.getuser()}@{HOST}"], input="pwd\n", capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    monkeypatch.setattr("socket.getaddrinfo", _resolving(sshd.port))
    given = BackupSettings.model_validate(
        {
            "kind": "database",
            "location": f"sftp://{getpass.getuser()}@{HOST}:{sshd.port}{keys}/backups",
            "key_file": str(keys / "owner"),
            "known_hosts": str(file),
        }
    )
    (place,) = (await backups(BackupPlan((given,), tmp_path), StoppedClock(NOW))).places
    assert (theirs.returncode == 0) is not isinstance(place.files, Unavailable), theirs.stderr
    assert (name in SAYS) is isinstance(place.files, Unavailable)
    if isinstance(place.files, Unavailable):
        assert SAYS[name] in place.files.because


def _resolving(port: int) -> object:
    import socket

    return lambda *_a, **_k: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


async def test_a_server_that_shows_a_certificate_too(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plain key counts where it is known, and its authority never stands in for it."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name in ("authority", "host", "host.pub", "owner", "authorized_keys"):
        shutil.copy(keys / name, tmp_path / name)
    subprocess.run(
        ["ssh-keygen", "-q", "-s", "authority", "-I", "nas", "-h", "-n", "127.0.0.1", "host.pub"], cwd=tmp_path, check=True
    )
    with running(tmp_path, certificate="host-cert.pub") as server:
        (tmp_path / "backups").mkdir()
        for lines, works in (
            (f"@cert-authority [127.0.0.1]:{server.port} {public(keys, 'authority')}\n", False),
            (server.known_hosts(), True),
        ):
            (tmp_path / "known_hosts").write_text(lines)
            given = BackupSettings.model_validate(
                {
                    "kind": "database",
                    "location": f"sftp://{getpass.getuser()}@127.0.0.1:{server.port}{tmp_path}/backups",
                    "key_file": str(tmp_path / "owner"),
                    "known_hosts": str(tmp_path / "known_hosts"),
                }
            )
            (place,) = (await backups(BackupPlan((given,), tmp_path), StoppedClock(NOW))).places
            assert isinstance(place.files, Unavailable) is not works
            if isinstance(place.files, Unavailable):
                assert "Host certificates are not supported; add its key" in place.files.because

"""The helper itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.patience import eventually
from tests.servers.processes import _answers, binary, free_port, needs, running


def test_a_server_runs_until_the_block_ends() -> None:
    port = free_port()
    with running([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)], ports=(port,)) as process:
        assert process.poll() is None
    assert process.returncode is not None


def test_children_end_with_their_server() -> None:
    mine, childs = free_port(), free_port()
    serve = f"{sys.executable} -m http.server --bind 127.0.0.1"
    with running([binary("sh"), "-c", f"(trap '' TERM; {serve} {childs}) & {serve} {mine}"], ports=(mine, childs)):
        pass
    eventually(lambda: not _answers(childs))


def test_what_a_server_says_when_it_cannot_start_is_told() -> None:
    command = [binary("sh"), "-c", "echo no such option >&2; exit 3"]
    told = r"ended at once \(exit status 3\); it said:\nno such option"
    with pytest.raises(pytest.fail.Exception, match=told), running(command, ports=(free_port(),)):
        pass


def test_a_missing_server_is_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("sh")
    with pytest.raises(pytest.skip.Exception, match="no-such-server is not installed"):
        needs("no-such-server")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="only root may start sh"):
        needs("sh", root=True)
    with pytest.raises(FileNotFoundError):
        binary("no-such-server")
    assert subprocess.run([binary("true")], check=False).returncode == 0


def test_no_port_is_given_twice() -> None:
    ports = [free_port() for _ in range(400)]
    assert len(set(ports)) == len(ports)

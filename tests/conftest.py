"""No test sends anything anywhere but to loopback, and none looks a name up. What tests measure is printed at the end, in CI and with
``-v``."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests import again
from tests.idle_time import IdleTime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.receivers import Hook, MailServer
    from tests.street import Street

os.environ["TZ"] = "UTC"
time.tzset()
os.environ["LC_ALL"] = "C.UTF-8"  # the program speaks the language of whoever types; tests read its English

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

SKIPPED_IN_CI = (
    "root may write everywhere",
    "the picture is made by hand",
    "this copy is public",
    "this build of OpenSSH adds nothing",
)
"""How the reasons begin that count in CI too: they say what a machine is, not what it lacks."""

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo


def _allowed(host: object) -> bool:
    if not isinstance(host, str) or host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == socket.gethostname()


def _check(address: Any) -> None:
    if isinstance(address, tuple) and not _allowed(address[0]):
        pytest.fail(f"a test tried to connect to {address}", pytrace=False)


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests that are marked so have a loop whose clock goes only while everybody waits."""
    return {"idle": IdleTime} if item.get_closest_marker("idle_time") else {"usual": asyncio.new_event_loop}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # one process of several
        from tests.shares import longest_first

        longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    if config.getoption("dist") != "loadfile":
        return None
    from tests.shares import Shares

    return Shares(config, log)


@pytest.fixture(scope="session", autouse=True)
def loopback_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Refuse everything else at the socket."""

    def connect(self: socket.socket, address: Any) -> None:
        _check(address)
        return _connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return _connect_ex(self, address)

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not _allowed(name):
            raise socket.gaierror(socket.EAI_NONAME, f"a test tried to look {name} up")
        return _getaddrinfo(host, *args, **kwargs)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect)
    patch.setattr(socket.socket, "connect_ex", connect_ex)
    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))  # the history of whoever runs the tests is theirs
    for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
        patch.delenv(variable)
    yield
    patch.undo()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks to come again later, and does not say when, is asked again after a second."""
    from scanner.gatherers.http import fetcher

    monkeypatch.setattr(fetcher, "USUAL_WAIT", 1.0)


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run; they travel with the test's report, since a test may run in a process of its own."""
    lines: list[str] = []
    request.node.user_properties.append(("measured", lines))
    return lines


class FailuresAtOnce:
    """A run that is ended from outside has no summary: each failure is named when it happens."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome in {"passed", "skipped"}:
            return
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        said = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
        terminal.write_line(f"\n{report.outcome} ({report.when}) {report.nodeid}")
        for line in said[:12]:
            terminal.write_line(line[:300])


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(again)
    if os.environ.get("CI") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailuresAtOnce(config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A laptop has some of the programs that tests need, and the tests say which they miss. In CI all are there: what a test could
    not see there has failed."""
    report = yield
    if os.environ.get("CI") and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(SKIPPED_IN_CI):
            report.outcome, report.longrepr = "failed", f"E   in CI nothing may be missing: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not os.environ.get("CI") and config.get_verbosity() <= 0:
        return
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind) if one.when == "call"]
    for report in reports:
        for line in (line for name, lines in report.user_properties if name == "measured" for line in lines):
            terminalreporter.write_line(line)


@pytest.fixture
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs into a process apart is done in this one; not in tests that are marked ``apart``."""
    if request.node.get_closest_marker("apart"):
        return
    from scanner.gatherers.backups import backups
    from scanner.gatherers.tls import tls_scan
    from tests.here import Here

    monkeypatch.setattr(backups, "CHILDREN", Here("scanner.gatherers.backups.looking"))
    monkeypatch.setattr(tls_scan, "CHILDREN", Here("scanner.gatherers.tls.looking"))


@pytest.fixture
def shops() -> Iterator[Street]:
    """Several shops on loopback."""
    from tests.street import street

    with street() as made:
        yield made


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A server that keeps what it is sent."""
    from tests.receivers import mail_server

    with mail_server() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A receiver of webhooks."""
    from tests.receivers import hook_server

    with hook_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of somebody who types commands; the history's usual place is in it too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path

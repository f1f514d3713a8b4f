"""Every state of a backup at every kind of store: a folder here, OpenSSH, FTP over TLS, S3 (moto), WebDAV (wsgidav).

Each must give the same verdicts everywhere; a login that is refused or a line that is cut never gives one.
"""

from __future__ import annotations

import getpass
import gzip
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import trustme

from checks.backup.age import backup_database_stale, backup_site_stale
from checks.backup.content import backup_corrupt
from checks.backup.presence import backup_missing
from checks.backup.sizes import backup_suspicious_size
from scanner import Backups, Found, Inconclusive, NotApplicable, Passed, Unavailable, Verdict
from scanner.gatherers.backups import looking
from scanner.gatherers.backups.backups import backups
from scanner.gatherers.backups.places import GONE, BackupPlan
from scanner.settings.models import BackupSettings
from scanner.testing import installation, installations
from scanner.text.clock import StoppedClock
from tests.patience import PATIENCE
from tests.servers.test_backup_reading import NOISE, dump, put, zipped
from tests.servers.test_backup_stores import PASSWORD, ftps, wsgidav
from tests.servers.test_sftp_backups import NOW, keygen, proxy, running

pytestmark = [
    pytest.mark.filterwarnings("ignore:The async.* module is deprecated:DeprecationWarning"),  # pyftpdlib on Python 3.11
    pytest.mark.usefixtures("here"),
]

SHOP = installations(installation("opencart"))
STRANGE = ("<script>alert(1)<∕script>.sql", "..\\..\\etc.sql", "\u202egz.sql", "{{7*7}} & 'a' \"b\".sql")
HOSTILE = ("\x1b]0;owned\x07.sql", "a\nb\rc.sql", *STRANGE)


@dataclass(frozen=True)
class State:
    """How a folder looks, and what each rule must say of it; rules that are not named pass or do not apply."""

    build: Callable[[Path], None]
    expected: dict[str, type]
    words: str = ""
    kind: str = "database"


def _shrunk(folder: Path) -> None:
    for day in range(1, 7):
        put(folder, f"shop-2026-11-{20 - day}.sql", dump(), 9 + 24 * day)
    put(folder, "shop-2026-11-20.sql", dump().replace(NOISE.hex().encode(), b"x"), 9)


def _half_a_set(folder: Path) -> None:
    for part in ("plugins", "uploads"):
        put(folder, f"backup_2026-11-20-0300_Petal_0a1b2c3d4e5f-{part}.zip", zipped("a"))


def _cut(*names: str) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        for name in names:
            put(folder, name, dump()[:-60])

    return build


STATES = {
    "fresh": State(lambda folder: put(folder, "shop-2026-11-20.sql.gz", gzip.compress(dump(), 1)), {}),
    "stale": State(
        lambda folder: put(folder, "shop-2026-11-01.sql.gz", gzip.compress(dump(), 1), 480),
        {"stale": Found},
        "is 20 days old",
    ),
    "an empty folder": State(lambda folder: None, {"missing": Found, "stale": Inconclusive, "corrupt": Inconclusive}),
    "an empty file": State(
        lambda folder: put(folder, "shop-2026-11-20.sql.gz", b""),
        {"missing": Found, "stale": Inconclusive, "corrupt": Inconclusive},
    ),
    "a gzip file cut short": State(
        lambda folder: put(folder, "shop.sql.gz", gzip.compress(dump(), 1)[:-2000]),
        {"corrupt": Found},
        "breaks off in the middle",
    ),
    "a zip file without its directory": State(
        lambda folder: put(folder, "shop.zip", zipped("a", "b")[:-300]),
        {"corrupt": Found},
        "has no directory at its end",
        "site",
    ),
    "half an UpdraftPlus set": State(_half_a_set, {"corrupt": Found}, "others and themes are missing", "site"),
    "a dump cut in the middle": State(
        lambda folder: put(folder, "shop.sql", dump()[: len(NOISE)]), {"corrupt": Found}, "closing line"
    ),
    "much smaller than before": State(_shrunk, {"size": Found}, "the 5 before it have"),
    "written in the future": State(
        lambda folder: put(folder, "shop.sql", dump(), -72),
        {"stale": Inconclusive, "size": Inconclusive},
    ),
    "strange names": State(_cut(*STRANGE), {"corrupt": Found}),
    "control characters in names": State(_cut(*HOSTILE), {"corrupt": Found}),
}


class Store(ABC):
    """One kind of store, with the folders of ``root`` in it."""

    port = 0
    """Where it listens; 0 for none."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @abstractmethod
    def settings(self, folder: str, *, port: int = 0, refused: bool = False) -> dict[str, str]:
        """location and login of a folder. port: of a relay in between. refused: with a login that it does not know."""

    def fill(self, folder: str, build: Callable[[Path], None]) -> None:
        """Make the folder anew."""
        shutil.rmtree(self.root / folder, ignore_errors=True)
        (self.root / folder).mkdir()
        build(self.root / folder)


class Disk(Store):
    def settings(self, folder: str, *, port: int = 0, refused: bool = False) -> dict[str, str]:
        return {"location": str(self.root / folder)}


class Sftp(Store):
    def __init__(self, root: Path, port: int, keys: Path) -> None:
        super().__init__(root)
        self.port, self.keys = port, keys

    def settings(self, folder: str, *, port: int = 0, refused: bool = False) -> dict[str, str]:
        kind, text, *_ = (self.keys / "host.pub").read_text().split()
        known = self.keys / f"known-{port or self.port}"
        known.write_text(f"[127.0.0.1]:{port or self.port} {kind} {text}\n")
        return {
            "location": f"sftp://{getpass.getuser()}@127.0.0.1:{port or self.port}{self.root / folder}",
            "key_file": str(self.keys / ("stranger" if refused else "owner")),
            "known_hosts": str(known),
        }


class WithPassword(Store):
    """FTPS or WebDAV."""

    def __init__(self, root: Path, scheme: str, port: int) -> None:
        super().__init__(root)
        self.scheme, self.port = scheme, port

    def settings(self, folder: str, *, port: int = 0, refused: bool = False) -> dict[str, str]:
        user = "stranger" if refused else "florist"
        return {
            "location": f"{self.scheme}://{user}@127.0.0.1:{port or self.port}/{folder}",
            "password": "${BACKUP_PASSWORD}",
        }


class S3(Store):
    def __init__(self, root: Path, port: int) -> None:
        super().__init__(root)
        self.port = port

    def settings(self, folder: str, *, port: int = 0, refused: bool = False) -> dict[str, str]:
        return {
            "location": f"s3://{'STRANGER' if refused else 'KEY'}@backups/{folder}?endpoint=http://127.0.0.1:{port or self.port}",
            "password": "${BACKUP_PASSWORD}",
        }

    def fill(self, folder: str, build: Callable[[Path], None]) -> None:
        """moto dates what it is given with today; here its memory is given the files' own times."""
        from moto.s3.models import s3_backends

        super().fill(folder, build)
        backend = s3_backends["123456789012"]["aws"]
        bucket = backend.buckets["backups"]
        for key in [key for key in list(bucket.keys) if key.startswith(f"{folder}/")]:
            del bucket.keys[key]
        for file in sorted((self.root / folder).iterdir()):
            stored = backend.put_object("backups", f"{folder}/{file.name}", file.read_bytes())
            stored.last_modified = (NOW + timedelta(seconds=file.stat().st_mtime - NOW.timestamp())).replace(tzinfo=None)


@contextmanager
def moto() -> Iterator[int]:
    server_module = pytest.importorskip("moto.server")
    from moto.s3.models import s3_backends

    server = server_module.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    s3_backends.reset()  # moto's memory is this process's: another test's buckets may be in it
    s3_backends["123456789012"]["aws"].create_bucket("backups", "us-east-1")
    yield server.get_host_and_port()[1]
    server.stop()
    s3_backends.reset()


NETWORKED = ("sftp", "ftps", "s3", "webdav")
"""Those that know logins, and have a line that can be cut."""
MANY = 20_000 if os.environ.get("SOAK") else 3_500
"""Of S3 four lists, the last of them short. Twenty thousand on every run: test_sftp_backups.py and, on a disk, test_backups.py."""


@pytest.fixture(scope="module", params=["disk", *NETWORKED])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp(request.param)
    root = folder / "files"
    root.mkdir()
    if request.param == "disk":
        yield Disk(root)
    elif request.param == "sftp":
        for name in ("host", "owner", "stranger"):
            keygen(folder / name)
        shutil.copy(folder / "owner.pub", folder / "authorized_keys")
        with running(folder) as server:
            yield Sftp(root, server.port, folder)
    elif request.param == "ftps":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "authority.pem")
        with pytest.MonkeyPatch.context() as patch, ftps(root, authority) as port:
            patch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
            yield WithPassword(root, "ftps", port)
    else:
        with moto() if request.param == "s3" else wsgidav(root) as port:
            yield S3(root, port) if request.param == "s3" else WithPassword(root, "webdav", port)


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_PASSWORD", PASSWORD)


async def look(settings: dict[str, str], kind: str = "database", deadline: float = 40) -> Backups:
    given = BackupSettings.model_validate({"kind": kind, **settings})
    return await backups(BackupPlan((given,), Path("/"), deadline), StoppedClock(NOW))


def verdicts(seen: Backups, kind: str = "database") -> dict[str, Verdict]:
    return {
        "missing": backup_missing(seen),
        "stale": backup_database_stale(seen) if kind == "database" else backup_site_stale(seen),
        "size": backup_suspicious_size(seen),
        "corrupt": backup_corrupt(seen, SHOP),
    }


@pytest.mark.parametrize("name", STATES)
async def test_every_state(store: Store, name: str) -> None:
    state = STATES[name]
    store.fill("shop", state.build)
    seen = await look(store.settings("shop"), state.kind)
    judged = verdicts(seen, state.kind)
    expected: dict[str, type | tuple[type, ...]] = dict.fromkeys(judged, (Passed, NotApplicable)) | state.expected
    for rule, verdict in judged.items():
        assert isinstance(verdict, expected[rule]), (rule, verdict)
    shown = " ".join(one.shown for verdict in judged.values() if isinstance(verdict, Found) for one in verdict.findings)
    assert state.words in shown
    assert shown.isprintable()
    assert PASSWORD not in repr(seen)


@pytest.mark.apart
async def test_a_process_of_its_own(store: Store) -> None:
    """As it really is: the reader is a child with limits, and all that it says comes by its pipe."""
    store.fill("shop", STATES["fresh"].build)
    for rule, verdict in verdicts(await look(store.settings("shop"))).items():
        assert isinstance(verdict, Passed | NotApplicable), (rule, verdict)


async def test_one_that_vanishes_between_list_and_look(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list holds, the file could not be checked, and nobody is told of a defect."""
    store.fill("shop", STATES["fresh"].build)
    choose = looking._newest_finished

    def chosen_and_gone(*given: Any) -> Any:
        store.fill("shop", lambda _folder: None)
        return choose(*given)

    monkeypatch.setattr(looking, "_newest_finished", chosen_and_gone)
    seen = await look(store.settings("shop"))
    assert seen.places[0].content == Unavailable(GONE)
    judged = verdicts(seen)
    assert isinstance(judged["missing"], Passed)
    assert isinstance(judged["corrupt"], Inconclusive)


async def test_a_folder_that_is_not_there(store: Store) -> None:
    judged = verdicts(await look(store.settings("gone")))
    assert isinstance(judged["missing"], Found)
    for rule in ("stale", "corrupt"):
        assert not isinstance(judged[rule], Found | Passed), judged[rule]


@pytest.mark.parametrize("store", NETWORKED, indirect=True)
async def test_a_login_that_is_refused(store: Store) -> None:
    store.fill("shop", STATES["stale"].build)
    if isinstance(store, S3):  # moto asks for no login until it is told to, and then knows none
        _authentication(store.port, b"0")
    try:
        seen = await look(store.settings("shop", refused=True))
    finally:
        if isinstance(store, S3):
            _authentication(store.port, b"Infinity")
    for rule, verdict in verdicts(seen).items():
        assert isinstance(verdict, Inconclusive), (rule, verdict)
        assert "refuse" in verdict.because
        assert PASSWORD not in verdict.because


def _authentication(port: int, after: bytes) -> None:
    request = Request(
        f"http://127.0.0.1:{port}/moto-api/reset-auth", data=after, headers={"Content-Type": "text/plain"}, method="POST"
    )
    with urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 200


async def test_thousands_of_files(store: Store) -> None:
    def many(folder: Path) -> None:
        put(folder, "shop-2026-11-20.sql.gz", gzip.compress(dump(), 1))
        for number in range(MANY):
            name = os.fspath(folder / f"shop-{number:05}.sql.gz")
            with open(name, "wb") as file:  # noqa: PTH123  thousands of Path objects are slow
                file.write(b"\x1f\x8b")
            os.utime(name, (NOW.timestamp() - 10**6 - number,) * 2)

    store.fill("many", many)
    judged = verdicts(await look(store.settings("many"), deadline=100))
    for rule in ("missing", "stale", "corrupt"):
        assert isinstance(judged[rule], Passed), judged[rule]
    shutil.rmtree(store.root / "many")


@pytest.mark.parametrize("store", NETWORKED, indirect=True)
@pytest.mark.parametrize("after", [0, 150, 1_000, 3_000, 60_000])
async def test_a_line_that_is_cut(store: Store, after: int) -> None:
    """The stale folder behind a relay that cuts every connection after so many bytes from the server."""
    store.fill("shop", STATES["stale"].build)
    whole = await look(store.settings("shop"))
    async with proxy(store.port, after) as port:
        seen = await look(store.settings("shop", port=port), deadline=15)
    for rule, verdict in verdicts(seen).items():
        if not isinstance(verdict, Inconclusive):
            seen_whole = isinstance(seen.places[0].files, tuple)
            assert seen_whole, (rule, verdict, "judged without the list")
            assert replace(seen.places[0], content=None, location="", address="").files == whole.places[0].files
            assert type(verdict) is type(verdicts(whole)[rule])

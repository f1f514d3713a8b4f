"""Files are written whole or stay as they were."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from scanner.text.atomic_write import atomic_write
from tests.patience import PATIENCE


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_file_is_whole_or_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    atomic_write(file, "one")
    atomic_write(file, "zwei – two")
    assert (names(tmp_path), file.read_bytes()) == (["a.html"], "zwei – two".encode())
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        atomic_write(tmp_path / "folder", "x")
    assert names(tmp_path) == ["a.html", "folder"]


def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    file = tmp_path / "a.html"
    atomic_write(file, "yesterday")
    child = os.fork()
    if child == 0:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
        try:
            atomic_write(file, "today" * 10_000)
        except OSError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert (names(tmp_path), file.read_text()) == (["a.html"], "yesterday")


def test_a_link_stays_one_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    atomic_write(link, "new")
    assert link.is_symlink()
    assert (real.read_text(), stat.S_IMODE(real.stat().st_mode)) == ("new", 0o640)


def test_a_pipe_and_a_device_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    atomic_write(pipe, "through")
    reader.join(PATIENCE)
    assert read == ["through"]
    atomic_write(Path("/dev/null"), "away")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_no_link_is_followed_that_was_planted_for_the_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where somebody foresees the name as it was once made, and not even where he guesses the new one."""
    theirs, file = tmp_path / "theirs", tmp_path / "index.html"
    theirs.write_text("keep me")
    foreseen = [
        f".{sha256(b'index.html').hexdigest()[:16]}.{os.getpid()}",
        ".index.html.tmp",
        "index.html.tmp",
        ".index.html.draft",
    ]
    for name in foreseen:
        (tmp_path / name).symlink_to(theirs)
    atomic_write(file, "new")
    assert (file.read_text(), theirs.read_text(), file.is_symlink()) == ("new", "keep me", False)
    monkeypatch.setattr("secrets.token_hex", lambda _bytes: "guessed")
    for kind in ("symlink_to", "hardlink_to"):
        getattr(tmp_path / ".guessed.draft", kind)(theirs)
        with pytest.raises(FileExistsError):
            atomic_write(file, "newer")
        assert (file.read_text(), theirs.read_text()) == ("new", "keep me")
        (tmp_path / ".guessed.draft").unlink()


def test_each_draft_has_a_name_of_its_own(tmp_path: Path) -> None:
    drafts: set[str] = set()

    def pieces() -> Iterator[bytes]:
        yield b"a"
        drafts.update(name for name in names(tmp_path) if name.startswith("."))
        yield b"b"

    for _ in range(3):
        atomic_write(tmp_path / "a.json", pieces())
    assert len(drafts) == 3
    assert min(map(len, drafts)) > 32
    assert (names(tmp_path), (tmp_path / "a.json").read_bytes()) == (["a.json"], b"ab")


def test_what_ends_in_the_middle_leaves_no_draft(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "a.json", pieces())
    assert names(tmp_path) == []


def test_a_new_file_is_readable_as_asked_and_an_old_one_as_it_was(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        atomic_write(tmp_path / "usual", "x")
        atomic_write(tmp_path / "secret", "x", mode=0o600)
        (tmp_path / "secret").chmod(0o400)
        atomic_write(tmp_path / "secret", "y")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "secret")] == [0o644, 0o400]


def test_a_link_that_leads_in_a_circle_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with pytest.raises(OSError, match="round"):
        atomic_write(tmp_path / "round", "x")


def test_a_very_long_name(tmp_path: Path) -> None:
    file = tmp_path / ("ü" * 127)
    atomic_write(file, "x")
    assert file.read_text() == "x"

"""One run at a time."""

from pathlib import Path

import pytest

from shopwarden.operations.lock import Overlapping, one_at_a_time


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    lock = tmp_path / "x" / "lock"
    with one_at_a_time(lock), pytest.raises(Overlapping), one_at_a_time(lock):
        pass
    with one_at_a_time(lock):
        pass


def test_a_link_in_its_place_is_refused_and_what_it_leads_to_left_alone(tmp_path: Path) -> None:
    theirs, lock = tmp_path / "theirs", tmp_path / "run.lock"
    theirs.write_text("keep me")
    lock.symlink_to(theirs)
    with pytest.raises(OSError, match=r"run\.lock"), one_at_a_time(lock):
        pass
    assert theirs.read_text() == "keep me"

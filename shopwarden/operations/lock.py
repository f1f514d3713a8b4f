"""One run at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Overlapping(Exception):
    """Another run holds the lock."""


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends. Raises Overlapping and OSError.

    A link in its place is none of ours: what it leads to is left alone.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    made = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    with os.fdopen(made, "r+", encoding="ascii", errors="replace") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
            raise Overlapping(
                f"another run is under way ({opened.read(100).strip() or 'just begun'}); {file} is its lock"
            ) from error
        opened.truncate(0)
        opened.write(f"process {os.getpid()}\n")
        opened.flush()
        yield

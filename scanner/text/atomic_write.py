"""Write a file whole or not at all: a full disk or kill -9 in the middle leaves the old one as it was."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path


def write_whole(file: Path, content: str | bytes) -> None:
    """Text is written as UTF-8. A link stays a link, and a file keeps its permissions. Raises OSError.

    What is no plain file (``/dev/stdout``, a named pipe) is written to directly, as is a file in a folder where none may be made.
    """
    written = content.encode() if isinstance(content, str) else content
    file = file.resolve()
    try:
        old = file.stat()
    except FileNotFoundError:
        old = None
    if old is not None and not (stat.S_ISREG(old.st_mode) and os.access(file.parent, os.W_OK)):
        file.write_bytes(written)
        return
    draft = file.with_name(f".{sha256(os.fsencode(file.name)).hexdigest()[:16]}.{os.getpid()}")
    try:
        draft.write_bytes(written)
        if old is not None:
            draft.chmod(stat.S_IMODE(old.st_mode))
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise

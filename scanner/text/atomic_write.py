"""Write a file whole or not at all: a full disk or kill -9 in the middle leaves the old one as it was."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def atomic_write(file: Path, content: str | bytes | Iterable[bytes], *, mode: int = 0o666, always: int | None = None) -> None:
    """Text is written as UTF-8, pieces one after the other. A link stays a link, and a file keeps its permissions; a new one gets
    ``mode``, less the umask. always: the permissions that it has in any case, old or new, whatever the umask. Raises OSError.

    The draft lies beside the file under a name that nobody can foresee and is never opened where something lies already: in a
    folder that others may write to, no planted link leads it elsewhere.

    What is no plain file (``/dev/stdout``, a named pipe) is written to directly, as is a file in a folder where none may be made.
    """
    pieces = [content.encode()] if isinstance(content, str) else [content] if isinstance(content, bytes) else content
    file = Path(os.path.realpath(file))
    try:
        old = file.stat()
    except FileNotFoundError:
        old = None
    if old is not None and not (stat.S_ISREG(old.st_mode) and os.access(file.parent, os.W_OK)):
        with file.open("wb") as out:
            out.writelines(pieces)
        return
    kept = always if always is not None or old is None else stat.S_IMODE(old.st_mode)
    draft = file.with_name(f".{secrets.token_hex(16)}.draft")
    made = os.open(draft, _NEW, mode if kept is None else kept)
    try:
        with os.fdopen(made, "wb") as out:
            out.writelines(pieces)
            if kept is not None:
                os.fchmod(made, kept)
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise

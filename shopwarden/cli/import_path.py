"""Where our packages come from. Somebody may start the program in a folder that holds a ``scanner`` of its own."""

from __future__ import annotations

import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
"""The folder that holds our packages."""


def leave_current_folder_out() -> None:
    """Import nothing from the current folder, unless the program lies there, as in a checkout, or Python does.

    ``python -m`` puts it first, and so does an empty entry in PYTHONPATH. Processes that ``multiprocessing`` starts inherit the
    path as it is then.
    """
    try:
        here = Path.cwd().resolve()
    except OSError:  # it was removed, and holds nothing
        return
    if here != HOME and not any(here.is_relative_to(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix)):
        sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]

"""How the files of a run are called. One folder holds those of all its shops and of the whole, on any file system."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import PurePath

OVERVIEW_PAGE, OVERVIEW_TABLE, OVERVIEW_DATA = "index.html", "shops.csv", "shops.json"
"""The run as a whole."""
MOST_CHARS = 100
"""Of a name without its ending; file systems take 255 bytes, and a host name may have 253."""

_OURS = frozenset(PurePath(name).stem for name in (OVERVIEW_PAGE, OVERVIEW_TABLE, OVERVIEW_DATA))
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
"""What Windows takes for a device, whatever follows the first dot."""


def paper_of(key: str) -> str:
    """The name of a shop's report as it is sent to its own people."""
    return f"{file_stem(key)}.pdf"


def file_stem(key: str) -> str:
    """A site's key → the name of its files, without an ending.

    A host is its own name. Any other key, and a host that cannot be one (too long, the overview's own, a device of Windows), is
    spelled with ``a-z 0-9 . -`` and ends with ``_`` and a checksum of the key. No name of the first kind holds a ``_``, and there
    are no capitals: no two keys share a file, also where capitals do not count.
    """
    spelled = re.sub(r"[^a-z0-9.-]+", "-", key.lower()).strip("-.")[:MOST_CHARS].strip("-.")
    device = _DEVICE.match(spelled) is not None
    if spelled and spelled == key and key not in _OURS and not device:
        return key
    if device:
        spelled = spelled.replace(".", "-", 1)
    return f"{spelled or 'shop'}_{sha256(key.encode(errors='surrogatepass')).hexdigest()[:12]}"

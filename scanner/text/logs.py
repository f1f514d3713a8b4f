"""Our own log, on stderr. A stranger's words may stand in it (an error's text, for instance); the terminal obeys none of them."""

from __future__ import annotations

import logging
import sys

from scanner.text.cards import without_card_numbers
from scanner.text.redact import redact_address
from scanner.text.sanitize import sanitize

MOST_CHARS = 20_000
"""Of one entry, its traceback included."""


def log_to_stderr(*, verbose: bool, before: str = "") -> None:
    """Errors, or with ``verbose`` everything worth knowing; libraries only where they fail. before: stands before each entry."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain(f"{before}%(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return sanitize(without_card_numbers(redact_address(super().format(record))), MOST_CHARS, lines=True)

"""What an article says to try, made to work as it stands: with this shop's name and the whole command that looks again. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reports.text.markdown import code

_RECHECK = "`shopwarden recheck`"
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*")
_EXAMPLE = re.compile(r"\b(www\.)?(?:your-)?shop\.example\b")


@dataclass(frozen=True, slots=True)
class Hints:
    """host: the shop's name, or "" where none is enough to find it. recheck: the command for what is open, without a rule, or ""
    where no history has the shop. scan: the command for all of it.
    """

    host: str
    recheck: str
    scan: str

    def verified(self, rule: str, text: str) -> str:
        """An article's way to verify, as Markdown. The example's name stays where the shop has none but an address."""
        again = f"{self.recheck} {rule}" if self.recheck else self.scan
        text = text.replace(_RECHECK, code(again))
        return _EXAMPLE.sub(lambda found: self._named(found[1] or ""), text) if _NAME.fullmatch(self.host) else text

    def _named(self, www: str) -> str:
        return f"{www}{self.host.removeprefix('www.')}" if www else self.host

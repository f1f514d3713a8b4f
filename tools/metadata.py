"""What the package says of itself: made when it is built, from ``README.md`` and two settings in ``pyproject.toml``.

::

    [tool.hatch.metadata.hooks.custom]
    address = ""           # where the project is public: "https://host.example/group/shopwarden"
    security-contact = ""  # who is told of a hole in it: a mail address, or an address that begins with https://

While the address is empty the package names none, and the readme's links into this repository become plain words, since they lead
nowhere outside of it. ``make docs`` writes the contact into ``SECURITY.md``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).parent.parent
_INTO_THE_TREE = re.compile(r"(?P<picture>!?)\[(?P<words>[^]]*)\]\((?!https?:|mailto:|#)(?P<path>[^)\s]+)\)")
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


class Metadata(MetadataHookInterface):
    """Fills in the readme and, where there are any, the addresses."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by the build. Raises ValueError for an unusable setting."""
        address, contact = settings(self.config)
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": readme(text, address)}
        urls = {}
        if address:
            urls = {"Homepage": address, "Source": address, "Issues": f"{address}/issues"}
        if contact.startswith("https://"):
            urls["Security"] = contact
        elif contact:
            metadata["maintainers"] = [{"name": "Security contact", "email": contact}]
        if urls:
            metadata["urls"] = urls


def settings(table: dict[str, Any] | None = None) -> tuple[str, str]:
    """The public address and the security contact, each empty where there is none. Raises ValueError."""
    if table is None:
        table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["metadata"]["hooks"][
            "custom"
        ]
    address, contact = str(table.get("address", "")).rstrip("/"), str(table.get("security-contact", ""))
    if address and not address.startswith("https://"):
        raise ValueError(f"pyproject.toml: address = {address!r} must begin with https://, or be empty")
    if contact and not contact.startswith("https://") and not _MAIL.fullmatch(contact):
        raise ValueError(
            f"pyproject.toml: security-contact = {contact!r} must be a mail address or begin with https://, or be empty"
        )
    return address, contact


def readme(text: str, address: str = "") -> str:
    """The readme for readers elsewhere: links into the tree lead to the public address, or are words where there is none."""

    def outside(link: re.Match[str]) -> str:
        if address:
            place = "raw" if link["picture"] else "blob"
            return f"{link['picture']}[{link['words']}]({address}/{place}/HEAD/{link['path']})"
        return "" if link["picture"] else link["words"]

    return re.sub(r"\n{3,}", "\n\n", _INTO_THE_TREE.sub(outside, text))

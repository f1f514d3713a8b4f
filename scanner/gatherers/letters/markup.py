"""A letter's HTML → its visible text in lines, and what it leads to and loads. Blocks; bounded as pages are."""

from __future__ import annotations

from scanner.gatherers.crawl.html import MOST_SOURCE, Tag, Walker

MOST_LINKS = 2_000
TEXT_CHARS = 1_000_000
LINK_CHARS = 300
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
_UNSEEN = frozenset({"head", "script", "style", "template", "title", "noscript"})


class Markup(Walker):
    """What was read. links: (address, visible text) of each; loads: addresses of pictures and styles; sends: of forms."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.loads: list[str] = []
        self.sends: list[str] = []
        self._text: list[str] = []
        self._size = 0
        self._hidden = 0
        self._link: tuple[str, list[str]] | None = None

    @classmethod
    def of(cls, source: str) -> Markup:
        """Read a source; what is over 2 MB is left out."""
        made = cls()
        made.read(source[:MOST_SOURCE].replace("\x00", ""))
        made._end_link()
        return made

    @property
    def visible(self) -> str:
        """The text, a line for each block."""
        return "".join(self._text)

    def start(self, tag: Tag) -> None:
        """An element begins."""
        if tag.name in _UNSEEN:
            self._hidden += 1
        if tag.name in _BLOCKS:
            self._add("\n")
        if tag.name in {"a", "area"} and (address := tag.attrs.get("href", "").strip()):
            self._end_link()
            self._link = (address, [])
        if tag.name in {"img", "source", "input", "iframe", "video", "audio"} and (address := tag.attrs.get("src", "").strip()):
            self._keep_address(self.loads, address)
        if (
            tag.name == "link"
            and "stylesheet" in tag.attrs.get("rel", "").lower()
            and (address := tag.attrs.get("href", "").strip())
        ):
            self._keep_address(self.loads, address)
        if tag.name == "form" and (address := tag.attrs.get("action", "").strip()):
            self._keep_address(self.sends, address)

    def end(self, tag: Tag) -> None:
        """An element ends."""
        if tag.name in _UNSEEN:
            self._hidden -= 1
        if tag.name in _BLOCKS:
            self._add("\n")
        if tag.name in {"a", "area"}:
            self._end_link()

    def text(self, text: str) -> None:
        """Text of the innermost open element."""
        if self._hidden:
            return
        words = " ".join(text.split())
        shown = (" " if text[:1].isspace() else "") + words + (" " if words and text[-1:].isspace() else "")
        self._add(shown)
        if self._link is not None:
            self._link[1].append(shown[:LINK_CHARS])

    def _add(self, text: str) -> None:
        if self._size < TEXT_CHARS:
            self._text.append(text)
            self._size += len(text)

    def _end_link(self) -> None:
        if self._link is not None and len(self.links) < MOST_LINKS:
            address, text = self._link
            self.links.append((address, " ".join("".join(text).split())[:LINK_CHARS]))
        self._link = None

    @staticmethod
    def _keep_address(kept: list[str], address: str) -> None:
        if len(kept) < MOST_LINKS:
            kept.append(address)

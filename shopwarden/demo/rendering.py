"""Templates and data of the demo shop's pages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shopwarden.demo.http_server import Response

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf of the shop."""

    id: int
    slug: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Product:
    """A thing for sale. price in cents; picture and tones: how it is drawn (pictures.py)."""

    id: int
    category: str
    slug: str
    name: str
    price: int
    colour: str
    occasion: tuple[str, ...]
    picture: str
    tones: tuple[str, ...]
    text: str

    @property
    def link(self) -> str:
        """Its page, relative to the shop's base."""
        return f"{self.category}/{self.slug}"

    @property
    def image(self) -> str:
        """Its picture, relative to the shop's base."""
        return f"image/catalog/{self.category}/{self.slug}.svg"

    @property
    def cost(self) -> str:
        """Its price as it stands on the page."""
        return money(self.price)


@dataclass(frozen=True, slots=True)
class Information:
    """One of the shop's own texts."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the blog beside the shop."""

    slug: str
    title: str
    day: str
    picture: str
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything that the pages are made from, in the files' order."""

    categories: tuple[Category, ...]
    products: tuple[Product, ...]
    information: tuple[Information, ...]
    posts: tuple[Post, ...]


@cache
def stock() -> Stock:
    """What the data files say."""
    goods = tomllib.loads((HERE / "catalogue.toml").read_text(encoding="utf-8"))
    texts = tomllib.loads((HERE / "pages.toml").read_text(encoding="utf-8"))
    return Stock(
        tuple(Category(**row) for row in goods["category"]),
        tuple(Product(**{**row, "occasion": tuple(row["occasion"]), "tones": tuple(row["tones"])}) for row in goods["product"]),
        tuple(Information(**row) for row in texts["information"]),
        tuple(Post(**{**row, "text": tuple(row["text"])}) for row in texts["post"]),
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: object) -> bytes:
    """A template's text, encoded."""
    return _templates().get_template(template).render(values).encode()


def page(template: str, status: int = 200, **values: object) -> Response:
    """A template as an HTML answer."""
    return Response(status, render(template, **values))


def redirect(address: str, status: int = 302) -> Response:
    """An answer that sends the visitor on."""
    return Response(status, b"", (("Location", address), ("Content-Type", "text/html; charset=utf-8")))


def asset(name: str) -> bytes:
    """A file of the assets folder."""
    return (HERE / "assets" / name).read_bytes()


def money(cents: int) -> str:
    """A price as it stands on the page."""
    return f"€{cents / 100:.2f}"

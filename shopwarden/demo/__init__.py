"""The bundled demo shop: a small florist's web shop with the usual weaknesses, or without them, served on loopback."""

from shopwarden.demo.shop import DemoShop

__all__ = ["DemoShop"]

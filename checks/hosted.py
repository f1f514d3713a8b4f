"""What a shop on a hosted platform (Shopify and the like) cannot change, and so is never told to."""

from __future__ import annotations

from scanner import Installations, Unavailable


def why_not_the_owners(installations: Installations | Unavailable) -> str | None:
    """Why a setting of the whole server is not the owner's to change; None where it is, or where that is not known."""
    if isinstance(installations, Unavailable) or not installations.shop.hosted:
        return None
    return f"{installations.shop.name} runs this server; its customers cannot change this setting."

"""All cases."""

from __future__ import annotations

from tests.hostile import lies, load, place, size, slow

CASES = (*size.CASES, *slow.CASES, *place.CASES, *lies.CASES, *load.CASES)

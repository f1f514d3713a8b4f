"""All cases."""

from __future__ import annotations

from tests.hostile import backups, certificates, lies, load, place, size, slow, stores

CASES = (*size.CASES, *slow.CASES, *place.CASES, *lies.CASES, *certificates.CASES, *backups.CASES, *load.CASES, *stores.CASES)

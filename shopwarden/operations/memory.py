"""What a shop needed goes back to the system when its scan is over: a run over thousands does not keep what a few took."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""``M_…`` of the GNU C library's malloc.h (mallopt(3))."""
OWN_PLACE = 64 * 1024
"""Bytes from which on a block is taken from the system by itself, and goes back by itself. Left alone, the library raises this to
32 MB as soon as one such block was freed, and smaller things that live longer hold the pages between them."""
FREE_AT_THE_END = 1024 * 1024
ARENAS = 2
"""Places to take memory from, for all threads together: what is free in one is of no use to the others."""


def give_freed_memory_back() -> None:
    """For this process, from now on. Does nothing where the C library has no such settings."""
    set_to = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_to is not None:
        for name, value in ((_MMAP_THRESHOLD, OWN_PLACE), (_TRIM_THRESHOLD, FREE_AT_THE_END), (_ARENA_MAX, ARENAS)):
            set_to(name, value)

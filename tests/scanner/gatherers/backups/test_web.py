"""The client of stores: an answer's body, whole or in part."""

from __future__ import annotations

import http.client
import io
from typing import cast

import pytest

from scanner.gatherers.backups.web import PART, parts_of


class Socket:
    """One that holds an answer."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._said)


def answer(body: bytes, told: int | None) -> http.client.HTTPResponse:
    length = b"" if told is None else b"Content-Length: %d\r\n" % told
    made = http.client.HTTPResponse(cast("http.client.socket.socket", Socket(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + body)))
    made.begin()
    return made


@pytest.mark.parametrize("told", [None, 3 * PART])
@pytest.mark.parametrize("most", [float("inf"), 3 * PART, PART + 1, 1, 0])
def test_so_much_of_it_as_is_wanted(told: int | None, most: float) -> None:
    parts = [*parts_of(answer(b"x" * 3 * PART, told), most)]
    assert sum(map(len, parts)) == min(most, 3 * PART)
    assert all(len(part) <= PART for part in parts)


@pytest.mark.parametrize("most", [float("inf"), 10, 5])
def test_an_answer_that_is_cut_is_not_taken_for_a_shorter_one(most: float) -> None:
    with pytest.raises(http.client.IncompleteRead):
        [*parts_of(answer(b"rose", 10), most)]
    assert b"".join(parts_of(answer(b"rose", 10), 4)) == b"rose"

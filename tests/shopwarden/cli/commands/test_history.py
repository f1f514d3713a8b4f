"""``shopwarden history`` and ``diff``: what is recorded, and what is different."""

from __future__ import annotations

import pytest

from tests.command_line import configured, shopwarden
from tests.street import HTML, Street, response

pytestmark = pytest.mark.usefixtures("folder")

A = "amber.example"
LEAK = response(
    b"<html><title>Amber</title></html>", headers=HTML + "Server: Apache/2.4.1 (Debian)\r\nX-Powered-By: PHP/5.6.40\r\n"
)


def test_history_and_diff(shops: Street) -> None:
    configured(A)
    assert "Nothing is recorded yet" in shopwarden("history").stdout
    shopwarden("batch", *shops.options(A))
    assert "two scans that reached it are needed, and there are 1" in shopwarden("diff", A).output
    shops.pages[A] = {"/": LEAK}
    shopwarden("batch", *shops.options(A))
    assert A in shopwarden("history").stdout
    listed = shopwarden("history", "Amber").stdout.splitlines()
    assert len(listed) == 3
    new, old = (line.split()[0] for line in listed[1:])
    told = shopwarden("diff", f"https://www.{A}/").stdout
    assert "New" in told
    assert "X-Powered-By" in told or "x-powered-by" in told
    assert shopwarden("diff", A, old, new).stdout == told
    assert "Fixed" in shopwarden("diff", A, new, old).stdout
    assert " is different." in shopwarden("diff", A, new, new).stdout
    assert "no scan of this shop has the id ffff" in shopwarden("diff", A, "ffff", new).output
    assert "give both scans" in shopwarden("diff", A, new).output

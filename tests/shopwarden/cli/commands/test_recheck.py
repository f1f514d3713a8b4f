"""``shopwarden recheck``: what is open is tested again, and nothing else is asked for."""

from __future__ import annotations

import pytest

from scanner.history.store import History
from tests.command_line import configured, shopwarden
from tests.street import HTML, LISTING, Street, response

pytestmark = pytest.mark.usefixtures("folder")

A = "amber.example"
LEAK = response(
    b"<html><title>Amber</title></html>", headers=HTML + "Server: Apache/2.4.1 (Debian)\r\nX-Powered-By: PHP/5.6.40\r\n"
)


@pytest.mark.usefixtures("soon")
def test_recheck_says_fixed_still_there_or_not_checked_and_asks_for_little(shops: Street) -> None:
    configured(A)
    shops.pages[A] = {"/": LEAK, "/img/": LISTING}
    shopwarden("batch", *shops.options(A))
    asked = shops.asked[A]
    shops.pages[A] = {"/img/": LISTING}
    result = shopwarden("recheck", A, *shops.options(A))
    assert result.exit_code == 0, result.output
    lines = {" ".join(line.split()) for line in result.stdout.splitlines()}
    assert any(line.startswith("still there medium") and line.endswith("/img/") for line in lines), lines
    assert any(line.startswith("fixed low") and "x-powered-by" in line.lower() for line in lines), lines
    assert shops.asked[A] - asked < asked / 2
    shops.pages[A] = {"/img/": response(b"", "503 Busy")}
    result = shopwarden("recheck", A, "directory-listing", *shops.options(A))
    assert result.stdout.startswith("not checked"), result.output
    assert len(History.open().scans()) == 1
    shops.closed.add(A)
    assert shopwarden("recheck", A, *shops.options(A)).exit_code == 3
    assert "no rule is called 'nonsense'" in shopwarden("recheck", A, "nonsense").output

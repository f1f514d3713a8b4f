"""Public suffixes: as the package publicsuffixlist reads its own list, and as the list's own rules say."""

from __future__ import annotations

from pathlib import Path

import publicsuffixlist
import pytest
from publicsuffixlist import PublicSuffixList

from scanner.scope.suffixes import public_suffix, registrable_domain

RULES = [
    rule
    for line in Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").splitlines()
    if (rule := line.strip()) and not rule.startswith("//")
]


@pytest.mark.parametrize(
    ("host", "suffix", "domain"),
    [
        ("petalandstem.example", "", "petalandstem.example"),
        ("www.petalandstem.co.uk", "co.uk", "petalandstem.co.uk"),
        ("co.uk", "co.uk", ""),
        ("a.b.kobe.jp", "b.kobe.jp", "a.b.kobe.jp"),
        ("city.kobe.jp", "kobe.jp", "city.kobe.jp"),
        ("petal.github.io", "github.io", "petal.github.io"),
        ("xn--85x722f.xn--55qx5d.cn", "xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("Petal.COM.", "com", "petal.com"),
        ("localhost", "", ""),
        ("", "", ""),
        ("a..com", "", ""),
        ("xn--.xn--zz", "", "xn--.xn--zz"),
    ],
)
def test_names(host: str, suffix: str, domain: str) -> None:
    assert (public_suffix(host), registrable_domain(host)) == (suffix, domain)


def test_what_services_give_away_is_no_registrars() -> None:
    assert public_suffix("petal.github.io", registrars=True) == "io"
    assert registrable_domain("petal.github.io", registrars=True) == "github.io"


@pytest.mark.parametrize("registrars", [False, True])
def test_each_rule_means_what_the_package_makes_of_it(registrars: bool) -> None:
    known = PublicSuffixList(accept_unknown=False, only_icann=registrars)
    every = PublicSuffixList(accept_unknown=True, only_icann=registrars)
    for rule in RULES:
        name = rule.lstrip("!").replace("*", "petal")
        for host in (name, f"a.{name}", f"b.a.{name}", f"a.{name}".encode("idna").decode()):
            assert public_suffix(host, registrars=registrars) == (known.publicsuffix(host) or ""), host
            assert registrable_domain(host, registrars=registrars) == (every.privatesuffix(host) or ""), host

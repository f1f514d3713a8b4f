"""Mail providers: who runs a server, who is used, and what the data must hold."""

from __future__ import annotations

import pytest

from scanner.mail.providers import of_server, visible
from scanner.platforms.loading import read_mail_providers
from scanner.rules.rule import RuleError
from scanner.testing import knowledge

PROVIDERS = knowledge().mail_providers


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("aspmx.l.google.com", "Google Workspace"),
        ("ALT1.ASPMX.L.GOOGLE.COM.", "Google Workspace"),
        ("petalandstem-example.mail.protection.outlook.com", "Microsoft 365"),
        ("smtpin.rzone.de", "STRATO"),
        ("mx00.kundenserver.de", "IONOS"),
        ("w01a2b3c.kasserver.com", "ALL-INKL.COM"),
        ("mail.petalandstem.example", None),
        ("google.com.mail.example", None),
        ("notgoogle.com", None),
    ],
)
def test_whose_a_server_is(host: str, name: str | None) -> None:
    found = of_server(host, PROVIDERS)
    assert (found.name if found else None) == name


def test_who_is_used_shows_in_mx_and_in_spf() -> None:
    used = visible(["mx01.mail.icloud.com"], ["servers.mcsv.net", "spf.nobody.example"], PROVIDERS)
    assert [one.key for one in used] == ["icloud", "mailchimp"]
    assert visible([], [], PROVIDERS) == ()


def test_no_server_is_of_two_providers_and_each_has_a_source() -> None:
    names = [name for one in PROVIDERS for name in one.mx]
    assert len(names) == len(set(names))
    assert all(one.source.startswith("https://") for one in PROVIDERS)
    assert len(PROVIDERS) >= 50


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[a]\nname = 'A'\npanel = 'P'\nsource = 'S'\nrecorded = 2026-11-30\n", "mail_providers.toml: a.mx: nothing tells"),
        ("[a]\nname = 'A'\nmx = ['Mail Host']\n", "mail_providers.toml: a.mx: must be a list of names"),
        ("[a]\nname = 'A'\nmx = ['m.example', 'm.example']\n", "mail_providers.toml: a.mx: has a name twice"),
        ("[a]\nmx = ['m.example']\n", "mail_providers.toml: a.name: is missing"),
        ("[a\n", "mail_providers.toml: "),
    ],
)
def test_what_is_wrong_in_the_data_is_named(text: str, wrong: str) -> None:
    with pytest.raises(RuleError, match=wrong):
        read_mail_providers(text)

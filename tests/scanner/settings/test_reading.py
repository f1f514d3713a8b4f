"""``shopwarden.toml``: what is read, and how each mistake is told with file, line and key."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scanner.rules.rule import Severity
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from scanner.settings.reading import read_settings

WHOLE = """
[defaults]
rate = 2
max_pages = 30
port = ["https=8443"]
resolve = ["Petalandstem.example:127.0.0.1", "petalandstem.example:[::1]"]
[agency]
name = "Harbour Web"
colour = "#0b6e4f"
[[alert]]
to = ["mailto://x"]
from = "high"
[[site]]
url = "https://www.petalandstem.example/"
name = "Petal & Stem"
rate = 1
fail_on = "high"
[[site.backup]]
kind = "database"
location = "sftp://backup@nas.example:2222/shop"
max_age = "26h"
[[site.accepted]]
rule = "ssh-password-login"
reason = "Key login planned"
until = 2027-03-31
[[site]]
url = "blumen.example"
"""
Read = Callable[[str], Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(text: str) -> Settings:
        (tmp_path / "shopwarden.toml").write_text(text, encoding="utf-8")
        return read_settings(tmp_path / "shopwarden.toml")

    return reading


def test_the_whole_file(read: Read, tmp_path: Path) -> None:
    settings = read(WHOLE)
    assert settings.folder == tmp_path
    assert settings.agency is not None
    assert settings.agency.name == "Harbour Web"
    assert settings.alert[0].from_ is Severity.HIGH
    site = settings.site[0]
    assert site.backup[0].max_age == pytest.approx(26 / 24)
    assert site.accepted[0].accepted().until == date(2027, 3, 31)
    assert site.accepted[0].accepted().subject is None


SITE = '[[site]]\nurl = "a.example"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[defaults]\nratee = 3\n", ", line 2: defaults: unknown key 'ratee'; did you mean 'rate'?"),
        (
            SITE + '[[site]]\nurl = "b.example"\nmax_page = 3\n',
            ", line 5: site[2]: unknown key 'max_page'; did you mean 'max_pages'?",
        ),
        ("[defaults]\nrate = 2\n" + SITE + "rate = 1\n" + SITE + "rate = 0\n", ", line 8: site[2].rate: must be more than 0"),
        ('[[site]]\nurl = "ftp://x"\n', ", line 2: site[1].url: ftp:// cannot be scanned"),
        ('[[site]]\nname = "x"\n', ": site[1].url: is missing"),
        ('[[site]]\nurl = "ht!tp:/x"\n', ", line 2: site[1].url: 'ht!tp' is no name that a host can have"),
        ('[defaults]\nfollow = "yes"\n', ", line 2: defaults.follow: must be true or false"),
        ("[defaults]\nfollow = 1\n", ", line 2: defaults.follow: must be true or false"),
        ('[defaults]\nrate = "2"\n', ", line 2: defaults.rate: must be a number"),
        ("[defaults]\nmax_pages = true\n", ", line 2: defaults.max_pages: must be a whole number"),
        ('[nightly]\nkeep_days = "400"\n', ", line 2: nightly.keep_days: must be a whole number"),
        ('[[site.backup]]\nkind = "site"\n' + SITE, "a table such as [[site.backup]] stands above its [[site]]"),
        (SITE + "[site.options]\nrate = 1\n", "unknown key 'options'"),
        (
            SITE + '[[site.backup]]\nkind = "db"\nlocation = "/x"\n',
            ", line 4: site[1].backup[1].kind: must be 'database' or 'site'",
        ),
        (
            SITE + '[[site.backup]]\nkind = "site"\nlocation = "/x"\nmaxage = "7d"\n',
            "unknown key 'maxage'; did you mean 'max_age'?",
        ),
        (SITE + '[[site.backup]]\nkind = "site"\nlocation = "/x"\nmax_age = "soon"\n', "'soon' is no age"),
        (
            SITE + '[[site.accepted]]\nrule = "x"\nreason = "y"\nuntil = "soon"\n',
            ", line 6: site[1].accepted[1].until: must be a day, like 2",
        ),
        ('[agency]\nname = "x"\ncolor = "#ffffff"\n', ", line 3: agency.color: unknown key 'color'; did you mean 'colour'?"),
        ('[agency]\nname = "x"\ncolour = "green"\n', ", line 3: agency.colour: 'green' is no colour"),
        (
            '[agency]\nname = "x"\nreport_url = "/srv/reports/{file}"\n',
            ", line 3: agency.report_url: '/srv/reports/{file}' leads to no report",
        ),
        (
            '[agency]\nname = "x"\nreport_url = "https://r.example/"\n',
            ", line 3: agency.report_url: 'https://r.example/' leads to no report",
        ),
        ('[agency]\nname = "x"\nreport_url = "https://r.example/{name}/{file}"\n', ", line 3: agency.report_url: "),
        ('[agency]\nname = "x"\nreport_url = "javascript:alert({file})"\n', ", line 3: agency.report_url: "),
        ('[[alert]]\nto = ["x"]\nform = "high"\n', "unknown key 'form'; did you mean 'from'?"),
        ("sites = 1\n", ", line 1: sites: unknown key 'sites'; did you mean 'site'?"),
        ('folder = "x"\n', ", line 1: unknown key 'folder'"),
        ('[defaults]\nport = ["htps=1"]\n', "did you mean 'https'?"),
        ('[defaults]\nport = ["https=70000"]\n', "a number from 1 to 65535"),
        ('[defaults]\nresolve = ["a:b"]\n', "'a:b' is not HOST:ADDRESS"),
        ('[defaults]\nfail_on = "huge"\n', "defaults.fail_on: must be 'critical', 'high', 'medium', 'low' or 'info'"),
        ('[site]\nurl = "a.example"\n', ", line 1: site: must be a table of its own below the heading [[site]]"),
        (
            SITE + '[site.backup]\nkind = "site"\n',
            ": site[1].backup: must be a table of its own below the heading [[site.backup]]",
        ),
        ('[[agency]]\nname = "x"\n', ", line 1: agency: must be a table below the heading [agency]"),
        ("[[defaults]]\nrate = 3\n", ", line 1: defaults: must be a table below the heading [defaults]"),
        ('[[alert]]\nto = "mailto://x"\n', ', line 2: alert[1].to: must be a list, like ["…"]'),
        ('[defaults]\nonly = "hsts-missing"\n', ', line 2: defaults.only: must be a list, like ["…"]'),
        (SITE + "name = 3\n", ", line 3: site[1].name: must be text in quotes"),
        (SITE + 'rate = "fast"\n', ", line 3: site[1].rate: must be a number"),
        (SITE + 'deep = "perhaps"\n', ", line 3: site[1].deep: must be true or false"),
        ("[nightly]\nat_once = 1.5\n", ", line 2: nightly.at_once: must be a whole number"),
        ("[nightly]\nat_once = 999\n", ", line 2: nightly.at_once: must be at most 256"),
        ("[defaults\n", "not valid TOML"),
        ("site = 3\n", "site: must be a table of its own"),
    ],
)
def test_every_mistake_names_file_and_key(read: Read, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read(text)
    assert "shopwarden.toml" in str(refused.value)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        'password = "gardening"',
        'location = "sftp://u:gardening@h/x"',
        'password = "${A} gardening"',
        'password = "keyring:gardening"',
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(read: Read, line: str) -> None:
    location = "" if "location" in line else 'location = "/x"\n'
    with pytest.raises(BadSettings) as refused:
        read(f'{SITE}[[site.backup]]\nkind = "site"\n{location}{line}\n')
    assert "gardening" not in str(refused.value)


def test_without_a_file_everything_is_usual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings(None) == Settings()
    (tmp_path / "shopwarden.toml").write_text("[defaults]\nrate = 3\n", encoding="utf-8-sig")
    assert read_settings(None).defaults == {"rate": 3}
    with pytest.raises(BadSettings, match=r"missing\.toml: cannot be read"):
        read_settings(tmp_path / "missing.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xfc\n")
    with pytest.raises(BadSettings, match="not UTF-8"):
        read_settings(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[site]]\nname = "x"\n\n[[site]]\nurl = "https://a.example"\n', "line 1: site[1].url: is missing"),
        ('[[site]]\nurl = "https://a.example"\n[[site]]\nname = "x"\n', "line 3: site[2].url: is missing"),
        (
            2 * '[[site]]\nurl = "https://a.example"\n[[site.accepted]]\nrule = "x"\nuntil = 2027-01-01\n',
            "line 3: site[1].accepted[1].reason: is missing",
        ),
        (
            SITE + SITE + '[[site.backup]]\nkind = "site"\nlocation = "/b"\n[[site.backup]]\nkind = "site"\n',
            "line 8: site[2].backup[2].location: is missing",
        ),
        ("# [agency]\n[ agency ]\n", "line 2: agency.name: is missing"),
        ('[[site]]\nurl = "https://a.example"\nbackup = [{ kind = "site" }]\n', "line 3: site[1].backup[1].location: is missing"),
        ("nightly.at_once = 0\n", "line 1: nightly.at_once: must be at least 1"),
        ('[defaults]\n"rate" = 0\n', "line 2: defaults.rate: must be more than 0"),
    ],
)
def test_a_mistake_is_found_where_it_stands_or_would_stand(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "shopwarden.toml"
    file.write_text(text)
    with pytest.raises(BadSettings) as caught:
        read_settings(file)
    assert str(caught.value) == f"{file}, {said}"

"""A platform's file is read strictly: what is wrong is refused, with the file and the key."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest

from scanner.platforms import Standing, newer
from scanner.platforms.loading import read_generic, read_knowledge, read_platform, read_shipped
from scanner.rules.rule import RuleError
from scanner.testing import knowledge

GOOD = """
name = "Petal"
kind = "shop"
recorded = 2026-11-21
source = "source of Petal"
config_files = ["/config.php"]

[[mark]]
where = "generator"
pattern = '^Petal'
certain = true
source = "head.tpl"

[[version]]
where = "file"
path = "/VERSION"
pattern = '^(\\d)'

[[door]]
path = "/admin/"
marks = ['id="petal"', ['name="a"', 'name="b"']]

[[installer]]
path = "/install/"
marks = ['Petal']

[support]
recorded = 2026-01-01
source = "https://petal.example/support"
branch = [{ name = "2", latest = "2.1" }, { name = "1", end_of_life = 2024-01-01 }]
"""


def test_a_good_file() -> None:
    petal, support = read_platform("petal", GOOD)
    assert (petal.key, petal.family, petal.hosted, petal.extends) == ("petal", "petal", False, "")
    assert petal.marks[0].seen_in("PETAL 2") == "PETAL"
    assert petal.version_files[0].read("2\n") == "2"
    assert [branch.name for branch in support.branches] == ["2", "1"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        petal.name = "other"


def test_a_door_is_proven_by_any_mark_whole() -> None:
    door = read_platform("petal", GOOD)[0].doors[0]
    assert door.proves('<form id="petal">') == 'id="petal"'
    assert door.proves("<input name='a'><input name='b'>") == 'name="a" … name="b"'
    assert door.proves('<input name="a">') is None
    assert read_platform("petal", GOOD)[0].installers[0].proves("nothing here") is None


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('name = "Petal"', "", "name"),
        ('kind = "shop"', 'kind = "boutique"', "kind"),
        ("recorded = 2026-11-21", 'recorded = "2026-11-21"', "recorded"),
        ("recorded = 2026-11-21", "recorded = 2026-11-21T10:00:00", "recorded"),
        ('source = "source of Petal"', "", "source"),
        ('config_files = ["/config.php"]', 'config_files = ["config.php"]', "config_files"),
        ('config_files = ["/config.php"]', 'config_files = ["//config.php"]', "config_files"),
        ('config_files = ["/config.php"]', 'config_files = ["/c", "/c"]', "config_files"),
        ('config_files = ["/config.php"]', 'config_files = "/config.php"', "config_files"),
        ('config_files = ["/config.php"]', "colour = 1", "colour"),
        ('where = "generator"', 'where = "smell"', "mark[1].where"),
        ("pattern = '^Petal'", "", "mark[1].pattern"),
        ("certain = true", "certain = 1", "mark[1].certain"),
        ('source = "head.tpl"', "", "mark[1].source"),
        ('where = "generator"', 'where = "path"', "mark[1].certain"),
        ('where = "generator"', 'where = "cdn"', "mark[1].certain"),
        ('where = "generator"', 'where = "html"', "mark[1].contains"),
        ('where = "generator"', 'where = "generator"\ncontains = "x"', "mark[1].contains"),
        ('where = "generator"', 'where = "html"\ncontains = "Petal"', "mark[1].contains"),
        ('path = "/VERSION"', "", "version[1].path"),
        ("pattern = '^(\\d)'", "pattern = '^\\d'", "version[1].pattern"),
        ('path = "/VERSION"', 'path = "/VERSION"\nagree = 0', "version[1].agree"),
        ('path = "/admin/"', "", "door[1].path"),
        ("marks = ['Petal']", "marks = []", "installer[1].marks"),
        ("marks = ['Petal']", "marks = [['a', 1]]", "installer[1].marks"),
        ('source = "https://petal.example/support"', "", "support.source"),
        ('latest = "2.1"', "latest = 2", "support.branch[1].latest"),
        ('name = "2", ', 'name = "1", ', "support"),
        ("end_of_life = 2024-01-01", "support_ends = 2025-01-01, end_of_life = 2024-01-01", "support.branch[2].end_of_life"),
        ("certain = true", "", "mark"),
        ("[support]", "[[support]]", "support"),
        ("branch = [", "nothing = [", "support.nothing"),
        ('branch = [{ name = "2", latest = "2.1" }, { name = "1", end_of_life = 2024-01-01 }]', "", "support.branch"),
        ('kind = "shop"', 'kind = "shop', "petal.toml"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_key(old: str, new: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(RuleError) as refused:
        read_platform("petal", GOOD.replace(old, new, 1))
    assert str(refused.value).startswith("petal.toml: ")
    assert named in str(refused.value)


def test_a_file_without_marks_or_with_an_odd_name_is_refused() -> None:
    with pytest.raises(RuleError, match="mark"):
        read_platform("petal", 'name = "P"\nkind = "shop"\nrecorded = 2026-11-21\nsource = "x"')
    with pytest.raises(RuleError, match="kebab"):
        read_platform("Petal_2", GOOD)


def test_the_generic_file_is_as_strict() -> None:
    with pytest.raises(RuleError, match=r"generic\.toml: admin\[1\]\.concern"):
        read_generic('recorded = 2026-11-21\nsource = "x"\n[[admin]]\npaths = ["/admin/"]')


def test_what_is_packaged_says_how_long_it_is_looked_after() -> None:
    assert read_platform("petal", "packaged = true\n" + GOOD)[1].packaged
    with pytest.raises(RuleError, match=r"petal\.toml: packaged: goes with \[support\]"):
        read_platform("petal", "packaged = true\n" + GOOD.partition("[support]")[0])


def test_what_is_known_cannot_be_changed() -> None:
    known = read_shipped()
    with pytest.raises(TypeError):
        known.platforms["x"] = known.platforms["wordpress"]
    with pytest.raises(TypeError):
        del known.tables["libraries"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.tables = {}


def folder_of(tmp_path: Path, **platforms: str) -> Path:
    for key, text in platforms.items():
        (tmp_path / f"{key}.toml").write_text(text)
    (tmp_path / "README.md").write_text("no platform")
    return tmp_path


def test_others_platforms_come_besides(tmp_path: Path) -> None:
    known = read_shipped((folder_of(tmp_path, petal=GOOD),))
    assert set(known.platforms) == {*read_shipped().platforms, "petal"}
    assert known.support("petal").branches[0].name == "2"
    assert known.support_of("petal", "1.5", date(2026, 1, 1)).standing is Standing.ENDED


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("petal", GOOD.replace("certain = true", "certain = 1"), "petal.toml: mark[1].certain: must be true or false"),
        ("wordpress", GOOD, "wordpress.toml: there is a platform 'wordpress' already"),
        ("petal", 'extends = "meadow"\n' + GOOD, "petal.toml: there is no platform 'meadow'"),
    ],
)
def test_others_bad_files_are_refused_by_where_they_lie(tmp_path: Path, key: str, text: str, said: str) -> None:
    with pytest.raises(RuleError) as refused:
        read_shipped((folder_of(tmp_path, **{key: text}),))
    assert str(refused.value) == f"{tmp_path}/{said}"


def test_what_was_fetched_counts_where_it_is_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newer, "folder", lambda: tmp_path)
    old = {"wordpress": {"recorded": "2020-01-01", "source": "x", "branch": [{"name": "1"}]}}
    new = {"php": {"recorded": "2027-01-01", "source": "y", "branch": [{"name": "9.0", "support_ends": "2030-01-01"}]}}
    (tmp_path / newer.SUPPORT).write_text(json.dumps({**old, **new, "nothing-we-know": new["php"]}))
    known, shipped = read_knowledge(), read_shipped()
    assert known.days["support/php"] == date(2027, 1, 1)
    assert known.support("php").name == "PHP"
    assert {name for name in known.tables if known.tables[name] != shipped.tables[name]} == {"support/php"}
    assert set(known.tables) == set(shipped.tables)


@pytest.mark.parametrize(
    ("key", "path", "page"),
    [
        (
            "wordpress",
            "/wp-login.php",
            '<form name="loginform" id="loginform" action="/wp-login.php"><input name="log"><input name="pwd">',
        ),
        ("prestashop", "/admin/", '<div id="login-panel"><form id="login_form"><input name="passwd" type="password">'),
        ("prestashop", "/admin/", '<div id="login-panel"><div class="alert alert-danger"><p>For security reasons …'),
        ("opencart", "/admin/", '<form action="https://x.example/admin/index.php?route=common/login"><input name="username">'),
        (
            "opencart",
            "/admin/",
            '<form id="form-login"><input type="text" name="username"><input type="password" name="password">',
        ),
        ("magento2", "/admin/", '<input name="login[username]" title="x"><a title="Magento Admin Panel">'),
        ("magento1", "/admin/", "<title>Log into Magento Admin Page</title>"),
        (
            "zencart",
            "/admin/login.php",
            '<form id="loginForm"><input name="admin_name"><input type="password" name="admin_pass">',
        ),
        ("oscommerce", "/admin/login.php", '<form action="login.php?action=process"><input name="username">'),
        ("shopware6", "/admin", "<title> Shopware Administration</title>"),
        ("shopware5", "/backend", "<title>Shopware 5.7.20 (Rev. 1) - Backend (c) shopware AG</title>"),
        ("cscart", "/admin.php", '<form action="admin.php"><input name="user_login"><button name="dispatch[auth.login]">'),
        ("quickcart", "/admin.php", '<meta name="Generator" content="Quick.Cart v6.7" /><script src="core/common-admin.js">'),
        ("joomla", "/administrator/", '<input name="passwd" type="password"><input value="com_login">'),
        ("cubecart", "/admin.php", '<form name="acp-login" method="post">'),
    ],
)
def test_administrators_logins_are_told(key: str, path: str, page: str) -> None:
    doors = [door for door in knowledge().platforms[key].doors if door.path == path]
    assert any(door.proves(page) for door in doors)


CUSTOMERS = [
    '<form action="/index.php?route=account/login"><input name="email"><input type="password" name="password">',
    '<form action="/index.php"><input name="user_login"><input type="password"><button name="dispatch[auth.login]">',
    '<form id="login-form"><input name="email"><input name="password" type="password"></form>',
    '<form class="form-login" id="login-form"><input name="login[username]"><input name="login[password]"></form>',
    "<h1>Not found</h1><p>/admin/ login.php wp-login.php</p>",
    '<meta name="Generator" content="Quick.Cart v6.7"><a href="http://opensolution.org/"><strong>Quick.Cart</strong></a>',
    "<title>My OpenCart, LiteCart, AbanteCart, X-Cart and CS-Cart shop</title><select id='language' name='language'></select>",
    '<form action="login.php"><input name="email_address"><input name="password" type="password">',
]


@pytest.mark.parametrize("page", CUSTOMERS)
def test_a_customers_login_is_no_administration(page: str) -> None:
    shops = [platform for platform in knowledge().platforms.values() if platform.kind == "shop"]
    assert [(shop.key, door.path) for shop in shops for door in (*shop.doors, *shop.installers) if door.proves(page)] == []


def test_a_pattern_of_a_plugin_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "rosecart.toml").write_text(GOOD.replace("'^Petal'", "'^Petal('"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"rosecart\.toml: .*is no pattern"):
        read_shipped([tmp_path])

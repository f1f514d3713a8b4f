"""Lists of shops as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from shopwarden.operations.sites import read_shops
from tests.patience import cpu


def csv(folder: Path, content: str | bytes) -> Path:
    file = folder / "shops.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    "content",
    [
        "url,name\nhttps://a.example,A\nb.example,B\n",
        "\ufeffurl;name\r\nhttps://a.example;A\r\nb.example;B\r\n",
        "Name\tURL\nA\thttps://a.example/\nB\thttp://b.example\n",
        '"url","name"\n"https://a.example","A"\n\n"b.example","B"\n',
        "url,name,notes\na.example,A,=cmd()\nb.example,B\n",
    ],
    ids=["plain", "bom and semicolons", "tabs", "quoted", "short lines"],
)
def test_csv_as_spreadsheets_write_it(tmp_path: Path, content: str) -> None:
    shops = read_shops(csv(tmp_path, content), Settings()).shops
    assert [(shop.key, shop.name) for shop in shops] == [("a.example", "A"), ("b.example", "B")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "shops.csv: the first line is empty; it must name the columns"),
        ("\nurl\na.example\n", "the first line is empty"),
        ("https://a.example\nhttps://b.example\n", "no column is called url"),
        ("address,name\na.example,A\n", "no column is called url, only address, name"),
        ("url,name\n", "holds no shop"),
        ("url,name\n,A\n", "line 2: the url is missing"),
        ("url\nftp://a.example\n", "line 2: ftp:// cannot be scanned"),
        ("url,rate\na.example,fast\n", "line 2: rate: must be a number"),
        ("url,rate\na.example,0\n", "line 2: rate: must be more than 0"),
        (b"url,name\na.example,Bl\xfcte\n", "CSV UTF-8"),
        ("url\n" + "jane:secret@a.example\n" * 15, "… and 5 more mistakes"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(BadSettings) as raised:
        read_shops(csv(tmp_path, content), Settings())
    assert words in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        read_shops(tmp_path / "none.csv", Settings())
    with pytest.raises(BadSettings, match=r"no shop is configured"):
        read_shops(None, Settings())


def test_the_same_shop_twice_and_under_two_names_is_scanned_once_and_said(tmp_path: Path) -> None:
    file = csv(tmp_path, "url\nhttps://a.example\nhttp://www.A.example/\na.example/blog\nA.EXAMPLE\n")
    found = read_shops(file, Settings())
    assert [shop.key for shop in found.shops] == ["a.example", "a.example/blog"]
    assert [notice.partition(":")[0] for notice in found.notices] == ["line 3", "line 5"]


def test_a_name_that_belongs_to_another_shop_is_said() -> None:
    settings = Settings.model_validate(
        {"site": [{"url": "https://a.example", "also": ["https://b.example"]}, {"url": "https://b.example"}]}
    )
    found = read_shops(None, settings)
    assert len(found.shops) == 2
    assert "looked at twice" in found.notices[0]


def test_a_csv_line_takes_the_rest_from_the_shops_own_entry(tmp_path: Path) -> None:
    settings = Settings.model_validate({"site": [{"url": "https://a.example", "name": "A", "rate": 1, "authorised_by": "Jo"}]})
    (shop,) = read_shops(csv(tmp_path, "url,max_pages\nwww.a.example,9\n"), settings).shops
    assert (shop.name, shop.site.authorised_by) == ("A", "Jo")
    options = settings.options_for(shop.site, {})
    assert (options.rate, options.max_pages) == (1.0, 9)


def test_ten_thousand_lines_take_seconds(tmp_path: Path) -> None:
    file = csv(tmp_path, "url\n" + "".join(f"https://shop{number}.example\n" for number in range(10_000)))
    with cpu(20):
        assert len(read_shops(file, Settings()).shops) == 10_000

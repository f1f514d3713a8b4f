"""Secrets go, everything else stays."""

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.text.redact import (
    REDACTED,
    names_a_secret,
    redact_address,
    redact_cookie,
    redact_file,
    redact_head,
    redact_header,
    redact_page,
    redact_said,
    redact_secrets,
)
from tests.patience import cpu

KEPT_AS = {
    "page": redact_page,
    "comment": partial(redact_page, remark=True),
    "said": redact_said,
    "address": redact_address,
    "cookie": redact_cookie,
    "config": redact_secrets,
    "file": redact_file,
    "header": lambda text: "\t".join((text.partition("\t")[0], redact_header(*text.split("\t", 1)))),
}


def cases(name):
    """(how it is kept, text) of a file beside this one."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            how, _, text = line.partition("\t")
            yield how, text.replace("\\n", "\n")


PLANTED, READABLE = list(cases("planted.txt")), list(cases("readable.txt"))


def test_there_are_enough_cases_of_each_kind():
    assert len(PLANTED) >= 200
    assert len(READABLE) >= 100
    assert {how for how, _ in PLANTED} == set(KEPT_AS)


@pytest.mark.parametrize(("how", "text"), PLANTED)
def test_no_planted_secret_stays(how, text):
    secrets, plain = re.findall("«([^»]+)»", text), re.sub("[«»]", "", text)
    kept = KEPT_AS[how](plain)
    assert secrets
    assert [secret for secret in secrets if secret in kept] == []
    assert KEPT_AS[how](kept) == kept


@pytest.mark.parametrize(("how", "text"), READABLE)
def test_what_is_no_secret_stays_readable(how, text):
    assert KEPT_AS[how](text) == text


@pytest.mark.parametrize(
    "name",
    ["hasło", "dbPassword", "csrfmiddlewaretoken", "API_KEY", "apikey", "X-Auth-Token", "sessionId", "userpass", "mysql_passwd"],
)
def test_names_that_say_secret(name):
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name", ["sort_key", "keyword", "passive", "compass", "tokenizer", "secretary", "basalt", "product_id", "author"]
)
def test_names_that_only_sound_so(name):
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("DB_PASSWORD=ge heim # x\nDB_HOST=db\n", "DB_PASSWORD=…\nDB_HOST=db\n"),
        ('export APP_KEY="base64:abc"', 'export APP_KEY="…"'),
        ("define('DB_PASSWORD', 'ge\\'heim');", "define('DB_PASSWORD', '…');"),
        ("define( 'SECURE_AUTH_SALT',  'x' );", "define( 'SECURE_AUTH_SALT',  '…' );"),
        ("'crypt' => ['key' => 'abc'], 'dbname' => 'shop', 'password' => 'x',", "'crypt' => ['key' => '…'], 'dbname' => 'shop', 'password' => '…',"),
        ('{"host": "h", "password": "a\\"b", "port": 22}', '{"host": "h", "password": "…", "port": 22}'),
        ("database:\n  password: hunter2\n  name: shop\n", "database:\n  password: …\n  name: shop\n"),
        ("<password><![CDATA[geheim]]></password><dbname><![CDATA[shop]]></dbname>", "<password><![CDATA[…]]></password><dbname><![CDATA[shop]]></dbname>"),
        ('<Pass encoding="base64">eHg=</Pass>', '<Pass encoding="base64">…</Pass>'),
        ("<crypt><key>abc</key></crypt>", "<crypt><key>…</key></crypt>"),
        ("url = https://user:token@git.example/x.git", "url = https://user:…@git.example/x.git"),
        ("DATABASE_URL=mysql://shop:geheim@db:3306/shop", "DATABASE_URL=mysql://shop:…@db:3306/shop"),
        ("admin:$apr1$salt$hash", "admin:$apr1$…"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----…-----END RSA PRIVATE KEY-----"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic …"),
        ("password=\nsecret=''\n", "password=\nsecret=''\n"),
        ("APP_NAME=shop\nDB_HOST=db\nkeyword: roses\n", "APP_NAME=shop\nDB_HOST=db\nkeyword: roses\n"),
    ],
)  # fmt: skip
def test_redacts_configuration(text, redacted):
    assert redact_secrets(text) == redacted
    assert redact_secrets(redacted) == redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ('<input type="hidden" name="form_key" value="a>b"><b>', '<input type="hidden" name="form_key" value="…"><b>'),
        ("<INPUT VALUE=abc TYPE=hidden>", "<INPUT VALUE=… TYPE=hidden>"),
        ("<input type=hidden value='abc", "<input type=hidden value='…"),
        ('<input type="text" value="roses">', '<input type="text" value="roses">'),
        ('<meta content="abc" name="csrf-token"><meta name="author" content="Petal">', '<meta content="…" name="csrf-token"><meta name="author" content="Petal">'),
        ('<script nonce="abc" src="/a.js">', '<script nonce="…" src="/a.js">'),
        ('var config = {token: "abc", shop: "petal"};', 'var config = {token: "…", shop: "petal"};'),
        ('data-token="abc"', 'data-token="…"'),
    ],
)  # fmt: skip
def test_redacts_pages(text, redacted):
    assert redact_page(text) == redacted
    assert redact_page(redacted) == redacted


@pytest.mark.parametrize(
    "code",
    [
        "password = document.forms[0].password.value; new Image().src = url + password",
        "if (event.key === 'Enter') token = atob(other)",
        "getElementsByName('payment[cc_number]')",
        '<label for="password">Password</label><input type="password" name="password" autocomplete="off">',
    ],
)
def test_leaves_code_of_pages_alone(code):
    assert redact_page(code) == code


@pytest.mark.parametrize(
    ("header", "redacted"),
    [
        ("sid=abc; Path=/; Secure", "sid=…; Path=/; Secure"),
        ("sid=a=b", "sid=…"),
        ("sid=; Max-Age=0", "sid=; Max-Age=0"),
        ("abc", "…"),
        ("", ""),
    ],
)
def test_redacts_cookies(header, redacted):
    assert redact_cookie(header) == redacted
    assert redact_cookie(redacted) == redacted


PIECES = st.sampled_from(
    ["password", "token", "key", "'", '"', "`", "=", "=>", ":", ",", " ", "\n", "\\", "<input type=hidden ", "value=", "nonce=", ">", "<",
     "<meta ", "content=", "://", "a", "@", "abc", "…", "-----BEGIN PRIVATE KEY-----", "-----END", "<password>", "</password>", "$1$", "-",
     "authorization: basic ", "[", "]", "?token=", "&", ";", "eyJhbGciOiJ9.eyJhbGciOiJ9.", "aB3dE5fG7hJ9kL1mN3pQ5", "cookie=a=", "<!--", "-->",
     "//", "%3F", "%3D", "&quot;", "Bearer ", "<textarea>", "/", ";base64,", "sha256-", "name", "value"]
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join))
def test_redacting_twice_is_redacting_once(text):
    assert redact_page(redact_page(text)) == redact_page(text)
    assert redact_secrets(redact_secrets(text)) == redact_secrets(text)
    assert redact_cookie(redact_cookie(text)) == redact_cookie(text)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\`<>…"), min_size=4, max_size=40))
def test_no_secret_stays(secret):
    for text in (f'DB_PASSWORD="{secret}"', f"'password' => '{secret}'", f'<input type="hidden" value="{secret}">'):
        assert secret not in redact_secrets(text).replace("DB_PASSWORD", "").replace("'password' =>", "").replace(
            '<input type="hidden"', ""
        )
        assert REDACTED in redact_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "password" * 40_000, '<input "' * 40_000, "<input '\" " * 40_000, 'token="' * 40_000, "://" * 100_000, "a" * 300_000,
        "a://" + "b" * 300_000, "-----BEGIN PRIVATE KEY-----" * 10_000, "\\" * 200_000 + 'password="' + '\\"' * 100_000,
        "\n " * 100_000, "$1$" * 100_000, "<password>" * 30_000, "password" + " " * 300_000, "nonce=" * 60_000,
        "<input type=hidden " + 'value="' * 40_000, "_" * 300_000 + "key", "?token=" * 40_000, "&a=" * 100_000, "%3Ftoken%3D" * 25_000,
        "a1B2" * 75_000, "-aB1" * 75_000, '"' + "a1B2/" * 60_000 + '"', "eyJ" * 100_000, "eyJaaaaaaaa." * 25_000, ";base64," * 40_000,
        "<!--password:" * 20_000, "cookie=a=b;" * 25_000, 'token","value":' * 20_000, "bearer " * 40_000, "https://a:" * 30_000,
        "https://" + "a:b@" * 70_000, "/" * 300_000, "nonce-" * 50_000, "<textarea>" * 30_000, "// token=" * 30_000,
    ],
)  # fmt: skip
def test_hostile_texts_take_linear_time(text):
    with cpu(3):
        redact_secrets(text)
        redact_address(text)
        redact_page(text, remark=True)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("email,lastname\nann@petal.example,Lee\nbob@x.example,\"Stone, B.\"\n", 'email,lastname\n…,…\n…,"…,…"\n'),
        ("\ufeffFirst Name;E-Mail;Telefon\r\nAnn;;0171 234\r\n", "\ufeffFirst Name;E-Mail;Telefon\r\n…;;…\r\n"),
        ("customer\tcity\nAnn\tRome\n", "customer\tcity\n…\t…\n"),
        ("sku,price\nrose,3.50\n", "sku,price\nrose,3.50\n"),
        ("Drupal 7.103, 2024-12-04\n- Fixed\n", "Drupal 7.103, 2024-12-04\n- Fixed\n"),
        (
            "CREATE TABLE `c` (\n  `id` int(11)\n);\nINSERT INTO `c` (`id`, `email`) VALUES (1,'ann@x.example','O''Lee \\\\',NULL,49171234567);\n",
            "CREATE TABLE `c` (\n  `id` int(11)\n);\nINSERT INTO `c` (`id`, `email`) VALUES (1,'…','…',NULL,…);\n",
        ),
        ("INSERT INTO c VALUES\n (1,'Ann'),\n (2,'Bob');\n", "INSERT INTO c VALUES\n (1,'…'),\n (2,'…');\n"),
        ("COPY public.c (id, email) FROM stdin;\n1\tann@x.example\n\\.\nSELECT 1;\n", "COPY public.c (id, email) FROM stdin;\n…\t…\n\\.\nSELECT 1;\n"),
        ("From: ann.lee@petal.example\nTo: bob@x.example\n", "From: …@petal.example\nTo: …@x.example\n"),
        ("url = git@github.com:petal/shop.git\n", "url = git@github.com:petal/shop.git\n"),
        ("DB_PASSWORD=secret\nADMIN=ann@x.example\n", "DB_PASSWORD=…\nADMIN=…@x.example\n"),
    ],
)  # fmt: skip
def test_redacts_people_in_files(text, redacted):
    assert redact_file(text) == redacted
    assert redact_file(redacted) == redacted


ROWS = st.sampled_from(
    ["email,name\n", "ann@x.example", "INSERT INTO c VALUES ", "COPY c FROM stdin;\n", "\\.\n", "(", ")", "'", "''", "\\", ",", ";", "\t",
     "\n", "\r\n", "12345", "-1234", '"', "…", "@", "VALUES", "Ann", " "]
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(ROWS | st.text(max_size=4), max_size=30).map("".join))
def test_redacting_a_file_twice_is_redacting_it_once(text):
    assert redact_file(redact_file(text)) == redact_file(text)


@pytest.mark.parametrize(
    "text",
    [
        "a@" * 150_000, "a.b" * 100_000, "@a." * 100_000, "email,name\n" + "a," * 150_000, "INSERT INTO c VALUES " + "'" * 300_000,
        "INSERT " * 50_000, "INSERT INTO c (" * 20_000, "COPY " * 60_000, "COPY c FROM stdin;\n" + "a\t" * 150_000, "(\n" * 100_000,
        "INSERT INTO c VALUES " + "'\\" * 100_000, "," * 300_000, "1234" * 75_000, "email," * 50_000 + "\nx\n",
    ],
)  # fmt: skip
def test_hostile_files_take_linear_time(text):
    with cpu(3):
        redact_file(text)


def packed(name, content):
    made = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=made, mtime=0) as archive:
        archive.write(content)
    return made.getvalue()


DUMP = b"-- MySQL dump 10.13\nCREATE TABLE `customer` (id int);\nINSERT INTO `customer` VALUES (1,'ann@petal.example','Lee');\n"


@pytest.mark.parametrize("name", ["", "shop.sql"])
def test_what_is_packed_is_redacted_too(name):
    kept = redact_head(packed(name, DUMP)[:600])
    inside = zlib.decompressobj(47).decompress(kept)
    assert inside == DUMP.replace(b"ann@petal.example", "…".encode()).replace(b"Lee", "…".encode())
    assert (b"shop.sql" in kept) == bool(name)
    assert redact_head(kept) == kept


def test_of_an_archive_only_the_names_are_kept():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("config.php", "DB_PASSWORD geheim")
    assert redact_head(made.getvalue()[:600]).endswith(b"config.php")
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo("config.php")
        info.size = 18
        archive.addfile(info, io.BytesIO(b"DB_PASSWORD geheim"))
    kept = redact_head(made.getvalue()[:600])
    assert kept[257:262] == b"ustar"
    assert b"geheim" not in kept
    assert b"geheim" not in zlib.decompressobj(47).decompress(redact_head(packed("", made.getvalue())[:600]))
    assert b"geheim" not in redact_head(b"b0VIM 8.2\0" + b"geheim" * 50)
    assert b"geheim" not in redact_head(b"SQLite format 3\0" + bytes(84) + b"geheim" * 50)


@given(st.binary(max_size=600))
def test_any_bytes_can_be_redacted(head):
    assert len(redact_head(head)) <= 5_000
    redact_head(b"\x1f\x8b\x08" + head)
    redact_head(b"\x1f\x8b\x08\x08" + head)

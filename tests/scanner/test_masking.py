"""Secrets go, everything else stays."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.masking import MASK, mask_cookie, mask_page, mask_secrets


@pytest.mark.parametrize(
    ("text", "masked"),
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
def test_masks_configuration(text, masked):
    assert mask_secrets(text) == masked
    assert mask_secrets(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
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
def test_masks_pages(text, masked):
    assert mask_page(text) == masked
    assert mask_page(masked) == masked


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
    assert mask_page(code) == code


@pytest.mark.parametrize(
    ("header", "masked"),
    [
        ("sid=abc; Path=/; Secure", "sid=…; Path=/; Secure"),
        ("sid=a=b", "sid=…"),
        ("sid=; Max-Age=0", "sid=; Max-Age=0"),
        ("abc", "…"),
        ("", ""),
    ],
)
def test_masks_cookies(header, masked):
    assert mask_cookie(header) == masked
    assert mask_cookie(masked) == masked


PIECES = st.sampled_from(
    ["password", "token", "key", "'", '"', "`", "=", "=>", ":", ",", " ", "\n", "\\", "<input type=hidden ", "value=", "nonce=", ">", "<",
     "<meta ", "content=", "://", "a", "@", "abc", "…", "-----BEGIN PRIVATE KEY-----", "-----END", "<password>", "</password>", "$1$", "-",
     "authorization: basic ", "[", "]"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join))
def test_masking_twice_is_masking_once(text):
    assert mask_page(mask_page(text)) == mask_page(text)
    assert mask_secrets(mask_secrets(text)) == mask_secrets(text)
    assert mask_cookie(mask_cookie(text)) == mask_cookie(text)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\`<>…"), min_size=4, max_size=40))
def test_no_secret_stays(secret):
    for text in (f'DB_PASSWORD="{secret}"', f"'password' => '{secret}'", f'<input type="hidden" value="{secret}">'):
        assert secret not in mask_secrets(text).replace("DB_PASSWORD", "").replace("'password' =>", "").replace(
            '<input type="hidden"', ""
        )
        assert MASK in mask_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "password" * 40_000, '<input "' * 40_000, "<input '\" " * 40_000, 'token="' * 40_000, "://" * 100_000, "a" * 300_000,
        "a://" + "b" * 300_000, "-----BEGIN PRIVATE KEY-----" * 10_000, "\\" * 200_000 + 'password="' + '\\"' * 100_000,
        "\n " * 100_000, "$1$" * 100_000, "<password>" * 30_000, "password" + " " * 300_000, "nonce=" * 60_000,
        "<input type=hidden " + 'value="' * 40_000, "_" * 300_000 + "key",
    ],
)  # fmt: skip
def test_hostile_texts_take_linear_time(text):
    started = time.monotonic()
    mask_secrets(text)
    assert time.monotonic() - started < 3

"""A shop with secrets in all places, scanned by the program: nothing that is written or printed holds one of them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

from scanner.history.store import History
from tests.command_line import shopwarden
from tests.loopback import response
from tests.street import Street

HOST = "petal.example"
PLANTED = (Path(__file__).parents[2] / "scanner" / "text" / "planted.txt").read_text(encoding="utf-8").splitlines()
NAMES = [
    "roses",
    "cart",
    "checkout",
    "login",
    "account",
    "privacy",
    "imprint",
    "tulips",
    "contact",
    "about-us",
    "blog",
    "delivery",
]
LEAST = 5
"""Shorter ones, and words, are found anywhere by chance."""


def planted(*kinds: str) -> list[tuple[str, str]]:
    """(text, secret) of the kinds, one secret each."""
    found = []
    for line in PLANTED:
        kind, _, text = line.partition("\t")
        secrets = re.findall("«([^»]+)»", text)
        if kind in kinds and len(secrets) == 1 and len(secrets[0]) >= LEAST and not secrets[0].isalpha():
            found.append((re.sub("[«»]", "", text).replace("\\n", "\n"), secrets[0]))
    return found


def links(addresses: list[str]) -> str:
    return "".join(f'<a href="{html.escape(address)}">x</a>' for address in addresses)


def test_nothing_that_is_kept_or_shown_holds_a_secret(shops: Street, folder: Path) -> None:
    pages, addresses = planted("page"), [one for one in planted("address") if one[0].startswith(("http", "/"))]
    own = [(re.sub(r"https://(?:\w+:)?shop\.example", f"http://{HOST}", text), secret) for text, secret in addresses]
    headers = "".join(f"Set-Cookie: {text}\r\n" for text, _ in planted("cookie"))
    headers += "".join(f"{text.replace(chr(9), ': ')}\r\n" for text, _ in planted("header") if not text.startswith("location"))
    kind = "Content-Type: text/html; charset=utf-8\r\n"
    scripts = "".join(f'<script src="http://cdn.example/a.js?token={secret}"></script>' for _, secret in own if secret.isalnum())
    served = {}
    for number, name in enumerate(NAMES):
        body = "\n<p>Roses</p>\n".join(text for text, _ in pages[number :: len(NAMES)])
        served[f"/{name}"] = response(f"<title>{name}</title><p>{body}</p>".encode(), headers=kind)
    front = links([*(f"/{name}" for name in NAMES), *(text for text, _ in own)])
    served["/"] = response(f"<title>Petal</title>{front}{scripts}".encode(), headers=kind + headers)
    lines = "".join(f"Disallow: {text[len(f'http://{HOST}') :]}\n" for text, _ in own if text.startswith(f"http://{HOST}/"))
    served["/robots.txt"] = response(f"User-agent: *\n{lines}".encode(), headers="Content-Type: text/plain\r\n")
    served["/old"] = response(b"", "302 Found", f"Location: http://elsewhere.example/?token={own[0][1]}\r\n")
    shops.pages[HOST] = served
    files = [f"--{name}={folder / name}.out" for name in ("json", "sarif", "junit", "csv", "markdown", "html")]
    options = [
        *shops.options(HOST),
        *files,
        "--fixes",
        "fixes",
        "--record",
        "kept",
        "--max-pages",
        "200",
        "--max-requests",
        "600",
    ]
    ran = shopwarden("scan", f"http://{HOST}/", "--verbose", *options)
    assert ran.exit_code == 0, ran.output
    seen = {"printed": ran.output}
    for file in (file for file in folder.rglob("*") if file.is_file()):
        seen[str(file.relative_to(folder))] = file.read_bytes().decode("utf-8", "replace")
    with_history = History.open()
    seen["history"] = "".join(one.model_dump_json() for one in with_history.documents(HOST, 9))
    with_history.close()
    assert len(json.loads(seen["kept/Pages.json"])["others"]) == len(NAMES)
    assert len(seen) > 15
    left = {
        (name, secret)
        for _, secret in (*pages, *own, *planted("cookie", "header"))
        for name, text in seen.items()
        if secret in text or html.escape(secret) in text
    }
    assert left == set()

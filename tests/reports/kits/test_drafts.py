"""What was made for one shop, as files: safe to put into a server's configuration, and with the steps beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from reports.formats.html import html
from reports.formats.markdown import markdown_
from reports.kits.drafts import POLICY_GUIDE, RECORDS_GUIDE, TAGS_GUIDE, guides, policy_lines, policy_of
from reports.kits.fix_pack import CHECKLIST, fix_pack
from reports.view.at_once import FILES, Server
from reports.view.build import view_of
from scanner.results.document import document
from scanner.results.result import Judged, ScanResult
from scanner.rules.verdicts import Finding, Found
from tests.reports.samples import ARTICLES, article, fence, result
from tests.scanning import catalogue

HOST = "petalandstem.example"
POLICY = "default-src 'self'; script-src 'self' https://js.pay.example; frame-ancestors 'self'"
READY = f"Content-Security-Policy-Report-Only: {POLICY}"
TAG = '<script src="https://cdn.example/a@1.2.3.js" integrity="sha384-x" crossorigin="anonymous"></script>'
HSTS = (
    "### Apache (.htaccess)\n" + fence("apache", "Header set X 1") + "\n\n### nginx\n" + fence("nginx", "add_header X 1 always;")
)
WORDS = {rule: article(rule, f"Title of {rule}", "good") for rule in ("csp-missing", "csp-unsafe", "sri-missing", "spf-missing")}
WORDS |= {"hsts-missing": article("hsts-missing", "T", "g", fixes=HSTS)}


def shop(*policies: Finding, tags: tuple[Finding, ...] = (), records: tuple[Finding, ...] = ()) -> ScanResult:
    made = result({"hsts-missing": Found.at(HOST)})
    rules = catalogue().rules
    given = (("csp-missing", policies), ("sri-missing", tags), ("spf-missing", records))
    more = [Judged(rules[rule], Found(found)) for rule, found in given if found]
    return replace(made, judged=(*made.judged, *more))


def policy(ready: str = READY, subject: str = HOST) -> Finding:
    return Finding(subject, "Every page: none.\n\nThe draft is made from what 2 pages load.", (f"https://{HOST}/",), ready=ready)


def pack(made: ScanResult, server: Server) -> dict[str, str]:
    return fix_pack(view_of(made, {**ARTICLES, **WORDS}), made, {**ARTICLES, **WORDS}, server)


@pytest.mark.parametrize(("server", "line"), [("apache", f'Header always set {READY.partition(":")[0]} "{POLICY}"'), ("nginx", f'add_header {READY.partition(":")[0]} "{POLICY}" always;')])  # fmt: skip
def test_the_servers_file_lets_browsers_only_report(server: Server, line: str) -> None:
    files = pack(shop(policy()), server)
    assert line in files[FILES[server]]
    assert '"Content-Security-Policy"' not in files[FILES[server]]
    assert "Content-Security-Policy " not in files[FILES[server]].replace(f"A {'Content-Security-Policy'} to try", "")
    guide = files[POLICY_GUIDE]
    for where in ("Apache (.htaccess)", "nginx", "Caddy", "lighttpd"):
        assert policy_lines(POLICY, where) in guide
        assert policy_lines(POLICY, where, name="Content-Security-Policy") in guide
    assert "The draft is made from what 2 pages load." in guide
    assert f"`{POLICY_GUIDE}`" in files[CHECKLIST]


def test_the_shops_own_host_counts() -> None:
    both = shop(policy(READY.replace("pay", "blog"), f"blog.{HOST}"), policy())
    assert policy_of(view_of(both, {**ARTICLES, **WORDS})) == POLICY


@pytest.mark.parametrize(
    "ready",
    [
        "",
        READY.replace("-Report-Only", ""),
        READY + '" always; location / { proxy_pass http://evil.example; } #',
        READY + "\n    Header set X 1",
        READY + " $request_uri",
        READY + " %{HTTP_HOST}e",
        READY + " \\",
        READY + " `id`",
        READY + " {",
        "x" + READY,
    ],
)
def test_nothing_but_a_policy_gets_into_a_servers_file(ready: str) -> None:
    made = shop(policy(ready))
    for server in ("apache", "nginx"):
        files = pack(made, server)
        assert POLICY_GUIDE not in files
        assert "Content-Security-Policy" not in files[FILES[server]]


def test_tags_in_a_file_of_their_own() -> None:
    found = Finding("https://cdn.example/a@1.2.3.js", "no integrity", tuple(f"https://{HOST}/{n}" for n in range(5)), ready=TAG)
    files = pack(shop(tags=(found,)), "nginx")
    assert f"```html\n{TAG}\n```" in files[TAGS_GUIDE]
    assert "and 2 more" in files[TAGS_GUIDE]
    assert POLICY_GUIDE not in files
    assert TAGS_GUIDE not in pack(shop(tags=(replace(found, ready=""),)), "nginx")


def test_records_for_the_dns_in_a_file_of_their_own() -> None:
    line = f'{HOST}. 3600 IN TXT "v=spf1 a mx ~all"'
    found = Finding(HOST, "It has no SPF record.", ready=line)
    files = pack(shop(records=(found,)), "nginx")
    assert f"It has no SPF record.\n\n```text\n{line}\n```" in files[RECORDS_GUIDE]
    assert f"`{RECORDS_GUIDE}`" in files[CHECKLIST]
    assert RECORDS_GUIDE not in pack(shop(records=(replace(found, ready=""),)), "nginx")


def test_nothing_from_the_shop_acts_in_the_guides() -> None:
    evil = "```\n\n<script>alert(1)</script> [x](javascript:1) ![x](http://evil.example/x.png)\n```"
    found = Finding(f"x`{evil}", evil, (f"https://{HOST}/`",), ready=evil)
    record = replace(found, ready=f"{HOST}. 3600 IN TXT {evil}")
    made = shop(replace(policy(), shown=evil), tags=(found,), records=(record,))
    for text in guides(view_of(replace(made, site=replace(made.site, name=evil)), {**ARTICLES, **WORDS})).values():
        tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
        inline = [child for token in tokens for child in token.children or ()]
        assert not [token for token in (*tokens, *inline) if token.type in {"html_block", "html_inline", "image", "link_open"}]


def test_the_page_the_markdown_and_the_document_show_it() -> None:
    made = shop(policy(), tags=(Finding("https://cdn.example/a@1.2.3.js", ready=TAG),))
    view = view_of(made, {**ARTICLES, **WORDS})
    page = html(view).replace("<wbr>", "")  # which nobody copies along
    assert READY.replace("'", "&#39;") in page
    assert "&lt;script src=&#34;https://cdn.example" in page
    assert TAG not in page
    assert READY in markdown_(view)
    ready = {one.rule: one.findings[0].ready for one in document(made).verdicts if one.findings}
    assert ready == {"csp-missing": READY, "sri-missing": TAG, "hsts-missing": ""}

"""The drafted Content-Security-Policy in real servers: as the guide prints it, only reported first and in force then."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from reports.kits.drafts import IN_FORCE, POLICY_GUIDE, TRYING, policy_lines, policy_of
from reports.kits.fix_pack import fix_pack
from reports.view.at_once import FILES, Server
from reports.view.build import view_of
from scanner.rules.verdicts import Found, Passed
from tests.patience import PATIENCE
from tests.scanning import catalogue
from tests.servers.processes import needs
from tests.servers.web import HOST, Setup, Web, serving, visit, works

BINARIES = {"Apache (.htaccess)": "apache2", "nginx": "nginx", "Caddy": "caddy", "lighttpd": "lighttpd"}
SERVERS = {"Apache (.htaccess)": "apache", "nginx": "nginx", "Caddy": "caddy", "lighttpd": "lighttpd"}
RULES = ("csp-missing", "csp-unsafe")


def headers(web: Web, path: str) -> Mapping[str, str]:
    """The policies that an answer carries, by header."""
    context = ssl._create_unverified_context()
    with closing(http.client.HTTPSConnection("127.0.0.1", web.https, timeout=PATIENCE, context=context)) as connection:
        connection.request("GET", path, headers={"Host": HOST})
        answer = connection.getresponse()
        answer.read()
        return {name: value for name, value in answer.getheaders() if name.startswith(IN_FORCE)}


@pytest.mark.parametrize("where", BINARIES)
async def test_as_the_guide_prints_it(where: str, open_folder: Path) -> None:
    needs(BINARIES[where])
    server, articles = SERVERS[where], catalogue().articles
    with serving(server, "weak", open_folder / "weak") as web:
        before = visit(web)
        result = await web.scan(*RULES)
    view = view_of(result, articles)
    policy = policy_of(view)
    assert "script-src 'self'" in policy
    lines = policy_lines(policy, where)
    assert lines in fix_pack(view, result, articles, "nginx")[POLICY_GUIDE]
    with serving(server, "weak", open_folder / "tried", Setup(more=lines)) as web:
        assert visit(web) == before
        assert headers(web, "/") == headers(web, "/roses.html") == {TRYING: policy}
        tried = {judged.rule.id: judged.verdict for judged in (await web.scan(*RULES)).judged}
    missing = tried["csp-missing"]
    assert isinstance(missing, Found)
    assert "is being tried out (report only)" in missing.findings[0].shown
    with serving(server, "weak", open_folder / "forced", Setup(more=policy_lines(policy, where, name=IN_FORCE))) as web:
        assert visit(web) == before
        assert headers(web, "/") == {IN_FORCE: policy}
        forced = {judged.rule.id: judged.verdict for judged in (await web.scan(*RULES)).judged}
    assert all(isinstance(verdict, Passed) for verdict in forced.values()), forced
    assert works(before)


@pytest.mark.parametrize("server", ["apache", "nginx"])
async def test_the_packs_own_file_sends_it(server: Server, open_folder: Path) -> None:
    needs(BINARIES["nginx" if server == "nginx" else "Apache (.htaccess)"])
    rules = (*RULES, "nosniff-missing", "hsts-missing")
    articles = catalogue().articles
    with serving(server, "weak", open_folder / "weak") as web:
        before = visit(web)
        result = await web.scan(*rules)
    view = view_of(result, articles)
    text = fix_pack(view, result, articles)[FILES[server]]
    if server == "apache":
        setup = Setup(files={".htaccess": text})
    else:
        (open_folder / "shopwarden.conf").write_text(text)
        setup = Setup(more=f"include {open_folder / 'shopwarden.conf'};")
    with serving(server, "weak", open_folder / "fixed", setup) as web:
        assert visit(web) == before
        assert headers(web, "/") == {TRYING: policy_of(view)}
        assert isinstance(
            {judged.rule.id: judged.verdict for judged in (await web.scan(*rules)).judged}["nosniff-missing"], Passed
        )

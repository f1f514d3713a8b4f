"""The fix pack, applied whole to the weak shop on real servers: what it promises is gone, and the shop works."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.kits.fix_pack import ROOT_FILE, fix_pack
from reports.view.at_once import FILES, Server, servers_of
from reports.view.build import view_of
from scanner.rules.verdicts import Found, NotApplicable, Passed
from tests.servers.processes import needs
from tests.servers.weak import LISTS, SESSION, WEAK
from tests.servers.web import Setup, found, serving, visit, works
from tools.fix_table import blocks, catalogue

BINARIES: dict[Server, str] = {"apache": "apache2", "nginx": "nginx"}
EVERYTHING = {
    name: content
    for rule, weak in WEAK.items()
    if rule.startswith("exposed-") and rule != "exposed-database-admin"
    for name, content in weak.files.items()
}
MORE: dict[Server, str] = {
    "apache": f'{SESSION}"\n{WEAK["cors-open"].apache}\n{WEAK["referrer-policy-unsafe"].apache}\nHeader set X-Powered-By "PHP/7.4.3"',
    "nginx": "",
}
BY_PHP = {"cookie-insecure", "cookie-script-readable", "cookie-samesite-missing"}
"""nginx and lighttpd cannot change what PHP sets, say the articles; their readers paste the block for PHP as well."""
FRONT_CONTROLLER = """
# BEGIN the shop's software
RewriteEngine On
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule ^catalog/ index.html [L]
# END
"""
"""What stands in the .htaccess already: shops rewrite addresses, and the pack must get on with that."""


def for_php() -> str:
    """What the articles on cookies print for PHP."""
    return "\n".join(entry.block.text for entry in blocks() if entry.where == "PHP" and entry.rule in BY_PHP)


def fixed_by_the_web_server(rule: str) -> bool:
    return bool(catalogue().rules[rule].fix_group)


@pytest.mark.parametrize("server", ["apache", "nginx"])
async def test_applied_whole(server: Server, open_folder: Path) -> None:
    needs(BINARIES[server])
    with serving(server, "weak", open_folder / "weak", Setup(more=MORE[server], files=EVERYTHING)) as web:
        before = visit(web)
        result = await web.scan()
    assert servers_of(result) == (server,)
    pack = fix_pack(view_of(result, catalogue().articles), result, catalogue().articles)
    text = pack[FILES[server]]
    here = set(found(result))
    promised = {rule for rule in here if fixed_by_the_web_server(rule) and rule in text}
    assert len(promised) >= 15, sorted(promised)
    if server == "apache":
        files = {**EVERYTHING, ".htaccess": text + FRONT_CONTROLLER}
        more = f"{MORE[server]}\n{pack[ROOT_FILE]}"
        run = serving("apache", "weak", open_folder / "fixed", Setup(more=more, files=files))
    else:
        assert "Take lines with autoindex" in text
        include = open_folder / "shopwarden.conf"
        include.write_text(text)
        more = f"include {include};\n{MORE[server]}"
        setup = Setup(more=more, without=("autoindex on;",), files=EVERYTHING, php_ini=for_php())
        run = serving("nginx", "weak", open_folder / "fixed", setup)
    with run as web:
        after = visit(web)
        fixed = await web.scan()
    assert works(before)
    assert after == before
    verdicts = {judged.rule.id: judged.verdict for judged in fixed.judged}
    for rule in sorted(promised):
        assert isinstance(verdicts[rule], Passed | NotApplicable), f"{rule}: {verdicts[rule]}"
    # HSTS is tried out for a few days first, and whether every name below the shop's has https is for the owner to look at: both are
    # the next steps and not in the file.
    new = {rule for rule, verdict in verdicts.items() if isinstance(verdict, Found)} - here
    assert all(here.intersection(catalogue().rules[rule].next_step_of) for rule in new), new
    assert fixed.grade is not None
    assert result.grade is not None
    assert fixed.grade.score > result.grade.score
    left = sorted(rule for rule in found(fixed) if fixed_by_the_web_server(rule) and rule not in new)
    assert left == [], "the web server could have mended these, and the pack left them"


@pytest.mark.parametrize(("server", "where"), [("caddy", "Caddy"), ("lighttpd", "lighttpd")])
async def test_what_the_articles_print_for_other_servers_gets_on_together(server: str, where: str, open_folder: Path) -> None:
    """There is no file for them in the pack; their readers paste one block after the other."""
    needs(server)
    printed = {entry.rule: entry.block.text for entry in blocks() if entry.where == where and entry.number == 1}
    leaders = sorted({rule.fix_group for rule in catalogue().rules.values()} - {"", "directory-listing", "tls-no-tls13"})
    pasted = [printed[rule] for rule in leaders if rule in printed]
    assert len(pasted) >= 18
    with serving(server, "weak", open_folder / "weak", Setup(files=EVERYTHING)) as web:
        before, result = visit(web), await web.scan()
    setup = Setup(more="\n".join(pasted), without=LISTS.changes[server], files=EVERYTHING, php_ini=for_php())
    with serving(server, "weak", open_folder / "fixed", setup) as web:
        after, fixed = visit(web), await web.scan()
    assert works(before)
    assert after == before
    assert len([rule for rule in found(result) if fixed_by_the_web_server(rule)]) >= 14
    assert [rule for rule in found(fixed) if fixed_by_the_web_server(rule)] == []

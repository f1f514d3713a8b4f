"""The fix pack's files: what is in them and what is not (that they work is shown on real servers)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from reports.i18n.language import codes, language
from reports.kits.fix_pack import CHECKLIST, DEVELOPER_LETTER, HOST_LETTER, ROOT_FILE, _merged, _statements, fix_pack
from reports.view.at_once import FILES, Server
from reports.view.build import view_of
from scanner.results.result import ScanResult
from scanner.rules.verdicts import Found
from tests.reports.samples import ARTICLES, HARDENED, HOSTILE, RULES, SAMPLES, UNREACHABLE, WEAK, article, fence, result
from tests.scanning import catalogue


def pack(scan: ScanResult, server: Server | None = None) -> dict[str, str]:
    return fix_pack(view_of(scan, ARTICLES), scan, ARTICLES, server)


def served_by(server: str, scan: ScanResult = WEAK) -> ScanResult:
    return replace(scan, site=replace(scan.site, server=server))


def test_what_a_weak_shop_gets() -> None:
    files = pack(WEAK)
    assert set(files) == {FILES["apache"], CHECKLIST, *(name for name in files if name.startswith("mail-"))}
    assert 'Header always set Strict-Transport-Security "max-age=31536000"' in files[FILES["apache"]]
    assert files[FILES["apache"]].index("RewriteRule") < files[FILES["apache"]].index("Strict-Transport-Security")
    checklist = files[CHECKLIST]
    assert checklist.index("## At once: `htaccess.txt`") < checklist.index("## Then, by hand") < checklist.index("## At the end")
    assert "- [ ] **critical** Strangers can download the shop's source code" in checklist
    letters = [name for name in files if name.startswith("mail-")]
    assert letters == [HOST_LETTER, DEVELOPER_LETTER]
    assert all(f"`{name}`" in checklist for name in letters)


@pytest.mark.parametrize("code", codes())
def test_one_letter_a_receiver_says_all_of_it_as_the_page_does(code: str) -> None:
    view = view_of(WEAK, ARTICLES, language=language(code))
    files = fix_pack(view, WEAK, ARTICLES)
    for name, letter in ((HOST_LETTER, view.to_host), (DEVELOPER_LETTER, view.to_developer)):
        assert letter is not None
        assert letter.text in files[name]
        assert files[name].startswith(view.language.say("card.subject", subject=letter.subject))
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", files[HOST_LETTER], re.MULTILINE)]
    titles = [card.title for group in view.groups for card in group.cards if card.points and card.mail]
    assert [f"{place}. {title}" in files[HOST_LETTER] for place, title in enumerate(titles, 1)] == [True] * len(titles)
    assert {*range(1, len(titles) + 1)} <= set(numbers)


@pytest.mark.parametrize("code", ["de", "pl"])
def test_the_pack_speaks_the_reports_language(code: str) -> None:
    """With whole articles nothing of it is English but what every language leaves as it is."""
    spoken, articles = language(code), catalogue().articles
    translated = result({rule: Found.at("/x") for rule in spoken.articles if rule in RULES})
    files = fix_pack(view_of(translated, articles, language=spoken), translated, articles, "nginx")
    for name, content in files.items():
        if name.endswith((".md", ".txt")):
            prose = re.sub(r"^ *```.*?^ *```", "", content, flags=re.DOTALL | re.MULTILINE)
            prose = re.sub(r"`[^`\n]*`|\*[^*]+\*|^    .*$", "", prose, flags=re.MULTILINE)
            assert re.findall(r"\b(?:the|your|with|from|should|could)\b.*", prose) == [], name
    comments = [line for line in files[FILES["nginx"]].splitlines() if line.startswith("# ")]
    assert comments[0].startswith({"de": "# Für ", "pl": "# Dla "}[code])
    assert not re.search(r"\b(?:the|your|should|could)\b", "\n".join(comments))


def test_what_is_not_for_the_host_gets_no_letter_and_its_reason_is_in_the_checklist() -> None:
    shop_only = {rule: replace(words, ask=f"Not for your host: {rule} is the shop's.") for rule, words in ARTICLES.items()}
    files = fix_pack(view_of(WEAK, shop_only), WEAK, shop_only)
    assert HOST_LETTER in pack(WEAK)
    assert HOST_LETTER not in files
    assert "Not for your host: software-end-of-life is the shop's." in files[CHECKLIST]
    assert HOST_LETTER not in files[CHECKLIST]


def test_nginx_gets_its_own() -> None:
    files = pack(served_by("nginx/1.22.1"))
    assert FILES["nginx"] in files
    assert FILES["apache"] not in files
    assert "return 404;" in files[FILES["nginx"]]


def test_an_unknown_server_gets_both_and_is_told_so() -> None:
    files = pack(served_by("cloudflare"))
    assert set(FILES.values()) <= set(files)
    assert "ask your host if you do not know" in files[CHECKLIST]


def test_an_accepted_risk_is_left_alone() -> None:
    files = pack(WEAK)
    assert not any("ssh-password-login" in name for name in files)
    assert "SSH lets passwords in" not in files[CHECKLIST]


def test_nothing_found_nothing_to_do() -> None:
    assert set(pack(HARDENED)) == {CHECKLIST}
    assert "Nothing needs to be done." in pack(HARDENED)[CHECKLIST]
    assert "could not be read" in pack(UNREACHABLE)[CHECKLIST]


def test_only_proven_blocks_of_rules_on_the_list() -> None:
    unproven = article("hsts-missing", "T", "g", fixes="### Apache (.htaccess)\n" + fence("apache unproven", "Header set X 1"))
    scan = result({"hsts-missing": Found.at("petalandstem.example")})
    articles = {**ARTICLES, "hsts-missing": unproven}
    assert FILES["apache"] not in fix_pack(view_of(scan, articles), scan, articles)
    other = article("admin-default-path", "T", "g", fixes="### Apache (.htaccess)\n" + fence("apache", 'RedirectMatch 404 "^/"'))
    scan = result({"admin-default-path": Found.at("/admin/")})
    articles = {**ARTICLES, "admin-default-path": other}
    assert FILES["apache"] not in fix_pack(view_of(scan, articles), scan, articles)


@pytest.mark.parametrize("server", ["apache", "nginx"])
@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_from_the_shop_becomes_a_directive(name: str, server: Server) -> None:
    scan = SAMPLES[name]
    evil = replace(scan, site=replace(scan.site, host='x\\\nOptions +Indexes "', name="x\nDeny from all"))
    for written in (pack(scan, server), pack(evil, server)):
        text = written.get(FILES[server], "")
        known = {
            line for one in ARTICLES.values() for fix in one.fixes for block in fix.blocks for line in block.text.splitlines()
        }
        assert all(not line or line.startswith("# ") or line in known for line in text.splitlines())
        assert not any(line.endswith("\\") for line in text.splitlines() if line.startswith("#"))


def test_the_strangest_shop_makes_no_strange_file_names() -> None:
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") for name in pack(HOSTILE))


def test_statements() -> None:
    text = 'a on;\n# about b\nlocation ~ "x{2};" {\n    if ($y) { return 404; }\n}\nadd_header X "a;b\\"c" always; last \\; 1;\n'
    assert [one.strip() for one in _statements(text)] == [
        "a on;",
        '# about b\nlocation ~ "x{2};" {\n    if ($y) { return 404; }\n}',
        'add_header X "a;b\\"c" always;',
        "last \\; 1;",
    ]
    assert list(_statements("# only a comment")) == []


def test_what_nginx_reads_only_once_stands_once() -> None:
    texts = ["autoindex off;\nlocation /a { return 404; }", "autoindex on;", "location  /a { return 404; }\nadd_header X 1;", "add_header X 2;\nadd_header Y 1;"]  # fmt: skip
    assert _merged(texts) == ["autoindex off;\nlocation /a { return 404; }", "", "add_header X 1;", "add_header Y 1;"]


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_from_the_shop_acts_in_the_checklist(name: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).parse(pack(SAMPLES[name])[CHECKLIST])
    inline = [child for token in tokens for child in token.children or ()]
    assert not [token for token in (*tokens, *inline) if token.type in {"html_block", "html_inline", "image"}]
    assert not [token for token in inline if token.type == "link_open"]


def test_what_may_break_stands_in_the_file_and_in_the_checklist() -> None:
    lead = "Effort: 5 minutes.\nWhat may break: a *frame* on another site.\n\n### Apache (.htaccess)\nPut this at the top:\n\n"
    articles = {**ARTICLES, "hsts-missing": article("hsts-missing", "T", "g", fixes=lead + fence("apache", "Header set X 1"))}
    scan = result({"hsts-missing": Found.at("petalandstem.example")})
    made = fix_pack(view_of(scan, articles), scan, articles)
    assert "# What may break: a frame on another site.\n" in made[FILES["apache"]]
    assert "About 5 minutes. What may break: a *frame* on another site." in made[CHECKLIST]


def test_what_needs_root_has_a_file_of_its_own() -> None:
    lead = "Effort: 5 minutes.\nWhat may break: nothing. Try it first.\n\n"
    fixes = f"{lead}### Apache\n{fence('apache', 'ServerTokens Prod')}\n### nginx\n{fence('nginx', 'server_tokens off;')}"
    articles = {**ARTICLES, "version-leak-header": article("version-leak-header", "T", "g", fixes=fixes)}
    scan = result({"version-leak-header": Found.at("Server")})
    made = fix_pack(view_of(scan, articles), scan, articles, "apache")
    assert FILES["apache"] not in made
    assert "ServerTokens Prod" in made[ROOT_FILE]
    assert f"## With root on the server: `{ROOT_FILE}`" in made[CHECKLIST]
    assert "### T" in made[CHECKLIST], "and still a task, for an owner without root"
    assert ROOT_FILE not in fix_pack(view_of(scan, articles), scan, articles, "nginx")

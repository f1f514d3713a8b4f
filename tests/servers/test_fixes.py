"""Every fix that an article gives is tried: the weak server, the rule found, the block applied as written, the rule passed, the
shop working as before.

``SHOPWARDEN_RECORD_FIXES=1`` writes what was proven to ``docs/fixes.json`` and makes ``docs/fixes.md`` from it.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.evidence import MailTalk
from scanner.rules.articles import Block
from scanner.rules.verdicts import Found, NotApplicable, Passed, Verdict
from scanner.testing import knowledge, mail, mail_domain, mail_server
from scanner.text.clock import Clock
from tests.patience import PATIENCE
from tests.servers import test_ftp_servers, test_mail_servers, test_openssh, test_vsftpd
from tests.servers.conftest import OUTCOME
from tests.servers.postfix import LIBRARIES as MAIL_LIBRARIES
from tests.servers.postfix import postfix, program
from tests.servers.processes import binary, free_port, needs
from tests.servers.test_ftp_servers import folder as ftp_servers_folder  # noqa: F401  a fixture
from tests.servers.test_vsftpd import folder as ftp_folder  # noqa: F401  a fixture
from tests.servers.weak import Weak, weak_state
from tests.servers.web import HOST, Setup, Web, serving, visit, works
from tools.fix_table import Entry, Proof, blocks, catalogue, record

RECORD = "SHOPWARDEN_RECORD_FIXES"
BINARIES = {
    "apache": "apache2",
    "nginx": "nginx",
    "caddy": "caddy",
    "lighttpd": "lighttpd",
    "ini": "php-cgi",
    "vsftpd": "vsftpd",
    "proftpd": "proftpd",
    "pureftpd": "pure-ftpd",
    "sshd_config": "sshd",
    "postfix": "postfix",
}
"""A block's language → the server that proves it."""
ENTRIES = [entry for entry in blocks() if entry.block.proven and entry.block.language in BINARIES]
WEB = [entry for entry in ENTRIES if entry.block.language in {"apache", "nginx", "caddy", "lighttpd", "ini"}]
FTP = [entry for entry in ENTRIES if entry.block.language == "vsftpd"]
UNPACKED_FTP = [entry for entry in ENTRIES if entry.block.language in {"proftpd", "pureftpd"}]
BESIDE = frozenset({"transport", "browser"})
"""Areas whose fixes write headers and redirects: mending one of their rules must not break another."""
MAIL = [entry for entry in ENTRIES if entry.block.language == "postfix"]
MAIL_HOST = "mail.shop.example"
"""As the articles call it; their certificate lies where its name is."""
SSH = [entry for entry in ENTRIES if entry.block.language == "sshd_config"]


@pytest.fixture(scope="session")
def failed() -> list[Entry]:
    """Blocks that this run tried in vain."""
    return []


@pytest.fixture(scope="session")
def proven(failed: list[Entry]) -> Iterator[list[Proof]]:
    """What this run has proven; recorded at its end, with what failed, where that is asked for."""
    proofs: list[Proof] = []
    yield proofs
    if os.environ.get(RECORD):
        record(proofs, failed)


@pytest.fixture
def tried(entry: Entry, request: pytest.FixtureRequest, failed: list[Entry]) -> Iterator[None]:
    """Notes a block whose test fails."""
    yield
    if request.node.stash.get(OUTCOME, "") == "failed":
        failed.append(entry)


def test_every_block_is_tried_or_marked_unproven() -> None:
    """Nothing is skipped in silence."""
    untried = [entry.id for entry in blocks() if entry.block.proven and entry.block.language not in BINARIES]
    assert untried == [], "mark these blocks `unproven`, or teach this module how to try them"
    unshown = [entry.id for entry in WEB if weak_state(entry.rule, entry.where) is None]
    assert unshown == [], "say in tests/servers/weak.py how the shop shows these rules, or mark the blocks `unproven`"


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("entry", WEB, ids=str)
async def test_a_web_servers_fix(entry: Entry, open_folder: Path, proven: list[Proof]) -> None:
    needs(BINARIES[entry.block.language])
    await prove(entry, open_folder)
    proven.append(Proof(entry, version(entry)))


@pytest.mark.parametrize(
    ("where", "text", "said"),
    [
        ("Apache (.htaccess)", "Options +Indexes\n", "does not help"),
        ("Apache (.htaccess)", 'Options -Indexes\nRedirectMatch 404 "^/image"\n', "no longer answers as before"),
        (
            "Apache (.htaccess)",
            "Options -Indexes\nRewriteEngine On\nRewriteCond %{REQUEST_METHOD} =POST\nRewriteRule ^ - [F]\n",
            "no longer answers as before",
        ),
        ("Caddy", "file_server browse\n", "does not help"),
        ("Caddy", "file_server\nheader -Set-Cookie\n", "no longer answers as before"),
        ("lighttpd", 'dir-listing.activate = "enable"\n', "does not help"),
    ],
)
async def test_a_bad_fix_is_seen(where: str, text: str, said: str, open_folder: Path) -> None:
    language = where.partition(" ")[0].lower()
    needs(BINARIES[language])
    with pytest.raises(AssertionError, match=said):
        await prove(Entry("directory-listing", where, 1, Block(language, text, proven=True)), open_folder)


async def prove(entry: Entry, folder: Path) -> None:
    """Weak, found, applied, no longer found, and the shop as before. Raises AssertionError that names the article and block."""
    weak = weak_state(entry.rule, entry.where)
    assert weak is not None, f"{entry}: tests/servers/weak.py does not say how the shop shows this rule"
    run = {"apache": apache, "nginx": nginx, "caddy": caddy, "lighttpd": lighttpd, "ini": php}[entry.block.language]
    with run(weak, folder / "weak") as web:
        before = visit(web)
        said = await verdicts_of(web, entry)
    verdict = said[entry.rule]
    assert works(before), f"{entry}: the weak shop does not work: {before}"
    assert isinstance(verdict, Found), f"{entry}: the weak shop does not show the problem: {verdict}"
    with run(weak, folder / "fixed", entry) as web:
        says = await verdicts_of(web, entry)
        after = visit(web)
        through_proxy = visit(web, forwarded=True) if "forwarded" in entry.block.text.lower() and not weak.keeps else before
    helped = says[entry.rule]
    tried_out = entry.block.first and helped != verdict  # the rule sees the trial, and the block that follows is to end it
    assert isinstance(helped, Passed | NotApplicable) or tried_out, f"{entry}: does not help: {helped}\n{entry.block.text}"
    brought = {rule for rule in says if found_in(says[rule]) - found_in(said[rule])}
    left = {rule for rule in brought if entry.block.first and entry.rule in catalogue().rules[rule].next_step_of}
    assert brought - left <= {entry.rule}, f"{entry}: makes tomorrow's findings: {brought}\n{entry.block.text}"
    assert after == before, f"{entry}: the shop no longer answers as before\n{entry.block.text}"
    assert through_proxy == before, f"{entry}: redirects in a circle behind a proxy\n{entry.block.text}"


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("entry", FTP, ids=str)
async def test_an_ftp_servers_fix(entry: Entry, ftp_folder: Path, proven: list[Proof]) -> None:  # noqa: F811
    check = catalogue().rules[entry.rule].check
    given = dict(line.split("=", 1) for line in entry.block.text.splitlines() if "=" in line and not line.startswith("#"))
    files = {"rsa_cert_file": "cert.pem", "rsa_private_key_file": "key.pem"}
    given |= {key: str(ftp_folder / file) for key, file in files.items() if key in given}
    with test_vsftpd.vsftpd(ftp_folder) as port:
        assert isinstance(check(await test_vsftpd.ask(port)), Found), entry
    with test_vsftpd.vsftpd(ftp_folder, **given) as port:
        verdict = check(await test_vsftpd.ask(port))
    assert isinstance(verdict, Passed), f"{entry}: does not help: {verdict}\n{entry.block.text}"
    proven.append(Proof(entry, version(entry)))


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("entry", UNPACKED_FTP, ids=str)
async def test_an_unpacked_ftp_servers_fix(entry: Entry, ftp_servers_folder: Path, proven: list[Proof]) -> None:  # noqa: F811
    """The certificate's paths are the reader's own; a greeting with a version is proftpd's default only on some systems."""
    server = test_ftp_servers.SERVERS[BINARIES[entry.block.language]]
    check, folder = catalogue().rules[entry.rule].check, ftp_servers_folder
    text = entry.block.text
    for name, own in (("certs/shop.pem", "cert.pem"), ("private/shop.key", "key.pem"), ("private/pure-ftpd.pem", "both.pem")):
        text = text.replace(f"/etc/ssl/{name}", str(folder / own))
    weak = 'ServerIdent on "ProFTPD 1.3.8 Server (Petal & Stem)"\n' if entry.rule == "ftp-version-leak" else ""
    with server(folder, "none", True, weak) as port:
        assert isinstance(check(await test_vsftpd.ask(port)), Found), entry
    with server(folder, "none", True, f"{text}\n") as port:
        verdict = check(await test_vsftpd.ask(port))
    assert isinstance(verdict, Passed), f"{entry}: does not help: {verdict}\n{entry.block.text}"
    proven.append(Proof(entry, version(entry)))


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("entry", SSH, ids=str)
async def test_an_ssh_servers_fix(entry: Entry, tmp_path: Path, proven: list[Proof]) -> None:
    needs("sshd", "ssh-keygen")
    check = catalogue().rules[entry.rule].check
    for kind in ("ed25519", "rsa"):
        subprocess.run([binary("ssh-keygen"), "-q", "-t", kind, "-N", "", "-f", tmp_path / kind], check=True)
    with test_openssh.sshd(tmp_path, test_openssh.WEAK) as port:
        verdict = check(await test_openssh.ask(port))
    if entry.rule == "ssh-version-leak" and isinstance(verdict, Passed):
        pytest.skip("this build of OpenSSH adds nothing to its greeting")
    assert isinstance(verdict, Found), entry
    with test_openssh.sshd(tmp_path, test_openssh.WEAK, fix=entry.block.text) as port:
        verdict = check(await test_openssh.ask(port))
    assert isinstance(verdict, Passed), f"{entry}: does not help: {verdict}\n{entry.block.text}"
    proven.append(Proof(entry, version(entry)))


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize("entry", MAIL, ids=str)
async def test_a_mail_servers_fix(entry: Entry, open_folder: Path, proven: list[Proof]) -> None:
    """Before: without encryption, or with the certificate that a fresh server signs itself."""
    live = open_folder / "live"
    live.mkdir()
    test_mail_servers.issued(live, MAIL_HOST)
    for name in ("fullchain", "privkey"):
        (live / f"{name}.pem").symlink_to(live / "good.pem")
    given = dict(line.split(" = ") for line in entry.block.text.splitlines())
    given = {key: value.replace(f"/etc/letsencrypt/live/{MAIL_HOST}", str(live)) for key, value in given.items()}
    itself = str(live / "self-signed-plain.pem")
    (live / "self-signed-plain.pem").symlink_to(live / "self-signed.pem")
    shows: dict[str, dict[str, str]] = {
        "mail-starttls-missing": {},
        "mail-certificate-invalid": {
            "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": itself,
            "smtpd_tls_key_file": itself,
        },
    }
    weak = shows[entry.rule]
    before, talked = await _by_postfix(entry, open_folder / "weak", weak, live)
    assert isinstance(before, Found), f"{entry}: the weak server does not show the problem: {before}"
    after, talks = await _by_postfix(entry, open_folder / "fixed", {**weak, **given}, live)
    assert isinstance(after, Passed), f"{entry}: does not help: {after}\n{entry.block.text}"
    assert {*talks.extensions} - {"STARTTLS"} == {*talked.extensions} - {"STARTTLS"}, f"{entry}: takes mail otherwise than before"
    proven.append(Proof(entry, version(entry)))


async def _by_postfix(entry: Entry, folder: Path, settings: dict[str, str], live: Path) -> tuple[Verdict, MailTalk]:
    """What the rule says of a Postfix with these settings, and what that shows."""
    port, evidence = free_port(), dict[str, object]()
    with postfix(folder, MAIL_HOST, [f"127.0.0.1:{port} inet n - n - - smtpd"], [port], settings):
        talk = await test_mail_servers.visit(port, live / "ca.pem", MAIL_HOST)
    evidence["mail"] = replace(mail(mail_domain({}, mail_server(MAIL_HOST, talk))), gathered_at=Clock().now())
    evidence["knowledge"] = knowledge()
    rule = catalogue().rules[entry.rule]
    return rule.check(**{need.name: evidence[need.name] for need in rule.needs}), talk


def apache(weak: Weak, folder: Path, entry: Entry | None = None) -> AbstractContextManager[Web]:
    """The weak shop on Apache, with the fix where the article puts it."""
    more, files, old, text = weak.apache, dict(weak.files), weak.htaccess, written(weak, folder, entry)
    place = f"{weak.folder}/.htaccess".lstrip("/")
    if entry and weak.replaces:
        return serving("apache", "weak", folder, Setup(more=more, files=files, chain=weak.chain, instead=text))
    if entry is None:
        files[place] = old
    elif entry.where == "Apache":
        more, files[place] = f"{more}\n{text}", old
    else:
        files[place] = text + (old if weak.keeps else "")
    return serving("apache", "weak", folder, Setup(more=more, files=files, chain=weak.chain))


def nginx(weak: Weak, folder: Path, entry: Entry | None = None) -> AbstractContextManager[Web]:
    """The weak shop on nginx; a block that is a whole ``server`` takes port 80 from the shop's own."""
    text = written(weak, folder, entry)
    if not re.match(r"\s*server\s*\{", text):
        return other("nginx", weak.nginx, weak, folder, entry)
    text = text.replace("listen 80;", "listen 127.0.0.1:{http};").replace("listen [::]:80;", "")
    text = text.replace("your-shop.example", HOST)
    without = ("listen 127.0.0.1:{http};", *weak.changes.get("nginx", ()))
    setup = Setup(more=weak.nginx if weak.keeps else "", before=text, without=without, files=weak.files)
    return serving("nginx", "weak", folder, setup)


def caddy(weak: Weak, folder: Path, entry: Entry | None = None) -> AbstractContextManager[Web]:
    """The weak shop on Caddy; the fix stands in the site's block."""
    return other("caddy", weak.caddy, weak, folder, entry)


def lighttpd(weak: Weak, folder: Path, entry: Entry | None = None) -> AbstractContextManager[Web]:
    """The weak shop on lighttpd; the fix stands at the end of its configuration."""
    return other("lighttpd", weak.lighttpd, weak, folder, entry)


def other(server: str, old: str, weak: Weak, folder: Path, entry: Entry | None) -> AbstractContextManager[Web]:
    """A server without .htaccess. old: lines that were in its configuration before; lighttpd lets the last one count."""
    setup = Setup(more=old, files=weak.files, chain=weak.chain)
    text, without, kept = written(weak, folder, entry), weak.changes.get(server, ()), old if weak.keeps else ""
    if entry and weak.replaces:
        setup = replace(setup, instead=text)
    elif entry:
        setup = replace(setup, more=f"{kept}\n{text}" if server == "lighttpd" else f"{text}\n{kept}", without=without)
    return serving(server, "weak", folder, setup)


def php(weak: Weak, folder: Path, entry: Entry | None = None) -> AbstractContextManager[Web]:
    """The weak shop's PHP behind nginx; the fix stands in .user.ini beside the program, or in php.ini where the article says so."""
    text = written(weak, folder, entry)
    files = weak.files if weak.in_php_ini else {**weak.files, ".user.ini": text}
    setup = Setup(more=weak.nginx, files=files, php_ini=weak.php + (text if weak.in_php_ini else ""))
    return serving("nginx", "weak", folder, setup)


def written(weak: Weak, folder: Path, entry: Entry | None) -> str:
    """The block as the article prints it, with the reader's own names where it says so."""
    text = entry.block.text if entry else ""
    for name, own in weak.names.items():
        text = text.replace(name, str(folder / own[1:]) if own.startswith("=") else own)
    return text


async def verdicts_of(web: Web, entry: Entry) -> dict[str, Verdict]:
    """Of the rule itself; with it those that look at the same headers and redirects, where the block writes some."""
    rules = catalogue().rules
    near = [rule.id for rule in rules.values() if rule.area in BESIDE] if rules[entry.rule].area in BESIDE else []
    return {judged.rule.id: judged.verdict for judged in (await web.scan(*{entry.rule: None, **dict.fromkeys(near)})).judged}


def found_in(verdict: Verdict) -> set[str]:
    return {finding.subject for finding in verdict.findings} if isinstance(verdict, Found) else set()


def version(entry: Entry) -> str:
    """``nginx 1.22.1``; only the name where the server does not tell."""
    name = BINARIES[entry.block.language]
    if name == "postfix":
        postconf = [program("usr/sbin/postconf"), "-dh", "mail_version"]
        said = subprocess.run(
            postconf, capture_output=True, text=True, check=True, timeout=PATIENCE, env={**os.environ, **MAIL_LIBRARIES}
        )
        return f"Postfix {said.stdout.strip()}"
    unpacked = name in test_ftp_servers.SERVERS
    found = test_ftp_servers.unpacked(name) if unpacked else binary(name)
    environment = {**os.environ, **(test_ftp_servers.LIBRARIES if unpacked else {})}
    with tempfile.TemporaryFile("w+") as said:  # vsftpd tells its version on the standard *input*
        flag = {"sshd": "-V", "pure-ftpd": "--help", "caddy": "version"}.get(name, "-v")
        subprocess.run([found, flag], stdin=said, stdout=said, stderr=said, check=False, timeout=PATIENCE, env=environment)
        said.seek(0)
        number = re.search(r"\d+\.\d+(?:\.\d+)?(?:p\d+)?", said.read())
    shown = {"apache2": "Apache", "caddy": "Caddy", "php-cgi": "PHP", "sshd": "OpenSSH"}.get(name, name)
    return f"{shown} {number[0]}" if number else shown

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
from pathlib import Path

import pytest

from scanner.articles import Block
from scanner.verdicts import Found, NotApplicable, Passed, Verdict
from tests.servers import test_openssh, test_vsftpd
from tests.servers.fix_table import Entry, Proof, blocks, catalogue, record
from tests.servers.processes import binary, needs
from tests.servers.test_vsftpd import folder as ftp_folder  # noqa: F401  a fixture
from tests.servers.weak import Weak, weak_state
from tests.servers.web import HOST, Web, serving, visit

RECORD = "SHOPWARDEN_RECORD_FIXES"
BINARIES = {"apache": "apache2", "nginx": "nginx", "vsftpd": "vsftpd", "sshd_config": "sshd"}
"""A block's language → the server that proves it."""
ENTRIES = [entry for entry in blocks() if entry.block.proven and entry.block.language in BINARIES]
WEB = [entry for entry in ENTRIES if entry.block.language in {"apache", "nginx"}]
FTP = [entry for entry in ENTRIES if entry.block.language == "vsftpd"]
SSH = [entry for entry in ENTRIES if entry.block.language == "sshd_config"]


@pytest.fixture(scope="session")
def proven() -> Iterator[list[Proof]]:
    """What this run has proven; recorded at its end where that is asked for."""
    proofs: list[Proof] = []
    yield proofs
    if os.environ.get(RECORD):
        record(proofs)


def test_every_block_is_tried_or_marked_unproven() -> None:
    """Nothing is skipped in silence."""
    untried = [entry.id for entry in blocks() if entry.block.proven and entry.block.language not in BINARIES]
    assert untried == [], "mark these blocks `unproven`, or teach this module how to try them"
    unshown = [entry.id for entry in WEB if weak_state(entry.rule, entry.where) is None]
    assert unshown == [], "say in tests/servers/weak.py how the shop shows these rules, or mark the blocks `unproven`"


@pytest.mark.parametrize("entry", WEB, ids=str)
async def test_a_web_servers_fix(entry: Entry, open_folder: Path, proven: list[Proof]) -> None:
    needs(BINARIES[entry.block.language])
    await prove(entry, open_folder)
    proven.append(Proof(entry, version(entry)))


@pytest.mark.parametrize(
    ("text", "said"),
    [("Options +Indexes\n", "does not help"), ('Options -Indexes\nRedirectMatch 404 "^/image"\n', "no longer answers as before")],
)
async def test_a_bad_fix_is_seen(text: str, said: str, open_folder: Path) -> None:
    needs("apache2")
    with pytest.raises(AssertionError, match=said):
        await prove(Entry("directory-listing", "Apache (.htaccess)", 1, Block("apache", text, proven=True)), open_folder)


async def prove(entry: Entry, folder: Path) -> None:
    """Weak, found, applied, no longer found, and the shop as before. Raises AssertionError that names the article and block."""
    weak = weak_state(entry.rule, entry.where)
    assert weak is not None, f"{entry}: tests/servers/weak.py does not say how the shop shows this rule"
    run = apache if entry.block.language == "apache" else nginx
    with run(weak, folder / "weak") as web:
        before = visit(web)
        verdict = await verdict_of(web, entry)
    assert {status for status, _ in before.values()} == {200}
    assert isinstance(verdict, Found), f"{entry}: the weak shop does not show the problem: {verdict}"
    with run(weak, folder / "fixed", entry) as web:
        verdict = await verdict_of(web, entry)
        after = visit(web)
        through_proxy = visit(web, forwarded=True) if "forwarded" in entry.block.text.lower() and not weak.keeps else before
    assert isinstance(verdict, Passed | NotApplicable), f"{entry}: does not help: {verdict}\n{entry.block.text}"
    assert after == before, f"{entry}: the shop no longer answers as before\n{entry.block.text}"
    assert through_proxy == before, f"{entry}: redirects in a circle behind a proxy\n{entry.block.text}"


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


def apache(weak: Weak, folder: Path, entry: Entry | None = None) -> AbstractContextManager[Web]:
    """The weak shop on Apache, with the fix where the article puts it."""
    more, files, old, text = weak.apache, dict(weak.files), weak.htaccess, written(weak, folder, entry)
    place = f"{weak.folder}/.htaccess".lstrip("/")
    if entry is None:
        files[place] = old
    elif entry.where == "Apache":
        more, files[place] = f"{more}\n{text}", old
    else:
        files[place] = text + (old if weak.keeps else "")
    return serving("apache", "weak", folder, more=more, files=files)


def nginx(weak: Weak, folder: Path, entry: Entry | None = None) -> AbstractContextManager[Web]:
    """The weak shop on nginx; a block that is a whole ``server`` takes port 80 from the shop's own."""
    if entry is None:
        return serving("nginx", "weak", folder, more=weak.nginx, files=weak.files)
    text, old = written(weak, folder, entry), weak.nginx if weak.keeps else ""
    if not re.match(r"\s*server\s*\{", text):
        return serving("nginx", "weak", folder, more=f"{text}\n{old}", without=weak.changes, files=weak.files)
    text = text.replace("listen 80;", "listen 127.0.0.1:{http};").replace("listen [::]:80;", "")
    text = text.replace("your-shop.example", HOST)
    return serving(
        "nginx", "weak", folder, more=old, before=text, without=("listen 127.0.0.1:{http};", *weak.changes), files=weak.files
    )


def written(weak: Weak, folder: Path, entry: Entry | None) -> str:
    """The block as the article prints it, with the reader's own names where it says so."""
    text = entry.block.text if entry else ""
    for name, own in weak.names.items():
        text = text.replace(name, str(folder / own[1:]) if own.startswith("=") else own)
    return text


async def verdict_of(web: Web, entry: Entry) -> Verdict:
    (judged,) = (await web.scan(entry.rule)).judged
    return judged.verdict


def version(entry: Entry) -> str:
    """``nginx 1.22.1``; only the name where the server does not tell."""
    name = BINARIES[entry.block.language]
    with tempfile.TemporaryFile("w+") as said:  # vsftpd tells its version on the standard *input*
        flag = "-V" if name == "sshd" else "-v"
        subprocess.run([binary(name), flag], stdin=said, stdout=said, stderr=said, check=False, timeout=10)
        said.seek(0)
        number = re.search(r"\d+\.\d+(?:\.\d+)?(?:p\d+)?", said.read())
    shown = {"apache2": "Apache", "sshd": "OpenSSH"}.get(name, name)
    return f"{shown} {number[0]}" if number else shown

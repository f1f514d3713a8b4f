"""Real web applications: recognised, with the right version as far as one shows, and nothing said of them that is not true.

Each in the root of a host, under ``/shop/``, and beside a shop or a WordPress; and uploaded without having been set up.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scanner.engine.scan import Scan
from scanner.evidence import Installations
from scanner.rules.verdicts import Confidence, Found, Inconclusive
from tests.servers.software import APPLICATIONS, Hosting, Site, hosting, needs_software, unfinished, version_of
from tests.servers.web import found

ROOTS = [Site(f"{application}-in-the-root", {"/": application}) for application in APPLICATIONS]
FOLDERS = [Site(f"{application}-under-a-path", {"/shop/": application}) for application in APPLICATIONS]
BESIDE_A_SHOP = Site(
    "beside-a-shop",
    {
        "/blog/": "wordpress",
        "/phpmyadmin/": "phpmyadmin",
        "/adminer.php": "adminer",
        "/wiki/": "mediawiki",
        "/webmail/": "roundcube",
    },
)
BESIDE_WORDPRESS = Site(
    "beside-wordpress",
    {"/": "wordpress", "/pma/": "phpmyadmin", "/adminer/": "adminer", "/wiki/": "dokuwiki", "/shop/": "mediawiki"},
)
BY_AGE = {"software-outdated", "software-end-of-life", "cohosted-script-outdated"}
"""They depend on the day and on the tables, so only what they say is looked at."""
ROOT_SHOP = {"cohosted-script": ["/"]}
"""In the sites under a path, the shop's own page lies in the root."""


@dataclass(frozen=True)
class Truth:
    """What is so. found: rule → subjects below the application's folder. version: how the product gets to know it, or None where it
    does not show. unknown: rules besides those of age that nobody can answer from outside."""

    name: str
    found: Mapping[str, list[str]] = field(default_factory=dict)
    version: str | None = None
    unknown: frozenset[str] = frozenset()


UNREAD_SCRIPTS = frozenset({"js-library-vulnerable"})
"""A page of more scripts than are read, or with some that the server refuses."""
TRUTH = {
    "adminer": Truth("Adminer", {"exposed-database-admin": ["/"]}, "html"),
    "dokuwiki": Truth("DokuWiki", {"version-leak-file": ["/VERSION"]}),
    "mediawiki": Truth("MediaWiki", {"version-leak-generator": ["mediawiki"]}, "generator"),
    "phpmyadmin": Truth(
        "phpMyAdmin", {"exposed-database-admin": ["/"], "version-leak-asset": ["phpmyadmin"]}, "asset", UNREAD_SCRIPTS
    ),
    "roundcube": Truth("Roundcube", {"exposed-metadata": ["/program/js/app.min.js.map"]}, "script", UNREAD_SCRIPTS),
    "wordpress": Truth(
        "WordPress",
        {
            "admin-login-public": ["/wp-login.php"],
            "admin-user-enumeration": ["/"],
            "version-leak-asset": ["wordpress"],
            "version-leak-file": ["/feed/"],
            "version-leak-generator": ["wordpress"],
        },
        "generator",
    ),
}
LIBRARIES = {"exposed-metadata": ["/vendor/composer/installed.json"]}
ONLY = {
    ("nginx", "dokuwiki"): Truth("", LIBRARIES),  # their .htaccess closes it elsewhere
    ("nginx", "mediawiki"): Truth("", LIBRARIES),
    # Its .htaccess answers 403, also for the scripts that Debian links to other folders.
    ("apache", "roundcube"): Truth("", unknown=frozenset({"version-leak-file"})),
}
"""What the web server decides."""


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="software-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def set_up() -> Iterator[Mapping[str, Hosting]]:
    needs_software("apache2", "nginx")
    with _folder() as folder, hosting(["apache", "nginx"], [*ROOTS, *FOLDERS, BESIDE_A_SHOP, BESIDE_WORDPRESS], folder) as now:
        yield now


@pytest.fixture(scope="module")
def new() -> Iterator[Hosting]:
    needs_software("apache2")
    with _folder() as folder, unfinished("apache", ROOTS, folder) as now:
        yield now


@pytest.mark.parametrize("application", APPLICATIONS)
async def test_in_the_root(set_up: Mapping[str, Hosting], application: str) -> None:
    apache = set_up["apache"]
    scan = await apache.scan(f"{application}-in-the-root")
    _recognised(scan, "/", application)
    _nothing_but_the_truth(apache, f"{application}-in-the-root", scan, {"/": application}, "apache")


@pytest.mark.parametrize("application", APPLICATIONS)
async def test_under_a_path(set_up: Mapping[str, Hosting], application: str) -> None:
    nginx = set_up["nginx"]
    scan = await nginx.scan(f"{application}-under-a-path", "/shop/")
    _recognised(scan, "/shop/", application)
    _nothing_but_the_truth(nginx, f"{application}-under-a-path", scan, {"/shop/": application}, "nginx", ROOT_SHOP)


@pytest.mark.parametrize("server", ["apache", "nginx"])
async def test_beside_a_shop(server: str, set_up: Mapping[str, Hosting]) -> None:
    scan = await set_up[server].scan("beside-a-shop")
    _recognised(scan, "/", "opencart")
    for folder in ("/blog/", "/webmail/", "/wiki/"):
        _recognised(scan, folder, BESIDE_A_SHOP.applications[folder])
    seen = found(scan.result)
    assert seen["cohosted-script"] == ["/blog/", "/webmail/", "/wiki/"]
    assert sorted(seen["exposed-database-admin"]) == ["/adminer.php", "/phpmyadmin/"]
    assert seen["admin-login-public"] == ["/blog/wp-login.php"]
    assert "leftover-copy" not in seen
    _old_ones_are_told_with_their_version(scan)


@pytest.mark.parametrize("server", ["apache", "nginx"])
async def test_beside_wordpress(server: str, set_up: Mapping[str, Hosting]) -> None:
    scan = await set_up[server].scan("beside-wordpress")
    _recognised(scan, "/", "wordpress")
    for folder in ("/shop/", "/wiki/"):
        _recognised(scan, folder, BESIDE_WORDPRESS.applications[folder])
    seen = found(scan.result)
    assert seen["cohosted-script"] == ["/shop/", "/wiki/"]
    assert sorted(seen["exposed-database-admin"]) == ["/adminer/", "/pma/"]
    assert seen["admin-user-enumeration"] == ["/"]
    _old_ones_are_told_with_their_version(scan)


@pytest.mark.parametrize(
    ("application", "path"),
    [
        ("dokuwiki", "/install.php"),
        ("mediawiki", "/index.php"),
        ("roundcube", "/installer/index.php"),
        ("wordpress", "/wp-admin/install.php"),
    ],
)
async def test_uploaded_and_not_set_up(new: Hosting, application: str, path: str) -> None:
    """Whoever comes first sets it up. Once it is set up, the same addresses are no finding (the tests above)."""
    scan = await new.scan(f"{application}-in-the-root", areas=["exposure"])
    assert found(scan.result)["exposed-installer"] == [path]


def _recognised(scan: Scan, directory: str, application: str) -> None:
    """By name, for certain, and with the version that its own source names."""
    seen = scan.gathered[Installations]
    assert isinstance(seen, Installations), seen
    one = next((one for one in seen.all if one.directory == directory), None)
    assert one is not None, f"{application} in {directory} was not seen"
    assert (one.platform, one.confidence) == (application, "certain")
    if application not in TRUTH:
        return
    truth = TRUTH[application]
    assert one.name == truth.name
    if truth.version is None:
        assert one.versions == ()
    else:
        shown = {version.source: version.number for version in one.versions}[truth.version]
        assert re.sub(r"deb\d+\Z", "", shown) == version_of(application)


def _nothing_but_the_truth(
    here: Hosting, site: str, scan: Scan, folders: Mapping[str, str], server: str, more: Mapping[str, list[str]] | None = None
) -> None:
    """Every finding of the scan is so, and none is missing."""
    wanted: dict[str, list[str]] = {"version-leak-header": ["Server"], **(more or {})}
    unknown: set[str] = set()
    for folder, application in folders.items():
        for truth in (TRUTH[application], ONLY.get((server, application), Truth(""))):
            unknown |= truth.unknown
            for rule, subjects in truth.found.items():
                below = [folder + one.removeprefix("/") if one.startswith("/") else one for one in subjects]
                wanted[rule] = sorted([*wanted.get(rule, []), *below])
    seen = found(scan.result)
    for rule in ("directory-listing", "directory-listing-sensitive"):
        for directory in seen.pop(rule, []):
            assert f"<title>Index of {directory.rstrip('/')}</title>" in here.ask(site, directory)[1]
            assert rule == "directory-listing", f"what {directory} lists is no secret"
    assert {rule: sorted(subjects) for rule, subjects in seen.items() if rule not in BY_AGE} == wanted
    for judged in scan.result.judged:
        if judged.rule.id in {"version-leak-asset", "version-leak-file", "version-leak-generator"} and isinstance(
            judged.verdict, Found
        ):
            (application,) = folders.values()
            assert all(version_of(application) in finding.shown for finding in judged.verdict.findings), judged.rule.id
    unanswered = {judged.rule.id for judged in scan.result.judged if isinstance(judged.verdict, Inconclusive)}
    assert unanswered - BY_AGE == unknown
    assert scan.result.requests.http <= 220
    _old_ones_are_told_with_their_version(scan)


def _old_ones_are_told_with_their_version(scan: Scan) -> None:
    """A release that is behind is called by its true number, and for certain only where no distribution may have repaired it."""
    seen = scan.gathered[Installations]
    assert isinstance(seen, Installations)
    at = {one.directory: one for one in seen.all} | {one.platform: one for one in seen.all}
    for judged in scan.result.judged:
        if judged.rule.id not in BY_AGE or not isinstance(judged.verdict, Found):
            continue
        for finding in judged.verdict.findings:
            one = at[finding.subject]
            assert f"{one.name} {version_of(one.platform)}" in finding.shown
            if one.platform in {"phpmyadmin", "roundcube"}:  # Debian's repairs do not change the number
                assert finding.confidence is Confidence.POSSIBLE

"""Connections that are cut at every step, by http and by https: nothing that is there is ever passed, nothing that is not is found.

A weak shop and a hardened one, by real nginx; between them and the scan stands a door that ends connections. What a scan without
the door says is the truth.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from scanner.rules.verdicts import Found, NotApplicable, Passed, Verdict
from scanner.settings.options import ScanOptions
from tests.loopback import serving
from tests.servers.cutting import Cutter
from tests.servers.vhosts import Host, Hosts, nginx, page

AREAS = ("transport", "tls", "browser", "third-party")
POLICY = ("security-txt-missing", "security-txt-invalid", "privacy-policy-missing", "card-form-on-site")
BAD = page(
    '<script src="http://embed.tawk.to/chat.js"></script><script src="https://cdn.jsdelivr.net/npm/jquery@3.7.1/dist/jquery.min.js"></script>',
    '<img src="http://cdn.example/a.png"><a href="/x.html?osCsid=0123456789abcdef0123456789abcdef">x</a>'
    '<form method="post" action="http://HOST/in"><input name="cardnumber" autocomplete="cc-number"><input name="cvc" autocomplete="cc-csc">'
    '<input name="exp" autocomplete="cc-exp"><input type="password" name="p"></form>',
)
GOOD = page(body='<a href="/privacy.html">Privacy policy</a>')
PAGES = ("index.html", "roses.html", "find.html", "login.html")
CARELESS = (
    'add_header Set-Cookie "PHPSESSID=0123456789abcdef; path=/" always; add_header Access-Control-Allow-Origin $http_origin always; '
    'add_header Access-Control-Allow-Credentials "true" always; add_header Referrer-Policy "unsafe-url" always;'
)
WEAK = Host(
    http=CARELESS,
    https="ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ECDHE+AESGCM:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0; " + CARELESS,
    pages=dict.fromkeys(PAGES, BAD),
)
HARDENED = Host(
    https='ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers "ECDHE+AESGCM"; add_header X-Content-Type-Options nosniff always; '
    'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always; add_header Content-Security-Policy '
    "\"default-src 'self'; frame-ancestors 'self'\" always; location = /.well-known/security.txt { default_type text/plain; "
    'return 200 "Contact: mailto:security@HOST\\nExpires: 2027-06-01T00:00:00Z\\n"; }',
    pages={**dict.fromkeys(PAGES, GOOD), "privacy.html": page(body="<p>What we keep, and why.</p>" * 20, title="Privacy policy")},
)


@pytest.fixture(scope="module")
def weak() -> Iterator[Hosts]:
    with nginx({"shop": WEAK}) as running:
        yield running


@pytest.fixture(scope="module")
def hardened() -> Iterator[Hosts]:
    with nginx({"shop": HARDENED}) as running:
        yield running


def rules(hosts: Hosts) -> tuple[str, ...]:
    return (*(rule.id for rule in hosts.catalogue.rules.values() if rule.area in AREAS), *POLICY)


async def judged(hosts: Hosts, http: int | None = None, https: int | None = None) -> Mapping[str, Verdict]:
    options = ScanOptions(rate=1000, max_pages=6, max_time=20, ca_file=hosts.ca_file)
    return await hosts.verdicts("shop", *rules(hosts), http=http, https=https, options=options)


TRUTH: dict[str, Mapping[str, Verdict]] = {}


@contextlib.asynccontextmanager
async def doors(hosts: Hosts, cut: Mapping[str, int]) -> AsyncIterator[tuple[int, int]]:
    async with serving(Cutter(hosts.http, **cut)) as http, serving(Cutter(hosts.https, **cut)) as https:
        yield http, https


async def scanned_through(hosts: Hosts, what: str, cut: Mapping[str, int]) -> dict[str, tuple[Verdict, Verdict]]:
    """Rule → what is true, and what is said through the doors."""
    if what not in TRUTH:
        TRUTH[what] = await judged(hosts)
    async with doors(hosts, cut) as (http, https):
        said = await judged(hosts, http, https)
    return {rule: (TRUTH[what][rule], verdict) for rule, verdict in said.items()}


SENT = (0, 60, 300, 600, 900, 1200, 1500, 1800, 2200, 2700, 3300)
"""From the greeting through the certificate and the head of the first answer into its body, and into the second answer."""
CUTS = (
    *({"sent": sent} for sent in SENT),
    *({"sent": sent, "quiet": True} for sent in SENT),
    *({"every": every} for every in (2, 3, 5, 8)),
    *({"connections": most} for most in (1, 2, 4, 8, 16, 30)),
)


def named(cut: Mapping[str, int]) -> str:
    return " ".join(f"{key} {value}" for key, value in cut.items())


@pytest.mark.parametrize("cut", CUTS, ids=named)
async def test_nothing_that_is_there_is_passed(cut: Mapping[str, int], weak: Hosts) -> None:
    both = await scanned_through(weak, "weak", cut)
    wrong = {
        rule: said for rule, (true, said) in both.items() if isinstance(true, Found) and isinstance(said, Passed | NotApplicable)
    }
    assert wrong == {}
    more = {
        rule: said
        for rule, (true, said) in both.items()
        if isinstance(said, Found)
        and not (isinstance(true, Found) and {one.subject for one in said.findings} <= {one.subject for one in true.findings})
    }
    assert more == {}


@pytest.mark.parametrize("cut", CUTS, ids=named)
async def test_nothing_that_is_not_there_is_found(cut: Mapping[str, int], hardened: Hosts) -> None:
    both = await scanned_through(hardened, "hardened", cut)
    wrong = {rule: said for rule, (true, said) in both.items() if isinstance(said, Found) and not isinstance(true, Found)}
    assert wrong == {}


async def test_the_truth(weak: Hosts, hardened: Hosts) -> None:
    """Without a door nothing is unknown, the weak shop shows most rules and the hardened one none above a hint."""
    for hosts, most in ((weak, 21), (hardened, 0)):
        said = await judged(hosts)
        found = {rule for rule, verdict in said.items() if isinstance(verdict, Found)}
        unknown = {rule for rule, verdict in said.items() if type(verdict).__name__ == "Inconclusive"}
        # These shops have no checkout, and nobody here serves strangers' scripts.
        assert unknown <= {"script-host-unregistered", "card-form-on-site", "skimmer-indicator"}
        assert len(found) >= most if most else not found, found

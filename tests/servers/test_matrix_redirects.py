"""Every way from http to https that a shop may take, shown by a real nginx, in whole scans: at most one rule speaks of a host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from scanner.rules.verdicts import Found
from tests.servers.processes import free_port
from tests.servers.vhosts import Host, Hosts, nginx, page, words

MISSING, PARTIAL = "https-redirect-missing", "https-redirect-partial"
TEMPORARY, FOREIGN, DOWNGRADE = "https-redirect-temporary", "https-redirect-foreign-hop", "https-downgrade"
NO_HTTPS = "https-missing"
RULES = (NO_HTTPS, MISSING, PARTIAL, TEMPORARY, FOREIGN, DOWNGRADE)
TO_HTTPS = "return 301 https://$host$request_uri;"
REFRESH = page('<meta http-equiv="refresh" content="0; url=https://HOST/">')
SCRIPT = page("<script>if (location.protocol == 'http:') location.protocol = 'https:'</script>")


@dataclass(frozen=True)
class Case:
    """A host, and what its scan says: rule → subjects found (``@`` is the host), rule → another word than "passed"."""

    host: Host
    found: dict[str, list[str]] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    closed: bool = False


def refused(*rules: str) -> dict[str, str]:
    return dict.fromkeys(rules, "inconclusive")


OTHERS = (MISSING, PARTIAL, TEMPORARY, FOREIGN, DOWNGRADE)
CASES = {
    "301": Case(Host()),
    "308": Case(Host("return 308 https://$host$request_uri;")),
    "302": Case(Host("return 302 https://$host$request_uri;"), {TEMPORARY: ["@", "www.@"]}),
    "303": Case(Host("return 303 https://$host$request_uri;"), {TEMPORARY: ["@", "www.@"]}),
    "307": Case(Host("return 307 https://$host$request_uri;"), {TEMPORARY: ["@", "www.@"]}),
    "only www is temporary": Case(Host(www="return 302 https://$host$request_uri;"), {TEMPORARY: ["www.@"]}),
    "http www to https apex": Case(Host(www="return 301 https://HOST$request_uri;")),
    "http apex to https www": Case(Host("return 301 https://www.HOST$request_uri;", www=TO_HTTPS)),
    "apex by http to www first": Case(Host("return 301 http://www.HOST$request_uri;", www=TO_HTTPS), {FOREIGN: ["@"]}),
    "www by http to apex first": Case(Host(www="return 301 http://HOST$request_uri;"), {FOREIGN: ["www.@"]}),
    "two steps on https": Case(Host(https="if ($host !~ ^www) { return 301 https://www.HOST$request_uri; }")),
    "capitals in the address": Case(Host("return 301 HTTPS://$host$request_uri;")),
    "http stays": Case(Host(""), {MISSING: ["@", "www.@"]}),
    "only www stays": Case(Host(www=""), {MISSING: ["www.@"]}),
    "home goes, a deep page stays": Case(Host("location = / { return 301 https://$host/; }"), {PARTIAL: ["@"]}),
    "home and deep page go, a search stays": Case(
        Host('if ($args = "") { return 301 https://$host$request_uri; }'), {PARTIAL: ["@"]}
    ),
    "a deep page goes temporarily": Case(
        Host("location = / { return 301 https://$host/; } location / { return 302 https://$host$request_uri; }"),
        {TEMPORARY: ["@"]},
    ),
    "home stays, deep pages go": Case(
        Host("location = / { try_files /index.html =404; } location / { return 301 https://$host$request_uri; }"),
        {MISSING: ["@", "www.@"]},
    ),
    "the path is dropped": Case(Host("return 301 https://$host/;")),
    "the query is dropped": Case(Host("return 301 https://$host$uri;")),
    "by meta refresh only": Case(Host("", pages={"index.html": REFRESH}), {MISSING: ["@", "www.@"]}),
    "by script only": Case(Host("", pages={"index.html": SCRIPT}), {MISSING: ["@", "www.@"]}),
    "https sends back": Case(Host("", "return 301 http://$host$request_uri;"), {DOWNGRADE: ["@", "www.@"]}),
    "https sends deep pages back": Case(
        Host("location = / { return 301 https://$host/; }", "location ~ ^/[rfl] { return 302 http://$host$request_uri; }"),
        {DOWNGRADE: ["@"]},
    ),
    "round and round": Case(Host(TO_HTTPS, "return 301 http://$host$request_uri;"), {}, refused(NO_HTTPS, *OTHERS)),
    "nothing listens on 80": Case(Host(), closed=True),
    "404 on 80": Case(Host("return 404;")),
    "403 on 80": Case(Host("return 403;"), {}, refused(*OTHERS)),
    "429 on 80": Case(Host("return 429;"), {}, refused(*OTHERS)),
    "503 on 80": Case(Host("return 503;"), {}, refused(*OTHERS)),
    "80 breaks off": Case(Host("return 444;"), {}, refused(*OTHERS)),
    "301 to nowhere": Case(Host("return 301 '';"), {}, refused(*OTHERS)),
}


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with nginx({name: case.host for name, case in CASES.items()}) as running:
        yield running


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("name", CASES)
async def test_redirects(name: str, hosts: Hosts) -> None:
    case, host = CASES[name], hosts.names[name]
    verdicts = await hosts.verdicts(name, *RULES, http=free_port() if case.closed else None)
    found = {rule: [one.subject for one in verdict.findings] for rule, verdict in verdicts.items() if isinstance(verdict, Found)}
    assert found == {rule: [subject.replace("@", host) for subject in subjects] for rule, subjects in case.found.items()}
    subjects = [subject for those in found.values() for subject in those]
    assert len(subjects) == len(set(subjects))
    assert words(verdicts) == {**dict.fromkeys(case.found, "found"), **case.other}

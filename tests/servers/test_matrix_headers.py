"""Content-Security-Policy, framing and CORS as a real nginx sends them, in whole scans; each verdict as a browser would act."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner.rules.verdicts import Found
from tests.servers.vhosts import Host, Hosts, nginx, page, words

MISSING, UNSAFE, FRAMED, CORS = "csp-missing", "csp-unsafe", "clickjacking-unprotected", "cors-open"
CSP, TRIED, XFO = "Content-Security-Policy", "Content-Security-Policy-Report-Only", "X-Frame-Options"
SAFE = "default-src 'self'; frame-ancestors 'self'"
STRICT = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
SHA = "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='"


def sent(*headers: tuple[str, str]) -> str:
    quoted = ((name, value.replace("\\", "\\\\").replace('"', '\\"')) for name, value in headers)
    return "".join(f'add_header {name} "{value}" always; ' for name, value in quoted)


def csp(*values: str) -> Host:
    return Host(https=sent(*((CSP, value) for value in values)))


def meta(value: str, *headers: tuple[str, str]) -> Host:
    tag = page(f'<meta http-equiv="Content-Security-Policy" content="{value}">')
    return Host(https=sent(*headers), pages=dict.fromkeys(("index.html", "roses.html", "find.html", "login.html"), tag))


# Case → host, and the rules that find something. Where nothing governs scripts, csp-unsafe does not apply.
POLICIES: dict[str, tuple[Host, tuple[str, ...]]] = {
    "none": (Host(), (MISSING, FRAMED)),
    "only the shop itself": (csp(SAFE), ()),
    "nothing about frames": (csp("default-src 'self'"), (FRAMED,)),
    "capitals": (csp("DEFAULT-SRC 'SELF'; Frame-Ancestors 'None'"), ()),
    "report only": (Host(https=sent((TRIED, SAFE))), (MISSING, FRAMED)),
    "report only beside one in force": (Host(https=sent((CSP, SAFE), (TRIED, "script-src *"))), ()),
    "by meta element, where frames do not count": (meta(SAFE), (FRAMED,)),
    "by meta element, frames by header": (meta("default-src 'self'", (XFO, "DENY")), ()),
    "two headers, one is strict": (csp("default-src *", f"script-src 'self'; {STRICT}"), ()),
    "two headers, both have a hole": (csp(f"script-src *; {STRICT}", f"script-src 'unsafe-inline'; {STRICT}"), (UNSAFE,)),
    "two policies in one header": (csp(f"script-src *; {STRICT}, script-src 'none'; {STRICT}"), ()),
    "header and meta together": (meta("script-src 'self'; object-src 'none'", (CSP, "frame-ancestors 'none'")), ()),
    "unsafe-inline": (csp(f"script-src 'self' 'unsafe-inline'; {STRICT}"), (UNSAFE,)),
    "unsafe-inline by default-src": (csp("default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"), (UNSAFE,)),
    "unsafe-inline beside a nonce": (csp(f"script-src 'unsafe-inline' 'nonce-cmFuZG9t'; {STRICT}"), ()),
    "unsafe-inline beside a hash": (csp(f"script-src 'unsafe-inline' {SHA}; {STRICT}"), ()),
    "unsafe-inline beside an empty nonce": (csp(f"script-src 'unsafe-inline' 'nonce-'; {STRICT}"), (UNSAFE,)),
    "unsafe-inline for attributes alone": (
        csp(f"script-src-elem 'self'; script-src 'unsafe-inline'; {STRICT}"), (UNSAFE,)
    ),
    "strict-dynamic with fallbacks": (
        csp(f"script-src 'strict-dynamic' 'nonce-cmFuZG9t' https: 'unsafe-inline'; {STRICT}"), ()
    ),
    "strict-dynamic without a nonce lets nothing in": (csp(f"script-src 'strict-dynamic' https: *; {STRICT}"), ()),
    "a nonce without base-uri": (
        csp("script-src 'nonce-cmFuZG9t'; object-src 'none'; frame-ancestors 'none'"), (UNSAFE,)
    ),
    "a star": (csp(f"script-src *; {STRICT}"), (UNSAFE,)),
    "any https": (csp(f"script-src 'self' https:; {STRICT}"), (UNSAFE,)),
    "any http": (csp(f"script-src 'self' http://*; {STRICT}"), (UNSAFE,)),
    "data:": (csp(f"script-src 'self' data:; {STRICT}"), (UNSAFE,)),
    "blob:": (csp(f"script-src 'self' blob:; {STRICT}"), (UNSAFE,)),
    "data: for pictures": (csp(f"default-src 'self'; img-src * data:; {STRICT}"), ()),
    "a whole public store": (csp(f"script-src 'self' https://cdn.jsdelivr.net; {STRICT}"), (UNSAFE,)),
    "one file of a public store": (csp(f"script-src 'self' https://cdn.jsdelivr.net/npm/jquery@3.7.1/dist/jquery.min.js; {STRICT}"), ()),
    "plug-ins from anywhere": (csp("script-src 'self'; base-uri 'none'; frame-ancestors 'none'"), (UNSAFE,)),
    "eval": (csp(f"script-src 'self' 'unsafe-eval'; {STRICT}"), ()),
    "the first of two equal directives counts": (csp(f"script-src 'self'; script-src *; {STRICT}"), ()),
    "no sources at all": (csp(f"default-src; {STRICT}"), ()),
    "about nothing that matters": (csp("upgrade-insecure-requests; block-all-mixed-content"), (MISSING, FRAMED)),
    "garbage": (csp(";;;, \t,; <script>'\\ =%00 é"), (MISSING, FRAMED)),
    "an empty one": (csp(" "), (MISSING, FRAMED)),
    "framed by a partner": (csp("default-src 'self'; frame-ancestors https://partner.example"), ()),
    "framed by anybody": (csp("default-src 'self'; frame-ancestors *"), (FRAMED,)),
    "framed by any https": (csp("default-src 'self'; frame-ancestors 'self' https:"), (FRAMED,)),
    "framed by nobody, in no words": (csp("default-src 'self'; frame-ancestors"), ()),
    "frame-ancestors goes before the old header": (Host(https=sent((CSP, "default-src 'self'; frame-ancestors *"), (XFO, "DENY"))), (FRAMED,)),
    "DENY": (Host(https=sent((XFO, "DENY"))), (MISSING,)),
    "sameorigin in small letters": (Host(https=sent((XFO, " sameorigin "))), (MISSING,)),
    "ALLOW-FROM, which browsers ignore": (Host(https=sent((XFO, "ALLOW-FROM https://partner.example"))), (MISSING, FRAMED)),
    "two old headers": (Host(https=sent((XFO, "SAMEORIGIN"), (XFO, "DENY"))), (MISSING,)),
    "the login page without": (Host(https=f"{sent((CSP, SAFE))} location = /login.html {{ add_header X-A b; }}"), (MISSING, FRAMED)),
    "only the error page without": (Host(https=f'add_header {CSP} "{SAFE}";'), ()),
}  # fmt: skip

REFLECTED = "add_header Access-Control-Allow-Origin $http_origin always; add_header Vary Origin always; "
CREDENTIALS = 'add_header Access-Control-Allow-Credentials "true" always; '


def cors(origin: str, credentials: str = CREDENTIALS) -> Host:
    return Host(https=f'add_header Access-Control-Allow-Origin "{origin}" always; {credentials}')


def compared(pattern: str) -> Host:
    return Host(https=f'set $let ""; if ($http_origin ~ "{pattern}") {{ set $let $http_origin; }} '
                      f"add_header Access-Control-Allow-Origin $let always; {CREDENTIALS}")  # fmt: skip


ORIGINS: dict[str, tuple[Host, str]] = {
    "none": (Host(), "passed"),
    "anybody, without cookies": (cors("*", ""), "passed"),
    "anybody, with cookies, which browsers refuse": (cors("*"), "passed"),
    "reflected with cookies": (Host(https=REFLECTED + CREDENTIALS), "found"),
    "reflected without cookies": (Host(https=REFLECTED), "passed"),
    "reflected, cookies in capitals, which browsers refuse": (
        Host(https=f'{REFLECTED} add_header Access-Control-Allow-Credentials "True" always;'), "passed"
    ),
    "null with cookies": (cors("null"), "found"),
    "one partner": (cors("https://partner.example"), "passed"),
    "the shop itself by http": (cors("http://HOST"), "passed"),
    "whoever begins like the shop": (compared("^https://HOST"), "found"),
    "whoever ends like the shop": (compared("HOST$"), "found"),
    "a dot that stands for anything": (compared("^https://(www\\.)?HOST$"), "passed"),
    "two values, which browsers refuse": (
        Host(https=f'add_header Access-Control-Allow-Origin "*" always; {REFLECTED} {CREDENTIALS}'), "passed"
    ),
    "a list, which browsers refuse": (cors("$http_origin, https://partner.example"), "passed"),
    "with a slash, which browsers refuse": (cors("$http_origin/"), "passed"),
    "only the login page": (Host(https=f"location = /login.html {{ {REFLECTED} {CREDENTIALS} }}"), "found"),
    "strangers are turned away": (Host(https='if ($http_origin != "") { return 403; }'), "inconclusive"),
    "strangers are turned away, but let in": (Host(https=f'{REFLECTED} {CREDENTIALS} if ($http_origin != "") {{ return 403; }}'), "found"),
    "strangers are cut off": (Host(https='if ($http_origin != "") { return 444; }'), "inconclusive"),
}  # fmt: skip


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    cases = {f"csp {name}": host for name, (host, _) in POLICIES.items()} | {
        f"cors {name}": host for name, (host, _) in ORIGINS.items()
    }
    with nginx(cases) as running:
        yield running


@pytest.mark.parametrize("name", POLICIES)
async def test_policies_and_framing(name: str, hosts: Hosts) -> None:
    _, rules = POLICIES[name]
    verdicts = await hosts.verdicts(f"csp {name}", MISSING, UNSAFE, FRAMED)
    wholly_missing = MISSING in rules and "without" not in name
    assert words(verdicts) == dict.fromkeys(rules, "found") | ({UNSAFE: "not applicable"} if wholly_missing else {})
    for verdict in verdicts.values():
        if isinstance(verdict, Found):
            assert [one.subject for one in verdict.findings] == [hosts.names[f"csp {name}"]]
            assert "nonce-cm" not in verdict.findings[0].shown


async def test_what_is_said_of_single_pages_and_of_the_error_page(hosts: Hosts) -> None:
    some = (await hosts.verdicts("csp the login page without", FRAMED))[FRAMED]
    assert isinstance(some, Found)
    assert some.findings[0].places == ("/login.html",)
    error_page = (await hosts.verdicts("csp only the error page without", FRAMED))[FRAMED]
    assert "error page (404)" in (error_page.because or "")


@pytest.mark.parametrize("name", ORIGINS)
async def test_origins(name: str, hosts: Hosts) -> None:
    _, word = ORIGINS[name]
    verdicts = await hosts.verdicts(f"cors {name}", CORS)
    assert words(verdicts, "") == {CORS: word}
    verdict = verdicts[CORS]
    if isinstance(verdict, Found):
        assert [one.subject for one in verdict.findings] == [hosts.names[f"cors {name}"]]

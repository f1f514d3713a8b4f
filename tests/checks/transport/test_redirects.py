"""Every way from http to https that a shop was seen to take, and the one rule that speaks about it."""

from collections.abc import Callable

import pytest

from checks.transport import redirects
from checks.transport.redirects import (
    https_downgrade,
    https_missing,
    https_redirect_foreign_hop,
    https_redirect_missing,
    https_redirect_partial,
    https_redirect_temporary,
)
from scanner import Closed, Found, Inconclusive, NotApplicable, Passed, Unavailable, Verdict
from scanner.testing import HOST, TWIN, Seen, answer, chain, entrances

HTTP, HTTPS, WWW, WWWS = f"http://{HOST}/", f"https://{HOST}/", f"http://{TWIN}/", f"https://{TWIN}/"
DEEP = f"http://{HOST}/tulips.html"
CLOSED, SILENT = Closed("Connection refused."), Unavailable("No answer within 30 seconds.")
LOOP = Unavailable("It redirects in a circle.")
RULES: tuple[Callable[..., Verdict], ...] = (
    https_missing,
    https_redirect_missing,
    https_redirect_partial,
    https_redirect_temporary,
    https_redirect_foreign_hop,
    https_downgrade,
)


def found(changed: dict[str, Seen]) -> dict[str, set[str]]:
    """Rule → the hosts it complains about."""
    verdicts = {rule.__name__: rule(entrances(changed)) for rule in RULES}
    return {name: {f.subject for f in verdict.findings} for name, verdict in verdicts.items() if isinstance(verdict, Found)}


def test_a_healthy_shop_passes_every_rule_and_every_name_was_examined() -> None:
    for rule in RULES[1:]:
        assert rule(entrances()) == Passed((HOST, TWIN))
    assert https_missing(entrances()) == Passed((HOST,))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({HTTP: chain(HTTP)}, {"https_redirect_missing": {HOST}}, id="served in clear"),
        pytest.param({WWW: chain(WWW)}, {"https_redirect_missing": {TWIN}}, id="only www served in clear"),
        pytest.param({HTTP: chain(HTTP, (301, "/en/"))}, {"https_redirect_missing": {HOST}}, id="redirects, but stays on http"),
        pytest.param({HTTP: chain(HTTP, end=404), DEEP: chain(DEEP)}, {"https_redirect_missing": {HOST}}, id="only below home"),
        pytest.param({DEEP: chain(DEEP)}, {"https_redirect_partial": {HOST}}, id="a deep page does not"),
        pytest.param({f"http://{HOST}/?q=1": chain(f"http://{HOST}/?q=1")}, {"https_redirect_partial": {HOST}}, id="a query"),
        pytest.param({HTTP: chain(HTTP, (302, HTTPS))}, {"https_redirect_temporary": {HOST}}, id="302"),
        pytest.param({HTTP: chain(HTTP, (303, HTTPS))}, {"https_redirect_temporary": {HOST}}, id="303"),
        pytest.param({HTTP: chain(HTTP, (307, HTTPS))}, {"https_redirect_temporary": {HOST}}, id="307"),
        pytest.param({HTTP: chain(HTTP, (308, HTTPS))}, {}, id="308"),
        pytest.param({HTTP: chain(HTTP, (302, "/en/"), (301, HTTPS))}, {}, id="temporary before, permanent to https"),
        pytest.param({WWW: chain(WWW, (301, HTTPS))}, {}, id="www straight to https of the bare name"),
        pytest.param({HTTP: chain(HTTP, (301, WWW), (301, WWWS))}, {"https_redirect_foreign_hop": {HOST}}, id="by http over www"),
        pytest.param({HTTP: chain(HTTP, (302, WWW), (302, WWWS))}, {"https_redirect_foreign_hop": {HOST}}, id="both: one rule"),
        pytest.param({HTTPS: chain(HTTPS, (301, HTTP)), HTTP: chain(HTTP)}, {"https_downgrade": {HOST}}, id="back to http"),
        pytest.param(
            {HTTPS: chain(HTTPS, (302, f"{HTTP}en/"), (301, f"{HTTPS}en/"))}, {"https_downgrade": {HOST}}, id="there and back"
        ),
        pytest.param({HTTP: CLOSED, WWW: CLOSED, DEEP: CLOSED}, {}, id="nothing listens on port 80"),
        pytest.param(
            {HTTPS: chain(HTTPS, (301, "http://other.example/"))}, {"https_downgrade": {HOST}}, id="to a stranger by http"
        ),
        pytest.param(
            {HTTPS: chain(HTTPS, (302, "https://pay.example/"), (302, "http://pay.example/x"))},
            {},
            id="a stranger's own downgrade",
        ),
    ],
)
def test_at_most_one_rule_speaks_about_a_host(changed: dict[str, Seen], expected: dict[str, set[str]]) -> None:
    assert found(changed) == expected


def test_no_https_at_all_is_one_critical_finding_and_the_rest_waits() -> None:
    bare = entrances({HTTPS: CLOSED, WWWS: CLOSED, HTTP: chain(HTTP), WWW: chain(WWW), DEEP: chain(DEEP)})
    verdict = https_missing(bare)
    assert isinstance(verdict, Found)
    assert [finding.subject for finding in verdict.findings] == [HOST]
    assert verdict.findings[0].locations == (HTTP,)
    assert all(isinstance(rule(bare), NotApplicable) for rule in RULES[1:])


def test_https_that_answers_badly_is_not_missing() -> None:
    assert isinstance(https_missing(entrances({HTTPS: chain(HTTPS, end=503), HTTP: chain(HTTP)})), Passed)
    assert isinstance(https_missing(entrances({HTTPS: CLOSED, HTTP: chain(HTTP)})), Passed)  # www answers by https


@pytest.mark.parametrize("seen", [SILENT, chain(HTTPS, end=SILENT)])
def test_https_that_stays_silent_is_inconclusive(seen: Seen) -> None:
    quiet = entrances({HTTPS: seen, WWWS: CLOSED, HTTP: chain(HTTP)})
    assert isinstance(https_missing(quiet), Inconclusive)
    assert isinstance(https_redirect_missing(quiet), Inconclusive)


@pytest.mark.parametrize("http", [CLOSED, chain(HTTP, end=403), chain(HTTP, end=SILENT)])
def test_no_https_is_not_claimed_where_http_shows_no_shop(http: Seen) -> None:
    assert isinstance(https_missing(entrances({HTTPS: CLOSED, WWWS: CLOSED, HTTP: http})), Inconclusive)


@pytest.mark.parametrize(
    "http",
    [SILENT, chain(HTTP, end=403), chain(HTTP, end=429), chain(HTTP, end=503), chain(HTTP, (301, HTTPS), (301, HTTP), end=LOOP)],
)
def test_a_block_an_error_or_a_loop_is_inconclusive(http: Seen) -> None:
    for rule in RULES[1:]:
        verdict = rule(entrances({HTTP: http}))
        assert isinstance(verdict, Inconclusive)
        assert verdict.examined == (TWIN,)


def test_a_deep_page_that_could_not_be_read_leaves_the_home_page_judged() -> None:
    blocked = entrances({DEEP: chain(DEEP, end=403)})
    assert https_redirect_missing(blocked) == Passed((HOST, TWIN))
    assert isinstance(https_redirect_partial(blocked), Inconclusive)


def test_plain_http_beside_silent_https_could_be_a_downgrade() -> None:
    seen = entrances({HTTP: chain(HTTP), HTTPS: SILENT})
    assert not any(isinstance(rule(seen), Found) for rule in RULES)


def test_what_is_shown_holds_no_query_and_is_bounded() -> None:
    long = f"http://{HOST}/{'a' * 5000}?PHPSESSID=abc"
    verdict = https_redirect_missing(entrances({HTTP: chain(HTTP, (302, long))}))
    assert isinstance(verdict, Found)
    shown = verdict.findings[0].shown
    assert "PHPSESSID" not in shown
    assert len(shown) < 400


def test_nothing_looked_at_is_inconclusive() -> None:
    assert isinstance(https_missing(entrances(names=(), deep=())), Inconclusive)
    assert isinstance(https_redirect_missing(entrances(names=(), deep=())), Inconclusive)


def test_an_answer_is_told_apart_by_its_own_end() -> None:
    (entrance,) = (e for e in entrances({HTTP: chain(HTTP, end=answer(426, address=HTTP))}).of("http", "/") if e.host == HOST)
    assert redirects.way(entrance) == (redirects.Way.UNKNOWN, f"{HTTP} answered 426.")

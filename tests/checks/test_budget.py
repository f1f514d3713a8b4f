"""All rules' paths together must fit into the concerns' shares of the request budget, or the last would always be skipped."""

from collections import Counter

import pytest

from scanner import Known
from scanner.gatherers.probing.probes import SHARES, ProbePlan, merged
from scanner.testing import knowledge
from tests.scanning import catalogue

HOST = "www.petalandstem.example"
ROBOTS = ("/admin-7q2/", "/backoffice-9/", "/verwaltung-secret/", "/x/")
LISTED = tuple(f"/files/{n}.{kind}" for n in range(60) for kind in ("sql", "zip", "csv", "log", "env"))
SCRIPTS = ("/static/app.js", "/static/main.0123abcd.js")


@pytest.fixture(scope="module")
def plan() -> ProbePlan:
    return ProbePlan(tuple(rule for rule in catalogue().rules.values() if rule.needs_probes), knowledge())


def asked(plan: ProbePlan, known: Known) -> Counter[str]:
    return Counter(ask.concern for ask in merged(plan.probes(known), known))


def kept(counts: Counter[str]) -> None:
    for concern, count in counts.items():
        assert count <= SHARES[concern].amount, f"{count} requests of concern {concern}: {SHARES[concern].amount} at most"


def test_nothing_known(plan: ProbePlan) -> None:
    counts = asked(plan, Known(HOST, 2026))
    kept(counts)
    assert counts["names"] >= 55  # what nobody uses would be given away
    kept(asked(plan, Known(HOST, 2026, "/shop/", (), (), ROBOTS, SCRIPTS)))
    kept(asked(plan, Known("127.0.0.1", 2026)))
    kept(asked(plan, Known(HOST, 2026, listed=LISTED)))


@pytest.mark.parametrize("key", sorted(knowledge().platforms))
def test_each_platform_with_a_blog_beside(plan: ProbePlan, key: str) -> None:
    shop = knowledge().platforms[key]
    for base in ("/", "/shop/"):
        for beside in (
            (),
            (("/blog/", "wordpress"),),
            (("/blog/", "wordpress"), ("/forum/", "phpbb"), ("/old/", key), ("/wiki/", "joomla")),
        ):
            kept(
                asked(
                    plan,
                    Known(HOST, 2026, base, ((base, key), *beside), (), ROBOTS, SCRIPTS, hosted=shop.name if shop.hosted else ""),
                )
            )

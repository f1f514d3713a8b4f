"""The test kit itself: what it hands out is a healthy shop's, and what the engine would hand to a check."""

from dataclasses import replace

import pytest

from scanner.engine.judging import judge_all
from scanner.evidence import (
    Answer,
    BackupContent,
    Backups,
    Entrances,
    FtpServer,
    Installations,
    Link,
    Listings,
    Pages,
    Probes,
    SshServer,
    Unavailable,
)
from scanner.platforms import Knowledge
from scanner.rules.rule import Severity, check
from scanner.rules.verdicts import Found, NotApplicable, Passed, Verdict
from scanner.testing import (
    HOST,
    NOW,
    ORIGIN,
    answer,
    backup_file,
    backup_place,
    backups,
    chain,
    entrances,
    ftp_server,
    installation,
    installations,
    knowledge,
    listed,
    listings,
    page,
    pages,
    probes,
    ssh_server,
)
from tests.scanning import catalogue


def told(seen: Answer) -> str | None:
    return "told" if "petal" in seen.text else None


@check("petals-told", severity=Severity.LOW, area="garden", probes=["/a.txt", "/b.txt", "//root.txt"], proof=told)
def petals_told(probes: Probes) -> Verdict:
    """A file tells about petals."""
    return Found.at("petals") if probes.hits else Passed(probes.examined)


def test_a_healthy_shop_passes_every_rule_of_ours() -> None:
    opened = BackupContent("shop-2026-11-20.sql.gz", "gzip", whole=True, ends=True)
    privacy = Link(f"{ORIGIN}/privacy-policy", "Privacy policy")
    healthy = {
        Backups: backups(*(replace(backup_place(kind), content=opened) for kind in ("database", "site"))),
        Entrances: entrances(),
        FtpServer: ftp_server(),
        Installations: installations(),
        Listings: listings(),
        Pages: pages(page(links=[privacy])),
        SshServer: ssh_server(),
    }
    rules = [rule for rule in catalogue().rules.values() if {need.kind for need in rule.needs} <= {*healthy, Knowledge}]
    assert len(rules) > 20
    above_info = [judged for judged in judge_all(rules, healthy, knowledge()) if judged.rule.severity is not Severity.INFO]
    assert [judged for judged in above_info if not isinstance(judged.verdict, Passed | NotApplicable)] == []


def test_answers_carry_what_follows_from_them() -> None:
    plain = answer(200, "x" * 700, headers={"Server": "nginx"})
    assert (plain.size, len(plain.head), plain.header("server")) == (700, 600, "nginx")
    assert answer(206, head=b"PK\x03\x04", size=9_000_000).size == 9_000_000
    assert answer(headers=[("Set-Cookie", "a"), ("set-cookie", "b")]).all("set-cookie") == ("a", "b")


def test_a_chain_follows_its_redirects() -> None:
    way = chain("http://a.example/x", (301, "/y"), (302, "https://b.example/"), end=503)
    assert [hop.address for hop in way.hops] == ["http://a.example/x", "http://a.example/y"]
    assert isinstance(way.end, Answer)
    assert (way.end.address, way.end.status, way.redirected) == ("https://b.example/", 503, True)
    assert not chain(end=Unavailable("slow")).redirected


def test_entrances_are_changed_one_at_a_time() -> None:
    changed = entrances({f"http://{HOST}/": Unavailable("slow"), f"http://{HOST}/new?a=1": chain()})
    assert len(changed.entrances) == len(entrances().entrances) + 1
    assert [entrance.path for entrance in changed.of("http") if isinstance(entrance.seen, Unavailable)] == ["/"]
    assert changed.entrances[-1].path == "/new?a=1"
    assert changed.gathered_at == NOW


def test_probes_answer_every_declared_place_with_its_proof() -> None:
    seen = probes(petals_told, {"/a.txt": answer(200, "petals")}, base="/shop/", platforms=[("/", "wordpress")])
    assert [probed.place for probed in seen.asked] == ["/shop/a.txt", "/a.txt", "/shop/b.txt", "/b.txt", "/root.txt"]
    assert [probed.place for probed, _ in seen.hits] == ["/a.txt"]
    assert seen["/a.txt"].address == f"{ORIGIN}/a.txt"
    assert len(seen["/a.txt"].controls) == 2
    assert seen["/b.txt"].controls == ()
    assert petals_told(seen) == Found.at("petals")


def test_probes_are_doubted_as_the_engine_doubts() -> None:
    petals = answer(200, "petals")
    assert not probes(petals_told, others=petals).hits  # a site that answers every address
    assert not probes(petals_told, {"/a.txt": (petals, [petals, answer(404)])}).hits
    assert probes(petals_told, {"/a.txt": (petals, [Unavailable("slow"), answer(404)])})["/a.txt"].doubt == "slow"
    assert probes(petals_told, others=Unavailable("blocked")).missing == ("blocked",) * 3
    assert probes(petals_told, skipped=["/b.txt"]).missing == ("No requests were left for 1 addresses.",)


def test_a_probe_that_the_check_would_not_send_is_refused() -> None:
    with pytest.raises(ValueError, match=r"petals-told does not ask for /c\.txt"):
        probes(petals_told, {"/c.txt": answer(200, "petals")})
    with pytest.raises(ValueError, match="no check with probes"):
        probes(test_answers_carry_what_follows_from_them)


def test_pages_and_installations() -> None:
    crawl = pages(page(title="Home"), page("/tulips.html", headers={"X-Frame-Options": "DENY"}))
    assert crawl.others[0].address == f"{ORIGIN}/tulips.html"
    assert crawl.others[0].header("x-frame-options") == "DENY"
    blog = installation("wordpress", "/blog/")
    assert installations(None, blog, examined=["/old/"]).examined == ("/", "/blog/", "/old/")
    assert (blog.name, blog.address) == ("WordPress", f"{ORIGIN}/blog/")
    assert listed("/img/", "a.jpg").address == f"{ORIGIN}/img/"


def test_services_and_backups() -> None:
    assert not ftp_server(open=False).open
    assert isinstance(ssh_server(open=False).methods, Unavailable)
    assert ssh_server(methods=["publickey", "password"]).methods == ("publickey", "password")
    assert (NOW - backup_file(age_days=2).modified).days == 2
    assert backup_place(files=Unavailable("No such folder.")).seen == 0
    assert backup_place().seen == 7
    assert backups().places == ()

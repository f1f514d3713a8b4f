"""Our own validation, on a tree of zones with a root of its own: what is there, what is not, and what is wrong."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable

import dns.dnssec
import dns.name
import pytest
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from scanner.evidence import DnsAnswer, Dnssec, Existence, Security
from scanner.gatherers.net import signatures
from scanner.gatherers.net.anchors import anchors_in_file, shipped_keys
from scanner.gatherers.net.dns import Dns, Lookups
from scanner.gatherers.net.dnssec import (
    MOST_DS,
    MOST_IN_VAIN,
    MOST_KEYS,
    MOST_LABELS,
    MOST_SIGNATURES,
    MOST_ZONE_KEYS,
    TOO_OLD,
    anchors_in,
)
from scanner.gatherers.net.resolver import NameUnanswered
from scanner.scope.addresses import IPAddress
from scanner.testing import NOW
from tests.signed_names import ANSWERS, signed_tree
from tests.zones import DAY, Tree, Zone, served

SECURE, INSECURE, BROKEN, UNKNOWN = Security.SECURE, Security.INSECURE, Security.BROKEN, Security.UNKNOWN


def _ask(tree: Tree, name: str, kind: str, *, now: Callable[[], float] | None = None) -> DnsAnswer:
    async def run() -> DnsAnswer:
        async with served(tree, ["127.0.0.1"]) as port:
            return await Dns((("127.0.0.1", port),), anchors=tree.anchors, now=now or (lambda: tree.now)).ask(name, kind)

    return asyncio.run(run())


def _signed(tree: Tree, domain: str, refuses: Callable[[str, IPAddress], str | None] = lambda *_: None) -> Dnssec:
    async def run() -> Dnssec:
        async with served(tree) as port:
            return await Dns((("127.0.0.1", port),), anchors=tree.anchors, port=port, now=lambda: tree.now).signed(
                domain, refuses
            )

    return asyncio.run(run())


def test_every_kind_of_answer() -> None:
    tree = signed_tree()

    async def run() -> list[DnsAnswer]:
        async with served(tree, ["127.0.0.1"]) as port:
            dns = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
            return [await dns.ask(name, kind) for name, kind, *_ in ANSWERS]

    found = asyncio.run(run())
    wrong = [
        (name, kind, answer)
        for (name, kind, existence, security), answer in zip(ANSWERS, found, strict=True)
        if (answer.existence, answer.security) != (existence, security)
    ]
    assert wrong == []
    assert len(ANSWERS) >= 60


def test_records_are_as_zone_files_write_them() -> None:
    tree = signed_tree()
    assert _ask(tree, "Signed.Example.", "MX").records == ("10 mail.signed.example",)
    assert _ask(tree, "signed.example", "TXT").records == ("v=spf1 mx -all",)
    www = _ask(tree, "www.signed.example", "A")
    assert (www.records, www.canonical) == (("192.0.2.1",), "signed.example")


@pytest.mark.parametrize("how", ["bad", "expired", "future", "no proof", "unsigned"])
@pytest.mark.parametrize(
    "name", ["nothing.signed.example", "nothing.hashed.example", "any.wild.signed.example", "mail.signed.example"]
)
def test_a_signature_or_a_proof_that_does_not_hold_is_never_secure(name: str, how: str) -> None:
    if how == "no proof" and name == "mail.signed.example":
        return  # a record needs none
    tree = signed_tree()
    tree.spoil(name, "A", how)
    answer = _ask(tree, name, "A")
    assert answer.security in {BROKEN, UNKNOWN}
    assert (answer.security is BROKEN) == (
        how in {"bad", "expired", "future"} or (name == "any.wild.signed.example" and how == "no proof")
    )
    assert answer.why


def test_the_reason_is_told() -> None:
    tree = signed_tree()
    tree.spoil("signed.example", "A", "expired")
    assert _ask(tree, "signed.example", "A").why == "the signature of signed.example has expired"
    assert "no key of wrong.example fits" in _ask(tree, "wrong.example", "A").why


def test_a_clock_decides_what_has_expired() -> None:
    tree = signed_tree()
    assert _ask(tree, "signed.example", "A", now=lambda: tree.now + 20 * DAY).security is UNKNOWN


@pytest.mark.parametrize("name", ["", "example"])
def test_a_root_or_top_level_zone_that_does_not_validate_breaks_nothing(name: str) -> None:
    tree = signed_tree()
    tree.spoil(name or ".", "DNSKEY", "bad")
    answer = _ask(tree, "signed.example", "A")
    assert (answer.existence, answer.security, answer.why) == (Existence.FOUND, UNKNOWN, TOO_OLD)
    assert _signed(tree, "signed.example") == Dnssec(UNKNOWN, TOO_OLD)


def test_a_resolver_that_leaves_signatures_out_is_said_to() -> None:
    tree = signed_tree()
    tree.spoil(".", "DNSKEY", "unsigned")
    answer = _ask(tree, "signed.example", "A")
    assert (answer.security, answer.why) == (UNKNOWN, "the name server that was asked leaves signatures out")


@pytest.mark.parametrize(
    ("domain", "state"),
    [("signed.example", SECURE), ("hashed.example", SECURE), ("plain.example", INSECURE), ("lost.example", INSECURE),
     ("strange.example", INSECURE), ("wrong.example", BROKEN)],
)  # fmt: skip
def test_whether_a_domain_is_signed(domain: str, state: Security) -> None:
    assert _signed(signed_tree(), domain).state is state


@pytest.mark.parametrize(
    ("ds", "state"),
    [
        ((), SECURE),
        (("12345 13 2 " + "00" * 32,), SECURE),  # the key to come, which the zone does not show yet
        (("12345 5 2 " + "00" * 32, "12346 200 2 " + "00" * 32), SECURE),  # beside one that counts, others do no harm
    ],
)
def test_a_domain_that_changes_its_key(ds: tuple[str, ...], state: Security) -> None:
    tree = signed_tree()
    for one in ds:
        tree.zones[dns.name.from_text("example.")].add("signed", "DS", one)
    assert _signed(tree, "signed.example").state is state
    assert _ask(tree, "mail.signed.example", "A").security is state


@pytest.mark.parametrize("algorithm", [1, 3, 5, 6, 7, 12, 200])
def test_what_is_signed_by_an_algorithm_that_counts_no_more_is_unsigned(algorithm: int) -> None:
    """RFC 9905 2, of RSA with SHA-1; RFC 8624 3.1, of DSA, RSA with MD5 and GOST; RFC 4035 5.2, of those that nobody knows."""
    tree = Tree(Zone("."), Zone("example."), Zone("old.example.", ["@ A 192.0.2.1"], ds=f"12345 {algorithm} 2 " + "00" * 32))
    assert _signed(tree, "old.example") == Dnssec(INSECURE, "old.example is signed in a way that nobody reads")
    assert _ask(tree, "old.example", "A").security is INSECURE


@pytest.mark.parametrize("how", ["bad", "expired", "future"])
@pytest.mark.parametrize("kind", ["DNSKEY", "SOA"])
def test_a_domain_is_broken_when_two_of_its_servers_say_so(kind: str, how: str) -> None:
    tree = signed_tree()
    tree.spoil("signed.example", kind, how)
    found = _signed(tree, "signed.example")
    assert (found.state, found.servers) == (BROKEN, ("ns1.signed.example", "ns2.signed.example"))


def test_what_may_not_be_asked_cannot_confirm() -> None:
    found = _signed(signed_tree(), "wrong.example", lambda _, address: "private" if str(address) == "127.0.0.3" else None)
    assert (found.state, found.servers) == (UNKNOWN, ("ns1.wrong.example",))
    assert "no two of its own name servers" in found.why


def test_a_resolver_that_validates_too_and_says_servfail_is_no_proof_by_itself() -> None:
    tree = signed_tree()
    tree.spoil("signed.example", "DNSKEY", "SERVFAIL")
    assert _signed(tree, "signed.example").state is UNKNOWN


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", "cut off", "garbage", "silent"])
def test_no_answer_is_no_fact(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.gatherers.net.dns.TRIES", (0.1, 0.2))
    tree = signed_tree()
    tree.spoil("signed.example", "MX", how)
    with pytest.raises(NameUnanswered, match=r"signed\.example"):
        _ask(tree, "signed.example", "MX")


def test_a_long_answer_comes_by_tcp() -> None:
    long = [f'@ TXT "{number:03d} {"x" * 200}"' for number in range(40)]
    tree = Tree(Zone("."), Zone("example."), Zone("long.example.", long))
    answer = _ask(tree, "long.example", "TXT")
    assert (len(answer.records), answer.security) == (40, SECURE)


def test_aliases_without_an_end_are_no_fact() -> None:
    tree = Tree(Zone("."), Zone("example."), Zone("round.example.", ["a CNAME b", "b CNAME a"]))
    with pytest.raises(NameUnanswered):
        _ask(tree, "a.round.example", "A")


def test_each_question_is_asked_once() -> None:
    tree = signed_tree()

    async def run() -> None:
        async with served(tree, ["127.0.0.1"]) as port:
            dns = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
            await asyncio.gather(*(dns.ask("signed.example", "MX") for _ in range(5)))
            await dns.ask("hashed.example", "MX")
            assert dns.sent["dns"] == 2

    asyncio.run(run())
    assert len(tree.asked) == len(set(tree.asked))


def test_what_is_never_answered_is_not_asked_for_ever() -> None:
    tree = signed_tree()
    tree.spoil(".", "DNSKEY", "SERVFAIL")

    async def run() -> list[DnsAnswer]:
        async with served(tree, ["127.0.0.1"]) as port:
            dns = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
            return [await dns.ask(f"n{number}.signed.example", "A") for number in range(10)]

    answers = asyncio.run(run())
    assert {answer.security for answer in answers} == {UNKNOWN}
    assert tree.asked.count((".", "DNSKEY")) <= 2 * 2 * 2  # two rounds each time


def test_a_zone_that_makes_work_is_left_after_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of signatures by keys of one tag, none of which holds (CVE-2023-50387)."""
    tried = 0

    def check(*_: object) -> None:
        nonlocal tried
        tried += 1
        raise signatures.BadSignature("does not fit its records")

    tree = signed_tree()
    names = [f"n{number}.signed.example" for number in range(40)]

    async def run() -> list[DnsAnswer]:
        async with served(tree, ["127.0.0.1"]) as port:
            dns = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
            assert (await dns.ask("signed.example", "A")).security is SECURE
            monkeypatch.setattr(signatures, "check", check)
            return [await dns.ask(name, "A") for name in names]

    assert {answer.security for answer in asyncio.run(run())} == {BROKEN}
    assert tried <= MOST_IN_VAIN + MOST_SIGNATURES * MOST_KEYS


def _twin(key: DNSKEY, chance: random.Random) -> DNSKEY:
    """Another key with the same tag (RFC 4034 B)."""
    while True:
        start = chance.randbytes(len(key.key) - 2)
        made = key.replace(key=start + bytes(2))
        rest = (dns.dnssec.key_id(key) - dns.dnssec.key_id(made)) & 0xFFFF
        made = key.replace(key=start + rest.to_bytes(2, "big"))
        if dns.dnssec.key_id(made) == dns.dnssec.key_id(key):
            assert isinstance(made, DNSKEY)
            return made


@pytest.mark.parametrize(("keys", "records"), [(MOST_ZONE_KEYS - 1, 3 * MOST_DS), (400, 400)])
def test_keys_and_ds_records_of_one_tag_cost_little(keys: int, records: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each DS record compared with each key, and each signature with each: products that a zone can make large (CVE-2023-50387)."""
    chance = random.Random(1)
    evil, below = Zone("evil.example."), Zone("below.evil.example.", ["www A 192.0.2.1"])
    tree = Tree(Zone("."), Zone("example."), evil, below)
    assert isinstance(below.key, DNSKEY)
    for number in range(keys):
        below.add("@", "DNSKEY", _twin(below.key, random.Random(number)).to_text())
    for _ in range(records):
        evil.add("below.evil.example.", "DS", f"{dns.dnssec.key_id(below.key)} 13 2 {chance.randbytes(32).hex()}")
    done = Counter[str]()
    for module, name in ((dns.dnssec, "key_id"), (dns.dnssec, "make_ds"), (signatures, "check"), (signatures, "signed_data")):
        real = getattr(module, name)

        def counted(*given: object, real: Callable[..., object] = real, name: str = name, **named: object) -> object:
            done[name] += 1
            return real(*given, **named)

        monkeypatch.setattr(module, name, counted)
    assert _ask(tree, "www.below.evil.example", "A").security is UNKNOWN
    assert done["make_ds"] <= 2 * MOST_DS * MOST_KEYS
    assert done["key_id"] <= 20 * MOST_ZONE_KEYS
    assert done["check"] <= 100
    assert done["signed_data"] <= 100


def test_one_scan_has_only_so_many_signatures_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = signed_tree()
    monkeypatch.setattr("scanner.gatherers.net.dns.MOST_SIGNATURES", 12)

    async def run() -> list[Security]:
        async with served(tree, ["127.0.0.1"]) as port:
            dns = Dns((("127.0.0.1", port),), anchors=tree.anchors, now=lambda: tree.now)
            scans = [Lookups(dns, Counter(), lambda: 60.0, lambda *_: None) for _ in range(2)]
            first = [(await scans[0].ask(f"n{number}.signed.example", "A")).security for number in range(20)]
            return [first[-1], (await scans[1].ask("signed.example", "A")).security]

    assert asyncio.run(run()) == [UNKNOWN, SECURE]


def test_a_name_of_many_parts_is_not_validated_part_by_part() -> None:
    tree = signed_tree()
    assert _ask(tree, ".".join("x" * 100) + ".unsigned.example", "A").existence is Existence.NO_NAME
    assert len(tree.asked) <= MOST_LABELS


def test_the_keys_that_come_with_the_program_are_the_roots() -> None:
    assert [(key.name, int(key.record.split()[0])) for key in shipped_keys().keys] == [("KSK-2017", 20326), ("KSK-2024", 38696)]
    assert len(shipped_keys().records(NOW.date())) == 2
    read = anchors_in("\n".join(f". IN DS {key.record}" for key in shipped_keys().keys))
    assert [text.upper() for text in read] == [key.record for key in shipped_keys().keys]


def test_a_file_of_keys(tmp_path: pytest.TempPathFactory) -> None:
    zone = Zone(".")
    tree = Tree(zone)
    file = tmp_path / "root.key"  # type: ignore[operator]
    file.write_text(f"; our own root\n. 172800 IN DNSKEY {zone.key.to_text()} ; comment\n")
    assert anchors_in_file(file) == tree.anchors


@pytest.mark.parametrize(("text", "why"), [("", "holds no DS"), (". IN DS 1 2", "line 1"), ("; x\nnonsense", "line 2")])
def test_a_file_of_something_else(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        anchors_in(text)

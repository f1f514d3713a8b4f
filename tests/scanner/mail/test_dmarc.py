"""DMARC by rule of RFC 9989, each record agreed with checkdmarc where that one judges the same."""

from __future__ import annotations

from collections.abc import Mapping

import checkdmarc.dmarc as oracle
import pytest

from scanner.evidence import DnsAnswer, Existence, Unavailable
from scanner.mail.answers import Answers, completed
from scanner.mail.dmarc import DmarcFault, DmarcReading, examined, organisational_domain

UNANSWERED = Unavailable("No answer within 5 s.")
HOME = "rua=mailto:dmarc@shop.example"
F = DmarcFault

# (record, policy, enforced, faults)
RECORDS: tuple[tuple[str, str, bool, tuple[DmarcFault, ...]], ...] = (
    ("v=DMARC1; p=none", "none", False, ()),
    ("v=DMARC1; p=quarantine", "quarantine", True, ()),
    ("v=DMARC1; p=reject", "reject", True, ()),
    ("v=DMARC1;p=reject", "reject", True, ()),
    ("v=DMARC1; p=reject;", "reject", True, ()),
    ("v=DMARC1 ; p = reject ;", "reject", True, ()),
    ("v = DMARC1; p=reject", "reject", True, ()),
    ("v=DMARC1; p=Reject", "reject", True, ()),
    ("v=DMARC1; P=reject", "reject", True, ()),
    ("v=DMARC1;; p=reject", "reject", True, ()),
    (f"v=DMARC1; p=none; {HOME}", "none", False, ()),
    (f"v=DMARC1; p=reject; {HOME}; ruf=mailto:dmarc@shop.example; fo=1", "reject", True, ()),
    ("v=DMARC1; p=reject; rua=mailto:a@shop.example,mailto:b@shop.example", "reject", True, ()),
    ("v=DMARC1; p=reject; rua=mailto:a@shop.example, mailto:b@shop.example", "reject", True, ()),
    ("v=DMARC1; p=reject; rua=mailto:a@shop.example!10m", "reject", True, ()),
    ("v=DMARC1; p=reject; rua=mailto:a@reports.shop.example", "reject", True, ()),
    ("v=DMARC1; p=reject; sp=none", "reject", True, ()),
    ("v=DMARC1; p=none; sp=reject", "none", False, ()),
    ("v=DMARC1; p=reject; np=reject", "reject", True, ()),
    ("v=DMARC1; p=reject; t=y", "reject", False, ()),
    ("v=DMARC1; p=reject; t=n", "reject", True, ()),
    ("v=DMARC1; p=quarantine; t=y", "quarantine", False, ()),
    ("v=DMARC1; p=reject; pct=50", "reject", True, ()),
    ("v=DMARC1; p=reject; pct=0", "reject", True, ()),
    ("v=DMARC1; p=reject; adkim=s; aspf=s", "reject", True, ()),
    ("v=DMARC1; p=reject; adkim=r; aspf=r", "reject", True, ()),
    ("v=DMARC1; p=reject; psd=n", "reject", True, ()),
    ("v=DMARC1; p=reject; psd=u", "reject", True, ()),
    ("v=DMARC1; p=reject; rf=afrf; ri=86400", "reject", True, ()),
    ("v=DMARC1; p=reject; something=else", "reject", True, ()),
    ("v=DMARC1; sp=reject; p=none", "none", False, ()),
    ("v=DMARC1; p=reject; p=none", "", False, (F.SYNTAX,)),
    ("v=DMARC1; p=rejct", "", False, (F.NO_POLICY,)),
    (f"v=DMARC1; p=rejct; {HOME}", "none", False, (F.BAD_POLICY,)),
    ("v=DMARC1; p=", "", False, (F.NO_POLICY,)),
    ("v=DMARC1", "", False, (F.NO_POLICY,)),
    ("v=DMARC1;", "", False, (F.NO_POLICY,)),
    (f"v=DMARC1; {HOME}", "none", False, (F.BAD_POLICY,)),
    ("v=DMARC1; p=monitor", "", False, (F.NO_POLICY,)),
    (f"v=DMARC1; p=reject; sp=strict; {HOME}", "none", False, (F.BAD_POLICY,)),
    ("v=DMARC1; p=reject; sp=strict", "", False, (F.NO_POLICY,)),
    (f"v=DMARC1; p=reject; np=no; {HOME}", "none", False, (F.BAD_POLICY,)),
    ("v=DMARC1; p=reject; adkim=strict", "reject", True, (F.BAD_VALUE,)),
    ("v=DMARC1; p=reject; aspf=x", "reject", True, (F.BAD_VALUE,)),
    ("v=DMARC1; p=reject; t=yes", "reject", True, (F.BAD_VALUE,)),
    ("v=DMARC1; p=reject; psd=maybe", "reject", True, (F.BAD_VALUE,)),
    ("v=DMARC1; p=reject; rua=dmarc@shop.example", "reject", True, (F.BAD_ADDRESS,)),
    ("v=DMARC1; p=reject; rua=mailto:dmarc", "reject", True, (F.BAD_ADDRESS,)),
    ("v=DMARC1; p=reject; rua=https://shop.example/dmarc", "reject", True, (F.BAD_ADDRESS,)),
    ("v=DMARC1; p=reject; rua=mailto:a@shop.example;mailto:b@shop.example", "", False, (F.SYNTAX,)),
    ("v=DMARC1 p=reject", "", False, ()),
    ("v=DMARC1, p=reject", "", False, ()),
    ("v=DMARC2; p=reject", "", False, ()),
    ("V=DMARC1; p=reject", "", False, ()),
    ("v=dmarc1; p=reject", "", False, ()),
    ("p=reject; v=DMARC1", "", False, ()),
    ("\"v=DMARC1; p=reject\"", "", False, ()),
    ("v=DMARC1; preject", "", False, (F.SYNTAX, F.NO_POLICY)),
    ("v=DMARC1; p=reject; =x", "", False, (F.SYNTAX,)),
    ("v=spf1 -all", "", False, ()),
    ("", "", False, ()),
    ("v=DMARC1; p=reject; rua=", "reject", True, ()),
)  # fmt: skip

OTHERWISE: Mapping[str, str] = {
    "v=DMARC1;; p=reject": "an empty part says nothing; checkdmarc wants a tag there",
    "v=DMARC1; p=reject; something=else": "tags that nobody knows are ignored (RFC 9989 4.7); checkdmarc refuses the record",
    "v=DMARC1;": "without p and rua it is no record (RFC 9989 4.10.1); checkdmarc fills in p=none",
    '"v=DMARC1; p=reject"': "quotation marks in the text are no part of a version; checkdmarc takes them away",
    "V=DMARC1; p=reject": "the version is in capitals (RFC 9989 4.8); checkdmarc takes small letters too",
    "v=dmarc1; p=reject": "the same",
    "v=DMARC1 p=reject": "the version ends at a semicolon; checkdmarc splits at the space",
    "v=DMARC1; p=reject; rua=dmarc@shop.example": "a bad address costs the address, not the record (RFC 9990 3.5)",
    "v=DMARC1; p=reject; rua=mailto:dmarc": "the same",
    "v=DMARC1; p=reject; rua=https://shop.example/dmarc": "the same",
    "v=DMARC1; p=reject; adkim=strict": "a bad value costs the tag (RFC 9989 4.7); checkdmarc refuses the record",
    "v=DMARC1; p=reject; aspf=x": "the same",
    "v=DMARC1; p=reject; t=yes": "the same",
    "v=DMARC1; p=reject; psd=maybe": "the same",
    "v=DMARC1; p=reject; rua=": "the same",
    "v=DMARC1; p=rejct; rua=mailto:dmarc@shop.example": "with an address for reports it counts as p=none (RFC 9989 4.10.1)",
    "v=DMARC1; rua=mailto:dmarc@shop.example": "the same",
    "v=DMARC1; p=reject; sp=strict; rua=mailto:dmarc@shop.example": "the same",
    "v=DMARC1; p=reject; np=no; rua=mailto:dmarc@shop.example": "the same",
}
"""Records of which the oracle says otherwise, and why it is ours that counts."""


def _reading(domain: str = "shop.example", **records: tuple[str, ...] | None) -> DmarcReading:
    """records: ``_dmarc_shop_example`` → texts; None: no answer. Other names are not there."""
    zone: dict[tuple[str, str], DnsAnswer | Unavailable] = {
        (domain, "MX"): DnsAnswer(Existence.FOUND, (f"10 mx.{domain}",)),
        **{
            ("_" + key.strip("_").replace("__", "\0").replace("_", ".").replace("\0", "_"), "TXT"): (
                UNANSWERED if texts is None else DnsAnswer(Existence.FOUND, texts)
            )
            for key, texts in records.items()
        },
    }
    return examined(domain, Answers(completed(lambda answers: examined(domain, answers), (), zone)))


@pytest.mark.parametrize(("text", "policy", "enforced", "faults"), RECORDS, ids=[one[0] or "nothing" for one in RECORDS])
def test_by_rule(text: str, policy: str, enforced: bool, faults: tuple[DmarcFault, ...]) -> None:
    reading = _reading(_dmarc_shop_example=(text,))
    assert (reading.policy, reading.enforced) == (policy, enforced)
    assert tuple(problem.fault for problem in reading.problems) == faults


class _Nobody:
    """checkdmarc's resolver, which these records make ask for nothing that counts."""

    def resolve(self, *_: object, **__: object) -> object:
        raise oracle.DMARCRecordNotFound("nobody is asked")


@pytest.mark.parametrize("text", [one[0] for one in RECORDS if one[0] not in OTHERWISE])
def test_the_oracle_agrees(text: str) -> None:
    policy = _reading(_dmarc_shop_example=(text,)).policy
    text = text.replace("reports.shop.example", "shop.example")  # nobody is asked whether it agrees
    try:
        found = oracle.parse_dmarc_record(text, "shop.example", resolver=_Nobody())["tags"]["p"]["value"]
    except (oracle.DMARCError, oracle.DMARCSyntaxError, oracle.InvalidDMARCTag, oracle.InvalidDMARCTagValue):
        found = ""
    assert found == policy


def test_there_are_enough_records() -> None:
    assert len(RECORDS) >= 60
    assert len({one[0] for one in RECORDS}) == len(RECORDS)


def test_two_records_are_none() -> None:
    reading = _reading(_dmarc_shop_example=("v=DMARC1; p=reject", "v=DMARC1; p=none"))
    assert (reading.record, [one.fault for one in reading.problems]) == (None, [DmarcFault.SEVERAL])


def test_a_text_that_is_no_record_beside_one_changes_nothing() -> None:
    assert _reading(_dmarc_shop_example=("v=DMARC1; p=reject", "site-verification=1")).policy == "reject"


def test_no_record() -> None:
    reading = _reading()
    assert (reading.record, reading.policy, reading.problems, reading.unknown) == (None, "", (), None)


def test_no_answer_is_unknown() -> None:
    assert _reading(_dmarc_shop_example=None).unknown is UNANSWERED


def test_no_answer_from_above_leaves_what_is_here() -> None:
    reading = _reading(_dmarc_shop_example=("v=DMARC1; p=reject",), _dmarc_example=None)
    assert (reading.policy, reading.unknown) == ("reject", None)


# --- the walk up the tree (RFC 9989 4.10) ---


def test_a_subdomain_takes_sp_of_the_organisation() -> None:
    reading = _reading("news.shop.example", _dmarc_shop_example=("v=DMARC1; p=reject; sp=quarantine",))
    assert (reading.policy, reading.at, reading.organisation) == ("quarantine", "shop.example", "shop.example")


def test_a_subdomain_without_sp_takes_p() -> None:
    assert _reading("news.shop.example", _dmarc_shop_example=("v=DMARC1; p=reject",)).policy == "reject"


def test_a_subdomain_that_is_not_there_takes_np() -> None:
    zone = {("_dmarc.shop.example", "TXT"): DnsAnswer(Existence.FOUND, ("v=DMARC1; p=none; np=reject",))}
    answers = Answers(completed(lambda read: examined("gone.shop.example", read), (), zone))
    assert examined("gone.shop.example", answers).policy == "reject"


def test_a_subdomain_with_a_record_of_its_own_counts_itself() -> None:
    reading = _reading(
        "news.shop.example", _dmarc_news_shop_example=("v=DMARC1; p=none",), _dmarc_shop_example=("v=DMARC1; p=reject",)
    )
    assert (reading.policy, reading.at, reading.organisation) == ("none", "news.shop.example", "shop.example")


def test_the_organisation_is_the_name_with_the_fewest_labels() -> None:
    reading = _reading(
        "a.b.shop.example", _dmarc_b_shop_example=("v=DMARC1; p=none",), _dmarc_shop_example=("v=DMARC1; p=reject",)
    )
    assert (reading.at, reading.policy) == ("shop.example", "reject")


def test_psd_n_ends_the_walk() -> None:
    reading = _reading(
        "a.b.shop.example", _dmarc_b_shop_example=("v=DMARC1; p=quarantine; psd=n",), _dmarc_shop_example=("v=DMARC1; p=none",)
    )
    assert (reading.organisation, reading.policy) == ("b.shop.example", "quarantine")


def test_below_a_public_suffix_the_organisation_is_one_label_more() -> None:
    reading = _reading("a.shop.example", _dmarc_example=("v=DMARC1; p=reject; psd=y",))
    assert (reading.organisation, reading.at, reading.policy) == ("shop.example", "example", "reject")


def test_a_name_of_many_labels_costs_eight_queries() -> None:
    domain = ".".join("abcdefghijkl") + ".shop.example"
    asked = completed(lambda answers: organisational_domain(domain, answers), (), {})
    assert [one.name for one in asked][:2] == [f"_dmarc.{domain}", "_dmarc.h.i.j.k.l.shop.example"]
    assert len(asked) == 8


# --- reports to others (RFC 9990 4) ---


def test_others_must_agree_to_get_reports() -> None:
    record = ("v=DMARC1; p=none; rua=mailto:x@reports.example,mailto:dmarc@shop.example",)
    assert _reading(_dmarc_shop_example=record).unapproved == ("mailto:x@reports.example",)


def test_who_agreed_gets_them() -> None:
    record = ("v=DMARC1; p=none; rua=mailto:x@reports.example",)
    zone = {
        ("_dmarc.shop.example", "TXT"): DnsAnswer(Existence.FOUND, record),
        ("shop.example._report._dmarc.reports.example", "TXT"): DnsAnswer(Existence.FOUND, ("v=DMARC1",)),
    }
    reading = examined("shop.example", Answers(completed(lambda read: examined("shop.example", read), (), zone)))
    assert (reading.unapproved, reading.undecided) == ((), ())


def test_who_cannot_be_asked_is_not_blamed() -> None:
    record = ("v=DMARC1; p=none; rua=mailto:x@reports.example",)
    zone: dict[tuple[str, str], DnsAnswer | Unavailable] = {
        ("_dmarc.shop.example", "TXT"): DnsAnswer(Existence.FOUND, record),
        ("shop.example._report._dmarc.reports.example", "TXT"): UNANSWERED,
    }
    reading = examined("shop.example", Answers(completed(lambda read: examined("shop.example", read), (), zone)))
    assert (reading.unapproved, reading.undecided) == ((), ("mailto:x@reports.example",))

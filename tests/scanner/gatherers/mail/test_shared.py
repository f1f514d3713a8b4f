"""Shops of one agency that rest on one mail host: what they share is asked once a night, by count."""

from __future__ import annotations

from collections import Counter

from benchmarks.mail import SERVERS, mail_host, night, tree_of
from scanner.evidence import Fate, MailEncryption, MailTalk, Security

SHOPS = [f"shop{number}.example" for number in range(5)]


async def test_a_mail_host_is_asked_once_for_all_its_shops(measured: list[str]) -> None:
    tree = tree_of(SHOPS)
    async with mail_host(tree) as place:
        seen = await night(place, SHOPS)
    for one in seen.mail:
        (domain,) = one.domains
        assert [server.host for server in domain.servers] == list(SERVERS)
        assert all(isinstance(server.talk, MailTalk) for server in domain.servers)
        assert all(isinstance(server.talk.encryption, MailEncryption) for server in domain.servers)  # type: ignore[union-attr]
    assert all(one.dnssec.state is Security.SECURE for one in seen.names)  # type: ignore[union-attr]
    assert {lead.fate for one in seen.names for lead in one.leads} == {Fate.HELD}
    asked = Counter(tree.asked)
    assert max(asked.values()) == 1  # nothing at all is asked twice
    assert [one["smtp"] for one in seen.counts] == [len(SERVERS), 0, 0, 0, 0]
    first, *later = (one["dns"] - one["dnssec"] for one in seen.counts)
    assert first <= 60
    assert max(later) < first
    assert all(later_one["dnssec"] < seen.counts[0]["dnssec"] for later_one in seen.counts[1:])
    measured.append(
        f"DNS questions of shops at one mail host: {first} the first, {max(later)} each further one; 2 SMTP connections in all"
    )

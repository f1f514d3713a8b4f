"""Whose a mail server is, and what its customers write into their records."""

from __future__ import annotations

from scanner import Knowledge, MailDomain
from scanner.mail.providers import of_server


def provider_of(host: str, knowledge: Knowledge) -> str:
    """The name of the company that runs a mail server; empty where it is not known."""
    found = of_server(host, knowledge.mail_providers)
    return found.name if found else ""


def whose(host: str, knowledge: Knowledge) -> str:
    """A sentence for what is wrong with a server that somebody else runs; empty where that is not known."""
    provider = provider_of(host, knowledge)
    return f"This server is run by {provider}; ask there." if provider else ""


def only_theirs(provider: str) -> str:
    """Why something passes that the owner cannot change."""
    return f"Only {provider} can change that."


def includes_of(domain: MailDomain, knowledge: Knowledge) -> tuple[str, ...]:
    """What the companies that run a domain's mail servers want to be included in its SPF record."""
    found = (of_server(server.host, knowledge.mail_providers) for server in domain.servers)
    return tuple(dict.fromkeys(one.spf[0] for one in found if one is not None and one.spf))

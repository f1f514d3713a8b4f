"""Asks the name servers themselves, without /etc/hosts and search lists. Web addresses are looked up by network.py instead."""

from __future__ import annotations

from scanner.gatherers.net.resolver import NameUnanswered

SECONDS = 5.0


class Dns:
    """The name servers of this computer, or those given: (address, port) pairs. With none, nothing is asked."""

    def __init__(self, servers: tuple[tuple[str, int], ...] | None = None) -> None:
        self._servers = servers

    async def exists(self, domain: str) -> bool:
        """Whether a domain is there: False only where a name server says NXDOMAIN (RFC 8020). Raises NameUnanswered."""
        import dns.asyncresolver  # slow to import, and most shops need none of it
        import dns.exception
        import dns.name
        import dns.nameserver
        import dns.resolver

        if self._servers == ():
            raise NameUnanswered(f"No name server was asked about {domain}.")
        try:
            resolver = dns.asyncresolver.Resolver(configure=self._servers is None)
            if self._servers is not None:
                resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in self._servers]
            name = dns.name.from_text(domain)  # absolute: no search list is tried
            await resolver.resolve(name, "NS", raise_on_no_answer=False, lifetime=SECONDS)
        except dns.resolver.NXDOMAIN:
            return False
        except (dns.exception.DNSException, OSError) as error:
            raise NameUnanswered(f"The name servers gave no clear answer about {domain} ({type(error).__name__}).") from error
        return True

"""The shop's address, its names, its ports: may we send this request, may we connect there?"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import httpx
import idna

from scanner.scope.addresses import IPAddress, refusal
from scanner.scope.suffixes import registrable_domain
from scanner.text.urls import REMEMBERED, bracketed

SERVICES = {
    "http": 80, "https": 443, "ftp": 21, "ftps": 990, "ssh": 22, "smtp": 25,
    "mysql": 3306, "postgresql": 5432, "redis": 6379, "mongodb": 27017, "elasticsearch": 9200, "memcached": 11211,
    "docker": 2375, "smb": 445, "rdp": 3389, "vnc": 5900, "rsync": 873, "telnet": 23,
    "cpanel": 2082, "plesk": 8880, "directadmin": 2222, "webmin": 10000,
}  # fmt: skip
"""The services that ``--port`` knows, with their usual ports."""


class BadAddress(Exception):
    """The address cannot be scanned; the text says why and what to type instead."""


@dataclass(frozen=True, slots=True)
class Target:
    """One shop.

    url: its canonical address, with its base path. host: lower-case IDNA. base: path with slashes at both ends.
    names: every host name of the shop, its own first. ports: service → port really connected to.
    resolve: host name → the addresses to use instead of asking the resolver.
    """

    url: str
    scheme: str
    host: str
    port: int | None
    base: str
    names: tuple[str, ...]
    ports: Mapping[str, int] = field(default_factory=dict)
    resolve: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allow_private: bool = False

    @classmethod
    def of(
        cls,
        address: str,
        *,
        also: Iterable[str] = (),
        ports: Mapping[str, int] | None = None,
        resolve: Mapping[str, tuple[str, ...]] | None = None,
        allow_private: bool = False,
    ) -> Target:
        """Read an address as a person types it; a bare host name is taken as https. Raises BadAddress."""
        url = parse_address(address)
        host = host_of(url)
        names = [host]
        if (twin := _www_twin(host)) is not None:
            names.append(twin)
        names += [host_of(parse_address(other)) for other in also]
        base = _base(url.path)
        port = url.port
        origin = f"{url.scheme}://{bracketed(host)}" + (f":{port}" if port is not None else "")
        return cls(
            url=origin + base,
            scheme=url.scheme,
            host=host,
            port=port,
            base=base,
            names=tuple(dict.fromkeys(names)),
            ports=dict(ports or {}),
            resolve={key.lower(): value for key, value in (resolve or {}).items()},
            allow_private=allow_private,
        )

    @property
    def key(self) -> str:
        """The site's key: the IDNA host without ``www.``, plus the base path where it is not the root."""
        return self.host.removeprefix("www.") + self.base.rstrip("/")

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address and no name."""
        return as_address(self.host) is not None

    @property
    def domain(self) -> str:
        """The registrable domain by the public suffix list; the host itself where it has none."""
        return self.host if self.is_address else domain_of(self.host)

    def moved_to(self, address: str) -> Target:
        """The same settings for another shop's address (``--follow``). A redirect leads to nothing private, whatever the owner
        allowed for his own shop, unless he named its address himself (``--resolve``). Raises BadAddress."""
        moved = Target.of(address, ports=self.ports, resolve=self.resolve)
        return replace(moved, allow_private=self.allow_private and not self.resolve.keys().isdisjoint(moved.names))

    def at(self, base: str) -> Target:
        """The same shop with another base path."""
        return replace(self, base=base)

    def origin(self, scheme: str, host: str | None = None) -> str:
        """``scheme://host``, with the port only where the owner typed one for this scheme."""
        port = f":{self.port}" if self.port is not None and scheme == self.scheme else ""
        return f"{scheme}://{bracketed(host or self.host)}{port}"

    def covers(self, address: str | httpx.URL) -> bool:
        """Whether an address lies on the shop's names and web ports. The base path does not limit it: what lies beside
        the shop on the same host is the point of looking."""
        scheme, host, port = _server_of(address)
        return host in self.names and (port is None or (port == self.port and scheme == self.scheme) or port in {80, 443})

    def connect_port(self, port: int) -> int:
        """The port to really connect to for a web port (``--port https=8443`` stands in for 443)."""
        if port == 443:
            return self.ports.get("https", 443)
        if port == 80:
            return self.ports.get("http", 80)
        return port

    def service_port(self, service: str) -> int:
        """The port of a service, as given by ``--port`` or usual."""
        return self.ports.get(service, SERVICES[service])

    def refuses(self, address: IPAddress) -> str | None:
        """Why we may not connect to this address of one of the target's names; None where we may."""
        return refusal(address, allow_private=self.allow_private)

    def refuses_of_others(self, host: str, address: IPAddress) -> str | None:
        """Why we may not connect to this address of a mail server, a name server or a service; None where we may. Whoever answers
        for a shop in a private place does not lead out of it, and a name of another domain leads nowhere in it, unless
        ``--resolve`` gives its address."""
        host = host.lower().rstrip(".")
        if self.allow_private and host not in self.resolve:
            if refusal(address, allow_private=False) is None:
                return f"{host} leads out of the private place that the shop is in."
            if domain_of(host) != self.domain:
                return f"{host} is no name of {self.domain}, and leads to a private address."
        return self.refuses(address)


_NAME = re.compile(r"(?=.{1,253}\Z)(?=.*[a-z0-9])[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
"""What a name may look like as it travels (RFC 1123, RFC 2181 section 11; people use underscores, and hyphens at the end)."""


def parse_address(address: str) -> httpx.URL:
    """An address as typed → a clean URL without query and fragment. Raises BadAddress."""
    text = address.strip()
    if mail := re.fullmatch(r"(?i)(?:mailto:)?[^\s/@:]+@([^\s/@:]+\.[^\s/@:]+)", text):
        raise BadAddress(f"{address!r} is an e-mail address; give the shop's web address, perhaps {mail[1]}")
    if not text or re.search(r"[\x00-\x20\x7f\\]", text):
        raise BadAddress(f"{address!r} is not a web address; write it like https://shop.example/")
    scheme, separator, _ = text.partition("://")
    if not separator:
        if text.count(":") > 1 and not text.startswith("["):
            text = f"[{text.split('/', 1)[0]}]" + text[len(text.split("/", 1)[0]) :]
        text = "https://" + text
    elif scheme.lower() not in {"http", "https"}:
        raise BadAddress(f"{scheme}:// cannot be scanned; give the shop's web address, like https://shop.example/")
    try:
        parts = httpx.URL(_ascii_host(text))
        host = parts.host.rstrip(".")  # reading it decodes the name; "shop.example." is the same shop
    except (httpx.InvalidURL, idna.IDNAError, ValueError) as error:
        raise BadAddress(f"{address!r} is not a web address ({error}); write it like https://shop.example/") from error
    if parts.userinfo:
        raise BadAddress("The address holds a user name or password; they would land in reports. Leave them out.")
    if not host:
        raise BadAddress(f"{address!r} names no host; write it like https://shop.example/")
    if as_address(host) is None and not _NAME.fullmatch(host_of(parts).rstrip(".")):
        raise BadAddress(f"{host!r} is no name that a host can have; write the address like https://shop.example/")
    if parts.port is not None and not 0 < parts.port < 65536:
        raise BadAddress(f"Port {parts.port} does not exist; ports go from 1 to 65535.")
    try:
        return parts.copy_with(host=host, query=None, fragment=None, scheme=parts.scheme.lower(), path=parts.path or "/")
    except httpx.InvalidURL as error:  # what %00 stands for
        raise BadAddress(f"{address!r} is not a web address ({error}); write it like https://shop.example/") from error


@lru_cache(REMEMBERED)
def _server_of(address: str | httpx.URL) -> tuple[str, str, int | None]:
    """A web address's scheme, host and port, if one is given; an empty host where it is none, or names a user."""
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, TypeError, ValueError):
        return "", "", None
    return (url.scheme, host_of(url), url.port) if url.scheme in {"http", "https"} and not url.userinfo else ("", "", None)


def host_of(url: httpx.URL) -> str:
    """The host as it travels: lower case, international names encoded, no brackets."""
    return url.raw_host.decode("ascii").lower().strip("[]")


def domain_of(host: str) -> str:
    """The registrable domain of a name by the public suffix list; the name itself where it has none."""
    return registrable_domain(host) or host


def ascii_name(host: str) -> str:
    """A name as a person types it → as it travels: lower case, international names encoded. Raises BadAddress."""
    if re.search(r"[\s/@]", host):
        raise BadAddress(f"{host!r} is no name of a host")
    try:
        return host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise BadAddress(f"{host!r} is no name of a host ({error})") from error


def written_name(host: str) -> str:
    """A host as people write it: ``blumen-müller.example`` of ``xn--blumen-mller-klb.example``."""
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):  # whoever registered it did not mind the rules
        return host


def as_address(host: str) -> IPAddress | None:
    """The IP address that a host is written as, or None where it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _ascii_host(text: str) -> str:
    """Encode an international name as browsers do (IDNA 2008 with UTS 46 mapping)."""
    scheme, _, rest = text.partition("://")
    end = min((i for i in (rest.find(c) for c in "/?#") if i >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:]
    userinfo, at, hostport = authority.rpartition("@")
    if not hostport.startswith("[") and not hostport.isascii():
        host, colon, port = hostport.partition(":")
        hostport = idna.encode(host, uts46=True).decode() + colon + port
    return f"{scheme.lower()}://{userinfo}{at}{hostport}{tail}"


def _www_twin(host: str) -> str | None:
    """The name with or without ``www.`` that a visitor may type as well; none for addresses and deep names."""
    if as_address(host) is not None or "." not in host:
        return None
    if host.startswith("www."):
        return host[4:]
    return "www." + host if registrable_domain(host) in {host, ""} else None


def _base(path: str) -> str:
    """``/shop/index.php`` → ``/shop/``; ``/shop`` → ``/shop/``."""
    folder, _, last = path.rpartition("/")
    if not last:
        return path
    return folder + "/" if "." in last else path + "/"

"""Which IP addresses nobody may be led to: private ones, those of a cloud's own services, and both inside IPv6 ones.

An address of a shop is a stranger's word: it must not lead into the network that we run in, nor to the service that hands out the
passwords of the machine that we run on.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class CloudService(NamedTuple):
    """Addresses at which a cloud answers its own machines alone. source: where its maker says so."""

    network: IPNetwork
    whose: str
    source: str


def _service(network: str, whose: str, source: str) -> CloudService:
    return CloudService(ipaddress.ip_network(network), whose, source)


CLOUD_SERVICES = (
    _service("100.100.100.200/32", "Alibaba Cloud", "alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata"),
    _service("168.63.129.16/32", "Azure", "learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"),
    _service("192.0.0.192/32", "Oracle Cloud (Classic)", "docs.oracle.com/en/cloud/iaas-classic/compute-iaas-cloud"),
    _service("fd00:ec2::/32", "AWS", "docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html"),
    _service("fd20:ce::/64", "Google Cloud", "cloud.google.com/compute/docs/metadata/querying-metadata"),
    _service("fd00:c1::a9fe:a9fe/128", "Oracle Cloud", "docs.oracle.com/iaas/Content/Compute/Tasks/gettingmetadata.htm"),
    _service("fd00:42::42/128", "Scaleway", "scaleway.com/en/docs/instances/how-to/use-cloud-init"),
    _service("fd00:a9fe:a9fe::/64", "Akamai (Linode)", "techdocs.akamai.com/cloud-computing/docs/metadata-service-api"),
)
"""As of 2026-11-30. All others (Hetzner, OpenStack, Tencent, DigitalOcean …) answer at link-local addresses."""

_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16", "fe80::/10",  # link-local (RFC 3927, 4291)
        "0.0.0.0/8", "224.0.0.0/4", "ff00::/8",  # "this network" (RFC 1122), multicast
        "::/96", "::ffff:0:0:0/96",  # old ways to write an IPv4 address (RFC 4291 2.5.5.1, 2765 2.1), which no name server needs
        "64:ff9b:1::/48",  # a translator of somebody's own network (RFC 8215), behind which nobody can tell what lies
    )
)  # fmt: skip
_LOOPBACK = ipaddress.IPv6Address("::1")

_PUBLIC = ipaddress.ip_network("2000::/3")
"""All that IANA gives out of IPv6 (RFC 4291 2.4); what lies outside is local, old or meant for something else."""
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("3fff::/20", "2001:db8::/32", "192.88.99.0/24", "192.0.0.0/24")))
"""Within it, and not known to each Python's ``is_global``: documentation (RFC 9637, 3849), relays of 6to4 (RFC 7526), protocols'
own (RFC 6890)."""

_LAST_32 = tuple(map(ipaddress.ip_network, ("::ffff:0:0/96", "64:ff9b::/96")))
"""IPv4 in the last 32 bits: mapped (RFC 4291 2.5.5.2), NAT64 (RFC 6052 2.1)."""
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""The upper half of an interface's identifier whose lower half is an IPv4 address (RFC 5214 6.1)."""


def refusal(address: IPAddress, *, allow_private: bool) -> str | None:
    """Why nobody connects to this address; None where one may. allow_private: whether the owner said that his shop is in a
    private place; what a cloud keeps for its own machines is no shop's place even then."""
    ends = meant(address)
    for one in ends:
        if one != _LOOPBACK and any(one in network for network in _NEVER if network.version == one.version):
            return f"{one} is never connected to."
        for service in CLOUD_SERVICES:
            if one.version == service.network.version and one in service.network:
                return f"{one} is never connected to: {service.whose} tells its own machines their secrets there."
    private = next((one for one in ends if not is_public(one)), None)
    if private is not None and not allow_private:
        return f"{private} is a private address; add --allow-private if the shop is meant to be there."
    return None


def is_public(address: IPAddress) -> bool:
    """Whether the address is one of the internet's (the IANA registries of special-purpose addresses)."""
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and (address.version == 4 or address in _PUBLIC)


def meant(address: IPAddress) -> tuple[IPAddress, ...]:
    """Where a connection to this address may end: the IPv4 address that an IPv6 one carries, however it is carried; and the
    address itself where it is more than a way to write the other."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    low = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if any(address in network for network in _LAST_32):
        return (low,)
    carried = [one for one in (address.sixtofour, *(address.teredo or ())) if one is not None]
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        carried.append(low)
    return (address, *carried)

"""Where nobody may be led, however the address is written."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from scanner.scope.addresses import CLOUD_SERVICES, is_public, meant, refusal

NEVER = [
    "169.254.169.254", "fe80::1", "fe80::a9fe:a9fe", "0.0.0.0", "224.0.0.1", "ff02::1", "::", "::127.0.0.1", "::8.8.8.8",
    "::ffff:0:10.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b:1::1", "64:ff9b:1:a00:1::", "168.63.129.16", "100.100.100.200", "192.0.0.192",
    "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "fd00:a9fe:a9fe::1",
    "::ffff:169.254.169.254", "::ffff:100.100.100.200", "64:ff9b::a9fe:a9fe", "64:ff9b::168.63.129.16", "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1", "2a00:1450::5efe:a9fe:a9fe",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "100.64.0.1", "198.18.0.1", "240.0.0.1", "192.0.2.1", "192.0.0.9",
    "192.88.99.1", "fc00::1", "fec0::1", "feff::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "4000::1", "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:0:a00:1::", "2a00:1450::200:5efe:10.0.0.1",
]  # fmt: skip
PUBLIC = [
    "93.184.215.14",
    "8.8.8.8",
    "2a00:1450:4001::1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", NEVER)
def test_never_whatever_the_owner_allows(address: str) -> None:
    for allow_private in (False, True):
        assert "never connected to" in (refusal(ip_address(address), allow_private=allow_private) or "")


@pytest.mark.parametrize("address", PRIVATE)
def test_private_places_only_where_the_owner_says_so(address: str) -> None:
    assert "--allow-private" in (refusal(ip_address(address), allow_private=False) or "")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "fc00::1", "fec0::1", "::ffff:127.0.0.1"])
def test_and_then_they_are_allowed(address: str) -> None:
    assert refusal(ip_address(address), allow_private=True) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_places_are_fine(address: str) -> None:
    assert refusal(ip_address(address), allow_private=False) is None


def test_a_mapped_address_is_another_way_to_write_one() -> None:
    assert meant(ip_address("::ffff:10.0.0.1")) == (ip_address("10.0.0.1"),)
    assert is_public(meant(ip_address("64:ff9b::8.8.8.8"))[0])


def test_each_cloud_s_service_names_its_source() -> None:
    assert all("." in service.source.partition("/")[0] and service.whose for service in CLOUD_SERVICES)

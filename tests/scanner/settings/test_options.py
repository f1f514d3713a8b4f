"""Options that are taken apart when they are read."""

from scanner.settings.options import ScanOptions


def test_ports_and_addresses_are_told_apart() -> None:
    options = ScanOptions(port=("https=8443",), resolve=("Petalandstem.example:127.0.0.1", "petalandstem.example:[::1]"))
    assert options.ports == {"https": 8443}
    assert options.resolved == {"petalandstem.example": ("127.0.0.1", "::1")}


def test_a_name_server_with_and_without_its_port() -> None:
    assert ScanOptions(nameserver="192.0.2.53").name_servers == (("192.0.2.53", 53),)
    assert ScanOptions(nameserver="192.0.2.53:5353").name_servers == (("192.0.2.53", 5353),)
    assert ScanOptions(nameserver="[2001:db8::53]:5353").name_servers == (("2001:db8::53", 5353),)
    assert ScanOptions().name_servers == ()

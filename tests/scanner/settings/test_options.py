"""Options that are taken apart when they are read."""

from scanner.settings.options import ScanOptions


def test_ports_and_addresses_are_told_apart() -> None:
    options = ScanOptions(port=("https=8443",), resolve=("Petalandstem.example:127.0.0.1", "petalandstem.example:[::1]"))
    assert options.ports == {"https": 8443}
    assert options.resolved == {"petalandstem.example": ("127.0.0.1", "::1")}

"""The shop's address as people type it, and what may be asked and connected to."""

from ipaddress import ip_address

import pytest

from scanner.scope.target import BadAddress, Target


@pytest.mark.parametrize(
    ("typed", "url", "key"),
    [
        ("petalandstem.example", "https://petalandstem.example/", "petalandstem.example"),
        (" HTTPS://WWW.PetalAndStem.example ", "https://www.petalandstem.example/", "petalandstem.example"),
        ("http://petalandstem.example", "http://petalandstem.example/", "petalandstem.example"),
        ("petalandstem.example/shop", "https://petalandstem.example/shop/", "petalandstem.example/shop"),
        ("petalandstem.example/shop/index.php?a=1#b", "https://petalandstem.example/shop/", "petalandstem.example/shop"),
        ("petalandstem.example:8443", "https://petalandstem.example:8443/", "petalandstem.example"),
        ("https://petalandstem.example:443/", "https://petalandstem.example/", "petalandstem.example"),
        ("petalandstem.example.", "https://petalandstem.example/", "petalandstem.example"),
        ("blümen.example", "https://xn--blmen-lva.example/", "xn--blmen-lva.example"),
        ("https://BLÜMEN.example:8443/x/", "https://xn--blmen-lva.example:8443/x/", "xn--blmen-lva.example/x"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080/", "127.0.0.1"),
        ("http://[::1]:8080/", "http://[::1]:8080/", "::1"),
        ("::1", "https://[::1]/", "::1"),
        ("localhost", "https://localhost/", "localhost"),
    ],
)
def test_addresses_as_people_type_them(typed: str, url: str, key: str) -> None:
    target = Target.of(typed)
    assert (target.url, target.key) == (url, key)


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "https://", "https:///shop", "ftp://petalandstem.example", "javascript:alert(1)", "https://user:pw@petalandstem.example/",
     "https://petalandstem.example:0", "https://petalandstem.example:99999", "petal and stem.example", "https://a\\b.example",
     "https://[::1", "https://petalandstem.example/\nx", "https://xn--.example\u2028", "https://" + "ü" * 300 + ".example"],
)  # fmt: skip
def test_what_is_no_shop_s_address_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(BadAddress) as refused:
        Target.of(typed)
    assert len(str(refused.value)) > 20
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("petalandstem.example", ("petalandstem.example", "www.petalandstem.example")),
        ("www.petalandstem.example", ("www.petalandstem.example", "petalandstem.example")),
        ("petalandstem.co.uk", ("petalandstem.co.uk", "www.petalandstem.co.uk")),
        ("shop.petalandstem.example", ("shop.petalandstem.example",)),
        ("127.0.0.1", ("127.0.0.1",)),
        ("localhost", ("localhost",)),
    ],
)
def test_the_names_of_a_shop(typed: str, names: tuple[str, ...]) -> None:
    assert Target.of(typed).names == names


def test_other_names_of_the_shop() -> None:
    target = Target.of("petalandstem.example", also=["https://blog.petalandstem.example", "petalandstem.example"])
    assert target.names == ("petalandstem.example", "www.petalandstem.example", "blog.petalandstem.example")
    assert target.domain == "petalandstem.example"


@pytest.mark.parametrize(
    ("address", "covered"),
    [
        ("https://petalandstem.example/x", True),
        ("http://www.petalandstem.example/", True),
        ("https://PETALANDSTEM.example/beside/the/base", True),
        ("https://petalandstem.example:8443/", True),
        ("https://petalandstem.example:2083/", False),
        ("http://petalandstem.example:8443/", False),
        ("https://petalandstem.example.evil.example/", False),
        ("https://petalandstem.example@evil.example/", False),
        ("https://user@petalandstem.example/", False),
        ("ftp://petalandstem.example/", False),
        ("//petalandstem.example/", False),
        ("https://[", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_what_lies_on_the_shop(address: str, covered: bool) -> None:
    assert Target.of("https://petalandstem.example:8443/shop").covers(address) is covered


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "ff02::1", "::ffff:169.254.169.254"])
def test_some_addresses_are_never_connected_to(address: str) -> None:
    assert Target.of("127.0.0.1", allow_private=True).refuses(ip_address(address)) is not None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "fc00::1", "::ffff:127.0.0.1"])
def test_private_addresses_need_the_option(address: str) -> None:
    refusal = Target.of("petalandstem.example").refuses(ip_address(address))
    assert refusal is not None
    assert "--allow-private" in refusal
    assert Target.of("petalandstem.example", allow_private=True).refuses(ip_address(address)) is None


@pytest.mark.parametrize(
    ("host", "address", "private", "may"),
    [
        ("mail.petalandstem.example", "8.8.8.8", False, True),
        ("mail.petalandstem.example", "10.0.0.2", False, False),
        ("mail.petalandstem.example", "10.0.0.2", True, True),
        ("Mail.PetalAndStem.example.", "10.0.0.2", True, True),
        ("mail.petalandstem.example", "8.8.8.8", True, False),
        ("mail.petalandstem.example", "169.254.169.254", True, False),
        ("mx.evil.example", "8.8.8.8", False, True),
        ("mx.evil.example", "10.0.0.2", False, False),
        ("mx.evil.example", "10.0.0.2", True, False),
        ("mx.evil.example", "::ffff:10.0.0.2", True, False),
        ("mx.evil.example", "8.8.8.8", True, False),
        ("petalandstem.example.evil.example", "10.0.0.2", True, False),
        ("given.example", "10.0.0.2", True, True),
        ("given.example", "8.8.8.8", True, True),
        ("given.example", "10.0.0.2", False, False),
        ("given.example", "169.254.169.254", True, False),
    ],
)
def test_where_mail_servers_name_servers_and_services_may_lead(host: str, address: str, private: bool, may: bool) -> None:
    target = Target.of("shop.petalandstem.example", resolve={"given.example": ("10.0.0.2",)}, allow_private=private)
    assert (target.refuses_of_others(host, ip_address(address)) is None) == may


def test_public_addresses_are_fine() -> None:
    assert Target.of("petalandstem.example").refuses(ip_address("93.184.215.14")) is None


def test_ports() -> None:
    target = Target.of("petalandstem.example", ports={"https": 8443, "ftp": 2121})
    assert [target.connect_port(port) for port in (443, 80, 8080)] == [8443, 80, 8080]
    assert [target.service_port(service) for service in ("ftp", "ssh")] == [2121, 22]


def test_origins_and_moving() -> None:
    target = Target.of(
        "http://petalandstem.example:8080/shop", resolve={"Petalandstem.example": ("127.0.0.1",)}, allow_private=True
    )
    assert target.origin("http") == "http://petalandstem.example:8080"
    assert target.origin("https", "www.petalandstem.example") == "https://www.petalandstem.example"
    assert target.resolve == {"petalandstem.example": ("127.0.0.1",)}
    moved = target.moved_to("https://www.other.example/")
    assert (moved.host, moved.base, moved.allow_private) == ("www.other.example", "/", False)
    assert target.moved_to("https://www.petalandstem.example/").allow_private  # but where its owner said so himself
    assert target.at("/").url == target.url
    assert target.at("/").base == "/"

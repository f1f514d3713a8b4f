import gzip
import json
import re
import socket
import ssl
import stat
import tarfile
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import urlsplit

import httpx
import paramiko
import pytest
from bs4 import BeautifulSoup

from scanner.scope.target import Target
from scanner.settings.models import BackupSettings
from shopwarden.demo import DemoShop
from shopwarden.demo.site import CDN, HOST, MAIL_HOST, NAMES, STAFF_FOLDER, STAGE
from tests.patience import PATIENCE, eventually


class Visitor:
    """A browser of sorts: real names in Host and SNI, the demo's own authority, addresses on loopback."""

    def __init__(self, shop: DemoShop) -> None:
        self.shop = shop
        context = ssl.create_default_context(cafile=shop.ca_file)
        self.client = httpx.Client(verify=context, trust_env=False, follow_redirects=False)
        self.jar: dict[str, str] = {}

    def ask(self, address: str, method: str = "GET", **more) -> httpx.Response:
        parts = urlsplit(address if "://" in address else f"https://{HOST}{address}")
        target = f"{parts.scheme}://127.0.0.1:{self.shop.ports[parts.scheme]}{parts.path}" + (
            f"?{parts.query}" if parts.query else ""
        )
        headers = {"Host": parts.netloc, **more.pop("headers", {})}
        if self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        self.client.cookies.clear()
        extensions = {"sni_hostname": parts.hostname}
        answer = self.client.request(method, target, headers=headers, extensions=extensions, **more)
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.jar[name] = value
        return answer


@pytest.fixture(scope="module")
def weak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoShop]:
    with DemoShop(folder=tmp_path_factory.mktemp("weak")) as shop:
        yield shop
        assert shop.hits.defects == []


@pytest.fixture(scope="module")
def hardened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoShop]:
    with DemoShop(hardened=True, folder=tmp_path_factory.mktemp("hardened")) as shop:
        yield shop
        assert shop.hits.defects == []


@pytest.fixture
def visitor(weak: DemoShop) -> Iterator[Visitor]:
    made = Visitor(weak)
    with made.client:
        yield made


@pytest.fixture
def guest(hardened: DemoShop) -> Iterator[Visitor]:
    made = Visitor(hardened)
    with made.client:
        yield made


def raw(shop: DemoShop, sent: bytes, service: str = "http", host: str = "127.0.0.1") -> bytes:
    """What a service answers to these bytes, until it hangs up."""
    with socket.create_connection((host, shop.ports[service]), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


PAGES = (
    "/",
    "/bouquets",
    "/bouquets?page=2&sort=p.price&order=DESC",
    "/roses?colour=pink&occasion=wedding",
    "/bouquets/cottage-gate",
    "/index.php?route=product/product&product_id=42",
    "/index.php?route=product/category&path=24",
    "/index.php?route=product/search&search=rose",
    "/index.php?route=product/compare",
    "/index.php?route=checkout/cart",
    "/index.php?route=account/login",
    "/index.php?route=account/forgotten",
    "/index.php?route=information/contact",
    "/index.php?route=information/sitemap",
    "/calendar",
    "/calendar?month=2031-02",
    "/privacy-policy",
    "/terms",
    "/imprint",
    "/about-us",
    "/delivery",
)


@pytest.mark.parametrize("path", PAGES)
def test_both_shops_have_the_pages_of_a_shop(visitor: Visitor, guest: Visitor, path: str) -> None:
    for someone in (visitor, guest):
        answer = someone.ask(path)
        assert answer.status_code == 200
        soup = BeautifulSoup(answer.text, "lxml")
        assert soup.title
        assert soup.h1
        assert soup.base["href"] == f"https://{HOST}/"
        assert "Powered By" in answer.text
        assert soup.find("a", href="privacy-policy")
        assert someone.ask(path, "HEAD").content == b""


def test_every_link_inside_the_shops_leads_somewhere(visitor: Visitor, guest: Visitor) -> None:
    for someone in (visitor, guest):
        seen: set[str] = set()
        for path in (*PAGES, *(() if someone is guest else ("/blog/", "/old/", "/uploads/"))):
            soup = BeautifulSoup(someone.ask(path).text, "lxml")
            base = httpx.URL(soup.base["href"] if soup.base else f"https://{HOST}{path}")
            for tag, name in (("a", "href"), ("img", "src"), ("script", "src"), ("link", "href")):
                for element in soup.find_all(tag, **{name: True}):
                    seen.add(str(base.join(element[name])))
        ours = sorted(address for address in seen if httpx.URL(address).host == HOST and "sort=" not in address)
        assert len(ours) > 60
        wrong = [address for address in ours if someone.ask(address).status_code not in {200, 301, 302, 405}]
        assert wrong == []


def test_a_product_can_be_bought(visitor: Visitor, guest: Visitor) -> None:
    for someone in (visitor, guest):
        shelf = BeautifulSoup(someone.ask("/roses").text, "lxml")
        link = shelf.select_one("ul.grid h3 a")["href"]
        product = BeautifulSoup(someone.ask(f"/{link}").text, "lxml")
        data = json.loads(product.find("script", type="application/ld+json").string)
        assert data["@type"] == "Product"
        number = product.select_one("input[name=product_id]")["value"]
        before = someone.shop.hits.touched
        added = someone.ask("/index.php?route=checkout/cart/add", "POST", data={"product_id": number, "quantity": "2"})
        assert added.status_code == 303
        assert data["name"] in someone.ask("/index.php?route=checkout/cart").text
        checkout = someone.ask("/index.php?route=checkout/checkout")
        assert BeautifulSoup(checkout.text, "lxml").find("form", id="checkout")
        address = {"name": "Ada", "email": "ada@mail.example", "street": "1 Mill Row", "town": "Ashcombe"}
        sent = someone.ask("/index.php?route=checkout/checkout", "POST", data=address)
        assert sent.headers["location"].endswith("checkout/success")
        assert "Your order has the number" in someone.ask("/index.php?route=checkout/success").text
        assert someone.ask("/index.php?route=checkout/checkout").status_code == 302
        assert someone.shop.hits.touched == before


def test_links_that_change_something_are_noticed(visitor: Visitor) -> None:
    before = len(visitor.shop.hits.touched)
    soup = BeautifulSoup(visitor.ask("/bouquets/cottage-gate").text, "lxml")
    words = ("cart/add", "wishlist/add", "compare/add", "checkout/buy", "review/vote", "logout", "unsubscribe")
    for word in words:
        link = soup.find("a", href=re.compile(word))["href"]
        visitor.ask(f"/{link}")
        assert len(visitor.shop.hits.touched) == before + words.index(word) + 1, word
    delete = BeautifulSoup(visitor.ask("/privacy-policy").text, "lxml").find("a", href=re.compile("account/delete"))
    visitor.ask(f"/{delete['href']}")
    assert len(visitor.shop.hits.touched) == before + len(words) + 1


def test_visits_are_counted_once_a_visitor(tmp_path) -> None:
    with DemoShop(folder=tmp_path) as shop:
        visitor = Visitor(shop)
        with visitor.client:
            for _ in range(3):
                visitor.ask("/roses?colour=red")
        assert shop.hits.sessions == 1
        assert shop.hits.requests["GET", "/roses"] == 3
        assert shop.hits.addresses[f"GET https://{HOST}/roses?colour=red"] == 3


def test_filters_and_the_calendar_go_on_for_ever(visitor: Visitor) -> None:
    links: set[str] = set()
    for path in ("/bouquets", "/bouquets?colour=pink", "/bouquets?colour=pink&sort=p.price&order=ASC"):
        links |= {a["href"] for a in BeautifulSoup(visitor.ask(path).text, "lxml").select(".two a") if "?" in a["href"]}
    assert len(links) > 60
    month = "/calendar"
    for _ in range(30):
        later = BeautifulSoup(visitor.ask(month).text, "lxml").find("a", string=re.compile("later"))
        month = "/" + later["href"]
    assert visitor.ask("/calendar?month=2026-13").status_code == 404


def test_weak_shop_shows_its_weaknesses_in_headers(visitor: Visitor) -> None:
    answer = visitor.ask("/")
    assert answer.headers["server"] == "Apache/2.4.38 (Debian)"
    assert answer.headers["x-powered-by"] == "PHP/7.2.34"
    for header in ("strict-transport-security", "content-security-policy", "x-frame-options", "x-content-type-options"):
        assert header not in answer.headers
    session = next(cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("OCSESSID="))
    assert not re.search("secure|httponly|samesite", session, re.IGNORECASE)
    plain = visitor.ask(f"http://{HOST}/")
    assert plain.status_code == 200
    assert visitor.ask("http://www.petalandstem.example/").status_code == 200


@pytest.mark.parametrize(
    ("path", "proof"),
    [
        ("/image/catalog/", r"<title>Index of /image/catalog</title>.*<a href=\"roses/\">roses/</a>"),
        ("/uploads/", r"Index of /uploads.*wedding-brief-ashdown\.txt"),
        ("/backup/", r"Index of /backup.*shop-2019\.sql\.gz.*\d+K</td>"),
        ("/blog/wp-content/uploads/2019/", r"Parent Directory.*tulips\.svg"),
        ("/admin/", r'id="form-login".*name="username".*type="password"'),
        ("/admin.php", rf'action="http://{HOST}/admin\.php.*type="password"'),
        ("/blog/", r'content="WordPress 5\.2\.3"'),
        ("/blog/dahlia-season/", r"wp-content/themes/twentynineteen/style\.css\?ver="),
        ("/blog/feed/", r"<generator>https://wordpress\.org/\?v=5\.2\.3"),
        ("/blog/wp-login.php", r'id="loginform"'),
        ("/blog/readme.html", r"Version 5\.2\.3"),
        ("/blog/wp-json/wp/v2/users", r'"slug": "admin"'),
        ("/old/", r"index\.php\?route=.*Powered By.*2016"),
        ("/old/admin/", r'id="form-login"'),
        ("/info.php", r"PHP Version 7\.2\.34"),
        ("/.git/HEAD", r"^ref: refs/heads/master"),
        ("/.git/config", r"^\[core\]"),
        ("/config.php.bak", r"^<\?php.*define\('DB_PASSWORD'"),
        ("/error_log", r"PHP Warning:"),
        ("/CHANGELOG.md", r"v3\.0\.2\.0"),
        ("/wedding-invoice", r'name="card_number"'),
        ("/catalog/view/javascript/jquery/jquery-1.12.4.min.js", r"^/\*! jQuery v1\.12\.4 "),
        ("/robots.txt", r"Disallow: /old/"),
    ],
)
def test_weak_shop_forgot_things_that_the_hardened_one_has_not(visitor: Visitor, guest: Visitor, path: str, proof: str) -> None:
    answer = visitor.ask(path)
    assert answer.status_code == 200
    assert re.search(proof, answer.text, re.DOTALL)
    clean = guest.ask(path)
    assert clean.status_code in {403, 404} or path == "/robots.txt"
    assert not re.search(proof, clean.text, re.DOTALL)


def test_weak_login_pages_answer_over_plain_http_too(visitor: Visitor) -> None:
    for path in ("/admin/", "/admin.php", "/blog/wp-login.php"):
        assert 'type="password"' in visitor.ask(f"http://{HOST}{path}").text
    login = BeautifulSoup(visitor.ask("/index.php?route=account/login").text, "lxml")
    assert login.select_one("form.form")["action"].startswith(f"http://{HOST}/")


@pytest.mark.parametrize("path", ["/backup.sql.gz", "/backup/shop-2019.sql.gz"])
def test_forgotten_dumps_are_real_and_can_be_read_in_part(visitor: Visitor, path: str) -> None:
    whole = visitor.ask(path)
    assert b"CREATE TABLE `oc_customer`" in gzip.decompress(whole.content)
    part = visitor.ask(path, headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"\x1f\x8b")
    assert part.headers["content-range"] == f"bytes 0-1/{len(whole.content)}"
    assert visitor.ask(path, headers={"Range": "bytes=-2"}).content == whole.content[-2:]
    assert visitor.ask(path, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416
    assert visitor.ask(path, headers={"Range": "bytes=nonsense"}).status_code == 200
    assert visitor.ask(path, headers={"Range": f"bytes={9**400}-"}).status_code == 200


def test_what_is_not_there_is_not_found(visitor: Visitor, guest: Visitor) -> None:
    for someone in (visitor, guest):
        for path in (
            "/xkcdqpwz",
            "/xkcdqpwz/",
            "/xkcdqpwz.php",
            "/xkcd.sql.gz",
            "/image/xkcdqpwz/",
            "/image/xkcdqpwz.svg",
            "/.xkcd/HEAD",
        ):
            assert someone.ask(path).status_code == 404, path
        assert someone.ask("/catalog/").status_code == 403
        assert someone.ask("/.htaccess").status_code == 403


def test_hardened_shop_sends_http_on_to_https_on_the_same_host(guest: Visitor) -> None:
    for name in NAMES:
        moved = guest.ask(f"http://{name}/roses?colour=red")
        assert (moved.status_code, moved.headers["location"]) == (301, f"https://{name}/roses?colour=red")
        assert "set-cookie" not in moved.headers
    moved = guest.ask("https://www.petalandstem.example/roses")
    assert (moved.status_code, moved.headers["location"]) == (301, f"https://{HOST}/roses")
    assert "strict-transport-security" in moved.headers
    foreign = guest.ask("http://evil.example/")
    assert foreign.headers["location"] == f"https://{HOST}/"


def test_hardened_shop_is_tight(guest: Visitor) -> None:
    answer = guest.ask("/")
    assert answer.headers["server"] == "Apache"
    assert "x-powered-by" not in answer.headers
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    for header in ("content-security-policy", "x-frame-options", "x-content-type-options", "referrer-policy"):
        assert header in answer.headers
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 3
    for cookie in cookies:
        assert cookie.endswith("; Secure; HttpOnly; SameSite=Lax")
    locked = guest.ask(STAFF_FOLDER)
    assert locked.status_code == 401
    assert locked.headers["www-authenticate"].startswith("Basic ")
    for path in PAGES:
        page = guest.ask(path)
        assert f"http://{HOST}" not in page.text
        assert "<style" not in page.text
        assert not re.search(r"<script(?![^>]* src=|[^>]*ld\+json)", page.text)
        assert not re.search(r"\son\w+=|style=|jquery", page.text, re.IGNORECASE)
    notice = guest.ask("/.well-known/security.txt").text
    expires = datetime.fromisoformat(re.search("Expires: (.*)", notice)[1])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


def test_certificate_holds_for_both_names_and_ninety_days(hardened: DemoShop) -> None:
    context = ssl.create_default_context(cafile=hardened.ca_file)
    for name in NAMES:
        with (
            socket.create_connection(("127.0.0.1", hardened.ports["https"])) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            assert secured.version() == "TLSv1.3"
            certificate = secured.getpeercert()
    start, end = (ssl.cert_time_to_seconds(certificate[key]) for key in ("notBefore", "notAfter"))
    assert end - start == 90 * 86_400
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", hardened.ports["https"])) as plain, pytest.raises(OSError):
        old.wrap_socket(plain)


def test_target_accepts_what_the_shop_offers(weak: DemoShop) -> None:
    target = Target.of(weak.url, ports=weak.ports, resolve=weak.resolve, allow_private=True)
    assert target.host == HOST
    assert set(weak.resolve) == {*target.names, MAIL_HOST, STAGE, CDN}
    assert target.connect_port(443) == weak.ports["https"]
    assert set(weak.ports) == {"http", "https", "ftp", "ssh", "smtp"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\r\n\r\n", b"400"),
        (b"GET /\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", b"505"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n", b"400"),
        (b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET /image/%2e%2e/%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET /?" + b"a&" * 200 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b" " * 40_000, b"431"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"501"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", b"405"),
        (b"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", b"405"),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", b"200"),
        (b"GET / HTTP/1.0\r\n\r\n", b"200"),
        (b"GET http://petalandstem.example/roses HTTP/1.1\r\nHost: a\r\n\r\n", b"200"),
        (b"GET /image/../roses HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"200"),
        (b"GET /%ff%fe?%ff=%fe HTTP/1.1\r\nHost: a\r\nCookie: =;;OCSESSID;a=\xff\r\n\r\n", b"404"),
    ],
)
def test_nasty_requests_get_a_short_answer(weak: DemoShop, sent: bytes, status: bytes) -> None:
    answer = raw(weak, sent)
    assert answer.startswith(b"HTTP/1.1 " + status + b" ")


def test_requests_can_follow_each_other_on_one_connection(weak: DemoShop) -> None:
    one = b"GET /robots.txt HTTP/1.1\r\nHost: petalandstem.example\r\n\r\n"
    assert raw(weak, one * 5).count(b"HTTP/1.1 200 OK") == 5


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("checkout/cart/add", {"product_id": "9" * 400}),
        ("checkout/cart/add", {"product_id": "²", "quantity": "-1"}),
        ("checkout/cart/add", {"product_id": "42", "quantity": "9" * 90}),
        ("checkout/cart/edit", {"product_id": "42", "quantity": "<b>"}),
        ("product/search&search=%3Cscript%3Ealert(1)%3C/script%3E", {}),
        ("product/compare/add&product_id=", {}),
        ("common/home%00", {}),
        ("../../etc/passwd", {}),
        ("account/<b>", {}),
    ],
)
def test_nasty_values_break_nothing(visitor: Visitor, path: str, values: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        answer = visitor.ask(f"/index.php?route={path}", method, **({"data": values} if method == "POST" else {}))
        assert answer.status_code in {200, 302, 303, 404}
        assert "<script>alert" not in answer.text
    assert visitor.shop.hits.defects == []


@pytest.mark.parametrize("query", ["limit=0", "limit=-6", "page=0", "page=99999", "page=²", "order=x", "sort=%00"])
def test_odd_filters_still_show_a_shelf(visitor: Visitor, query: str) -> None:
    assert visitor.ask(f"/bouquets?{query}").status_code == 200


def ftp(shop: DemoShop, *commands: str) -> list[str]:
    text = raw(shop, "".join(f"{command}\r\n" for command in commands).encode(), "ftp").decode()
    return text.splitlines()


def test_weak_ftp_lets_everybody_in_and_gives_nothing(weak: DemoShop) -> None:
    assert ftp(weak, "QUIT") == ["220 (vsFTPd 2.3.5)", "221 Goodbye."]
    assert ftp(weak, "AUTH TLS", "USER shopwarden-check", "QUIT")[1:] == [
        "500 Unknown command.",
        "331 Please specify the password.",
        "221 Goodbye.",
    ]
    assert ftp(weak, "USER rosie", "PASS x", "LIST", "QUIT")[2:] == [
        "530 Login incorrect.",
        "530 Please login with USER and PASS.",
        "221 Goodbye.",
    ]
    inside = ftp(weak, "USER anonymous", "PASS a@b.example", "PWD", "PASV", "LIST", "STOR x", "RETR x", "QUIT")
    assert [line[:3] for line in inside] == ["220", "331", "230", "257", "550", "550", "550", "550", "221"]
    features = ftp(weak, "FEAT", "QUIT")
    assert (features[1], features[-2]) == ("211-Features:", "211 End")
    assert not any("AUTH" in line for line in features)
    assert weak.hits.commands["ftp STOR"] == 1


def test_ftp_hangs_up_on_endless_lines_and_endless_talk(weak: DemoShop) -> None:
    assert raw(weak, b"A" * 15_000 + b"\r\n", "ftp") == b"220 (vsFTPd 2.3.5)\r\n"
    assert len(ftp(weak, *["NOOP"] * 100)) == 62
    assert weak.hits.commands["ftp ?"] == 0


def test_hardened_ftp_is_closed(hardened: DemoShop) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", hardened.ports["ftp"]), timeout=PATIENCE)


def offered(shop: DemoShop) -> tuple[str, list[str]]:
    transport = paramiko.Transport(("127.0.0.1", shop.ports["ssh"]))
    try:
        transport.start_client(timeout=PATIENCE)
        with pytest.raises(paramiko.BadAuthenticationType) as refused:
            transport.auth_none("shopwarden-check")
        return transport.remote_version, refused.value.allowed_types
    finally:
        transport.close()


def test_ssh_login_methods(weak: DemoShop, hardened: DemoShop) -> None:
    assert offered(weak) == ("SSH-2.0-OpenSSH_7.9p1 Debian-10+deb10u2", ["publickey", "password"])
    assert offered(hardened) == ("SSH-2.0-OpenSSH_9.2p1", ["publickey"])


def test_hardened_ssh_speaks_no_weak_algorithms(weak: DemoShop, hardened: DemoShop) -> None:
    bad = re.compile(rb"3des|-cbc|hmac-md5|hmac-sha1|group1-|group14-sha1")
    for shop, found in ((weak, True), (hardened, False)):
        with socket.create_connection(("127.0.0.1", shop.ports["ssh"]), timeout=PATIENCE) as connection:
            connection.sendall(b"SSH-2.0-check\r\n")
            received = b""
            while b"none" not in received:
                chunk = connection.recv(4096)
                assert chunk
                received += chunk
            assert bool(bad.search(received)) is found


def sftp(settings: BackupSettings) -> tuple[paramiko.SSHClient, paramiko.SFTPClient, str]:
    place = urlsplit(settings.location)
    client = paramiko.SSHClient()
    client.load_host_keys(str(settings.known_hosts))
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(
        place.hostname,
        place.port,
        username=place.username,
        key_filename=str(settings.key_file),
        allow_agent=False,
        look_for_keys=False,
        timeout=PATIENCE,
    )
    return client, client.open_sftp(), place.path


@pytest.mark.parametrize(("which", "database_days", "site_days"), [("weak", 19, 60), ("hardened", 0, 3)])
def test_backups_can_be_read_and_are_what_they_claim(request, which: str, database_days: int, site_days: int) -> None:
    shop: DemoShop = request.getfixturevalue(which)
    database, site = (BackupSettings.model_validate(entry) for entry in shop.backups)
    assert (database.kind, site.kind) == ("database", "site")
    assert stat.S_IMODE(database.key_file.stat().st_mode) == 0o600
    client, files, folder = sftp(database)
    try:
        entries = files.listdir_attr(folder)
        for settings, days, prefix in ((database, database_days, "petalandstem-db-"), (site, site_days, "petalandstem-site-")):
            newest = max((entry for entry in entries if entry.filename.startswith(prefix)), key=lambda entry: entry.st_mtime)
            age = datetime.now(UTC) - datetime.fromtimestamp(newest.st_mtime, UTC)
            assert timedelta(days=days) < age < timedelta(days=days + 1)
            assert f"{datetime.fromtimestamp(newest.st_mtime, UTC):%Y-%m-%d}" in newest.filename
            with files.open(f"{folder}/{newest.filename}") as file:
                content = file.read()
            assert len(content) == newest.st_size
            if settings is database:
                dump = gzip.decompress(content).decode()
                assert dump.rstrip().splitlines()[-1].startswith("-- Dump completed on ")
                assert "INSERT INTO `oc_order`" in dump
            else:
                with tarfile.open(fileobj=BytesIO(content)) as archive:
                    assert "public_html/index.php" in archive.getnames()
    finally:
        client.close()


def test_backups_cannot_be_written_and_nothing_else_read(weak: DemoShop) -> None:
    client, files, folder = sftp(BackupSettings.model_validate(weak.backups[0]))
    try:
        name = files.listdir(folder)[0]
        path = f"{folder}/{name}"
        before = files.stat(path)
        for attempt in (
            lambda: files.open(f"{folder}/new", "w"),
            lambda: files.open(path, "a"),
            lambda: files.open(path, "r+"),
            lambda: files.remove(path),
            lambda: files.rename(path, f"{folder}/other"),
            lambda: files.mkdir(f"{folder}/new"),
            lambda: files.chmod(path, 0o777),
            lambda: files.utime(path, None),
            lambda: files.truncate(path, 0),
            lambda: files.symlink("/etc", f"{folder}/etc"),
            lambda: files.open("/../../../../../../etc/passwd"),
            lambda: files.listdir("/etc"),
            lambda: files.open("/backup_ed25519"),
            lambda: files.open("/../backup_ed25519"),
        ):
            with pytest.raises(OSError):
                attempt()
        after = files.stat(path)
        assert (after.st_size, after.st_mtime) == (before.st_size, before.st_mtime)
        with pytest.raises(paramiko.SSHException):
            client.exec_command("id")
    finally:
        client.close()


def test_strangers_do_not_get_in(weak: DemoShop) -> None:
    transport = paramiko.Transport(("127.0.0.1", weak.ports["ssh"]))
    try:
        transport.start_client(timeout=PATIENCE)
        with pytest.raises(paramiko.AuthenticationException):
            transport.auth_password("backup", "backup")
        with pytest.raises(paramiko.AuthenticationException):
            transport.auth_publickey("backup", paramiko.RSAKey.generate(2048))
    finally:
        transport.close()


def test_ends_cleanly_even_with_visitors_inside(tmp_path) -> None:
    before = set(threading.enumerate())
    folder = tmp_path / "made" / "here"
    with DemoShop(folder=folder) as shop:
        client, files, path = sftp(BackupSettings.model_validate(shop.backups[0]))
        open_file = files.open(f"{path}/{files.listdir(path)[0]}")
        silent = [
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for port in shop.ports.values() for _ in range(3)
        ]
        assert list(folder.iterdir())
    assert not folder.exists()
    open_file.close()
    client.close()
    for connection in silent:
        connection.close()
    for port in shop.ports.values():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    eventually(lambda: not set(threading.enumerate()) - before)


def test_leaves_other_files_alone_and_survives_a_crash_inside(tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(RuntimeError, match="inside"), DemoShop(hardened=True, folder=tmp_path) as shop:
        raise RuntimeError("inside")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", shop.ports["https"]), timeout=PATIENCE)


def test_a_folder_that_cannot_be_used_is_an_error_and_leaves_nothing_running(tmp_path) -> None:
    before = set(threading.enumerate())
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError), DemoShop(folder=tmp_path / "file" / "below"):
        pass
    assert set(threading.enumerate()) == before


def test_importing_the_demo_brings_nothing_heavy() -> None:
    import subprocess
    import sys

    code = "import shopwarden.demo, sys; print([name for name in ('paramiko', 'jinja2', 'cryptography') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

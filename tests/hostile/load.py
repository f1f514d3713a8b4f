"""What the shop has to bear, and what a scan must leave alone."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.hostile.harness import Case, Ran, Setting
from tests.hostile.shop import HOST, HOST_URL, answering, page
from tests.loopback import Handler, request_head, response
from tests.patience import moment

ACTIONS = (
    "/cart/add/12", "/cart?add=12", "/?add-to-cart=12", "/index.php?action=add_product&products_id=3", "/index.php?route=checkout/cart/add",
    "/wishlist/add/3", "/compare/add?id=3", "/logout", "/account/logout", "/index.php?route=account/logout", "/?customer-logout=true",
    "/wp-login.php?action=logout", "/delete/7", "/item/7/delete", "/?do=delete&id=7", "/admin/remove?id=1", "/vote/up/12", "/poll?vote=2",
    "/unsubscribe/abc", "/newsletter/unsubscribe?mail=x", "/checkout/confirm", "/checkout/place-order", "/order/9/cancel",
    "/invoice/generate/9", "/generate-invoice?order=9", "/like/12", "/share?reset=1", "/basket/empty", "/cart/clear",
    "/warenkorb/hinzufuegen/4", "/abmelden", "/loeschen/3", "/ajouter-au-panier/2", "/supprimer/3", "/usun/5", "/cerrar-sesion",
    "/verwijderen/4", "/pay/now", "/subscribe?mail=a", "/account/close", "/reset", "/import/start", "/buy-now/3",
)  # fmt: skip


@dataclass
class Log:
    """What a server saw: when each request came and its head; how many were open at once."""

    seen: list[tuple[float, str, bytes]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    @property
    def gaps(self) -> list[float]:
        times = [moment for moment, _, _ in self.seen]
        return [later - earlier for earlier, later in pairwise(times)]


Answer = Callable[[str], bytes | None]


def logged(log: Log, answer: Answer, slow: Callable[[int], float] = lambda _count: 0) -> Callable[[], Handler]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        log.open += 1
        log.most_open = max(log.most_open, log.open)
        try:
            while True:
                head = await request_head(reader)
                path = head.split(b" ", 2)[1].decode("latin-1")
                log.seen.append((moment(), path, head))
                await asyncio.sleep(slow(len(log.seen)))
                writer.write(answering(path, answer))
                await writer.drain()
        finally:
            log.open -= 1

    return lambda: handle


def case(
    name: str,
    fresh: Callable[[], Answer],
    check: Callable[[Log, Ran], None],
    *,
    slow: Callable[[int], float] = lambda _count: 0,
    **more: object,
) -> Case:
    """A case that looks at what its server saw. fresh: makes its answers, which may count: a case that is tried again begins anew."""
    logs: list[Log] = []

    async def servers(setting: Setting) -> None:
        logs.append(Log())
        await setting.serve(logged(logs[-1], fresh(), slow)(), "http")

    def checked(ran: Ran) -> None:
        log = logs[-1]
        assert len(log.seen) <= ran.result["requests"]["http"] <= int(more.get("requests", 120))
        assert {head.split(b" ")[0] for _, _, head in log.seen} <= {b"GET", b"HEAD"}
        assert log.most_open <= 4
        check(log, ran)

    return Case(name, servers=servers, check=checked, **more)


def tempting(path: str) -> bytes | None:
    if path == "/sitemap.xml":
        return response("".join(f"{HOST_URL}{action}\n" for action in ACTIONS).encode(), headers="Content-Type: text/plain\r\n")
    if path == "/robots.txt":
        return response(("User-agent: *\n" + "".join(f"Disallow: {action}\n" for action in ACTIONS)).encode())
    forms = "".join(f'<form action="{action}"><button>Go</button></form><iframe src="{action}"></iframe>' for action in ACTIONS)
    links = "".join(f'<a href="{action.replace("&", "&amp;")}">{path}</a> ' for action in ACTIONS)
    if path == "/" or path.strip("/") in {"roses", "tulips", "cart", "login"}:
        return page(links + forms, headers="" if "sid=" in path else "Set-Cookie: sid=0123456789abcdef; Path=/\r\n")
    return None


def none_touched(log: Log, ran: Ran) -> None:
    touched = [path for _, path, _ in log.seen if path in ACTIONS]
    assert touched == [], touched
    assert len(log.seen) > 20
    strangers = [head for _, _, head in log.seen if b"sid=0123456789abcdef" not in head]
    assert len(strangers) <= 3, strangers


def new_session_each_time() -> Answer:
    count = 0

    def answer(path: str) -> bytes | None:
        nonlocal count
        count += 1
        return (
            page(path, headers=f"Set-Cookie: sid={count:032x}; Path=/\r\n")
            if path == "/" or path.strip("/") in {"roses", "cart"}
            else None
        )

    return answer


def always_with_a_session(log: Log, ran: Ran) -> None:
    assert sum(b"sid=" not in head for _, _, head in log.seen) <= 2


def burst() -> Answer:
    count = 0

    def answer(_path: str) -> bytes | None:
        nonlocal count
        count += 1
        return response(b"", "429 Too Many Requests", "Retry-After: 0\r\n") if 30 <= count <= 32 else None

    return answer


def slowed_down(log: Log, ran: Ran) -> None:
    """A pause after the burst; what follows, ``tests/scanner/gatherers/net/test_pace.py`` tries without a clock."""
    assert len(log.seen) > 60
    assert max(log.gaps[25:40]) >= 0.9


def no_faster_than_told(log: Log, ran: Ran) -> None:
    assert statistics.mean(log.gaps) >= 0.045


def polite_to_a_slow_shop(log: Log, ran: Ran) -> None:
    """Four connections could ask for 12 pages quickly and then for 2.7 a second: 53 in 20 seconds; all would be 150."""
    assert 12 < len(log.seen) < 12 + 2.7 * 20 / 2


def ordinary() -> Answer:
    return lambda _path: None


def links_to_more(path: str) -> bytes:
    return page("".join(f'<a href="{path}/{n}">x</a>' for n in range(9)))


def busy(path: str) -> bytes | None:
    return None if path == "/" else response(b"", "503 Busy")


def gives_up(log: Log, ran: Ran) -> None:
    assert len(log.seen) <= 60


def with_a_password(path: str) -> bytes | None:
    """Links, forms and redirects to the shop itself that carry a user and a password."""
    places = [
        f"http://admin:pa55wort9x@{HOST}/roses",
        f"http://admin@{HOST}/tulips",
        f"//admin:pa55wort9x@{HOST}/cart",
        "http://a:b@/login",
    ]
    if path == "/":
        return page(
            "".join(f'<a href="{one}">x</a><form action="{one}"><input name=q></form>' for one in places)
            + '<a href="/on/">on</a>'
        )
    return response(b"", "302 Found", f"Location: {places[0]}\r\n") if path == "/on/" else None


def none_sent(log: Log, ran: Ran) -> None:
    heads = b"".join(head for _, _, head in log.seen).lower()
    assert b"authorization" not in heads
    assert b"pa55wort9x" not in heads
    for name in ("result.json", "report.html", "report.csv", "report.md", "out"):
        assert "pa55wort9x" not in ran.text(name), name
    assert {"/cart", "/on/"} <= {path for _, path, _ in log.seen}, [path for _, path, _ in log.seen][:20]


CASES = [
    case("addresses with a password", lambda: with_a_password, none_sent),
    case("links that change things", lambda: tempting, none_touched, requests=300, pages=60),
    case("a new session with each answer", new_session_each_time, always_with_a_session),
    case("a burst of 429", burst, slowed_down, rate=200.0, requests=150),
    case(
        "nothing but 503",
        lambda: busy,
        gives_up,
        only=("directory-listing",),
        time=20,
        status="blocked",
        code=3,
        because="503",
    ),
    case("an even pace", ordinary, no_faster_than_told, rate=20.0, requests=50, pages=8),
    case(
        "a shop that gets slower",
        ordinary,
        polite_to_a_slow_shop,
        slow=lambda count: 0 if count < 12 else 1.5,
        rate=40.0,
        requests=150,
        pages=8,
        time=20,
        status="partial",
        because="used up",
    ),
    case(
        "a budget of 20 requests",
        lambda: links_to_more,
        lambda _log, _ran: None,
        requests=20,
    ),
]

"""The demo shop's own pages: shelves, products, search, basket, checkout, account. They look and answer like an OpenCart shop."""

from __future__ import annotations

import calendar
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from shopwarden.demo.hits import Hits
from shopwarden.demo.http_server import Request, Response
from shopwarden.demo.rendering import Category, Product, money, page, redirect, render, stock

SESSION_COOKIE = "OCSESSID"
_MOST_SESSIONS = 500
_MOST_OF_ONE = 20
_DELIVERY, _FREE_FROM = 590, 6000

_FILTERS = ("colour", "occasion", "sort", "order", "limit", "page")
_SORTS = (
    ("Our choice", "", ""),
    ("Name", "pd.name", "ASC"),
    ("Price, low first", "p.price", "ASC"),
    ("Price, high first", "p.price", "DESC"),
)
_LIMITS = (6, 12, 24)

CHANGING = frozenset(
    {
        "checkout/cart/add",
        "checkout/cart/remove",
        "checkout/cart/clear",
        "checkout/buy",
        "account/wishlist/add",
        "product/compare/add",
        "product/compare/clear",
        "product/review/vote",
        "account/logout",
        "account/delete",
        "account/newsletter/unsubscribe",
    }
)
"""Routes that change something when their link is followed."""


@dataclass(slots=True)
class Session:
    """What the shop remembers of one visitor: product id → quantity, and the ids he compares."""

    cart: dict[int, int] = field(default_factory=dict)
    compared: list[int] = field(default_factory=list)
    ordered: str = ""


class Visitors:
    """The sessions, the oldest forgotten first."""

    def __init__(self, hits: Hits) -> None:
        self._hits, self._sessions = hits, OrderedDict[str, Session]()

    def of(self, request: Request) -> tuple[Session, str]:
        """The visitor's session, and the new cookie value where he has none that we know."""
        value = request.cookies.get(SESSION_COOKIE, "")
        if value in self._sessions:
            self._sessions.move_to_end(value)
            return self._sessions[value], ""
        value = secrets.token_hex(13)
        self._sessions[value] = Session()
        if len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)
        self._hits.session()
        return self._sessions[value], value


@dataclass(frozen=True, slots=True)
class Option:
    """A link of a filter, a sort order or a page number."""

    name: str
    link: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The links of one filter."""

    name: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the basket."""

    product: Product
    quantity: int

    @property
    def cost(self) -> str:
        """Quantity times price."""
        return money(self.quantity * self.product.price)


@dataclass(frozen=True, slots=True)
class Basket:
    """The whole basket, with prices as they stand on the page."""

    lines: tuple[Line, ...]
    delivery: str
    total: str


_Handler = Callable[[Request, Session], Response]


class Storefront:
    """Answers every address that is no file. weak: with what the weak shop does wrong on its own pages."""

    def __init__(self, *, weak: bool, now: datetime, hits: Hits, visitors: Visitors) -> None:
        self._weak, self._now, self._hits, self._visitors = weak, now, hits, visitors
        self._stock = stock()
        self._by_id = {product.id: product for product in self._stock.products}
        self._by_link = {product.link: product for product in self._stock.products}
        self._orders = 4100
        self._routes: dict[str, _Handler] = {
            "common/home": self._home,
            "product/category": self._category_by_id,
            "product/product": self._product_by_id,
            "product/search": self._search,
            "product/compare": self._compare,
            "product/compare/add": self._add_compared,
            "product/compare/clear": self._clear_compared,
            "product/review/vote": self._thanks,
            "checkout/cart": self._cart,
            "checkout/cart/add": self._add,
            "checkout/cart/edit": self._edit,
            "checkout/cart/remove": self._remove,
            "checkout/cart/clear": self._clear,
            "checkout/buy": self._add,
            "checkout/checkout": self._checkout,
            "checkout/success": self._success,
            "account/login": self._login,
            "account/logout": self._logout,
            "account/forgotten": self._forgotten,
            "account/newsletter/unsubscribe": self._thanks,
            "information/contact": self._contact,
            "information/sitemap": self._sitemap,
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """The addresses for the sitemap, relative to the base."""
        slugs = [item.slug for item in self._stock.categories] + [item.slug for item in self._stock.information]
        return ("", *slugs, *self._by_link, "calendar")

    def answer(self, request: Request) -> Response:
        """The page at an address, with the session cookie where the visitor has none yet."""
        session, new_cookie = self._visitors.of(request)
        route = request.query.get("route", "common/home") if request.path in {"/", "/index.php"} else ""
        if route in CHANGING and request.method != "POST":
            self._hits.touch(request.address)
        response = self._dispatch(request, session, route)
        return response.adding(*self._cookies(request, new_cookie))

    def _dispatch(self, request: Request, session: Session, route: str) -> Response:
        if route:
            if route.startswith("account/") and route not in self._routes:
                return redirect(f"{base_of(request)}index.php?route=account/login")
            return self._routes.get(route, self._missing)(request, session)
        slug = request.path.strip("/")
        if slug in self._by_link:
            return self._product(request, session, self._by_link[slug])
        for category in self._stock.categories:
            if slug == category.slug:
                return self._category(request, session, category)
        for text in self._stock.information:
            if slug == text.slug:
                return self._page(request, session, "page.html", page=text, canonical=slug, crumbs=((text.name, ""),))
        if slug == "calendar":
            return self._calendar(request, session)
        if slug == "wedding-invoice" and self._weak:
            sent = (
                "Thank you. This is a demonstration: nothing was kept and nothing is charged." if request.method == "POST" else ""
            )
            return self._page(request, session, "pay.html", message=sent)
        return self._missing(request, session)

    def _page(self, request: Request, session: Session, template: str, status: int = 200, **values: object) -> Response:
        common: dict[str, object] = {
            "base": base_of(request),
            "host": request.host,
            "weak": self._weak,
            "year": self._now.year,
            "categories": self._stock.categories,
            "information": self._stock.information,
            "cart_count": sum(session.cart.values()),
            "canonical": "",
            "crumbs": (),
            "message": "",
        }
        response = page(template, status, **{**common, **values})
        return response.adding(
            ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"),
            ("Cache-Control", "no-store, no-cache, must-revalidate"),
            ("Pragma", "no-cache"),
        )

    def _cookies(self, request: Request, session: str) -> list[tuple[str, str]]:
        marks = "; path=/" if self._weak else "; Path=/; Secure; HttpOnly; SameSite=Lax"
        cookies = [f"{SESSION_COOKIE}={session}{marks}"] if session else []
        cookies += [
            f"{name}={value}; Max-Age=2592000{marks}"
            for name, value in (("language", "en-gb"), ("currency", "EUR"))
            if name not in request.cookies
        ]
        return [("Set-Cookie", cookie) for cookie in cookies]

    def _missing(self, request: Request, session: Session) -> Response:
        return self._page(
            request,
            session,
            "message.html",
            404,
            heading="The page you requested cannot be found!",
            message="It may have wilted. Try the search, or start again at the front door.",
        )

    def _home(self, request: Request, session: Session) -> Response:
        picks = [self._by_id[number] for number in (42, 50, 46, 44)]
        shelves = [self._by_id[number] for number in (60, 70, 63, 74)]
        return self._page(request, session, "home.html", favourites=picks, shelves=shelves)

    def _category_by_id(self, request: Request, session: Session) -> Response:
        wanted = request.query.get("path", "")
        for category in self._stock.categories:
            if wanted == str(category.id):
                return self._category(request, session, category)
        return self._missing(request, session)

    def _category(self, request: Request, session: Session, category: Category) -> Response:
        query = {key: value for key, value in request.query.items() if key in _FILTERS}
        shelf = [product for product in self._stock.products if product.category == category.slug]
        colours = sorted({product.colour for product in shelf})
        occasions = sorted({occasion for product in shelf for occasion in product.occasion})
        found = [
            product
            for product in shelf
            if query.get("colour", "") in {"", product.colour} and query.get("occasion", "") in {"", *product.occasion}
        ]
        down = query.get("order") == "DESC"
        if query.get("sort") == "p.price":
            found.sort(key=lambda product: product.price, reverse=down)
        elif query.get("sort") == "pd.name":
            found.sort(key=lambda product: product.name, reverse=down)
        limit = _number(query.get("limit", ""), _LIMITS[0], _LIMITS[-1])
        last, current = max(1, -(-len(found) // limit)), _number(query.get("page", ""), 1, 1_000)

        def option(name: str, **changes: str) -> Option:
            link = {key: value for key, value in {**query, **changes}.items() if value}
            chosen = all(query.get(key, "") == value for key, value in changes.items())
            return Option(name, category.slug + (f"?{urlencode(link)}" if link else ""), chosen)

        def choices(name: str, key: str, values: list[str]) -> Group:
            return Group(name, (option("all", **{key: ""}), *(option(value, **{key: value, "page": ""}) for value in values)))

        return self._page(
            request,
            session,
            "category.html",
            category=category,
            canonical=category.slug,
            crumbs=((category.name, ""),),
            filters=(choices("Colour", "colour", colours), choices("Good for", "occasion", occasions)),
            sorts=tuple(option(name, sort=key, order=order) for name, key, order in _SORTS),
            limits=tuple(option(str(number), limit=str(number), page="") for number in _LIMITS),
            pages=tuple(
                Option(str(number), option("", page=str(number) if number > 1 else "").link, number == current)
                for number in range(1, last + 1)
            ),
            products=found[(current - 1) * limit : current * limit],
        )

    def _product_by_id(self, request: Request, session: Session) -> Response:
        product = self._named(request.query)
        return self._product(request, session, product) if product else self._missing(request, session)

    def _product(self, request: Request, session: Session, product: Product) -> Response:
        base = base_of(request)
        category = next(item for item in self._stock.categories if item.slug == product.category)
        data = {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": product.name,
            "description": product.text,
            "image": base + product.image,
            "sku": f"PS-{product.id}",
            "offers": {
                "@type": "Offer",
                "price": f"{product.price / 100:.2f}",
                "priceCurrency": "EUR",
                "availability": "https://schema.org/InStock",
                "url": base + product.link,
            },
        }
        others = [other for other in self._stock.products if set(other.occasion) & set(product.occasion) and other is not product]
        related = sorted(others, key=lambda other: (other.category == product.category, (other.id * 7 + product.id) % 11))[:4]
        crumbs = ((category.name, category.slug), (product.name, ""))
        return self._page(
            request, session, "product.html", product=product, data=data, related=related, canonical=product.link, crumbs=crumbs
        )

    def _search(self, request: Request, session: Session) -> Response:
        term = request.query.get("search", "")[:80]
        words = term.lower().split()
        found = [
            product
            for product in self._stock.products
            if words and all(word in f"{product.name} {product.text} {product.colour}".lower() for word in words)
        ]
        message = "" if found else ("Nothing like that today. Ask us." if words else "Type what you are looking for.")
        heading = f"Search: {term}" if term else "Search"
        return self._page(request, session, "results.html", heading=heading, term=term, products=found, message=message, clear="")

    def _compare(self, request: Request, session: Session) -> Response:
        compared = [self._by_id[number] for number in session.compared]
        message = "" if compared else "You have not chosen anything to compare."
        clear = "index.php?route=product/compare/clear"
        return self._page(request, session, "results.html", heading="Compare", products=compared, message=message, clear=clear)

    def _add_compared(self, request: Request, session: Session) -> Response:
        product = self._named(request.query)
        if product and product.id not in session.compared:
            session.compared = [*session.compared, product.id][-4:]
        return redirect(f"{base_of(request)}index.php?route=product/compare")

    def _clear_compared(self, request: Request, session: Session) -> Response:
        session.compared = []
        return redirect(f"{base_of(request)}index.php?route=product/compare")

    def _named(self, values: object) -> Product | None:
        """The product that a query or a form names by its id."""
        number = values.get("product_id", "") if isinstance(values, dict) else ""
        return self._by_id.get(int(number)) if re.fullmatch(r"[0-9]{1,6}", number) else None

    def _add(self, request: Request, session: Session) -> Response:
        values = request.form if request.method == "POST" else dict(request.query)
        product = self._named(values)
        if product is None:
            return self._missing(request, session)
        wanted = session.cart.get(product.id, 0) + _number(values.get("quantity", ""), 1, _MOST_OF_ONE)
        session.cart[product.id] = min(wanted, _MOST_OF_ONE)
        return self._to_cart(request)

    def _edit(self, request: Request, session: Session) -> Response:
        product = self._named(request.form)
        if product and product.id in session.cart:
            quantity = _number(request.form.get("quantity", ""), 0, _MOST_OF_ONE)
            session.cart = {**session.cart, product.id: quantity} if quantity else _without(session.cart, product.id)
        return self._to_cart(request)

    def _remove(self, request: Request, session: Session) -> Response:
        session.cart = _without(session.cart, _number(request.query.get("key", ""), 0, 999_999))
        return self._to_cart(request)

    def _clear(self, request: Request, session: Session) -> Response:
        session.cart = {}
        return self._to_cart(request)

    def _to_cart(self, request: Request) -> Response:
        return redirect(f"{base_of(request)}index.php?route=checkout/cart", 303 if request.method == "POST" else 302)

    def _basket(self, session: Session) -> Basket:
        lines = tuple(Line(self._by_id[number], quantity) for number, quantity in session.cart.items())
        goods = sum(line.quantity * line.product.price for line in lines)
        delivery = 0 if goods >= _FREE_FROM else _DELIVERY
        return Basket(lines, money(delivery), money(goods + delivery))

    def _cart(self, request: Request, session: Session) -> Response:
        return self._page(request, session, "cart.html", crumbs=(("Basket", ""),), basket=self._basket(session))

    def _checkout(self, request: Request, session: Session) -> Response:
        if not session.cart:
            return self._to_cart(request)
        message = ""
        if request.method == "POST":
            if all(request.form.get(name, "").strip() for name in ("name", "email", "street", "town")):
                self._orders += 1
                session.cart, session.ordered = {}, str(self._orders)
                return redirect(f"{base_of(request)}index.php?route=checkout/success", 303)
            message = "Please fill in name, e-mail, street and town."
        return self._page(request, session, "checkout.html", message=message, basket=self._basket(session))

    def _success(self, request: Request, session: Session) -> Response:
        if not session.ordered:
            return self._to_cart(request)
        text = f"Your order has the number {session.ordered}. We tie it on the day and write to you when Harold sets off."
        return self._page(request, session, "message.html", heading="Thank you for your order", message=text)

    def _login(self, request: Request, session: Session) -> Response:
        message = "No match for e-mail address and password." if request.method == "POST" else ""
        return self._page(request, session, "login.html", message=message, crumbs=(("Log in", ""),))

    def _logout(self, request: Request, session: Session) -> Response:
        session.cart, session.compared, session.ordered = {}, [], ""
        return self._page(
            request, session, "message.html", heading="You are logged out", message="It is safe to leave the computer."
        )

    def _forgotten(self, request: Request, session: Session) -> Response:
        message = "If we know this address, a mail is on its way." if request.method == "POST" else ""
        return self._page(request, session, "forgotten.html", message=message)

    def _thanks(self, request: Request, session: Session) -> Response:
        return self._page(request, session, "message.html", heading="Thank you", message="We have made a note of that.")

    def _contact(self, request: Request, session: Session) -> Response:
        message = "Thank you; we answer within the day." if request.method == "POST" else ""
        return self._page(request, session, "contact.html", message=message, crumbs=(("Contact", ""),))

    def _sitemap(self, request: Request, session: Session) -> Response:
        return self._page(request, session, "sitemap.html", products=self._stock.products)

    def _calendar(self, request: Request, session: Session) -> Response:
        text = request.query.get("month", f"{self._now:%Y-%m}")
        match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        if not match or not 1900 <= int(match[1]) <= 9990:
            return self._missing(request, session)
        year, month = int(match[1]), int(match[2])
        count = year * 12 + month - 1
        day = request.query.get("day", "")
        chosen = (
            f"{int(day)} {calendar.month_name[month]}: we still have room for you." if re.fullmatch("[0-9]{1,2}", day) else ""
        )
        return self._page(
            request,
            session,
            "calendar.html",
            canonical="calendar",
            month=f"{calendar.month_name[month]} {year}",
            key=text,
            message=chosen,
            weeks=calendar.monthcalendar(year, month),
            before=_month(count - 1),
            after=_month(count + 1),
        )


def sitemap(request: Request, paths: tuple[str, ...]) -> Response:
    """sitemap.xml: every address of the shop."""
    return Response(200, render("sitemap.xml", base=base_of(request), paths=paths), (("Content-Type", "application/xml"),))


def base_of(request: Request) -> str:
    """Scheme and host as the visitor used them, and a slash: what the pages' links start from."""
    return f"{request.scheme}://{request.host}/"


def _month(count: int) -> str:
    return f"{count // 12:04}-{count % 12 + 1:02}"


def _number(text: str, otherwise: int, most: int) -> int:
    """A visitor's number: at most ``most``; ``otherwise`` where it is none or zero."""
    return min(int(text), most) or otherwise if re.fullmatch("[0-9]{1,6}", text) else otherwise


def _without(cart: dict[int, int], number: int) -> dict[int, int]:
    return {key: quantity for key, quantity in cart.items() if key != number}

"""The demo shop's web site: which address is a file, which a script, and what the web server says around it."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from shopwarden.demo.files import File, Tree, parent_of, serve
from shopwarden.demo.hits import Hits
from shopwarden.demo.http_server import Request, Response
from shopwarden.demo.leaks import add_leaks
from shopwarden.demo.neighbours import PHP, Neighbours, add_neighbours_files
from shopwarden.demo.pictures import banner, logo, picture
from shopwarden.demo.rendering import asset, page, redirect, stock
from shopwarden.demo.storefront import Storefront, Visitors, base_of, sitemap

_log = logging.getLogger(__name__)

HOST = "petalandstem.example"
NAMES = (HOST, f"www.{HOST}")
STAGE = f"stage.{HOST}"
MAIL_HOST = f"mail.{HOST}"
POLICY_HOST = f"mta-sts.{HOST}"
MAIL_POLICY = f"version: STSv1\r\nmode: enforce\r\nmx: {MAIL_HOST}\r\nmax_age: 2592000\r\n"
"""The hardened shop's, at ``https://mta-sts.…/.well-known/mta-sts.txt`` (RFC 8461)."""
"""The weak shop's forgotten test site: in its certificate, and at its address."""
CDN = "cdn.jsdelivr.net"
"""The public store of libraries that the weak shop loads a made-up one from: played by the demo's own server, on loopback."""
LIBRARY = "/npm/petal-lightbox@2.1.0/dist/lightbox.min.js"
STAFF_FOLDER = "/greenhouse-7q2/"
"""Where the hardened shop keeps its administration."""

_WEAK_SERVER = "Apache/2.4.38 (Debian)"
_NO_REWRITE = re.compile(r"\.(ico|gif|jpe?g|png|svg|js|css|txt)$", re.IGNORECASE)
_ROBOTS_WEAK = "User-agent: *\nDisallow: /*?sort\nDisallow: /admin/\nDisallow: /old/\nDisallow: /backup/\n"
_ROBOTS = "User-agent: *\nDisallow: /*?sort\n"
_HARDENED_HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_SAID = {
    400: "Your browser sent a request that this server could not understand.",
    401: "This server could not verify that you are authorized to access the document requested.",
    403: "You don't have permission to access this resource.",
    404: "The requested URL was not found on this server.",
    405: "The requested method is not allowed for this URL.",
}


class DemoSite:
    """Answers every request to the demo shop, weak or hardened."""

    def __init__(self, *, hardened: bool, now: datetime, hits: Hits) -> None:
        self._hardened, self._hits = hardened, hits
        visitors = Visitors(hits)
        self._shop = Storefront(weak=not hardened, now=now, hits=hits, visitors=visitors)
        self._beside = None if hardened else Neighbours(now, visitors)
        self._tree = _files(now, hardened=hardened)

    def answer(self, request: Request) -> Response:
        """The answer to a well-formed request; a crash of ours is a 500 and is noted."""
        if not request.host:
            request = replace(request, host=HOST)  # HTTP/1.0 may name no host
        self._hits.request(request.method, request.path, request.address)
        try:
            response = self._respond(request)
        except Exception as error:
            _log.exception("the demo shop could not answer %s", request.address)
            self._hits.defect(f"{request.method} {request.address}: {error!r}")
            response = self._error(500, request)
        return self._dressed(response, secure=request.scheme == "https")

    def refusal(self, status: int) -> Response:
        """The answer to a request that could not be read."""
        return self._dressed(self._error(status, None), secure=False)

    def _respond(self, request: Request) -> Response:
        if self._hardened and request.host.partition(":")[0] == POLICY_HOST:
            return self._mail_policy(request)
        if self._hardened and (request.scheme == "http" or request.host.startswith("www.")):
            host = request.host.partition(":")[0]
            if request.scheme == "https":
                host = host.removeprefix("www.")
            return redirect(f"https://{host if host in NAMES else HOST}{request.target}", 301)
        if request.host.partition(":")[0] == CDN and not self._hardened:
            return self._library(request)
        if request.method == "OPTIONS":
            return Response(200, b"", (("Allow", "GET,HEAD,POST,OPTIONS"),))
        if request.method not in {"GET", "HEAD", "POST"}:
            return self._error(405, request).adding(("Allow", "GET,HEAD,POST,OPTIONS"))
        if self._hardened and (request.path + "/").startswith(STAFF_FOLDER):
            return self._error(401, request).adding(("WWW-Authenticate", 'Basic realm="Staff only", charset="UTF-8"'))
        if "/.ht" in request.path:
            return self._error(403, request)
        return self._script_beside(request) or self._file(request) or self._script(request)

    def _mail_policy(self, request: Request) -> Response:
        """How mail has to come (MTA-STS); nothing else is on that name."""
        if request.scheme == "http" or request.path != "/.well-known/mta-sts.txt":
            return self._error(404, None)
        return serve(File(MAIL_POLICY.encode(), kind="text/plain; charset=utf-8"), request)

    def _library(self, request: Request) -> Response:
        """The store lets every site read its files (CORS), as such stores do."""
        if request.path != LIBRARY:
            return self._error(404, None)
        file = File(asset("lightbox.min.js"), kind="application/javascript; charset=utf-8")
        return serve(file, request).adding(("Access-Control-Allow-Origin", "*"))

    def _script_beside(self, request: Request) -> Response | None:
        answer = self._beside.answer(request) if self._beside else None
        return answer.adding(("X-Powered-By", f"PHP/{PHP}")) if answer else None

    def _file(self, request: Request) -> Response | None:
        """A file, a directory, or the web server's own "not found" for what is never handed to a script."""
        path, tree = request.path, self._tree
        if path == "/sitemap.xml":
            return sitemap(request, self._shop.paths)
        if path in tree.files:
            return serve(tree.files[path], request)
        if tree.is_folder(path + "/"):
            return redirect(f"{base_of(request)}{path[1:]}/", 301)
        if tree.is_folder(path):
            return self._folder(request) if tree.lists(path) else self._error(403, request)
        return self._error(404, request) if _NO_REWRITE.search(path) else None

    def _folder(self, request: Request) -> Response:
        entries, above = self._tree.entries(request.path), parent_of(request.path)
        return page("listing.html", folder=request.path, parent=above, entries=entries, signature=self._signature(request))

    def _script(self, request: Request) -> Response:
        if self._beside is None:
            return self._shop.answer(request)
        in_blog = request.path.startswith("/blog/")
        answer = self._beside.missing(request) if in_blog else self._shop.answer(request)
        return answer.adding(("X-Powered-By", f"PHP/{PHP}"))

    def _signature(self, request: Request) -> str:
        return f"{_WEAK_SERVER} Server at {request.host.partition(':')[0]} Port {443 if request.scheme == 'https' else 80}"

    def _error(self, status: int, request: Request | None) -> Response:
        """Apache's own page for a status; only the weak shop's is signed."""
        phrase = HTTPStatus(status).phrase
        signed = f"<hr>\n<address>{self._signature(request)}</address>\n" if request and not self._hardened else ""
        text = (
            '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n'
            f"<html><head>\n<title>{status} {phrase}</title>\n</head><body>\n<h1>{phrase}</h1>\n"
            f"<p>{_SAID.get(status, 'The request was refused.')}</p>\n{signed}</body></html>\n"
        )
        return Response(status, text.encode(), (("Content-Type", "text/html; charset=iso-8859-1"),))

    def _dressed(self, response: Response, *, secure: bool) -> Response:
        """What the web server adds to every answer."""
        if not self._hardened:
            return response.adding(("Server", _WEAK_SERVER))
        return response.adding(("Server", "Apache"), *_HARDENED_HEADERS, *([_HSTS] if secure else []))


def _files(now: datetime, *, hardened: bool) -> Tree:
    """The shop's static files, and the weak shop's forgotten ones."""
    tree = Tree()
    tree.add("/catalog/view/theme/default/stylesheet/stylesheet.css", asset("stylesheet.css"))
    tree.add("/catalog/view/javascript/common.js", asset("common.js"))
    tree.add("/image/catalog/logo.svg", logo())
    tree.add("/image/catalog/banner.svg", banner())
    tree.add("/image/catalog/seal.svg", picture("wreath", ("#4f7a56", "#8aa57b", "#e2b04a"), 2))
    for product in stock().products:
        tree.add(f"/{product.image}", picture(product.picture, product.tones, product.id))
    tree.add("/favicon.ico", logo(), kind="image/svg+xml")
    where = f"Sitemap: {'https' if hardened else 'http'}://{HOST}/sitemap.xml\n"
    tree.add("/robots.txt", (_ROBOTS if hardened else _ROBOTS_WEAK) + where)
    if hardened:
        tree.add("/.well-known/security.txt", _security_txt(now))
    else:
        add_neighbours_files(tree)
        add_leaks(tree, now)
    return tree


def _security_txt(now: datetime) -> str:
    """RFC 9116: whom to tell about a hole, and until when that holds."""
    return (
        f"Contact: mailto:security@{HOST}\nContact: https://{HOST}/index.php?route=information/contact\n"
        f"Expires: {now + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"
        f"Canonical: https://{HOST}/.well-known/security.txt\n"
    )

"""What runs beside the weak demo shop on the same web space: administration, a blog, the shop before this one, a test page."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from shopwarden.demo.files import Tree
from shopwarden.demo.http_server import Request, Response
from shopwarden.demo.pictures import picture
from shopwarden.demo.rendering import Post, asset, page, redirect, render, stock
from shopwarden.demo.storefront import SESSION_COOKIE, Visitors, base_of

PHP = "7.2.34"
WORDPRESS = "5.2.3"
_WRONG = "No match for Username and/or Password."
_JQUERY = """/*! jQuery v1.12.4 | (c) jQuery Foundation | jquery.org/license */
// Only what this demonstration needs: the version note above, and a name for the pages to find.
window.jQuery = window.$ = function (name) { return document.querySelectorAll(name); };
window.jQuery.fn = { jquery: "1.12.4" };
"""


def add_neighbours_files(tree: Tree) -> None:
    """Put the scripts' static files into the tree."""
    tree.add("/catalog/view/javascript/jquery/jquery-1.12.4.min.js", _JQUERY)
    tree.add("/admin/view/stylesheet/stylesheet.css", asset("admin.css"))
    tree.add("/templates/admin/style.css", asset("admin.css"))
    for path in ("/catalog/view/theme/default/stylesheet/stylesheet.css", "/catalog/view/javascript/jquery/jquery-1.12.4.min.js"):
        tree.add(f"/old{path}", _JQUERY if path.endswith("js") else asset("stylesheet.css"))
    tree.add("/old/admin/view/stylesheet/stylesheet.css", asset("admin.css"))
    blog = "/blog/wp-content"
    tree.add(f"{blog}/themes/twentynineteen/style.css", asset("blog.css"))
    tree.add(f"{blog}/plugins/contact-form-7/includes/css/styles.css", "div.wpcf7 { margin: 0; padding: 0; }\n")
    tree.add(f"{blog}/plugins/contact-form-7/readme.txt", "=== Contact Form 7 ===\nRequires at least: 4.9\nStable tag: 5.1.4\n")
    tree.add(f"{blog}/uploads/2019/tulips.svg", picture("tulips", ("#f4cf4d", "#e98774", "#d2473f"), 5))
    tree.add(f"{blog}/uploads/2019/dahlias.svg", picture("bouquet", ("#e07a3f", "#c65b7c", "#f2b65a"), 8))
    tree.add("/blog/wp-includes/css/dist/block-library/style.min.css", ".wp-block-image{max-width:100%}\n")
    tree.add("/blog/wp-includes/js/jquery/jquery.js", _JQUERY)
    tree.add("/blog/wp-includes/js/wp-embed.min.js", "/*! This file is auto-generated */\n")
    tree.add("/blog/wp-admin/css/login.min.css", asset("admin.css"))
    tree.add("/blog/readme.html", render("wp_readme.html"))
    for name in ("blank", "back", "folder", "text", "unknown"):
        tree.add(f"/icons/{name}.gif", b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
                 b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")  # fmt: skip


class Neighbours:
    """Answers the addresses of the scripts beside the shop."""

    def __init__(self, now: datetime, visitors: Visitors) -> None:
        self._now, self._visitors, self._stock = now, visitors, stock()
        self._pages: dict[str, Callable[[Request], Response]] = {
            "/admin/": self._admin,
            "/admin/index.php": self._admin,
            "/admin.php": self._admin_php,
            "/info.php": self._phpinfo,
        }

    def answer(self, request: Request) -> Response | None:
        """The answer of a script beside the shop; None where the address belongs to none of them."""
        path = request.path
        if path in self._pages:
            return self._pages[path](request)
        if path in {"/admin", "/blog", "/old", "/old/admin"}:
            return redirect(f"{base_of(request)}{path[1:]}/", 301)
        if path.startswith("/old/"):
            return self._old(request)
        if path.startswith("/blog/"):
            return self._blog(request, path.removeprefix("/blog/"))
        return None

    def _with_session(self, request: Request, response: Response) -> Response:
        _, cookie = self._visitors.of(request)
        return response.adding(("Set-Cookie", f"{SESSION_COOKIE}={cookie}; path=/")) if cookie else response

    def _admin(self, request: Request, folder: str = "") -> Response:
        message = _WRONG if request.method == "POST" else ""
        shown = page("admin_login.html", base=base_of(request), folder=folder, message=message, year=self._now.year)
        return self._with_session(request, shown)

    def _admin_php(self, request: Request) -> Response:
        message = "Wrong login or password." if request.method == "POST" else ""
        return page("admin_php.html", host=request.host, message=message)

    def _phpinfo(self, request: Request) -> Response:
        sections = (
            (
                "",
                (("System", "Linux web03 4.19.0-26-amd64 x86_64"), ("Server API", "FPM/FastCGI"), ("PHP Extension", "20170718")),
            ),
            ("Core", (("PHP Version", PHP), ("allow_url_fopen", "On"), ("display_errors", "On"), ("expose_php", "On"))),
            (
                "PHP Variables",
                (("$_SERVER['DOCUMENT_ROOT']", "/home/petal/public_html"), ("$_SERVER['HTTP_HOST']", request.host)),
            ),
        )
        return page("phpinfo.html", sections=sections)

    def _old(self, request: Request) -> Response | None:
        path = request.path.removeprefix("/old/")
        if path in {"admin/", "admin/index.php"}:
            return self._admin(request, "old/")
        if path not in {"", "index.php"}:
            return None
        goods = self._stock.products[:3]
        named = {str(product.id): product for product in goods}
        product = None
        route = request.query.get("route", "common/home")
        if route == "product/product":
            product = named.get(request.query.get("product_id", ""))
        found = route in {"common/home", "checkout/cart"} or product is not None
        heading = (product.name if product else "Petal & Stem") if found else "The page you requested cannot be found!"
        shown = page(
            "old_layout.html", 200 if found else 404, base=base_of(request), heading=heading, product=product, products=goods
        )
        return self._with_session(request, shown)

    def _blog(self, request: Request, path: str) -> Response | None:
        base, posts = base_of(request), self._stock.posts
        if path in {"", "index.php"}:
            if request.query.get("author") in {"1", "2"}:
                return redirect(f"{base}blog/author/{'admin' if request.query['author'] == '1' else 'rosie'}/", 301)
            return self._journal(base, "The Petal & Stem Journal", posts)
        if path in {"author/admin/", "author/rosie/"}:
            name = path.split("/")[1]
            return self._journal(base, f"{name} – The Petal & Stem Journal", posts if name == "rosie" else ())
        if path == "feed/":
            return Response(
                200, render("blog_feed.xml", base=base, posts=posts), (("Content-Type", "application/rss+xml; charset=UTF-8"),)
            )
        if path == "wp-login.php":
            message = "Unknown username." if request.method == "POST" else ""
            shown = page("wp_login.html", base=base, message=message)
            return shown.adding(("Set-Cookie", "wordpress_test_cookie=WP+Cookie+check; path=/blog/"))
        if path in {"wp-admin/", "wp-admin/index.php"}:
            return redirect(f"{base}blog/wp-login.php?redirect_to=wp-admin")
        if path == "xmlrpc.php":
            text = Response(405, b"XML-RPC server accepts POST requests only.", (("Content-Type", "text/plain;charset=UTF-8"),))
            return text.adding(("Allow", "POST"))
        if path in {"wp-json/", "wp-json/wp/v2/users", "wp-json/wp/v2/users/"}:
            return _json(base, path)
        post = next((item for item in posts if path in {item.slug, f"{item.slug}/"}), None)
        if post:
            shown = self._journal(base, f"{post.title} – The Petal & Stem Journal", (post,), single=True)
            return shown if path.endswith("/") else redirect(f"{base}blog/{post.slug}/", 301)
        return None

    def _journal(self, base: str, heading: str, posts: tuple[Post, ...], *, single: bool = False) -> Response:
        shown = page("blog.html", base=base, heading=heading, posts=posts, post=single)
        return shown.adding(("Link", f'<{base}blog/wp-json/>; rel="https://api.w.org/"'))

    def missing(self, request: Request) -> Response:
        """The blog's own page for an address that it does not have."""
        return page(
            "blog.html", 404, base=base_of(request), heading="Page not found – The Petal & Stem Journal", posts=(), post=False
        )


def _json(base: str, path: str) -> Response:
    people = [
        {"id": number, "name": name, "url": "", "link": f"{base}blog/author/{name}/", "slug": name}
        for number, name in ((1, "admin"), (2, "rosie"))
    ]
    about = {"name": "The Petal & Stem Journal", "url": f"{base}blog", "namespaces": ["oembed/1.0", "wp/v2"], "routes": {}}
    body = json.dumps(about if path == "wp-json/" else people).encode()
    return Response(200, body, (("Content-Type", "application/json; charset=UTF-8"),))

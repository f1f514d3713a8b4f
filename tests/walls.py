"""What stands before shops in the place of the shop, as public reports show it, and shops that only look like it.

Each is a function of the path (with its query) and of the cookies that came with the request.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote

from tests.loopback import response

HTML = "Content-Type: text/html; charset=utf-8\r\n"
Site = Callable[[str, str], bytes]
OWN = ("/roses", "/tulips", "/ferns", "/basket", "/login", "/privacy-policy")
LINKS = "".join(f'<a href="{path}">{path[1:]}</a> ' for path in OWN)
MISSING = response(b"<!DOCTYPE html><title>Not found</title><h1>Not found</h1>", "404 Not Found", HTML)


def page(body: str, status: str = "200 OK", more: str = "") -> bytes:
    """An answer of HTML."""
    return response(f"<!DOCTYPE html><html lang='en'>{body}</html>".encode(), status, HTML + more)


def moved(to: str, more: str = "") -> bytes:
    """A redirect."""
    return response(b"", "302 Found", f"Location: {to}\r\n{more}")


def shop(path: str, body: str = "", head: str = "", under: str = "") -> bytes:
    """A small healthy shop below a folder."""
    bare = path.partition("?")[0].removeprefix(under)
    if not path.startswith(under) or bare not in {"/", *OWN}:
        return MISSING
    links = LINKS.replace('href="/', f'href="{under}/')
    title = bare.strip("/").title() or "Flowers"
    return page(
        f"<head><title>{title} - Petal and Stem</title>{head}</head><body><h1>{title}</h1>{links}"
        f"<p>We bind flowers by hand and bring them to your door the same day.</p>{body}</body>"
    )


def everywhere(body: str, status: str = "200 OK", more: str = "") -> Site:
    """One page at every address."""
    return lambda _path, _cookies: page(body, status, more)


def _captcha(path: str, _cookies: str) -> bytes:
    if path.startswith("/captcha"):
        return page("<title>Verify</title><cap-widget data-cap-api-endpoint='https://cap.example/k/'></cap-widget><p>One moment")
    return moved(f"/captcha?next={quote(path)}")


def _age_redirect(path: str, cookies: str) -> bytes:
    if path.startswith("/AgeVerification"):
        return page(
            "<title>Age verification</title><p>You must be 18 to enter.</p><form method='post' action='/AgeVerification'>"
            "<button name='ok' value='1'>Yes, enter</button></form><a href='https://search.example/'>Leave</a>"
        )
    return shop(path) if "age=ok" in cookies else moved(f"/AgeVerification?url2={quote(path)}")


def _password(path: str, _cookies: str) -> bytes:
    if path.startswith("/password"):
        return page(
            "<title>Petal – Opening soon</title><h1>Opening soon</h1><form method='post' action='/password'>"
            "<input type='hidden' name='form_type' value='storefront_password'><input type='password' name='password'>"
            "<button>Enter</button></form>"
        )
    return moved("/password")


def _parked_by_script(path: str, _cookies: str) -> bytes:
    if path.startswith("/lander"):
        return page(
            "<head><title>petalandstem.example</title><script src='https://img1.parking.example/parking-lander/app.js'></script>"
            "</head><body></body>"
        )
    return page('<head><script>window.onload=function(){window.location.href="/lander"}</script></head>')


def _sent_away(path: str, _cookies: str) -> bytes:
    if path.startswith("/.well-known/sgcaptcha"):
        return page("<title>Robot Challenge Screen</title><script>/* … */</script>", "202 Accepted")
    back = quote(path)
    return page(
        f'<head><meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/?r={back}&y=ipc:192.0.2.7:1"></head>', "202 Accepted"
    )


def _soon(path: str, _cookies: str) -> bytes:
    """WooCommerce's page while the shop is being built (``woocommerce_coming_soon``, on in a new shop): no-store, 404 for what is
    not there, and links to home and to WordPress' login."""
    if path.startswith("/wp-login.php"):
        return page("<title>Log In</title><form method='post'><input name='log'><input type='password' name='pwd'></form>")
    return page(
        "<head><title>Petal &amp; Stem</title><script src='/wp-includes/js/x.js'></script></head><body>"
        "<a href='http://petalandstem.example'>Petal</a> <a href='https://social.example/'>Social</a> "
        f"<a href='/wp-login.php?redirect_to={quote(path)}'>Log in</a><h1>Pardon our dust! We’re working on something amazing — "
        "check back soon!</h1></body>",
        "200 OK" if path in {"/", *OWN} else "404 Not Found",
        "Cache-Control: no-cache, must-revalidate, max-age=0, no-store, private\r\n",
    )


def _bot_check(path: str, _cookies: str) -> bytes:
    if path.startswith("/.basedflare/bot-check"):
        return page(
            "<head><title>Hold on...</title></head><body data-pow='1#2'><h3>Checking your browser for robots</h3>"
            "<script src='/.basedflare/js/challenge.min.js'></script></body>",
            "403 Forbidden",
        )
    return moved(f"/.basedflare/bot-check?{path}")


def _broken_home(body: str) -> Site:
    return lambda path, _cookies: page(body) if path == "/" else MISSING


ANUBIS = (
    "<head><title>Making sure you&#39;re not a bot!</title><meta name='robots' content='noindex,nofollow'>"
    "<script id='anubis_challenge' type='application/json'>{\"rules\":{}}</script></head><body><main><h1>Making sure</h1>"
    "<script async type='module' src='/.within.website/x/cmd/anubis/static/js/main.mjs'></script></main>"
    "<footer>Protected by <a href='https://anubis.techaro.lol/'>Anubis</a></footer></body>"
)
COOKIE_SCRIPT = (
    '<body><script type="text/javascript" src="/aes.js"></script><script>function toNumbers(d){return d}var a=toNumbers("f655");'
    'document.cookie="__test="+a+"; max-age=21600; path=/"; location.href="http://petalandstem.example/?i=1";</script>'
    "<noscript>This site requires Javascript to work</noscript></body>"
)
WORK = (
    "<head><title>One moment</title><meta name='robots' content='noindex'></head><body><p>Checking your connection.</p>"
    "<script>(async()=>{let n=0;while(!(await ok(n)))n++;await fetch('/.check',{method:'POST',body:n});location.reload()})()"
    "</script></body>"
)
WALLS: dict[str, tuple[Site, str]] = {
    "Anubis": (everywhere(ANUBIS, more="Cache-Control: no-store\r\n"), "Anubis"),
    "a cookie by script": (everywhere(COOKIE_SCRIPT), "bot check"),
    "a proof of work that nobody knows": (everywhere(WORK, more="Cache-Control: no-store\r\n"), "bot check"),
    "AWS WAF, 202": (
        everywhere("<script>window.gokuProps={}</script>", "202 Accepted", "x-amzn-waf-action: challenge\r\n"), "AWS WAF"
    ),
    "AWS WAF, 405": (everywhere("<div id=x></div>", "405 Method Not Allowed", "x-amzn-waf-action: captcha\r\n"), "AWS WAF"),
    "an unknown 202": (everywhere("<script>go()</script>", "202 Accepted"), "bot check"),
    "Cloudflare, 403": (
        everywhere("<title>Just a moment...</title><script>window._cf_chl_opt={}</script>", "403 Forbidden", "cf-mitigated: challenge\r\n"),
        "Cloudflare",
    ),
    "Cloudflare, 503": (everywhere("<title>Just a moment...</title><p>Checking", "503 Service Unavailable"), "Cloudflare"),
    "Sucuri": (everywhere("<script>var sucuri_cloudproxy_js='',S='cz0i';eval(S)</script>", "200 OK"), "Sucuri"),
    "Imperva": (everywhere("<iframe id='main-iframe' src='/_Incapsula_Resource?CWUDNSAI=9'></iframe>"), "Imperva"),
    "DataDome": (
        everywhere("<p id='cmsg'>Please enable JS<script src='https://ct.captcha-delivery.com/c.js'></script>", "403 Forbidden"),
        "DataDome",
    ),
    "DataDome, 200": (everywhere("<script src='https://ct.captcha-delivery.com/c.js'></script>"), "DataDome"),
    "Fastly": (
        everywhere(
            "<head><title>Client Challenge</title><script src='/_fs-ch-1T1wmsGaOgGaSxcX/script.js'></script></head><body>"
            "<noscript>JavaScript is disabled in your browser.</noscript><div id='loading-error'>A required part of this site "
            "couldn’t load.</div></body>"
        ),
        "Fastly",
    ),
    "Bunny Shield, 403": (
        everywhere(
            "<head><title>Establishing a secure connection ...</title><script src='/.bunny-shield/assets/shield-challenge.js'>"
            "</script></head><body data-pow='a#b'><p>Hold tight</p></body>",
            "403 Forbidden",
        ),
        "Bunny Shield",
    ),
    "haproxy-protection, to which all are sent": (_bot_check, "haproxy-protection"),
    "Azure WAF, 403": (
        everywhere(
            "<title>Azure WAF</title><p>Please wait.</p><script>document.cookie='afd_azwaf_jsclearance='+solve()</script>",
            "403 Forbidden",
        ),
        "Azure WAF",
    ),
    "SiteGround": (_sent_away, "SiteGround"),
    "Imunify360, 200": (
        everywhere(
            "<head><title>One moment, please...</title></head><body><h1>Please wait while your request is being verified...</h1>"
            "<form id='wsidchk-form' action='/z0f76a1d14fd21a8fb5fd0d03e0fdc3d3cedae52f'><input type='hidden' name='wsidchk'></form>"
            "<script>document.getElementById('wsidchk-form').submit()</script></body>"
        ),
        "bot check",
    ),
    "DDoS-Guard, 403": (
        everywhere(
            "<head><title>DDoS-Guard</title><script src='https://check.ddos-guard.net/check.js'></script></head>", "403 Forbidden"
        ),
        "DDoS-Guard",
    ),
    "AWS WAF, 200, in German": (
        everywhere(
            "<head><title>Ich bin kein Roboter</title><script src='https://82d925f87a91.edge.captcha-sdk.awswaf.com/jsapi.js'>"
            "</script></head><h1>Ich bin kein Roboter</h1><p>Um weiter zu lesen, l\u00f6se bitte diesen kurzen Test.</p>"
        ),
        "AWS WAF",
    ),
    "Qrator, 401": (everywhere("<script src='/__qrator/qauth_utm_v2d.js'></script>", "401 Unauthorized"), "Qrator"),
    "a captcha that all are sent to": (_captcha, "captcha"),
    "a refresh to itself": (everywhere('<head><meta http-equiv="refresh" content="1"><title>Wait</title></head>'), "bot check"),
    "an age gate": (
        everywhere(
            "<title>Welcome</title><h1>Are you over 18?</h1><form method='post'><button name='age' value='1'>Yes</button>"
            "<button name='age' value='0'>No</button></form>"
        ),
        "age or consent",
    ),
    "an age gate with a date, in German": (
        everywhere(
            "<title>Willkommen</title><p>Bist du volljährig?</p><form action='/pruefen' method='post'><select name='jahr'>"
            "<option>1990</select><input type='submit' value='Weiter'></form><a href='/datenschutz'>Datenschutz</a>"
        ),
        "age or consent",
    ),
    "an age gate that all are sent to": (_age_redirect, "age or consent"),
    "a consent page": (
        everywhere("<title>Cookies</title><p>We need your consent to cookies.</p><button onclick='accept()'>Accept</button>"),
        "age or consent",
    ),
    "a password": (everywhere("<title>Staging</title><form method='post'><input type='password' name='p'></form>"), "password"),
    "a password that all are sent to": (_password, "password"),
    "a parking page by script": (_parked_by_script, "parking page"),
    "a parking page with links": (
        everywhere(
            "<title>petalandstem.example</title><p>This domain may be for sale. Related searches:</p>"
            + "".join(f"<a href='/{word}.cfm?domain=petalandstem.example'>{word}</a> " for word in ("roses", "gifts", "vases", "soil"))
            + "<a href='https://registrar.example/buy'>Buy this domain</a>"
        ),
        "parking page",
    ),
    "a parking page with a frame": (
        everywhere("<title>petalandstem.example</title><p>parked</p><iframe src='https://ads.parking.example/?d=x'></iframe>"),
        "parking page",
    ),
    "coming soon": (
        everywhere(
            "<title>Petal</title><h1>Coming soon</h1><form action='/subscribe' method='post'><input type='email' name='mail'></form>"
            "<a href='https://photos.example/petal'>Follow us</a>"
        ),
        "not open",
    ),
    "coming soon, with a login for its makers, and shown as what is not found": (_soon, "not open"),
    "Debian's page of Apache": (
        _broken_home(
            "<head><title>Apache2 Debian Default Page: It works</title></head><body><p>This is the default welcome page.</p>"
            "<a href='/manual'>manual</a> <a href='https://httpd.example/'>modules</a></body>"
        ),
        "default page",
    ),
    "nginx's welcome": (
        _broken_home("<head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1><p>Further configuration.</p>"),
        "default page",
    ),
    "Apache's two words": (_broken_home("<body><h1>It works!</h1></body>"), "default page"),
    "IIS": (
        _broken_home("<head><title>IIS Windows Server</title></head><body><a href='https://iis.example/'><img src='iisstart.png'></a>"),
        "default page",
    ),
    "Plesk's page": (
        _broken_home("<head><title>Web Server's Default Page</title></head><body><h1>Web Server's Default Page</h1><p>No site."),
        "default page",
    ),
    "maintenance, in German": (everywhere("<title>Wartung</title><p>Wir sind gleich wieder da: Wartungsarbeiten."), "not open"),
    "maintenance, in Polish": (everywhere("<title>Petal</title><h1>Przerwa techniczna</h1>"), "not open"),
    "some words in no known language": (everywhere("<title>Petal</title><p>Hazır değil"), "stands in for the shop"),
    "nothing at all": (lambda _path, _cookies: response(b"", headers=HTML), "empty"),
    "an empty page": (everywhere("<head></head><body></body>"), "empty"),
    "a script that nobody can read": (_broken_home("<script>eval(atob('bG9jYXRpb24='))</script>"), "nothing but a script"),
    "a script that chooses": (
        _broken_home("<script>if (navigator.language=='de') location='/de/'; else location='/en/';</script>"),
        "nothing but a script",
    ),
}  # fmt: skip
"""Name → what answers, and a word of the reason and its advice."""


def _app(path: str, _cookies: str) -> bytes:
    if path == "/static/main.3f2a.js":
        return response(
            b"(()=>{'use strict';const e=document.getElementById('root')})();" * 40, headers="Content-Type: text/javascript\r\n"
        )
    if path.startswith("/static/") or path == "/robots.txt":
        return MISSING
    return page(
        "<head><title>Petal and Stem</title><meta name='description' content='Flowers'><link rel='icon' href='/static/i.png'></head>"
        "<body><noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div>"
        "<script src='/static/main.3f2a.js'></script></body>"
    )


def _app_with_missing(path: str, cookies: str) -> bytes:
    return _app(path, cookies) if path in {"/", "/static/main.3f2a.js"} else MISSING


def _door_by_refresh(path: str, cookies: str) -> bytes:
    """testcookie-nginx-module with testcookie_redirect_via_refresh: a page that sets the cookie and loads itself."""
    if "TCK=" in cookies:
        return shop(path)
    return page(f'<head><meta http-equiv="refresh" content="0;url={path}"></head>', more="Set-Cookie: TCK=1; Path=/\r\n")


def _gate_that_leads_in(path: str, cookies: str) -> bytes:
    if path.startswith("/enter"):
        return moved("/roses", "Set-Cookie: age=ok; Path=/\r\n")
    return shop(path) if "age=ok" in cookies else page("<title>18?</title><p>Are you 18?</p><a href='/enter?age=yes'>Yes</a>")


def _one_page(path: str, _cookies: str) -> bytes:
    body = "<title>Petal</title><h1>Flowers</h1><p>Call 01632 960123, or come by.</p><a href='/login'>Log in</a>"
    return shop(path) if path == "/login" else page(body, "200 OK" if path == "/" else "404 Not Found")


def _sends_home(path: str, _cookies: str) -> bytes:
    return page("<title>Petal</title><h1>Flowers</h1><a href='/roses'>Roses</a>") if path == "/" else moved("/")


SHOPS: dict[str, Site] = {
    "a shop that writes about bots": lambda path, _cookies: shop(
        path, "<p>Anubis is a jackal; making sure you're not a bot; just a moment...; this domain is parked; coming soon."
    ),
    "a shop with Cloudflare's script in each page": lambda path, _cookies: shop(
        path, "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    ),
    "a shop with Imperva's script in each page": lambda path, _cookies: shop(
        path, "<script src='/_Incapsula_Resource?SWJIYLWA=719d'></script>"
    ),
    "a shop with a captcha for its newsletter": lambda path, _cookies: shop(
        path, "<script src='https://www.google.com/recaptcha/api.js'></script><form><input type=email name=mail></form>"
    ),
    "a shop that Imperva marks in each answer": lambda path, _cookies: shop(path).replace(
        b"\r\n", b"\r\nX-Iinfo: 21-162848-162850 NNYN CT(375 240 0)\r\nX-CDN: Incapsula\r\n", 1
    ),
    "a shop with AWS WAF's script in each page": lambda path, _cookies: shop(
        path, head="<script src='https://82d925f87a91.edge.sdk.awswaf.com/82d925f87a91/challenge.js' defer></script>"
    ),
    "a shop with two captchas in its forms": lambda path, _cookies: shop(
        path,
        "<div class='h-captcha'></div><div class='cf-turnstile'></div><script src='https://js.hcaptcha.com/1/api.js'></script>",
    ),
    "a shop whose banner sets a cookie and loads again": lambda path, _cookies: shop(
        path, "<script>function ok(){document.cookie='ok=1';location.reload()}</script>"
    ),
    "a shop with an age question over it": lambda path, _cookies: shop(
        path, "<div class='overlay'><p>Are you 18?</p><button onclick='yes()'>Yes</button></div>"
    ),
    "a shop drawn by a program": _app,
    "a shop drawn by a program that knows what is missing": _app_with_missing,
    "a shop that sends home whoever is lost": _sends_home,
    "one page of a florist who shows it for what is not found, too": _one_page,
    "a shop that says of its glue that it works": lambda path, _cookies: shop(path, head="<title>It works!</title>"),
    "a page that only begins like a server's": _broken_home(
        "<title>Welcome to nginx lovers' flowers</title><h1>It works! Call us</h1>"
    ),
    "one page of a florist": _broken_home("<title>Petal</title><h1>Flowers</h1><p>Call 01632 960123, or come by."),
    "a door that loads itself with a cookie": _door_by_refresh,
    "a gate whose link leads in": _gate_that_leads_in,
}
"""Name → a shop that is none of these."""


def query_of(path: str) -> str:
    """What a path's query names, decoded."""
    return unquote(path.partition("=")[2])

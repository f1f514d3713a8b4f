"""Sixty letters as newsletter services, shop systems and mail programs build them, each with its weak twin.

Re-created from how these systems write mail (which headers, which order, which markup, how links and pictures are addressed), with
all names changed. A weak twin is the same letter with what is usually wrong with that system's mails: ``FAULTS``.
"""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass

SHOP = "petalandstem.example"
MAILBOX = "mx.mailbox.example"
"""Whose Authentication-Results are believed."""

FAULTS = {
    "visible": "letter-recipients-visible",
    "unproven": "letter-unauthenticated",
    "no-way-out": "letter-unsubscribe-missing",
    "secret": "letter-secret-in-clear",
    "card": "letter-card-number",
    "deceptive": "letter-link-deceptive",
    "http": "letter-link-http",
    "open-hop": "letter-hop-unencrypted",
    "tells": "letter-signature-tells",
}
"""What a weak twin has → the rule that finds it."""


@dataclass(frozen=True)
class System:
    """What sends. host: the server that hands over; bounce: the envelope's domain; clicks: whose links count clicks, or "".

    headers: those that it adds, ``{shop}`` filled in. encoding: of the parts. plain: whether a text part comes beside the HTML.
    """

    name: str
    host: str
    bounce: str
    headers: tuple[str, ...] = ()
    clicks: str = ""
    encoding: str = "quoted-printable"
    html: bool = True
    plain: bool = True
    bulk: bool = False


ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


def bulk(name: str, domain: str, *headers: str, clicks: str = "", **more: bool | str) -> System:
    """A newsletter service: it bounces to itself, counts clicks by a name of the shop's own, and writes the two headers."""
    way_out = (f"List-Unsubscribe: <https://u.{domain}/out/7f3a>, <mailto:out-7f3a@{domain}>", ONE_CLICK)
    return System(name, f"mta7.{domain}", f"bounce.{domain}", (*headers, *way_out), clicks or f"links.{SHOP}", bulk=True, **more)  # type: ignore[arg-type]


SERVICES = (
    bulk("mailchimp", "mcsv-like.example", "X-Mailer: MailChimp Mailer - **CIDab12cd34ef**", "X-Campaign: mailchimp7.ab12", "X-campaignid: mailchimp7.ab12", "X-Report-Abuse: Please report abuse for this campaign here: https://mcsv-like.example/abuse", "X-MC-User: ab12cd34", "Feedback-ID: 7:7.ab12:us21:mc", "List-ID: 7mc list <7.ab12.list-id.mcsv-like.example>"),
    bulk("brevo", "sendinblue-like.example", "X-Mailin-EID: MTIzNDU2", "X-Mailin-Campaign: 12", "Feedback-ID: 185.1:12:newsletter:Sendinblue", "X-CSA-Complaints: csa-complaints@eco.example", "Origin-messageId: <2026@smtp-relay.sendinblue-like.example>"),
    bulk("klaviyo", "klaviyomail-like.example", "X-Kmail-Account: AB12CD", "X-Kmail-Message: 01H", "Feedback-ID: AB12CD:01H:campaign:Klaviyo", "X-SG-EID: u001.abc"),
    bulk("mailerlite", "mlsend-like.example", "X-MailerLite-Mailer: 77", "X-Report-Abuse: https://mlsend-like.example/abuse", "Precedence: bulk", "Feedback-ID: 77:mailerlite"),
    bulk("cleverreach", "crsend-like.example", "X-Mailer: CleverReach", "X-CSA-Complaints: csa-complaints@eco.example", "List-Id: 77.crsend-like.example", encoding="8bit"),
    bulk("rapidmail", "rmsend-like.example", "X-CSA-Complaints: csa-complaints@eco.example", "X-Rapidmail-Id: 77-1", "Precedence: bulk"),
    bulk("getresponse", "gr-mail-like.example", "X-Complaints-To: abuse@gr-mail-like.example", "X-GR-Campaign: 77", "Precedence: bulk", encoding="base64"),
    bulk("freshmail", "fm-like.example", "X-FreshMail-Id: 77", "List-Id: <77.fm-like.example>"),
    bulk("activecampaign", "acems-like.example", "X-Mailer: acmailer", "X-mid: 77", "Feedback-ID: 77:AC"),
    bulk("campaign-monitor", "cmail-like.example", "X-Mailer: Create Send", "X-Campaign: 77", "X-Complaints-To: abuse@cmail-like.example"),
    bulk("constant-contact", "ccsend-like.example", "X-Campaign-Activity-ID: 77", "X-Roving-ID: 77.1", "X-Return-Path-Hint: a@in.ccsend-like.example"),
    bulk("hubspot", "hubspotemail-like.example", "X-HS-Cid: 77", "X-Report-Abuse-To: abuse@hubspotemail-like.example", "Feedback-ID: 77:HubSpot"),
    bulk("omnisend", "omnisend-like.example", "X-Omnisend-Id: 77", "Feedback-ID: 77:omnisend"),
    bulk("listmonk", SHOP, "X-Listmonk-Campaign: 77", "Precedence: bulk", plain=False),
    bulk("mautic", SHOP, "Precedence: Bulk", "X-EMAIL-ID: 77"),
    bulk("phplist", SHOP, "X-MessageID: 77", "X-ListMember: hidden", "Precedence: bulk", "Errors-To: bounce@petalandstem.example", html=False),
)  # fmt: skip


def shop(name: str, *headers: str, **more: bool | str) -> System:
    """A shop that sends by the shop's own mail host."""
    return System(name, f"mail.{SHOP}", SHOP, headers, **more)  # type: ignore[arg-type]


SHOPS = (
    shop("woocommerce", "X-Mailer: WooCommerce", plain=False, encoding="8bit"),
    shop("prestashop", "Auto-Submitted: auto-generated", encoding="quoted-printable"),
    shop("opencart", "Reply-To: Petal <shop@petalandstem.example>", encoding="base64"),
    shop("magento2", plain=False, encoding="quoted-printable"),
    shop("shopware6", "Auto-Submitted: auto-generated"),
    shop("shopware5", "Precedence: auto"),
    shop("gambio", encoding="8bit"),
    shop("modified", "X-Priority: 3", encoding="8bit"),
    shop("oscommerce", html=False, encoding="7bit"),
    shop("zencart", "X-Priority: 3"),
    shop("sylius", plain=False),
    shop("cscart", plain=False, encoding="base64"),
    shop("thirtybees", encoding="base64"),
    shop("virtuemart", plain=False),
    shop("jtl", "X-Priority: 3"),
    System("shopify", "mta.shopify-mail-like.example", f"bounce.{SHOP}", ("X-Shopify-Shop: 77", "Feedback-ID: 77:order:shopify")),
    System("bigcommerce", "o1.bc-like.example", f"em77.{SHOP}", ("X-SG-EID: u001.abc",)),
    System(
        "ecwid", "a1.ses-like.example", f"ses.{SHOP}", ("X-SES-Outgoing: 2026.11.02-192.0.2.7", "Feedback-ID: 1.eu-1:AmazonSES")
    ),
)
PEOPLE = (
    shop("thunderbird", "Content-Language: en-GB", html=False, encoding="7bit"),
    shop("outlook", "Thread-Topic: Flowers", "X-MS-Has-Attach:", "X-MS-TNEF-Correlator:"),
    shop("apple-mail", "X-Uniform-Type-Identifier: com.apple.mail-draft"),
)
SYSTEMS = {system.name: system for system in (*SERVICES, *SHOPS, *PEOPLE)}

SUBJECTS = {
    ("newsletter", "en"): "20% off roses this week",
    ("newsletter", "de"): "Neu im Shop: Tulpen, 20 % Rabatt",
    ("newsletter", "pl"): "Nowości w sklepie: tulipany -20%",
    ("order", "en"): "Your order 100045 at Petal & Stem",
    ("order", "de"): "Ihre Bestellung Nr. 100045",
    ("order", "pl"): "Potwierdzenie zamówienia nr 100045",
    ("account", "en"): "Welcome to Petal & Stem: your account",
    ("account", "de"): "Ihr Kundenkonto bei Petal & Stem",
    ("account", "pl"): "Rejestracja: Państwa konto",
    ("letter", "en"): "About Thursday",
    ("letter", "de"): "Wegen Donnerstag",
    ("letter", "pl"): "W sprawie czwartku",
}
WORDS = {
    "en": ("Dear Anna Example,", "thank you. Paid with Visa ending in 1111, order number 4111111111111111.", "Your password: you chose it yourself.", "Unsubscribe", "View this email in your browser", "Your password: {secret}", "Paid with card {card}"),
    "de": ("Guten Tag Anna Beispiel,", "vielen Dank. Bezahlt mit Visa •••• 1111, Bestellnummer 4111111111111111.", "Passwort: wie von Ihnen gewählt", "Newsletter abbestellen", "Im Browser ansehen", "Ihr Passwort lautet: {secret}", "Bezahlt mit Kreditkarte {card}"),
    "pl": ("Dzień dobry Anno,", "dziękujemy. Zapłacono kartą Visa •••• 1111, numer zamówienia 4111111111111111.", "Hasło: [ustawione przy rejestracji]", "Wypisz się z newslettera", "Zobacz w przeglądarce", "Państwa hasło to: {secret}", "Zapłacono kartą {card}"),
}  # fmt: skip
"""Greeting, thanks, what is no password, the way out, the browser's version; a password, a card."""


@dataclass(frozen=True)
class Mail:
    """One letter. faults: those of its weak twin."""

    system: System
    kind: str
    language: str
    faults: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.system.name}-{self.kind}-{self.language}"

    @property
    def good(self) -> bytes:
        """As it should be."""
        return _written(self, frozenset())

    @property
    def weak(self) -> bytes:
        """With its faults."""
        return _written(self, frozenset(self.faults))


def _mails() -> Iterator[Mail]:
    languages = ("en", "de", "pl")
    wrong_in_newsletters = (
        ("unproven", "deceptive"), ("no-way-out", "http"), ("visible",), ("unproven", "http", "open-hop"), ("deceptive", "no-way-out"),
    )  # fmt: skip
    for number, system in enumerate(SERVICES):
        yield _mail(system, "newsletter", languages[number % 3], wrong_in_newsletters[number % len(wrong_in_newsletters)])
    wrong_in_orders = (("http", "tells"), ("card",), ("unproven", "open-hop"), ("deceptive",), ("visible", "http"))
    wrong_in_accounts = (("secret",), ("secret", "http"), ("tells", "unproven"))
    for number, system in enumerate(SHOPS):
        yield _mail(system, "order", languages[number % 3], wrong_in_orders[number % len(wrong_in_orders)])
        yield Mail(system, "account", languages[(number + 1) % 3], wrong_in_accounts[number % len(wrong_in_accounts)])
    for number, system in enumerate(PEOPLE):
        yield Mail(system, "letter", languages[number], (("visible", "tells"), ("card", "tells"), ("secret",))[number])
    for number, name in enumerate(("woocommerce", "prestashop", "magento2", "shopify", "opencart")):
        yield Mail(SYSTEMS[name], "newsletter", languages[number % 3], ("no-way-out",))


def _mail(system: System, kind: str, language: str, faults: tuple[str, ...]) -> Mail:
    """A text without HTML has no link that shows another name."""
    return Mail(system, kind, language, tuple("http" if one == "deceptive" and not system.html else one for one in faults))


def _written(mail: Mail, faults: frozenset[str]) -> bytes:
    system = mail.system
    head = "\r\n".join(_headers(mail, faults))
    text, markup = _text(mail, faults), _markup(mail, faults)
    if not system.html:
        return f"{head}\r\n{_part('plain', text, system.encoding)}".encode()
    if not system.plain:
        return f"{head}\r\n{_part('html', markup, system.encoding)}".encode()
    parts = "".join(f"--=_b1\r\n{_part(kind, body, system.encoding)}\r\n" for kind, body in (("plain", text), ("html", markup)))
    return f'{head}\r\nContent-Type: multipart/alternative; boundary="=_b1"\r\n\r\n{parts}--=_b1--\r\n'.encode()


def _part(kind: str, text: str, encoding: str) -> str:
    raw = text.replace("\n", "\r\n").encode()
    if encoding == "base64":
        body = base64.encodebytes(raw).decode().replace("\n", "\r\n")
    elif encoding == "quoted-printable":
        body = quopri.encodestring(raw).decode()
    else:
        body = raw.decode()
    return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"


def _headers(mail: Mail, faults: frozenset[str]) -> Iterator[str]:
    system, plain_hop = mail.system, "open-hop" in faults
    results = "dmarc=fail" if "unproven" in faults else "dmarc=pass"
    dkim = "elsewhere.example" if "unproven" in faults else SHOP
    yield f"Return-Path: <b-77@{system.bounce}>"
    yield "Delivered-To: anna@mailbox.example"
    yield f"Received: from {MAILBOX} by store.mailbox.example with LMTP id 77; Mon, 2 Nov 2026 10:00:02 +0100"
    yield f"Authentication-Results: {MAILBOX}; dkim=pass header.d={dkim}; {results} header.from={SHOP}"
    how = "with ESMTP" if plain_hop else "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384) with ESMTPS"
    yield f"Received: from {system.host} ({system.host} [192.0.2.77])\r\n\tby {MAILBOX} (Postfix) {how} id 4F77\r\n\tfor <anna@mailbox.example>; Mon, 2 Nov 2026 10:00:01 +0100"
    yield f"From: Petal & Stem <{'news' if mail.kind == 'newsletter' else 'shop'}@{SHOP}>".replace("&", "and")
    yield "To: anna@mailbox.example"
    if "visible" in faults:
        yield "Cc: b.rose@first.example, c.leaf@second.example, d.bud@third.example,\r\n e.root@fourth.example, f.stem@fifth.example"
    subject = base64.b64encode(SUBJECTS[mail.kind, mail.language].encode()).decode()
    yield f"Subject: =?UTF-8?B?{subject}?="
    yield "Date: Mon, 2 Nov 2026 10:00:00 +0100"
    yield f"Message-ID: <77.{mail.name}@{system.host}>"
    added = system.headers
    if mail.kind == "newsletter" and not system.bulk:
        added = (*added, f"List-Unsubscribe: <https://{SHOP}/out/7f3a>", ONE_CLICK)
    yield from (header for header in added if "no-way-out" not in faults or not header.startswith("List-Unsubscribe"))
    if "tells" in faults and mail.kind != "letter":
        yield "X-Mailer: PHPMailer 5.2.9 (https://github.com/PHPMailer/PHPMailer/)"
        yield "X-PHP-Originating-Script: 1000:class.phpmailer.php"
    yield "MIME-Version: 1.0"


def _text(mail: Mail, faults: frozenset[str]) -> str:
    greeting, thanks, no_password, way_out, browser, *_ = WORDS[mail.language]
    scheme = "http" if "http" in faults else "https"
    lines = [greeting, "", thanks]
    if mail.kind == "account":
        lines += [no_password, f"https://{SHOP}/reset?key=0123456789abcdef0123"]
    lines += [f"{scheme}://{SHOP}/roses", *_bad_lines(mail, faults)]
    if mail.kind == "newsletter" and "no-way-out" not in faults:
        lines += [
            f"{browser}: https://{mail.system.clicks or SHOP}/view/77",
            f"{way_out}: https://{mail.system.clicks or SHOP}/out/7f3a",
        ]
    if mail.kind == "letter":
        lines += ["", "-- ", "A. Stem, Petal & Stem", f"https://{SHOP}", "+44 20 7946 0000"]
        lines += ["AnyDesk ID: 123 456 789"] if "tells" in faults else []
    return "\n".join(lines)


def _bad_lines(mail: Mail, faults: frozenset[str]) -> list[str]:
    *_, password, card = WORDS[mail.language]
    lines = [password.format(secret="Tulip2024!")] if "secret" in faults else []
    return lines + ([card.format(card="4111 1111 1111 1111")] if "card" in faults else [])


def _markup(mail: Mail, faults: frozenset[str]) -> str:
    system, (greeting, thanks, no_password, way_out, browser, *_) = mail.system, WORDS[mail.language]
    scheme = "http" if "http" in faults else "https"
    clicks = "click.tracker-like.example" if "deceptive" in faults else system.clicks or SHOP
    rows = [f"<p>{greeting}</p>", f"<p>{thanks}</p>", *(f"<p>{line}</p>" for line in _bad_lines(mail, faults))]
    if mail.kind == "account":
        rows.append(f'<p>{no_password}<br><a href="https://{SHOP}/reset?key=0123456789abcdef0123">{SHOP}</a></p>')
    rows.append(f'<p><a href="{scheme}://{clicks}/c/77?u=https%3A%2F%2F{SHOP}%2Froses" style="color:#0f5c63">www.{SHOP}</a></p>')
    rows.append(f'<img src="{scheme}://{SHOP}/media/logo.png" width="120" height="40" alt="Petal">')
    if mail.kind == "newsletter" and "no-way-out" not in faults:
        host = system.clicks or SHOP
        rows.append(f'<p><a href="https://{host}/view/77">{browser}</a> | <a href="https://{host}/out/7f3a">{way_out}</a></p>')
    if mail.kind == "newsletter" and system.bulk:
        rows.append(f'<img src="https://{system.clicks}/o/77.gif" width="1" height="1" alt="">')
    if mail.kind == "letter":
        rows += ["<p>-- <br>A. Stem<br>Petal and Stem<br>+44 20 7946 0000</p>"]
        rows += ["<p>AnyDesk ID: 123 456 789</p>"] if "tells" in faults else []
    cells = "".join(f"<tr><td>{row}</td></tr>" for row in rows)
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Petal</title><style>td{font-family:Arial}</style></head>\n'
        f'<body><table role="presentation">{cells}</table></body></html>'
    )


MAILS = tuple(_mails())

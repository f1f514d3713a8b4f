"""Evidence for tests: a healthy shop's, to change one thing at a time. For us and for the authors of plugins.

A check is a pure function, so its test needs no server, no mock and no waiting::

    from scanner.testing import answer, pages, page, probes

    def test_found() -> None:
        assert isinstance(exposed_vcs(probes(exposed_vcs, {"/.git/HEAD": answer(200, "ref: refs/heads/main")})), Found)

Everything here belongs to the made-up shop https://petalandstem.example/ and happens at ``NOW``. Without arguments each
function gives what a healthy shop shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from scanner.engine.judging import narrowed
from scanner.evidence import (
    UNKNOWN,
    Answer,
    AuthResult,
    BackupFile,
    BackupPlace,
    Backups,
    Certificate,
    CertificateDigests,
    CertificateNames,
    Chain,
    Closed,
    Cookie,
    DnsAnswer,
    DnsLookup,
    Dnssec,
    Entrance,
    Entrances,
    Existence,
    FileKind,
    Form,
    FtpReply,
    FtpServer,
    ImplicitFtps,
    Installation,
    Installations,
    Known,
    Lead,
    Letter,
    LetterHop,
    LetterKind,
    LetterLink,
    Letters,
    LetterSender,
    LetterSignature,
    Link,
    Listed,
    Listings,
    LoadedFile,
    LoadedFiles,
    Mail,
    MailDomain,
    MailEncryption,
    MailServer,
    MailTalk,
    Names,
    OtherName,
    OwnersRecord,
    Page,
    PageKind,
    Pages,
    Probed,
    Probes,
    Registration,
    Resource,
    Robots,
    Script,
    ScriptHost,
    ScriptHosts,
    Security,
    SshAlgorithms,
    SshServer,
    StsPolicy,
    TlsCipher,
    TlsEndpoint,
    TlsProtocol,
    TlsScan,
    TlsWeakness,
    Unavailable,
    Unlisted,
    Unlooked,
    Unread,
    UnreadLetter,
    Version,
)
from scanner.platforms import Knowledge, Table
from scanner.platforms.loading import read_shipped
from scanner.rules.rule import rule_of
from scanner.rules.verdicts import Verdict

NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
HOST = "petalandstem.example"
TWIN = f"www.{HOST}"
ORIGIN = f"https://{HOST}"
HOME = f"{ORIGIN}/"
HSTS = "max-age=31536000; includeSubDomains"

Headers = Mapping[str, str] | Sequence[tuple[str, str]]
"""A header's name → its value; pairs where a header comes twice."""

Seen = Chain | Closed | Unavailable
Given = Answer | Unavailable | tuple[Answer, Sequence[Answer | Unavailable]]
"""A probe's answer, or that answer and the answers of its controls."""

_FTP_READY = FtpReply(220, "FTP server ready")
_FTP_TLS = FtpReply(234, "Proceed with negotiation.")
_FTP_TLS_ONLY = FtpReply(530, "Non-anonymous sessions must use encryption.")
_FTP_NOBODY = FtpReply(530, "Login incorrect.")

_COVERED = ("from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post")

_NAMES = {
    "prestashop": "PrestaShop",
    "wordpress": "WordPress",
    "woocommerce": "WooCommerce",
    "opencart": "OpenCart",
    "magento": "Magento",
    UNKNOWN: "Unknown",
}


# --- answers -------------------------------------------------------------------------------------------------------


def answer(
    status: int = 200,
    text: str = "",
    *,
    address: str = HOME,
    headers: Headers = (),
    head: bytes = b"",
    size: int | None = None,
    cut: bool = False,
) -> Answer:
    """One HTTP answer. head and size follow from the text unless given."""
    raw = head or text.encode()
    return Answer(address, status, _pairs(headers), text, raw[:600], len(raw) if size is None else size, cut)


def chain(start: str = HOME, *redirects: tuple[int, str], end: int | Answer | Unavailable = 200, headers: Headers = ()) -> Chain:
    """A request and the redirects that followed: ``chain("http://shop.example/", (301, "https://shop.example/"))``.

    redirects: (status, Location) pairs. end: the last answer or its status. headers: what every answer carries, as a setting of
    the whole server does.
    """
    hops, address = [], start
    for status, location in redirects:
        hops.append(answer(status, address=address, headers=(*_pairs(headers), ("location", location))))
        address = urljoin(address, location)
    last = answer(end, "A shop" if end == 200 else "", address=address, headers=headers) if isinstance(end, int) else end
    return Chain(start, tuple(hops), last)


def entrances(
    changed: Mapping[str, Seen] | None = None,
    *,
    hsts: str | Sequence[str] | None = HSTS,
    host: str = HOST,
    names: Sequence[str] = (HOST, TWIN),
    deep: Sequence[str] = ("/tulips.html", "/index.php?id_product=7"),
) -> Entrances:
    """How http and https answer: everything moves permanently to https, and https carries the HSTS header.

    changed: address → what was seen there instead; an address that would not be asked for is added.
    hsts: the header's value, several where it is sent several times, None where it is absent. deep: paths also asked for by http.
    """
    values = (hsts,) if isinstance(hsts, str) else tuple(hsts or ())
    headers = tuple(("strict-transport-security", value) for value in values)
    seen: dict[str, Seen] = {}
    for scheme, name, path in [
        *((s, name, "/") for name in names for s in ("http", "https")),
        *(("http", host, p) for p in deep),
    ]:
        start, secure = f"{scheme}://{name}{path}", f"https://{name}{path}"
        if scheme == "http":
            seen[start] = chain(start, (301, secure), end=answer(200, "A shop", address=secure, headers=headers))
        elif name == f"www.{host}":
            seen[start] = chain(start, (301, f"https://{host}/"), headers=headers)
        else:
            seen[start] = chain(start, headers=headers)
    return Entrances(host, tuple(names), tuple(_entrance(*one) for one in {**seen, **(changed or {})}.items()), NOW)


# --- pages and scripts ---------------------------------------------------------------------------------------------


def page(
    address: str = "/",
    *,
    kind: PageKind = PageKind.HOME,
    status: int = 200,
    headers: Headers = (("content-type", "text/html; charset=utf-8"), ("server", "nginx")),
    cookies: Sequence[Cookie] = (),
    title: str = "Petal & Stem",
    links: Sequence[Link] = (),
    forms: Sequence[Form] = (),
    scripts: Sequence[Script] = (),
    resources: Sequence[Resource] = (),
    metas: Sequence[tuple[str, str]] = (),
    comments: Sequence[str] = (),
    words: str = "",
    html: str = "",
) -> Page:
    """One page; a path is taken as the shop's own."""
    address = urljoin(HOME, address)
    return Page(
        address=address,
        kind=kind,
        status=status,
        headers=_pairs(headers),
        cookies=tuple(cookies),
        title=title,
        base=address,
        links=tuple(links),
        forms=tuple(forms),
        scripts=tuple(scripts),
        resources=tuple(resources),
        metas=tuple(metas),
        comments=tuple(comments),
        words=words,
        html=html,
    )


def pages(
    home: Page | None = None,
    *others: Page,
    unread: Sequence[Unread] = (),
    robots: Robots | Unavailable | None = None,
    left_out: int = 0,
    remarks: Sequence[str] = (),
) -> Pages:
    """A crawl; the home page first."""
    return Pages(home or page(), others, tuple(unread), robots or Robots(f"{ORIGIN}/robots.txt"), NOW, left_out, tuple(remarks))


def loaded_file(
    address: str = "https://cdn.jsdelivr.net/npm/library@1.2.3/library.min.js",
    *,
    kind: FileKind = FileKind.SCRIPT,
    domain: str = "",
    text: str = "",
    digests: Sequence[str] = ("sha256-" + "A" * 43 + "=", "sha384-" + "B" * 64, "sha512-" + "C" * 86 + "=="),
    shared: bool = True,
    loads: Sequence[Resource] = (),
) -> LoadedFile:
    """A script or style that was read whole. domain: the last two parts of its host's name unless given."""
    host = urlsplit(address).hostname or ""
    last_two = ".".join(host.split(".")[-2:])
    return LoadedFile(
        address, kind, 200, domain or last_two, "text/javascript", text, len(text), tuple(digests), shared, tuple(loads)
    )


def loaded_files(*files: LoadedFile, unread: Sequence[Unread] = (), left_out: Sequence[str] = ()) -> LoadedFiles:
    """The scripts and styles that pages load; without any, none."""
    return LoadedFiles(files, tuple(unread), NOW, tuple(left_out))


def script_hosts(
    hosts: Mapping[str, tuple[bool | Unavailable, bool | Unavailable]] | None = None,
    *,
    doubt: Unavailable | None = None,
    left_out: Sequence[str] = (),
) -> ScriptHosts:
    """The hosts of others' scripts: host → whether it has an address, whether its domain (the last two parts) is registered."""
    found = (ScriptHost(host, ".".join(host.split(".")[-2:]), *known) for host, known in (hosts or {}).items())
    return ScriptHosts(tuple(found), doubt, NOW, tuple(left_out))


def installation(
    platform: str = "prestashop",
    directory: str = "/",
    *,
    name: str | None = None,
    confidence: str = "certain",
    marks: Sequence[str] = (),
    versions: Sequence[Version] = (),
    hosted: bool = False,
) -> Installation:
    """A directory that runs a script."""
    shown = name or _NAMES.get(platform, platform.capitalize())
    return Installation(directory, platform, shown, confidence, ORIGIN + directory, tuple(marks), tuple(versions), hosted=hosted)


def installations(
    shop: Installation | None = None,
    *beside: Installation,
    examined: Sequence[str] = (),
    unseen: Sequence[tuple[str, Unavailable]] = (),
) -> Installations:
    """The shop's own installation (a PrestaShop that shows no version) and those beside it.

    examined: directories that were looked at and run no script.
    """
    shop = shop or installation()
    looked = {shop.directory, *(one.directory for one in beside), *examined}
    return Installations(shop, beside, tuple(sorted(looked)), tuple(unseen), NOW)


# --- what is known of software ----------------------------------------------------------------------------------------


def knowledge(tables: Mapping[str, Table] | None = None) -> Knowledge:
    """What comes with the program, whatever the user's data folder holds. tables: others in place of those of their names."""
    return read_shipped().with_tables(tables or {})


# --- directories and probes ----------------------------------------------------------------------------------------


def listed(path: str, *names: str, style: str = "apache", more: int = 0) -> Listed:
    """A directory whose content the server shows."""
    return Listed(path, ORIGIN + path, style, names, more)


def listings(
    *directories: Listed | Unlisted | Unlooked, dropped: Sequence[str] = (), calibration: Unavailable | None = None
) -> Listings:
    """What was seen of directories; without any, two that show no list."""
    return Listings(directories or (Unlisted("/img/", 403), Unlisted("/js/", 404)), NOW, tuple(dropped), calibration)


def probes(
    check: Callable[..., Verdict],
    answers: Mapping[str, Given] | None = None,
    *,
    base: str = "/",
    platforms: Sequence[tuple[str, str]] = (),
    directories: Sequence[str] = (),
    disallowed: Sequence[str] = (),
    scripts: Sequence[str] = (),
    listed: Sequence[str] = (),
    others: Answer | Unavailable | None = None,
    skipped: Sequence[str] = (),
    by: Knowledge | None = None,
) -> Probes:
    """The answers to the paths that a check declares, as the engine hands them to it, proofs attached.

    answers: place (the whole path on the host) → answer; one without an address of its own gets the place's. Where an answer
    seems to prove something and no controls are given, two controls answered like ``others``.
    others: every other declared path's answer, and the controls'; 404 unless given.
    skipped: places that no request was left for. platforms: (directory, platform) pairs besides the shop's own ``base``.
    disallowed: paths that robots.txt names. scripts: paths of the shop's own scripts. listed: paths that lists name.
    by: what is known of software, what comes with the program unless given.
    Raises ValueError for a place that the check would not ask for, since a test with it would prove nothing.
    """
    rule = rule_of(check)
    if rule is None or not rule.needs_probes:
        raise ValueError(f"{check.__name__} is no check with probes")
    by = by or knowledge()
    here = next((by.platforms.get(key) for directory, key in platforms if base.startswith(directory)), None)
    known = Known(
        host=HOST,
        year=NOW.year,
        base=base,
        platforms=tuple(platforms),
        directories=tuple(directories),
        disallowed=tuple(disallowed),
        scripts=tuple(scripts),
        listed=tuple(listed),
        hosted=here.name if here and here.hosted else "",
    )
    given = dict(answers or {})
    places = dict.fromkeys(place for probe in rule.wanted(known, by) for place in known.places(probe.path))
    for place in (*given, *skipped):
        if place not in places:
            raise ValueError(f"{rule.id} does not ask for {place}; it asks for {', '.join(places)}")
    rest = answer(404) if others is None else others
    asked = tuple(_probed(place, given.get(place, rest)) for place in places if place not in skipped)
    narrow = narrowed(rule, Probes(asked, known, ORIGIN, NOW, tuple(skipped)), by)
    doubted = (
        probed if probed.controls or probed.claims is None else replace(probed, controls=(rest, rest)) for probed in narrow.asked
    )
    return replace(narrow, asked=tuple(doubted))


# --- encryption ----------------------------------------------------------------------------------------------------


def certificate(
    *,
    names: Sequence[str] = (HOST, TWIN),
    days_left: float = 60,
    lifetime_days: float = 90,
    key: str = "EC",
    bits: int = 256,
    signatures: Sequence[str] = ("sha256", "sha384"),
    covers: bool = True,
    trusted: bool | Unavailable = True,
    distrust: str = "",
    issuer: str = "CN=E7,O=Example Trust",
) -> Certificate:
    """A sound certificate with two thirds of its life to come."""
    end = NOW + timedelta(days=days_left)
    return Certificate(
        fingerprint="5f" * 32,
        issuer=issuer,
        names=tuple(names),
        not_before=end - timedelta(days=lifetime_days),
        not_after=end,
        key=key,
        bits=bits,
        signatures=tuple(signatures),
        covers=covers,
        trusted=trusted,
        distrust=distrust,
    )


def tls_endpoint(
    host: str = HOST,
    *certificates: Certificate | Unavailable,
    address: str = "192.0.2.7",
    protocols: Mapping[str, Sequence[str | TlsCipher] | Unavailable] | None = None,
    weaknesses: Mapping[str, bool | Unavailable] | None = None,
) -> TlsEndpoint:
    """One name at one address: TLS 1.2 and 1.3 with current ciphers, open to no known attack. One Unavailable stands for
    all its certificates. protocols: version → cipher suites, besides the usual; weaknesses: name → whether it is there."""
    versions: dict[str, Sequence[str | TlsCipher] | Unavailable] = dict.fromkeys(("SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1"), ())
    versions["TLS 1.2"] = ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",)
    versions["TLS 1.3"] = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")
    attacks: dict[str, bool | Unavailable] = dict.fromkeys(
        ("heartbleed", "robot", "ccs-injection", "insecure-renegotiation", "compression"), False
    )
    unread = next((one for one in certificates if isinstance(one, Unavailable)), None)
    shown = tuple(one for one in certificates if isinstance(one, Certificate)) or (certificate(),)
    return TlsEndpoint(
        host,
        address,
        443,
        unread or shown,
        tuple(TlsProtocol(name, _ciphers(ciphers)) for name, ciphers in (versions | dict(protocols or {})).items()),
        tuple(TlsWeakness(name, there) for name, there in (attacks | dict(weaknesses or {})).items()),
    )


def tls_scan(*endpoints: TlsEndpoint, unseen: Sequence[tuple[str, Unavailable]] = ()) -> TlsScan:
    """Every name at every address; without any, both of the shop's names at one address."""
    return TlsScan(endpoints or (tls_endpoint(HOST), tls_endpoint(TWIN)), tuple(unseen), NOW)


def certificate_names(
    others: Mapping[str, Sequence[str] | Unavailable] | None = None,
    *,
    left_out: int = 0,
    strangers: int = 0,
    unread: Sequence[str] = (),
) -> CertificateNames:
    """The names in the certificate besides the shop's own, which is at 192.0.2.7. others: name → where it leads."""
    found = (OtherName(name, to if isinstance(to, Unavailable) else tuple(to)) for name, to in (others or {}).items())
    return CertificateNames(("192.0.2.7",), tuple(found), NOW, left_out, strangers, tuple(unread))


# --- mail and names ------------------------------------------------------------------------------------------------

_DKIM_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwxvT4kbXgz5PRA19iq4ldDUOaiMz3woLaMraMveN45G8IUWlYrHcJY2sdRf0pElxFFkFoD9jKrGJ"
    "qdG0/vHbpcn++9NcLGupxztqFNykRXcw8GKXf6Ueet7Z4861K2fEYl2/ghgO01DCjJ9ZZjf2Fg9b7b1NBo/Aq9WKIzedoIxkZ0lxhFWxiT67ESHSZu65uFk4"
    "i6pHolFnt+r5RZ6LCDBhpdqS/U9Keu/eNP8vn3AdFUboC8M2fuv2Wa2KKgMroV64oPOF/w1Wr3vpa8kSYVkhtwO85TkX4D9zvCdNYaKBmP0sYhdNSgXud8bm"
    "EuG/dwg7y5SLFyJ3aL36fwRiqQIDAQAB"
)
_MX_HOST = f"mail.{HOST}"
_MX_CERTIFICATE = Certificate(
    "a1" * 32,
    "CN=E7,O=Example Trust",
    (_MX_HOST,),
    NOW - timedelta(days=30),
    NOW + timedelta(days=60),
    "EC",
    256,
    ("sha256", "sha384"),
    covers=True,
    trusted=True,
)
_MX_DIGESTS = CertificateDigests("a1" * 32, "a2" * 64, "b1" * 32, "b2" * 64)
_MX_ENCRYPTION = MailEncryption("TLSv1.3", _MX_CERTIFICATE, (_MX_DIGESTS,))
_MX_POLICY = StsPolicy(200, f"version: STSv1\nmode: enforce\nmx: {_MX_HOST}\nmax_age: 604800\n")

Zone = Mapping[str, Sequence[str] | Existence | DnsAnswer | Unavailable]
"""``TXT _dmarc.petalandstem.example`` → its records, that there are none, or why nobody knows."""

HEALTHY_ZONE: Zone = {
    f"MX {HOST}": (f"10 {_MX_HOST}",),
    f"TXT {HOST}": ("v=spf1 mx -all",),
    f"A {_MX_HOST}": ("192.0.2.25",),
    f"AAAA {_MX_HOST}": (),
    f"TXT _dmarc.{HOST}": (f"v=DMARC1; p=reject; rua=mailto:dmarc@{HOST}",),
    f"TXT _domainkey.{HOST}": (),
    f"TXT shop._domainkey.{HOST}": (f"v=DKIM1; k=rsa; p={_DKIM_KEY}",),
    f"TXT _mta-sts.{HOST}": ("v=STSv1; id=20261101T000000",),
    f"TXT _smtp._tls.{HOST}": (f"v=TLSRPTv1; rua=mailto:tls@{HOST}",),
    f"TLSA _25._tcp.{_MX_HOST}": (f"3 1 1 {'b1' * 32}",),
}
"""A domain whose mail is in order, its zone signed."""


def dns_lookups(zone: Zone, *, security: Security = Security.SECURE) -> tuple[DnsLookup, ...]:
    """Questions and their answers. No record: the name is there and has none of the type."""
    asked = ((key.partition(" "), given) for key, given in zone.items())
    return tuple(DnsLookup(name, kind, _dns_answer(given, security)) for (kind, _, name), given in asked)


def mail_talk(
    *,
    greeting: str = f"{_MX_HOST} ESMTP",
    extensions: Sequence[str] = ("PIPELINING", "SIZE 52428800", "STARTTLS", "8BITMIME"),
    encryption: MailEncryption | Unavailable | None = _MX_ENCRYPTION,
    because: str = "",
) -> MailTalk:
    """A mail server that encrypts, with a certificate that holds."""
    return MailTalk(greeting, tuple(extensions), encryption, because)


def mail_server(
    host: str = _MX_HOST,
    talk: MailTalk | Closed | Unavailable | None = None,
    *,
    preference: int = 10,
    addresses: Sequence[str] | Unavailable = ("192.0.2.25",),
) -> MailServer:
    """One MX that answers."""
    there = addresses if isinstance(addresses, Unavailable) else tuple(addresses)
    return MailServer(host, preference, there, talk or mail_talk())


def mail_domain(
    zone: Zone | None = None,
    *servers: MailServer,
    domain: str = HOST,
    policy: StsPolicy | Unavailable | None = _MX_POLICY,
    selectors: Sequence[tuple[str, str]] = (("shop", "given"),),
    sends: bool = True,
    left_out: int = 0,
    configured: bool = False,
    security: Security = Security.SECURE,
) -> MailDomain:
    """A domain whose mail is in order (``HEALTHY_ZONE``). zone: what is otherwise."""
    looked = dns_lookups({**HEALTHY_ZONE, **(zone or {})}, security=security)
    shown = servers or (mail_server(),)
    return MailDomain(domain, looked, shown, left_out, policy, tuple(selectors), sends, configured)


def mail(*domains: MailDomain) -> Mail:
    """Every domain that the shop's mail goes by; without any, one that is in order."""
    return Mail(domains or (mail_domain(),), NOW)


def names(
    zone: Zone | None = None,
    *leads: Lead,
    dnssec: Dnssec | Unavailable | None = None,
    registration: Registration | Unavailable | None = None,
    left_out: int = 0,
) -> Names:
    """A signed domain with a CAA record and without a name that leads nowhere. zone: what is otherwise."""
    given = {f"CAA {HOST}": ('0 issue "letsencrypt.org"',), f"NS {HOST}": (f"ns1.{HOST}", f"ns2.{HOST}")}
    looked = dns_lookups({**given, **(zone or {})})
    return Names(HOST, HOST, looked, dnssec or Dnssec(Security.SECURE), leads, NOW, left_out, registration)


def _dns_answer(given: Sequence[str] | Existence | DnsAnswer | Unavailable, security: Security) -> DnsAnswer | Unavailable:
    match given:
        case Unavailable() | DnsAnswer():
            return given
        case Existence():
            return DnsAnswer(given, security=security)
        case _:
            return DnsAnswer(Existence.FOUND if given else Existence.NO_DATA, tuple(given), security=security)


# --- services and backups ------------------------------------------------------------------------------------------


def ftp_server(
    *,
    port: int = 21,
    open: bool = True,  # noqa: A002  the evidence's own word
    because: str = "",
    greeting: FtpReply | Unavailable = _FTP_READY,
    features: Sequence[str] | Unavailable = ("AUTH TLS", "PBSZ", "PROT", "UTF8"),
    auth_tls: FtpReply | Unavailable = _FTP_TLS,
    user: FtpReply | Unavailable = _FTP_TLS_ONLY,
    anonymous: FtpReply | Unavailable = _FTP_NOBODY,
    shown: Certificate | Unavailable | None = None,
    implicit: ImplicitFtps | Unavailable | None = None,
) -> FtpServer:
    """An FTP server that insists on encryption. With ``open=False``, one that is closed from here.

    shown: its certificate, a sound one unless given. implicit: the port with TLS from the start, closed unless given.
    """
    other = implicit or ImplicitFtps(990, open=False, because="Connection refused.")
    if not open:
        return FtpServer(HOST, port, open=False, gathered_at=NOW, because=because or "Connection refused.", implicit=other)
    offers = features if isinstance(features, Unavailable) else tuple(features)
    return FtpServer(HOST, port, True, NOW, because, greeting, offers, auth_tls, user, anonymous, shown or certificate(), other)


def ssh_algorithms(
    *,
    kex: Sequence[str] = ("curve25519-sha256", "ecdh-sha2-nistp256", "kex-strict-s-v00@openssh.com"),
    host_keys: Sequence[str] = ("ssh-ed25519", "rsa-sha2-512"),
    ciphers: Sequence[str] = ("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com"),
    macs: Sequence[str] = ("hmac-sha2-256-etm@openssh.com",),
    compression: Sequence[str] = ("none",),
) -> SshAlgorithms:
    """Sound offers of a current server."""
    return SshAlgorithms(tuple(kex), tuple(host_keys), tuple(ciphers), tuple(macs), tuple(compression))


def ssh_server(
    *,
    port: int = 22,
    open: bool = True,  # noqa: A002  the evidence's own word
    because: str = "",
    greeting: str | Unavailable = "SSH-2.0-OpenSSH",
    algorithms: SshAlgorithms | Unavailable | None = None,
    host_key: str | Unavailable = "ssh-ed25519 SHA256:4Kp1mWqv7pXq1mIh0b0q9S3v1b6X4l2uY0cJ8dN5eTs",
    methods: Sequence[str] | Unavailable = ("publickey",),
) -> SshServer:
    """An SSH server that lets in by key only. With ``open=False``, one that is closed from here."""
    if not open:
        return SshServer(HOST, port, open=False, gathered_at=NOW, because=because or "Connection refused.")
    offered = methods if isinstance(methods, Unavailable) else tuple(methods)
    return SshServer(HOST, port, True, NOW, because, greeting, algorithms or ssh_algorithms(), host_key, offered)


def backup_file(name: str = "shop-2026-11-20.sql.gz", *, age_days: float = 0.1, size: int = 5_000_000) -> BackupFile:
    """A backup file that was changed ``age_days`` before NOW; a negative age lies in the future."""
    return BackupFile(name, size, NOW - timedelta(days=age_days))


def backup_place(
    kind: str = "database",
    files: Iterable[BackupFile] | Unavailable | None = None,
    *,
    location: str = "sftp://nas.example/shop",
    pattern: str = "*.sql.gz",
    max_age_days: float = 7.0,
    seen: int | None = None,
) -> BackupPlace:
    """A configured place: last week's nightly database backups, unless files are given (the newest first)."""
    if files is None:
        files = (backup_file(f"shop-2026-11-{20 - day:02}.sql.gz", age_days=day + 0.1) for day in range(7))
    there = files if isinstance(files, Unavailable) else tuple(files)
    count = 0 if isinstance(there, Unavailable) else len(there)
    return BackupPlace(kind, location, pattern, max_age_days, there, count if seen is None else seen)


def backups(*places: BackupPlace) -> Backups:
    """The configured places; none means that the owner configured none."""
    return Backups(places, NOW)


def owners_record(**said: Any) -> OwnersRecord:
    """What the owner keeps about what people look after; left out, nothing."""
    return OwnersRecord(NOW, **said)


def _ciphers(given: Sequence[str | TlsCipher] | Unavailable) -> tuple[TlsCipher, ...] | Unavailable:
    if isinstance(given, Unavailable):
        return given
    return tuple(TlsCipher(one) if isinstance(one, str) else one for one in given)


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    items = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((name.lower(), value) for name, value in items)


def _entrance(address: str, seen: Seen) -> Entrance:
    parts = urlsplit(address)
    return Entrance(parts.hostname or "", parts.scheme, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), seen)


def _probed(place: str, given: Given) -> Probed:
    said, controls = given if isinstance(given, tuple) else (given, ())
    if isinstance(said, Answer) and said.address == HOME:
        said = replace(said, address=ORIGIN + place)
    return Probed(place, said, tuple(controls))


# --- letters -------------------------------------------------------------------------------------------------------


def letter(kind: LetterKind = LetterKind.NEWSLETTER, *, file: str = "june.eml", **seen: Any) -> Letter:
    """A newsletter that is in order: proven, encrypted, with a way out. seen: what is otherwise, by the fields' names."""
    signed = LetterSignature(HOST, "shop", AuthResult.PASS, aligned=True, key=True, covers=_COVERED)
    sender = LetterSender(f"bounce.{HOST}", "192.0.2.25", AuthResult.PASS, "", spf_aligned=True, signatures=(signed,))
    usual: dict[str, Any] = {
        "sent": NOW - timedelta(days=1),
        "others": 1,
        "other_domains": 1,
        "unsubscribe": (f"{ORIGIN}/",),
        "one_click": True,
        "unsubscribe_link": True,
        "links": (LetterLink(HOME, HOST, HOST, HOST, HOST),),
        "hops": (LetterHop(_MX_HOST, "mx.mailbox.example", "ESMTPS", tls=True),),
        "sender": sender,
        "parts": 2,
    }
    return Letter(file, "d1" * 32, 4_096, kind, HOST, HOST, **{**usual, **seen})


def letters(*some: Letter, unread: Sequence[UnreadLetter] = ()) -> Letters:
    """What was read, or one letter that is in order."""
    return Letters(some if some or unread else (letter(),), NOW, tuple(unread))

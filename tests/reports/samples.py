"""Sample results with literal rules and articles: what reports are tried on, without any check."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from scanner.results.result import Accepted, Judged, Limited, Requests, ScanResult, Site, Status
from scanner.rules.articles import Article, parse_article
from scanner.rules.rule import Rule, Severity
from scanner.rules.verdicts import Confidence, Finding, Found, Inconclusive, NotApplicable, Passed, Verdict
from scanner.settings.models import Agency

CRITICAL, HIGH, MEDIUM, LOW, INFO = Severity
BACKTICKS = "```"
URL = "https://petalandstem.example"
STARTED = datetime(2026, 11, 21, 4, 5, 9, tzinfo=UTC)


FIXED = {
    "hsts-missing",
    "https-redirect-missing",
    "exposed-vcs",
    "exposed-database-dump",
    "version-leak-header",
    "cookie-insecure",
}
"""Rules with a block for a server's file."""


def _never(*_evidence: object) -> Verdict:
    raise AssertionError("a report never runs a check")


def rule(rule_id: str, severity: Severity, area: str, summary: str = "A summary.") -> Rule:
    return Rule(rule_id, severity, area, _never, (), lambda _known: (), summary, fix_group=rule_id if rule_id in FIXED else "")


def article(rule_id: str, title: str, good: str, why: str = "", fixes: str = "", verify: str = "", ask: str = "") -> Article:
    source = f"""# {title}
When it is good: {good}
## Why it matters
{why or "A stranger learns something that only you should know."}
## How to fix it
{fixes or "### Any server" + chr(10) + "Ask whoever looks after the shop; it takes about ten minutes."}
## How to verify
{verify or "Scan again."}
## Ask your host
{ask or "Hello," + chr(10) * 2 + "please look into this for our shop." + chr(10) * 2 + "Thank you"}
## References
- [MDN: web security](https://developer.mozilla.org/en-US/docs/Web/Security)
"""
    return parse_article(rule_id, source, f"{rule_id}.md")


def fence(language: str, text: str) -> str:
    return f"{BACKTICKS}{language}\n{text.strip()}\n{BACKTICKS}"


_APACHE = fence("apache", 'RedirectMatch 404 "/[.](git|svn|hg)(/|$)"')
_NGINX = fence("nginx", "location ~ /[.](git|svn|hg)(/|$) {\n    return 404;\n}")
_CADDY = fence("caddy", "@source path_regexp /[.](git|svn|hg)(/|$)\nrespond @source 404")
_DOT_FILES = f"""### Apache (.htaccess)
About 5 minutes. Put these lines at the top of the `.htaccess` file in the shop's main folder, by your host's file manager:

{_APACHE}

Then delete the folder `.git` from the server: a shop does not need it to run.
### nginx
About 5 minutes, inside the `server` block:

{_NGINX}
### Caddy
{_CADDY}
### IIS
{fence("iis unproven", '<add segment=".git" />')}
### Hosting panel
Open the file manager, show hidden files, and delete the folder `.git`. It may be called "show dot files".
"""

_HSTS = f"""### Apache (.htaccess)
About 5 minutes. Only do this when every page of the shop already works by https.

{fence("apache", 'Header always set Strict-Transport-Security "max-age=31536000"')}
### nginx
{fence("nginx", 'add_header Strict-Transport-Security "max-age=31536000" always;')}
### PrestaShop
1. Open **Shop parameters**, then **General**.
2. Switch on **Enable SSL on all pages**.
3. Save, and open the shop once in a private window.
"""

_PLACES: dict[str, tuple[Severity, str, Article]] = {
    a.rule: (severity, area, a)
    for severity, area, a in (
        (
            CRITICAL,
            "exposure",
            article(
                "exposed-vcs",
                "Strangers can download the shop's source code and its history",
                "nothing below `/.git/` or `/.svn/` can be read from outside.",
                "The folder `.git` holds every file of the shop as it is and as it once was, often with the database password. "
                "Whoever has it can read the shop's inside without breaking anything.",
                _DOT_FILES,
                "This must answer `404`:\n\n" + fence("sh", "curl -sI https://your-shop.example/.git/HEAD | head -n 1"),
                "Hello,\n\nthe folder `.git` of our shop can be read from outside. Please\n\n"
                "1. block every address below `/.git/`,\n2. tell us whether your logs show downloads from it.\n\nThank you",
            ),
        ),
        (
            CRITICAL,
            "exposure",
            article(
                "exposed-database-dump",
                "A copy of the shop's database can be downloaded",
                "no database copy lies where a browser can reach it.",
                "It holds the customers' names, addresses, orders and password hashes. If it was downloaded, the law may oblige "
                "you to tell them: ask whoever looks after your data protection.",
                "### Hosting panel\nAbout 10 minutes. Open the file manager, download the file, and delete it from the server.\n"
                "### Any server\nMove the file out of the folder that the web server shows.",
            ),
        ),
        (
            HIGH,
            "services",
            article(
                "ftp-plaintext",
                "FTP sends your password readable over the network",
                "files are copied by SFTP, and port 21 is closed or insists on encryption.",
                "Anybody on the same network, in a café for instance, can read the password and change the shop's files.",
                "### Hosting panel\nSwitch FTP off and use SFTP with the same name and password; FileZilla can do it.\n"
                "### vsftpd\n" + fence("ini unproven", "ssl_enable=YES\nforce_local_logins_ssl=YES\nforce_local_data_ssl=YES"),
            ),
        ),
        (
            HIGH,
            "versions",
            article(
                "software-end-of-life",
                "The shop's software no longer gets security updates",
                "the shop runs a version that its makers still look after.",
                "New holes in it are found every year and stay open. Programs search the web for shops that run such versions.",
                "### PrestaShop\nPlan half a day, and a backup first. Use the module **1-Click Upgrade** on a copy of the shop.\n"
                "### Magento\nAsk your developer for an upgrade to a supported release line.",
            ),
        ),
        (
            HIGH,
            "transport",
            article(
                "https-redirect-missing",
                "Visitors who type the address without https stay unprotected",
                "every http address leads to https by a permanent redirect.",
                "",
                "### Apache (.htaccess)\n"
                + fence(
                    "apache",
                    "RewriteEngine On\nRewriteCond %{HTTPS} off\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [L,R=301]",
                )
                + "\n### nginx\n"
                + fence("nginx", "return 301 https://$host$request_uri;"),
            ),
        ),
        (
            MEDIUM,
            "admin",
            article(
                "admin-default-path",
                "The administrators' login is where everybody looks first",
                "the administrators' address cannot be guessed, or a second password protects it.",
                "",
                "### PrestaShop\nRename the folder `admin` to something only you know, such as `admin-7fq2`. About 5 minutes.\n"
                "### Hosting panel\nSet a password on the folder (often called *Directory privacy*).",
            ),
        ),
        (
            MEDIUM,
            "transport",
            article(
                "hsts-missing",
                "Browsers are not told to stay with https",
                "the header `Strict-Transport-Security` lasts a year.",
                "",
                _HSTS,
            ),
        ),
        (
            MEDIUM,
            "browser",
            article("cookie-insecure", "A login cookie can travel unencrypted", "cookies that keep a login are marked `Secure`."),
        ),
        (
            MEDIUM,
            "tls",
            article("tls-legacy-protocol", "The server still speaks outdated encryption", "only TLS 1.2 and 1.3 are offered."),
        ),
        (
            LOW,
            "versions",
            article("version-leak-header", "The server tells everybody its exact version", "headers name no version numbers."),
        ),
        (
            LOW,
            "browser",
            article(
                "nosniff-missing",
                "Browsers may guess what kind of file they get",
                "every page sends `X-Content-Type-Options: nosniff`.",
            ),
        ),
        (
            LOW,
            "exposure",
            article(
                "exposed-metadata", "Small files tell how the shop was built", "files such as `composer.lock` cannot be read."
            ),
        ),
        (
            INFO,
            "backup",
            article(
                "backup-not-configured",
                "We were not told where your backups are",
                "backups are named in the settings and looked at.",
            ),
        ),
        (
            INFO,
            "policy",
            article(
                "security-txt-missing",
                "Nobody can find out whom to tell about a hole",
                "`/.well-known/security.txt` names a contact.",
            ),
        ),
        (
            CRITICAL,
            "tls",
            article("tls-certificate-expired", "The certificate has run out", "the certificate is valid for another month."),
        ),
        (
            CRITICAL,
            "tls",
            article("tls-certificate-untrusted", "Browsers do not trust the certificate", "browsers trust the certificate."),
        ),
        (CRITICAL, "exposure", article("exposed-config", "A settings file can be read", "files with passwords cannot be read.")),
        (HIGH, "exposure", article("exposed-installer", "The installer is still there", "the installer is gone.")),
        (
            MEDIUM,
            "exposure",
            article("directory-listing", "Folders show what is in them", "folders without a page answer 403 or 404."),
        ),
        (
            MEDIUM,
            "browser",
            article("clickjacking-unprotected", "The shop can be framed", "other sites cannot show the shop in a frame."),
        ),
        (MEDIUM, "services", article("ssh-password-login", "SSH lets passwords in", "SSH takes keys only.")),
        (
            MEDIUM,
            "cohosted",
            article("cohosted-script", "Other software runs beside the shop", "only the shop runs on this host."),
        ),
        (
            LOW,
            "third-party",
            article("sri-missing", "Borrowed scripts are not sealed", "scripts from public CDNs carry a checksum."),
        ),
        (
            MEDIUM,
            "mail",
            article("dmarc-missing", "Strangers can write in your name", "a DMARC entry exists for the shop's domain."),
        ),
        (HIGH, "backup", article("backup-database-stale", "The newest backup is old", "a backup is younger than a week.")),
        (MEDIUM, "versions", article("js-library-vulnerable", "An old script library", "script libraries have no known holes.")),
    )
}
ARTICLES = {rule_id: entry[2] for rule_id, entry in _PLACES.items()}
RULES = {rule_id: rule(rule_id, severity, area) for rule_id, (severity, area, _) in _PLACES.items()}


def result(verdicts: dict[str, Verdict], **changes: object) -> ScanResult:
    """A complete scan with these verdicts, in order of area and id."""
    judged = tuple(Judged(RULES[rule_id], verdict) for rule_id, verdict in verdicts.items())
    base = ScanResult(
        site=Site(
            key="petalandstem.example",
            url=f"{URL}/",
            host="petalandstem.example",
            name="Petal & Stem",
            addresses=("192.0.2.17", "2001:db8::17"),
            platform=("PrestaShop", "1.7.6.5", "certain"),
            server="Apache/2.4.38 (Debian)",
            article_heading="PrestaShop",
        ),
        started=STARTED,
        finished=STARTED + timedelta(seconds=74.2),
        status=Status.COMPLETE,
        judged=tuple(sorted(judged, key=lambda j: (j.rule.area, j.rule.id))),
        requests=Requests(http=187, tls=46, dns=12, ftp=2, ssh=1, bytes_received=3_482_113),
        tool_version="1.0.0",
        data_as_of="2026-11-01",
    )
    return replace(base, **changes)


def found(*findings: Finding) -> Found:
    return Found(findings)


_WEAK: dict[str, Verdict] = {
    "exposed-vcs": Found.at(
        "/.git/HEAD",
        "HTTP 200\nref: refs/heads/master",
        locations=[f"{URL}/.git/HEAD", f"{URL}/.git/config"],
        places=["/.git/HEAD"],
    ),
    "exposed-database-dump": found(
        Finding(
            "/backups/petalandstem_2024-03-02_before-the-big-update-of-the-theme-and-the-payment-module.sql.gz",
            "gzip, 18.4 MB; begins: -- MySQL dump 10.16  Distrib 10.1.48-MariaDB",
            (f"{URL}/backups/petalandstem_2024-03-02_before-the-big-update-of-the-theme-and-the-payment-module.sql.gz",),
        ),
        Finding("/dump.sql", "INSERT INTO `ps_customer` VALUES (1,'***','***@***'", (f"{URL}/dump.sql",)),
    ),
    "ftp-plaintext": Found.at(
        "ftp:21",
        "220 (vsFTPd 3.0.3)\nAUTH TLS: 530 Please login with USER and PASS.",
        locations=["ftp://petalandstem.example:21"],
    ),
    "software-end-of-life": Found.at("PrestaShop", "PrestaShop 1.7.6.5; no updates since July 2022", locations=[f"{URL}/"]),
    "https-redirect-missing": found(
        Finding("petalandstem.example", "http://petalandstem.example/ answers 200", ("http://petalandstem.example/",)),
        Finding(
            "www.petalandstem.example", "http://www.petalandstem.example/ answers 200", ("http://www.petalandstem.example/",)
        ),
    ),
    "admin-default-path": Found.at("/admin/", "A login form with e-mail and password", locations=[f"{URL}/admin/"]),
    "hsts-missing": Found.at("petalandstem.example", "No Strict-Transport-Security header", locations=[f"{URL}/"]),
    "cookie-insecure": found(
        Finding(
            "PrestaShop-*", "Set-Cookie: PrestaShop-…=***; path=/; HttpOnly", tuple(f"{URL}/{n}-bouquet" for n in range(1, 15))
        ),
        Finding("PHPSESSID", "Set-Cookie: PHPSESSID=***; path=/", (f"{URL}/cart",), confidence=Confidence.PROBABLE),
    ),
    "tls-legacy-protocol": Found.at("petalandstem.example TLS 1.0", "TLS 1.0 and TLS 1.1 accepted", locations=[f"{URL}/"]),
    "version-leak-header": found(
        Finding("Server", "Server: Apache/2.4.38 (Debian)", (f"{URL}/",)),
        Finding("X-Powered-By", "X-Powered-By: PHP/7.2.34", (f"{URL}/",)),
    ),
    "nosniff-missing": Found.at("petalandstem.example", "No X-Content-Type-Options header", locations=[f"{URL}/"]),
    "exposed-metadata": Found.at(
        "/composer.lock", '"packages": [', locations=[f"{URL}/composer.lock"], confidence=Confidence.POSSIBLE
    ),
    "backup-not-configured": Found.at("site"),
    "security-txt-missing": Found.at("site", "404", locations=[f"{URL}/.well-known/security.txt"]),
    "ssh-password-login": Found.at("ssh:22", "Offers: publickey, password"),
    "tls-certificate-expired": Passed(("petalandstem.example",), "Valid until 3 February 2027."),
    "tls-certificate-untrusted": Passed(("petalandstem.example",)),
    "exposed-config": Passed(("/.env", "/config.php")),
    "exposed-installer": Passed(("/install/",)),
    "directory-listing": Passed(("/img/", "/upload/")),
    "clickjacking-unprotected": Passed(),
    "cohosted-script": Passed(),
    "sri-missing": Passed(because="No script comes from a public CDN."),
    "dmarc-missing": Inconclusive("The DNS server did not answer within 10 seconds."),
    "js-library-vulnerable": Inconclusive("The scan's time was used up before every script was read."),
    "backup-database-stale": NotApplicable("No backup is named in the settings."),
}

WEAK = result(
    _WEAK,
    site=replace(result({}).site, authorised_by="J. Stem, contract of 2026-03-01"),
    accepted=(
        Accepted("ssh-password-login", "Key login is planned for spring", date(2027, 3, 31), "ssh:22"),
        Accepted("hsts-missing", "After the move to the new server", date(2026, 10, 31)),
    ),
    notes=("This site answers every address; 14 answers that proved nothing were left out.",),
)

HARDENED = result(
    {rule_id: Passed(("petalandstem.example",)) for rule_id in RULES if not rule_id.startswith("backup")}
    | {
        "backup-database-stale": Passed(because="The newest database backup is 7 hours old (212 MB)."),
        "backup-not-configured": Passed(),
    },
    site=replace(result({}).site, platform=("Shopware 6", "6.6.10.3", "probable"), article_heading="Shopware", server="nginx"),
)

ONE_LOW = result({**{rule_id: Passed() for rule_id in RULES}, "version-leak-header": Found.at("Server", "Server: nginx/1.18.0")})

FIRST_SCAN = result(
    {
        **_WEAK,
        "exposed-database-dump": Passed(),
        **{
            rule_id: Inconclusive("The scan's time was used up.")
            for rule_id in ("exposed-vcs", "ftp-plaintext", "sri-missing", "clickjacking-unprotected", "cohosted-script")
        },
    },
    status=Status.PARTIAL,
    because="The scan's time of 300 seconds was used up.",
    site=replace(result({}).site, platform=None, article_heading="", server="cloudflare"),
    notes=("This is the first scan of this shop.",),
)

UNCLEAR = result(
    _WEAK | {rule_id: Inconclusive("The shop answered 503 to most questions.") for rule_id in ("exposed-vcs", "exposed-config")},
    status=Status.PARTIAL,
    because="The scan's time of 300 seconds was used up.",
)

LIMITED = result(
    {"nosniff-missing": Passed()}, limited=Limited(1, len(RULES), "Only these rules were asked for: nosniff-missing.")
)

SKIPPED = result(
    {rule_id: verdict for rule_id, verdict in _WEAK.items() if rule_id not in {"hsts-missing", "cookie-insecure"}},
    limited=Limited(len(_WEAK) - 2, len(_WEAK), "These rules were left out: cookie-insecure, hsts-missing.", graded=True),
)

BLOCKED = result(
    {
        **{rule_id: Inconclusive("blocked: the home page answers 403 since the 41st request") for rule_id in RULES},
        "tls-certificate-expired": Passed(because="Valid until 3 February 2027."),
        "version-leak-header": Found.at("Server", "Server: Apache/2.4.38 (Debian)", locations=[f"{URL}/"]),
    },
    status=Status.BLOCKED,
    because="After 41 requests the home page answered 403 (Forbidden) instead of the shop.",
)

UNREACHABLE = result(
    {},
    status=Status.UNREACHABLE,
    because="petalandstem.example did not answer within 30 seconds, twice.",
    requests=Requests(http=2, dns=1),
    site=replace(result({}).site, platform=None, article_heading="", server="", addresses=()),
)

EVIL = '"><script>document.title="owned"</script><img src=//evil.example/x onerror=alert(1)>\u202egpj.exe\x00\u200b{{7*7}}'
HOSTILE = result(
    {
        "exposed-vcs": found(
            Finding(
                EVIL,
                EVIL + "\n```\n</pre></style><style>*{display:none}</style>\x1b[31m",
                (
                    "javascript:alert(1)",
                    "data:text/html,<script>alert(1)</script>",
                    f'{URL}/"onmouseover="alert(1)',
                    f"{URL}/\u202egpj.exe",
                    "https://petalandstem.example@evil.example/",
                    "http://[::bad/",
                    f"{URL}/" + "a" * 3000,
                    f"{URL}/?q=" + "%22%3E%3Cscript%3E",
                    "  https://leading.example/",
                ),
            ),
            *(Finding(f"/x{n}", "W" * 5000, tuple(f"{URL}/{n}/{m}" for m in range(90))) for n in range(3)),
        ),
        "version-leak-header": found(*(Finding(f"X-{n}", EVIL) for n in range(260))),
        "exposed-config": Passed(because=EVIL),
        "sri-missing": Inconclusive(EVIL),
        "dmarc-missing": NotApplicable(EVIL),
        "ssh-password-login": Found.at("ssh:22", EVIL),
    },
    site=Site(EVIL, EVIL, EVIL, EVIL, (EVIL,), (EVIL, EVIL, EVIL), EVIL, EVIL),
    because=EVIL,
    status=Status.PARTIAL,
    notes=(EVIL, "long" * 400),
    accepted=(Accepted("ssh-password-login", EVIL, date(2027, 3, 31)),),
    tool_version=EVIL,
    data_as_of=EVIL,
    elsewhere=EVIL,
)

SAMPLES = {
    "weak": WEAK,
    "hardened": HARDENED,
    "one-low": ONE_LOW,
    "first-scan": FIRST_SCAN,
    "unclear": UNCLEAR,
    "limited": LIMITED,
    "skipped": SKIPPED,
    "blocked": BLOCKED,
    "unreachable": UNREACHABLE,
    "hostile": HOSTILE,
}

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32" width="120" height="32">'
    '<path d="M4 24c6-14 18-14 24 0M4 24h24" fill="none" stroke="#0b6e4f" stroke-width="4" stroke-linecap="round"/>'
    '<text x="38" y="22" font-family="sans-serif" font-size="15" font-weight="700" fill="#123">Harbour</text></svg>'
)


def agency(folder: Path, **changes: object) -> Agency:
    """An agency with a logo that lies in ``folder``."""
    logo = folder / "logo.svg"
    logo.write_text(LOGO, encoding="utf-8")
    return Agency.model_validate(
        {"name": "Harbour Web", "logo": logo, "colour": "#f5b301", "contact": "care@harbourweb.example", **changes}
    )

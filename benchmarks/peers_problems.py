"""What is wrong with the weak demo shop, written down from its source, and how one recognises that a tool says so."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One planted weakness.

    name: for a person. rule, subject: how our own finding is called, the subject by its beginning. said: a pattern, without
    regard to case, for what another tool's claim must contain. It is kept generous: to name the address or the number suffices.
    """

    name: str
    rule: str
    subject: str
    said: str

    def told_by(self, claim: str) -> bool:
        """Whether another tool's claim tells this problem."""
        return re.search(self.said, claim, re.IGNORECASE) is not None

    def is_ours(self, claim: str) -> bool:
        """Whether it is this finding of ours."""
        return claim.startswith(f"{self.rule} {self.subject}")


_END = r"/?(?=[\s:,;)\]|]|\Z)"

PROBLEMS = (
    Problem(
        "http is not led to https",
        "https-redirect-missing",
        "petal",
        r"unencrypted channel|redirect\w*.{0,30}https|no https redirect",
    ),
    Problem("no HSTS", "hsts-missing", "petal", r"strict.transport.security|\bhsts\b"),
    Problem("a list of backups at /backup/", "directory-listing-sensitive", "/backup/", rf"/backup{_END}"),
    Problem("a list at /uploads/", "directory-listing", "/uploads/", rf"(?<!wp-content)/uploads{_END}"),
    Problem("a list at /image/catalog/", "directory-listing", "/image/catalog/", rf"/image(?:/catalog)?{_END}"),
    Problem("the database at /backup.sql.gz", "exposed-database-dump", "/backup.sql.gz", r"/backup\.sql\.gz"),
    Problem("the settings at /config.php.bak", "exposed-config", "/config.php.bak", r"/config\.php\.bak"),
    Problem("a Git repository", "exposed-vcs", "/.git/", r"/\.git\b"),
    Problem("PHP's log at /error_log", "exposed-log", "/error_log", r"/error_log\b"),
    Problem("/.DS_Store", "exposed-metadata", "/.DS_Store", r"/\.DS_Store"),
    Problem("all settings of PHP at /info.php", "exposed-debug", "/info.php", r"/info\.php|phpinfo"),
    Problem(
        "the administration at /admin/", "admin-default-path", "/admin/", rf"(?<!/old)/admin(?:/(?:index|login)\.php)?{_END}"
    ),
    Problem("another administration at /admin.php", "admin-default-path", "/admin.php", r"/admin\.php"),
    Problem("the administration of the old shop", "admin-default-path", "/old/admin/", r"/old/admin\b"),
    Problem(
        "the administration's password travels by plain http",
        "admin-over-http",
        "/admin/",
        r"http://\S*/admin\S*\s+form|clear.?text.{0,40}/admin",
    ),
    Problem("a WordPress beside the shop", "cohosted-script", "/blog/", rf"/blog{_END}|wordpress"),
    Problem("that WordPress is old (5.2.3)", "cohosted-script-outdated", "/blog/", r"wordpress\W{0,12}5\.2\.3"),
    Problem(
        "that WordPress hands out user names", "admin-user-enumeration", "/blog/", r"wp/v2/users|author=1|username found|/author/"
    ),
    Problem("a user called admin", "admin-default-username", "/blog/", r"username found: admin|user\w*: admin\b"),
    Problem("a forgotten copy of the shop at /old/", "leftover-copy", "/old/", rf"/old{_END}"),
    Problem("a forgotten test site in the certificate", "cohosted-site", "stage.", r"stage\.petalandstem"),
    Problem("the web server tells its version", "version-leak-header", "Server", r"2\.4\.38"),
    Problem("PHP's version in every answer", "version-leak-header", "X-Powered-By", r"7\.2\.34"),
    Problem(
        "PHP 7.2 gets no repairs any more",
        "software-end-of-life",
        "php",
        r"php.{0,60}(?:end.of.life|\beol\b|unsupported|outdated)",
    ),
    Problem(
        "the generator mark tells WordPress's version", "version-leak-generator", "wordpress", r"generator\W{0,12}wordpress 5"
    ),
    Problem("WordPress's readme tells its version", "version-leak-file", "/blog/readme.html", r"/blog/readme"),
    Problem("OpenCart's change log tells its version", "version-leak-file", "/CHANGELOG.md", r"/changelog"),
    Problem("jQuery 1.12.4 has published holes", "js-library-vulnerable", "jquery", r"jquery\W{0,12}1\.12\.4"),
    Problem(
        "the session's cookie without Secure",
        "cookie-insecure",
        "OCSESSID",
        r"(?:cookie|ocsessid)[^\n]{0,160}secure|secure[^\n]{0,60}cookie",
    ),
    Problem("the session's cookie without HttpOnly", "cookie-script-readable", "OCSESSID", r"http.?only"),
    Problem("cookies without SameSite", "cookie-samesite-missing", "", r"samesite"),
    Problem("other sites may frame the pages", "clickjacking-unprotected", "petal", r"x.frame.options|clickjack"),
    Problem("no nosniff", "nosniff-missing", "petal", r"x.content.type.options|nosniff"),
    Problem("no Content-Security-Policy", "csp-missing", "petal", r"content.security.policy|\bcsp\b"),
    Problem(
        "the customers' login sends by http",
        "insecure-form-action",
        "/index.php",
        r"form[^\n]{0,80}(?:unencrypted|insecure|over http\b)",
    ),
    Problem("a picture by http on an https page", "mixed-content-passive", "", r"mixed.content"),
    Problem(
        "a library without integrity from a public store",
        "sri-missing",
        "",
        r"sub.?resource.integrity|integrity attribute|\bsri\b",
    ),
    Problem("a script from a host that nobody owns", "script-host-unregistered", "stats.", r"petal-metrics"),
    Problem("card numbers on a form of the shop's own", "card-form-on-site", "/wedding-invoice", r"card.?number|credit.?card"),
    Problem("FTP lets anybody in", "ftp-anonymous", "ftp:", r"anonymous ftp login allowed|ftp[^\n]{0,40}anonymous"),
    Problem("FTP without encryption", "ftp-plaintext", "ftp:", r"ftp[^\n]{0,60}(?:clear.?text|plain.?text|unencrypted|no tls)"),
    Problem("FTP tells its version", "ftp-version-leak", "ftp:", r"vsftpd 2\.3\.5"),
    Problem("SSH takes passwords", "ssh-password-login", "ssh:", r"ssh-auth-methods[^\0]{0,200}password"),
    Problem("SSH offers weak algorithms", "ssh-weak-algorithms", "ssh:", r"3des-cbc|hmac-md5"),
    Problem("SSH tells its version", "ssh-version-leak", "ssh:", r"openssh.7\.9"),
)
"""Left out are the backups, which no other tool looks at, and notes that ask for nothing (an inventory, no security.txt)."""

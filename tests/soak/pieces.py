"""What parsers' languages are made of: a fuzzer puts these pieces together in any order, with noise between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Parser:
    """run: takes bytes, asserts what must hold. pieces: what its input is made of."""

    name: str
    run: Callable[[bytes], object]
    pieces: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


MARKUP = (
    "<", ">", "</", "/>", "<!--", "-->", "<!doctype html>", "<html>", "<base href='//x'>", "<title>", "</title>", "<script>", "</script>",
    "<script src='a'>", "<style>", "url(", "@import ", "<form action=x>", "<input type=hidden name=csrf value=1>", "<a href='", "'>", "\">",
    "<meta http-equiv=refresh content='0;url=", "<svg>", "<math>", "<template>", "<select><option>", "<table><tr><td>", "<p>" * 300, "&amp;",
    "&#0;", "&#x110000;", "<![CDATA[", "]]>", "<?xml version='1.0' encoding='utf-16'?>", "\x00", "javascript:", "data:,", "srcset='a 1x,,b'",
)  # fmt: skip
ADDRESS = (
    "http://", "https:", "//", "/", "\\", "@", ":", "?", "#", "%", "%00", "%2e%2e", "..", ";", "[::1]", "[", "]", "127.0.0.1", "0x7f", "１２７。",
    "petalandstem.example", "xn--", "xn--a", "\u202e", "\t", "\n", " ", "a" * 300, ":99999", "javascript:", "é", "ß", "☃", "=", "&", "utm_source=", "add",
)  # fmt: skip
HEADER = (
    "max-age", "=", ";", ",", "\"", "'", "\\", "includeSubDomains", "31536000", "-1", "9" * 400, " ", "\t", "text/html", "charset=", "utf-7", "punycode",
    "idna", "zip", "utf-16", "hex", "undefined", "bytes 0-1/", "*", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo", "+9999", "gzip", "Path=/", "Secure",
    "SameSite", "HttpOnly", "__Host-", "javascript:", "\x7f", "\x1b[", "é",
)  # fmt: skip
XML = (
    "<?xml version='1.0'?>", "<urlset>", "<url>", "<loc>", "</loc>", "</url>", "</urlset>", "<sitemapindex>", "<sitemap>", "https://petalandstem.example/",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "&amp;", "<rss><channel><item><link>", "<feed><entry><link href='", "'/>", "\ufeff", "\x00", "<!--", "]]>", "\n",
)  # fmt: skip
ROBOTS = (
    "User-agent: *",
    "\n",
    "\r",
    "Disallow: /",
    "Allow:",
    "Sitemap: ",
    "Crawl-delay: ",
    "1e999",
    "nan",
    "-1",
    "*",
    "$",
    "#",
    "%",
    "\x00",
    "/a",
    "https://x/",
)
LISTING = (
    "<html><head><title>Index of /images</title></head>", "<h1>Index of /images/</h1>", "<pre>", "<a href='", "'>", "</a>", "rose.jpg", "a.sql", "../", "?C=N;O=D",
    "2026-01-01 10:00", " 1.2M", "\n", "Parent Directory", "<tr><td>", "%2e%2e", "%", "\x00", "\u202e", "[", "]", "{", "}", '"name"', ":", ",", "<Contents><Key>",
)  # fmt: skip
LINES = (
    "220",
    "220-",
    "220 ",
    "331 ",
    "\r\n",
    "\n",
    "\r",
    "-",
    " ",
    "x" * 5_000,
    "welcome",
    "\x00",
    "\x1b[2J",
    "\xff",
    "999",
    "1",
    "FEAT",
)
SSH = (
    "SSH-2.0-OpenSSH_9",
    "SSH-1.99-",
    "SSH-",
    "\r\n",
    "\n",
    "\x00\x00\x00\x1c",
    "\x14",
    "\x01",
    "\x00" * 16,
    "\x7f\xff\xff\xff",
    "none,",
    "x" * 300,
    "\x1b",
)
TOML = (
    "[defaults]", "[[site]]", "[[site.backup]]", "[[site.accepted]]", "\n", "url = ", "\"https://petalandstem.example\"", "rate = ", "max_time = ", "1", "-1", "nan",
    "inf", "9" * 30, "1e400", "true", "[]", "{}", "\"\"", "'''", "only = ", "port = ", "[\"https=1\"]", "until = 2027-03-31", "until = ", "kind = \"database\"", "location = ",
    "folder = \"/\"", "[[site.review]]", "[[site.account]]", "[[site.person]]", "[[site.records]]", "[[site.letter]]", "[[site.mail]]", "[[site.breach.team]]", "name = ", "left = ", "[agency]", "logo = \"x\"", "\x00", "é", "#", "a.b.c = 1", "html = \"x\"", "resolve = [\"a:1\"]", "accept", "[history]", "[alerts]",
)  # fmt: skip
JSON = (
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "null",
    "true",
    "1e999",
    "-0",
    '"$"',
    '"Page"',
    '"bytes"',
    '"time"',
    "\\u0000",
    "[" * 50_000,
    "NaN",
    '"value"',
    "é",
)
SECRET = (
    "password", "=", ":", "'", '"', "=>", "define('DB_PASSWORD', '", "');", "\n", "-----BEGIN RSA PRIVATE KEY-----", "-----END", "$2y$10$", "http://a:b@c/", "Authorization: Bearer ",
    "<password>", "</password>", "nonce=", "<input type=hidden value=", ">", "\\", "\\\n", "`", "…", "[", "]", "token", " ", ",",
    "https://a/?token=", "&key=", "#", "%3Ftoken%3D", "eyJhbGciOiJ9.eyJhbGciOiJ9.", "aB3dE5fG7hJ9kL1mN3pQ5", "<!--", "-->", "&quot;", "cookie=a=",
)  # fmt: skip
CSP = (
    "default-src", "script-src", "script-src-elem", "frame-ancestors", "object-src", "base-uri", "style-src", "report-uri", "sandbox", ";", ",", " ", "\t", "\n",
    "'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'", "'nonce-", "abc=", "'", "'sha256-", "*", "https:", "data:", "*.example", "http://*",
    "https://cdn.jsdelivr.net/", ":*", ":443", "/path", "\x00", "é", "a" * 3_000, "NONE", "'NONE'", "upgrade-insecure-requests",
)  # fmt: skip
SECURITY_TXT = (
    "Contact: ", "mailto:a@petalandstem.example", "https://", "Expires: ", "2027-01-01T00:00:00Z", "9999-99-99T99:99:99+99:99", "Canonical:", "\r\n", "\n", "#",
    "-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA512", "-----BEGIN PGP SIGNATURE-----", "Preferred-Languages: en", "\x00", "\ufeff", ":", " ", "0001-01-01T00:00:00+23:59",
)  # fmt: skip
BACKUP = (
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x03\x00" + "\x00" * 8, "BZh9", "1AY&SY", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd", "\x50\x2a\x4d\x18", "PK\x03\x04", "PK\x01\x02", "PK\x05\x06",
    "PK\x06\x07", "PK\x06\x06", "PGDMP", "-- MySQL dump 10.13\n", "CREATE TABLE `a` (\n", "INSERT INTO `a` VALUES (1);\n", "-- Dump completed on 2026-01-01\n", "ustar\x0000", "\x00" * 512,
    "7z\xbc\xaf\x27\x1c", "JPA", "Salted__", "-----BEGIN PGP MESSAGE", "\xff" * 8, "\x00" * 4, "0000644\x00", "\x80" + "\xff" * 11, " size=99999\n", "x" * 100,
)  # fmt: skip
SFTP = (
    "\x00\x00\x00\x05\x02\x00\x00\x00\x03", "\x00\x00\x00", "\x05", "\x09", "\x65", "\x66", "\x67", "\x68", "\x69", "\x00\x00\x00\x01", "\x00\x00\x00\x02", "\xff\xff\xff\xff", "\x00\x00\x00\x0d",
    "\x00\x00\x00\x09f\x00\x00\x00\x01\x00\x00\x00\x00", "a.sql.gz", "\x00" * 24, "\x80\x00\x00\x00",
)  # fmt: skip
STORE = (
    "<D:multistatus xmlns:D='DAV:'><D:response><D:href>/shop/a.sql</D:href><D:getcontentlength>9</D:getcontentlength></D:response></D:multistatus>",
    "HTTP/1.1 200 OK\r\n", "HTTP/1.1 207 \r\n", "HTTP/1.1 100 \r\n\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: ", "9" * 30, "-1", "\r\n\r\n", "\r\n", "5\r\n", "0\r\n", "ffffffff\r\n",
    "<?xml version='1.0' encoding='utf-16'?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "<ListBucketResult>", "<Contents>", "<Key>shop/a.sql</Key>", "<Size>", "</Size>", "</Contents>", "<CommonPrefixes><Prefix>",
    "<IsTruncated>true</IsTruncated>", "<NextContinuationToken>t</NextContinuationToken>", "<EncodingType>url</EncodingType>", "<D:multistatus xmlns:D='DAV:'>", "<D:response>", "<D:href>/shop/", "%00", "%ff",
    "</D:href>", "<D:getcontentlength>9</D:getcontentlength>", "<D:collection/>", "</D:response>", "<a>" * 60, "<LastModified>2026-11-20T03:00:00Z</LastModified>", "Fri, 99 Nov 2026", "\x00", "é",
)  # fmt: skip
SERVICES = (
    "J\x00\x00\x00\x0a", "5.5.5-10.11-MariaDB", "\x00", "\xff\x10\x04", "N", "S", "+PONG\r\n", "-NOAUTH ", "-DENIED Redis is running in protected mode", "VERSION 1.6\r\n", "RFB 003.008\n",
    "@RSYNCD: 31.0\n", "\xff\xfb\x01", "\x03\x00\x00\x0b\x06\xd0", "\xfeSMB", "HTTP/1.1 200 OK\r\n", "\r\n\r\n", "Api-Version: 1.41\r\nDocker-Experimental: false\r\n", "OK", "<title>cPanel",
    '{"cluster_name":"a","version":{"lucene_version":1}}', "maxBsonObjectSize", "220 ", "SSH-2.0-", "\x01\x00\x00\x00",
)  # fmt: skip
CERTIFICATE = (
    "\x30", "\x82", "\x80", "\x02\x01", "\x06\x03\x55\x04\x03", "\x0c", "\x13", "\x16", "\x17\x0d260101000000Z", "\x18\x0f99991231235959Z", "\xa3", "\xa0\x03", "\xff", "\x00", "\x05\x00", "\x03",
    "\x06\x03\x55\x1d\x11", "\x1b[2J", "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
)  # fmt: skip
SHOPS = (
    "url", "name", "rate", "max_time", "allow_private", ",", ";", "\t", "\n", "\r", "\"", "'", "https://petalandstem.example", "petalandstem.example", "http://[", "é", "\x00", "\ufeff", "-1", "1e999",
    "true", "a" * 200_000, "127.0.0.1", "=cmd()", "xn--", "url,name\n", "url,rate,max_time\n",
)  # fmt: skip
MLSD = (
    "type=file;", "type=dir;", "size=", "1", "-1", "9" * 300, "²", "modify=", "20261120030000", "99999999999999", "00010101000000", ".123", " ", ";", "=", "a.sql.gz", "\x00", "\n", "../", "é",
)  # fmt: skip
SCRIPT = (
    "/*! jQuery v3.5.1", "jquery-1.2.js", "/npm/vue@2.6.0/dist/vue.js", " * Bootstrap v4.", "AngularJS v1.0", "(function(", "document.cookie", "addEventListener('submit'", "fetch(", "atob('", "new Image().src=",
    "card", "cvv", "http", "://", "\\x61", "eval(", "\n", " " * 50, "a" * 500, "/*", "*/", "//", "\x00", "WebSocket(",
)  # fmt: skip
REPORT = ("`", "```", "~~~", "[", "](", ")", "<", ">", "*", "_", "#", "- ", "1. ", "|", "&", "&#0;", "\n", "\r", "=", "@", "+", "-", "!", ":", "\\", "www.", "http://a", "\ufe0f", "\u202e", "\x1b[", "'", "\"", ",", "\t", "＝")  # fmt: skip
LETTER = (
    "From: a@petalandstem.example\nDate: Thu, 1 Jan 2026 00:00:00 +0000\nSubject: x\nDKIM-Signature: v=1; a=rsa-sha256; d=petalandstem.example; s=s; h=from; bh=YQ==; b=YQ==\n\nx\n",
    "From: Shop <a@petalandstem.example>\n", "From x@y Thu Jan  1 00:00:00 2026\n", "\n>From ", "To: b@c.example, d@e.example\n", "Subject: =?utf-8?q?a=20?=", "=?utf-8?b?YQ==?=", "=?idna?q?x?=\n", "Date: Thu, 1 Jan 2026 00:00:00 +9999\n",
    "Received: from a (b [192.0.2.1]) by c with ESMTPS id x; Thu, 1 Jan 2026 00:00:00 +0000\n", "DKIM-Signature: v=1; a=rsa-sha256; d=petalandstem.example; s=s; h=from:to; l=", "bh=YQ==; b=YQ==\n", "x=1; t=9999999999999999999; c=relaxed/",
    "Authentication-Results: mx.petalandstem.example; spf=pass smtp.mailfrom=", "List-Unsubscribe: <https://a.example/?u=1>\n", "Content-Type: multipart/mixed; boundary=", "b\n", "\n--b\n", "--b--\n", "Content-Type: text/html; charset=utf-16\n",
    "Content-Type: message/rfc822\n", "Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: x-uuencode\n", "begin 644 a\n", "Content-Disposition: attachment; filename*=utf-8''%ff", "\n\n", "\n", "\r\n", " ", "<a href='https://b.example/'>https://a.example</a>",
    "<img src=https://c.example/p.gif width=1>", "4111 1111 1111 1111", "password: violets", "9" * 400, "\x00", "\ufeff", "é", "(" * 300, "@[", "=",
)  # fmt: skip
MAIL_RECORDS = (
    "v=spf1 ", "include:", "redirect=", "exp=", "a:", "mx/24//64", "ip4:192.0.2.0/33", "ip6:::/129", "exists:%{ir}.%{v}._spf.%{d2}", "%{", "%{s200r+-/}", "-all", "?all", "ptr", "v=DMARC1; ", "p=reject", "sp=", "rua=mailto:a@b.example!9999999999m",
    "pct=", "psd=y", "np=", "ri=", "v=DKIM1; ", "k=rsa; p=", "k=ed25519; p=YQ==", "t=y:s", "h=sha1", "v=STSv1; id=", "version: STSv1\n", "mode: enforce\n", "mx: *.example\n", "max_age: ", "9" * 5_000, "v=TLSRPTv1; rua=", "mailto:", "https://",
    "0 issue \"letsencrypt.org; validationmethods=\"", "128 iodef ", "3 1 1 ", "00" * 32, "10 mail.petalandstem.example", "0 .", "petalandstem.example", "\n", ";", "=", " ", "\t", "é", "\x00", "-1", "1e9",
)  # fmt: skip
DNS = (
    "\x00", "\x01", "\x02", "\x05", "\x0c", "\xc0\x0c", "\xc0\x00", "\xff\xff", "\x00\x00\x84\x00\x00\x01", "\x00\x01\x00\x00\x00\x00", "\x03www\x0dpetalandstem\x07example\x00", "\x3f" + "a" * 63, "\x00\x01\x00\x01", "\x00\x10\x00\x01", "\x00\x2e\x00\x01",
    "\x00\x30\x00\x01", "\x00\x2b\x00\x01", "\x00\x2f\x00\x01", "\x00\x32\x00\x01", "\x00\x29", "\x00\x41", "\x00\x2a", "\x00\x00\x01\x2c", "\x00\x04\xc0\x00\x02\x01", "\x01\x01\x03\x0d" + "k" * 64, "\x00" * 40, "\xff" * 40, "\x00\xfa\x00\xff",
)  # fmt: skip
RECORDS = (
    "name,card number\n", "Anna,4111 1111 1111 1111\n", "4111-1111-1111-1111", ";", "\t", "\"", "\n", "<?xml version='1.0'?><sst><si><t>", "</t></si>", "<w:p>", "<!--", "-->", "&#52;", "xl/sharedStrings.xml", "word/document.xml", "[Content_Types].xml",
    "From a@b Thu Jan  1 00:00:00 2026\n", "Content-Type: text/plain\n", "\\u0034", "{\"a\": ", "\xff\xfe", "9" * 300,
)  # fmt: skip
RDAP = (
    '{"services": [[["example"], ["https://rdap.example/"]]], "events": [{"eventAction": "expiration", "eventDate": "2027-01-01T00:00:00Z"}]}',
    '"services"', '[[["example"],["https://rdap.example/"]]]', '"events"', '{"eventAction":"expiration","eventDate":"2027-01-01T00:00:00Z"}', '"9999-12-31T23:59:59-23:59"', '"entities"', '"roles"', '["registrar"]', '"vcardArray"', '["vcard",[["fn",{},"text","A"]]]',
)  # fmt: skip
RAW = frozenset(
    {"SSH", "compression", "backup", "SFTP", "services", "certificate", "head of a file", "history", "name server", "records"}
)
"""Whose pieces are bytes, written here as characters up to U+00FF."""

"""Servers' own lists of a directory, and the pages that only look like them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.evidence import Answer
from scanner.gatherers.probing.listing_pages import MOST_NAMES, UNRECOGNISED, listing_of
from tests.patience import cpu

HTML = (("content-type", "text/html; charset=utf-8"),)


def at(path, text, headers=HTML, status=200):
    return listing_of(Answer("https://petalandstem.example" + path, status, headers, text), path)


APACHE_PLAIN = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head><title>Index of /files</title></head><body>
<h1>Index of /files</h1>
<ul><li><a href="/"> Parent Directory</a></li>
<li><a href="shop_2026.sql.gz"> shop_2026.sql.gz</a></li>
<li><a href="sub/"> sub/</a></li>
<li><a href="with%20space%20&amp;%20amp.txt"> with space &amp; amp.txt</a></li>
</ul></body></html>"""

APACHE_PLAIN_ROOT = """<html><head><title>Index of /</title></head><body><h1>Index of /</h1>
<ul><li><a href="files/"> files/</a></li><li><a href="old.zip"> old.zip</a></li></ul></body></html>"""

APACHE_FANCY = """<html><head><title>Index of /files</title></head><body><h1>Index of /files</h1>
<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>                    <a href="?C=M;O=A">Last modified</a>      \
<a href="?C=S;O=A">Size</a>  <a href="?C=D;O=A">Description</a><hr>\
<img src="/icons/back.gif" alt="[PARENTDIR]"> <a href="/">Parent Directory</a>                             -
<img src="/icons/compressed.gif" alt="[   ]"> <a href="a_very_long_file_name_that_the_server_cuts.tar.gz">a_very_long_file_nam..&gt;</a> 2026-11-21 05:02  4.9K
<a href="dump.sql"><img src="/icons/unknown.gif" alt="[   ]"></a> <a href="dump.sql">dump.sql</a>                2026-11-21 05:02  4.9K
<hr></pre></body></html>"""

APACHE_TABLE = """<html><head><title>Index of /files</title></head><body><h1>Index of /files</h1><table>
<tr><th valign="top">&nbsp;</th><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th></tr>
<tr><td><a href="/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
<tr><td><a href="dump.sql">dump.sql</a></td><td align="right">2026-11-21 05:02  </td><td align="right">4.9K</td></tr>
</table><address>Apache/2.4.57 (Debian) Server at petalandstem.example Port 443</address></body></html>"""

APACHE_OWN_HEADER = """<html><head><title>Our downloads</title></head><body><h1>Downloads</h1>
<p><a href="/">Home</a> <a href="/contact">Contact</a> <a href="https://social.example/petal">Follow us</a></p>
<pre>      Name                    Last modified      Size  Description<hr>      <a href="/">Parent Directory</a>                             -
      <a href="HEADER.html">HEADER.html</a>             2026-11-21 05:02  129
      <a href="catalogue.pdf">catalogue.pdf</a>         2026-11-21 05:02  1.1M
<hr></pre></body></html>"""

APACHE_13 = """<HTML><HEAD><TITLE>Index of /files</TITLE></HEAD><BODY><H1>Index of /files</H1>
<PRE><IMG SRC="/icons/blank.gif" ALT="     "> <A HREF="?N=D">Name</A>  <A HREF="?M=A">Last modified</A> <A HREF="?S=A">Size</A> <HR>
<A HREF="/">Parent Directory</A>        21-Nov-2003 05:02      -
<A HREF="dump.sql">dump.sql</A>                21-Nov-2003 05:02     4k
</PRE></BODY></HTML>"""

NGINX = """<html>
<head><title>Index of /files/</title></head>
<body>
<h1>Index of /files/</h1><hr><pre><a href="../">../</a>
<a href="sub/">sub/</a>                                               21-Nov-2026 05:02                   -
<a href="a_very_long_file_name_that_the_server_cuts_because_it_is_too_long.tar.gz">a_very_long_file_name_that_the_server_cuts_beca..&gt;</a> 21-Nov-2026 05:02                   0
<a href="dump.sql">dump.sql</a>                                           21-Nov-2026 05:02                5000
</pre><hr></body>
</html>"""

NGINX_RENAMED = NGINX.replace("Index of", "Dateien in")

NGINX_FANCYINDEX = """<html><head><title>Index of /files/</title></head><body><h1>Index of /files/</h1>
<table id="list"><thead><tr><th><a href="?C=N&amp;O=A">File Name</a>&nbsp;<a href="?C=N&amp;O=D">&nbsp;&darr;&nbsp;</a></th></tr></thead>
<tbody><tr><td class="link"><a href="../">Parent directory/</a></td><td class="size">-</td><td class="date">-</td></tr>
<tr><td class="link"><a href="dump.sql" title="dump.sql">dump.sql</a></td><td class="size">4.9 KiB</td><td class="date">2026-Nov-21 05:02</td></tr>
</tbody></table></body></html>"""

NGINX_JSON = """[
{ "name":"sub", "type":"directory", "mtime":"Sat, 21 Nov 2026 05:02:11 GMT" },
{ "name":"dump.sql", "type":"file", "mtime":"Sat, 21 Nov 2026 05:02:11 GMT", "size":5000 }
]"""

NGINX_XML = """<?xml version="1.0"?>
<list>
<directory mtime="2026-11-21T05:02:11Z">sub</directory>
<file mtime="2026-11-21T05:02:11Z" size="5000">dump.sql</file>
</list>"""

IIS = """<html><head><title>petalandstem.example - /files/</title></head><body><H1>petalandstem.example - /files/</H1><hr>

<pre><A HREF="/">[To Parent Directory]</A><br><br> 6/12/2026  3:25 AM        &lt;dir&gt; <A HREF="/files/sub/">sub</A><br>\
11/21/2026  5:02 PM         5000 <A HREF="/files/dump.sql">dump.sql</A><br></pre><hr></body></html>"""

IIS_ROOT = """<html><head><title>petalandstem.example - /</title></head><body><H1>petalandstem.example - /</H1><hr>
<pre> 6/12/2026  3:25 AM        &lt;dir&gt; <A HREF="/files/">files</A><br></pre><hr></body></html>"""

LIGHTTPD = """<!DOCTYPE html><html><head><title>Index of /files/</title></head><body><h2>Index of /files/</h2><div class="list">
<table summary="Directory Listing" cellpadding="0" cellspacing="0"><thead><tr><th class="n">Name</th><th class="m">Last Modified</th>\
<th class="s">Size</th><th class="t">Type</th></tr></thead><tbody>
<tr class="d"><td class="n"><a href="../">..</a>/</td><td class="m">&nbsp;</td><td class="s">- &nbsp;</td><td class="t">Directory</td></tr>
<tr class="d"><td class="n"><a href="sub/">sub</a>/</td><td class="m">2026-Nov-21 05:02:11</td><td class="s">- &nbsp;</td><td class="t">Directory</td></tr>
<tr><td class="n"><a href="dump.sql">dump.sql</a></td><td class="m">2026-Nov-21 05:02:11</td><td class="s">4.9K</td><td class="t">text/plain</td></tr>
</tbody></table></div><div class="foot">lighttpd/1.4.69</div></body></html>"""

CADDY = """<!DOCTYPE html><html><head><title>files</title></head><body><header><div class="breadcrumbs">Folder Path</div>
<h1><a href="../">/</a><a href="">files</a></h1></header><main>
<a href="javascript:queryParam('layout', 'grid')">Grid</a>
<table><thead><tr><th><a href="?sort=namedirfirst&order=desc"></a> <a href="?sort=name&order=asc">Name</a></th><th><a href="?sort=size&order=asc">Size</a></th>\
<th><a href="?sort=time&order=asc">Modified</a></th></tr></thead><tbody>
<tr><td></td><td><a href=".."><svg></svg><span class="go-up">Up</span></a></td><td></td></tr>
<tr class="file"><td></td><td><a href="./sub/"><svg></svg><span class="name">sub</span></a></td><td>&mdash;</td><td><time>11/21/2026 05:02:11 AM +00:00</time></td></tr>
<tr class="file"><td></td><td><a href="./dump.sql"><svg></svg><span class="name">dump.sql</span></a></td><td>4.9 KiB</td>\
<td><time>11/21/2026 05:02:11 AM +00:00</time></td></tr>
</tbody></table></main><footer>Served with <a rel="noopener noreferrer" href="https://caddyserver.com"><svg></svg></a></footer></body></html>"""

CADDY_JSON = (
    '[{"name":"dump.sql","size":5000,"url":"./dump.sql","mod_time":"2026-11-21T05:02:11.1Z","mode":420,"is_dir":false,"is_symlink":false},'
    '{"name":"sub/","size":4096,"url":"./sub/","mod_time":"2026-11-21T05:02:11Z","mode":2147484141,"is_dir":true,"is_symlink":false}]'
)

LITESPEED = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN"><html><head><title>Index of /files/</title></head><body>
<h1>Index of /files/</h1><pre><img src="/_autoindex/icons/blank.png" alt="     "> <a href='?ND'>Name</a>     <a href='?MA'>Last modified</a>  \
<a href='?SA'>Size</a>  <a href='?DA'>Description </a>
<hr><img src="/_autoindex/icons/up.png" alt="up"> <a href="/">Parent Directory</a>         21-Oct-2026 00:44        -
<img src="/_autoindex/icons/unknown.png" alt="unknown"> <a href="/files/dump.sql">dump.sql</a>     25-Jun-2026 20:31       4k
</pre><hr><address>Proudly Served by LiteSpeed Web Server at petalandstem.example Port 443</address></body></html>"""

TOMCAT = """<!doctype html><html lang="en"><head><title>Directory Listing For [/docs/]</title></head><body>
<h1>Directory Listing For [/docs/] – <a href="/shop/"><b>Up To [/]</b></a></h1><hr class="line"><table>
<tr bgcolor="#eeeeee"><td align="left">&nbsp;&nbsp;<a href="/shop/docs/dump.sql"><tt>dump.sql</tt></a></td><td align="right"><tt>4.9 KiB</tt></td>\
<td align="right"><tt>Sat, 21 Nov 2026 05:02:11 GMT</tt></td></tr></table><hr class="line"><h3>Apache Tomcat/9.0.90</h3></body></html>"""

JETTY = """<!DOCTYPE html><html lang="en"><head><link href="/jetty-dir.css" rel="stylesheet"/><title>Directory: /files/</title></head><body>
<h1 class="title">Directory: /files/</h1><table class="listing"><thead><tr><th class="name"><a href="?C=N&O=D">Name&nbsp; &#8679;</a></th>\
<th class="lastmodified"><a href="?C=M&O=A">Last Modified</a></th><th class="size"><a href="?C=S&O=A">Size</a></th></tr></thead><tbody>
<tr><td class="name"><a href="/">Parent Directory</a></td></tr>
<tr><td class="name"><a href="/files/dump.sql">dump.sql&nbsp;</a></td><td class="lastmodified">Nov 21, 2026, 5:02:11 AM&nbsp;</td><td class="size">5,000 bytes&nbsp;</td></tr>
</tbody></table></body></html>"""

PYTHON = """<!DOCTYPE HTML><html lang="en"><head><meta charset="utf-8"><title>Directory listing for /my files/</title></head><body>
<h1>Directory listing for /my files/</h1><hr><ul><li><a href="dump.sql">dump.sql</a></li><li><a href="link.sql">link.sql@</a></li>
<li><a href="sub/">sub/</a></li></ul><hr></body></html>"""

SERVE_INDEX = """<!DOCTYPE html><html><head><meta charset='utf-8'><title>listing directory /files</title></head><body class="directory">
<input id="search" type="text" placeholder="Search" autocomplete="off" /><div id="wrapper"><h1><a href="/">~</a> / <a href="/files">files</a></h1>
<ul id="files" class="view-tiles"><li><a href="/" class="icon icon-directory" title=".."><span class="name">..</span><span class="size"></span><span class="date"></span></a></li>
<li><a href="/files/sub" class="icon icon-directory" title="sub"><span class="name">sub</span><span class="size"></span><span class="date">11/21/2026 5:02:11 AM</span></a></li>
<li><a href="/files/dump.sql" class="icon" title="dump.sql"><span class="name">dump.sql</span><span class="size">5000</span><span class="date">11/21/2026 5:02:11 AM</span></a></li>
</ul></div></body></html>"""

S3 = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>petal-media</Name><Prefix></Prefix><IsTruncated>false</IsTruncated>
<Contents><Key>orders/2026.csv</Key><LastModified>2026-11-21T05:02:11.000Z</LastModified><Size>5000</Size></Contents>
<Contents><Key>dump.sql</Key><Size>5000</Size></Contents><CommonPrefixes><Prefix>img/</Prefix></CommonPrefixes></ListBucketResult>"""

XML = (("content-type", "application/xml"),)
JSON = (("content-type", "application/json"),)


@pytest.mark.parametrize(
    ("style", "path", "text", "headers", "names"),
    [
        ("Apache", "/files/", APACHE_PLAIN, HTML, ("shop_2026.sql.gz", "sub/", "with space & amp.txt")),
        ("Apache", "/", APACHE_PLAIN_ROOT, HTML, ("files/", "old.zip")),
        ("Apache", "/files/", APACHE_FANCY, HTML, ("a_very_long_file_name_that_the_server_cuts.tar.gz", "dump.sql")),
        ("Apache", "/files/", APACHE_TABLE, HTML, ("dump.sql",)),
        ("Apache", "/files/", APACHE_OWN_HEADER, HTML, ("HEADER.html", "catalogue.pdf")),
        ("Apache", "/files/", APACHE_13, HTML, ("dump.sql",)),
        ("nginx", "/files/", NGINX, HTML, ("sub/", "a_very_long_file_name_that_the_server_cuts_because_it_is_too_long.tar.gz", "dump.sql")),
        ("nginx", "/files/", NGINX_RENAMED, HTML, ("sub/", "a_very_long_file_name_that_the_server_cuts_because_it_is_too_long.tar.gz", "dump.sql")),
        ("nginx", "/files/", NGINX_FANCYINDEX, HTML, ("dump.sql",)),
        ("nginx", "/files/", NGINX_JSON, JSON, ("sub/", "dump.sql")),
        ("nginx", "/files/", NGINX_XML, (("content-type", "text/xml; charset=utf-8"),), ("sub/", "dump.sql")),
        ("IIS", "/files/", IIS, HTML, ("sub/", "dump.sql")),
        ("IIS", "/", IIS_ROOT, (*HTML, ("server", "Microsoft-IIS/10.0")), ("files/",)),
        ("lighttpd", "/files/", LIGHTTPD, HTML, ("sub/", "dump.sql")),
        ("Caddy", "/files/", CADDY, HTML, ("sub/", "dump.sql")),
        ("Caddy", "/files/", CADDY_JSON, JSON, ("dump.sql", "sub/")),
        ("LiteSpeed", "/files/", LITESPEED, HTML, ("dump.sql",)),
        ("Tomcat", "/shop/docs/", TOMCAT, HTML, ("dump.sql",)),
        ("Jetty", "/files/", JETTY, HTML, ("dump.sql",)),
        ("Python http.server", "/my%20files/", PYTHON, HTML, ("dump.sql", "link.sql", "sub/")),
        ("Node serve-index", "/files/", SERVE_INDEX, HTML, ("sub", "dump.sql")),
        ("Amazon S3", "/", S3, XML, ("orders/2026.csv", "dump.sql", "img/")),
    ],
)  # fmt: skip
def test_recognises_lists_of_real_servers(style, path, text, headers, names):
    listed = at(path, text, headers)
    assert listed is not None
    assert (listed.path, listed.style, listed.names, listed.more) == (path, style, names, 0)


IIS_WORDS = {
    "German": ("[Zum übergeordneten Verzeichnis]", "21.11.2026    05:02"),
    "Spanish": ("[Al directorio principal]", "21/11/2026     5:02"),
    "French": ("[Vers le répertoire parent]", "21/11/2026    05:02"),
    "Polish": ("[Do katalogu nadrzędnego]", "2026-11-21    05:02"),
    "Czech": ("[Do nadřazeného adresáře]", "21. 11. 2026     5:02"),
    "Hungarian": ("[A szülőkönyvtárba]", "2026. 11. 21.    05:02"),
    "Croatian": ("[U nadređeni direktorij]", "21.11.2026.    05:02"),
    "Danish": ("[Til overordnet mappe]", "21-11-2026    05:02"),
    "Finnish": ("[Ylempään kansioon]", "21.11.2026     5.02"),
    "Greek": ("[Προς γονικό κατάλογο]", "21/11/2026   5:02 πμ"),
    "Bulgarian": ("[Към родителската папка]", "21.11.2026 г.    5:02"),
    "Ukrainian": ("[До батьківського каталогу]", "21.11.2026    05:02"),
    "Turkish": ("[Üst Dizine]", "21.11.2026    05:02"),
    "Japanese": ("[親ディレクトリへ]", "2026/11/21     5:02"),
}


def iis(words: str, time: str) -> str:
    return (
        "<html><head><title>petalandstem.example - /files/</title></head><body><H1>petalandstem.example - /files/</H1><hr>\r\n\r\n"
        f'<pre><A HREF="/">{words}</A><br><br>{time}         5000 <A HREF="/files/dump.sql">dump.sql</A><br>'
        f'{time}        &lt;dir&gt; <A HREF="/files/alt/">alt</A><br></pre><hr></body></html>'
    )


TOMCAT_WORDS = {
    "German": ("Verzeichnisinhalt für [/docs/]", "Hoch zu [/]"),
    "French": ("Liste du répertoire [/docs/]", "Jusqu'à [/]"),
    "Spanish": ("Listado de Directorio Para [/docs/]", "Arriba A [/]"),
    "Japanese": ("[/docs/] のディレクトリの一覧", "[/] に移動"),
    "Russian": ("Содержимое каталога [/docs/]", "Вверх к [/]"),
}


def tomcat(heading: str, up: str) -> str:
    text = TOMCAT.replace("Directory Listing For [/docs/]", heading).replace("Up To [/]", up)
    sub = '<tr><td>&nbsp;&nbsp;<a href="/shop/docs/sub/"><tt>sub/</tt></a></td><td><tt>&nbsp;</tt></td><td><tt>Sat, 21 Nov 2026 05:02:11 GMT</tt></td></tr>'
    return text.replace("</table>", sub + "</table>")


OWN_HEADER = (
    '<p><a href="/">Startseite</a> <a href="/kontakt">Kontakt</a> <a href="/warenkorb">Warenkorb</a></p><h1>Unsere Dateien</h1>'
)
NGINX_OWN = f"""<html><head><title>Blumen Petal</title></head><body>{OWN_HEADER}<pre><a href="../">Zurück nach oben</a>
<a href="sub/">sub/</a>                                               21-Nov-2026 05:02                   -
<a href="dump.sql">dump.sql</a>                                           21-Nov-2026 05:02                5000
</pre></body></html>"""
FANCYINDEX_OWN = f"""<html><head><title>Pliki sklepu</title></head><body>{OWN_HEADER}<table id="list"><tbody>
<tr><td class="link"><a href="../">Katalog nadrzędny/</a></td><td class="size">-</td><td class="date">-</td></tr>
<tr><td class="link"><a href="sub/" title="sub">sub/</a></td><td class="size">-</td><td class="date">2026-Nov-21 05:02</td></tr>
<tr><td class="link"><a href="dump.sql" title="dump.sql">dump.sql</a></td><td class="size">4.9 KiB</td><td class="date">2026-Nov-21 05:02</td></tr>
</tbody></table></body></html>"""
APACHE_GERMAN = (
    APACHE_OWN_HEADER.replace("Parent Directory", "Übergeordnetes Verzeichnis")
    .replace("HEADER.html", "dump.sql")
    .replace("catalogue.pdf", "sub.zip")
)
SERVE = """<!DOCTYPE html><html lang="en"><head><title>Files within files/</title></head><body><main><header><h1><i>Index of&nbsp;</i>
<a href="/">petal/</a> <a href="/files">files/</a></h1><a href="https://serve.example/docs">What's this?</a></header><ul id="files">
<li><a href="/" title="petal/" class="folder ">..</a></li><li><a href="/files/sub" title="sub/" class="folder ">sub/</a></li>
<li><a href="/files/dump.sql" title="dump.sql" class="file sql">dump.sql</a></li></ul></main></body></html>"""
DIRECTORY_LISTER = """<!DOCTYPE html><html><head><title>files • Directory Lister</title></head><body><header><a href="https://github.example/lister">Code</a>
<a href=".">Start</a></header><div>Name Größe Datum</div><ul id="file-list"><li></li><li>
<a href="?dir=sub"><div><i class="fas fa-folder"></i></div><div>sub</div><div>—</div><div>2026-11-21 05:02:11</div></a>
<a href="dump.sql"><div><i class="fas fa-database"></i></div><div>dump.sql</div><div><button title="Info"></button></div><div>4.88KB</div>
<div>2026-11-21 05:02:11</div></a></li></ul><footer>Powered by <a href="https://lister.example">Directory Lister</a></footer></body></html>"""
H5AI = """<!DOCTYPE html><html><head><title>index - powered by h5ai</title><script src="/_h5ai/public/js/scripts.js"></script></head><body><div id="fallback"><table>
<tr><th></th><th><span>Name</span></th><th><span>Last modified</span></th><th><span>Size</span></th></tr>
<tr><td><img src="/_h5ai/public/images/fallback/folder-parent.png" alt="folder-parent"/></td><td><a href="..">Parent Directory</a></td><td></td><td></td></tr>
<tr><td><img alt="folder"/></td><td><a href="/files/sub/">sub</a></td><td>2026-11-21 05:02</td><td></td></tr>
<tr><td><img alt="file"/></td><td><a href="/files/dump.sql">dump.sql</a></td><td>2026-11-21 05:02</td><td>4 KB</td></tr></table></div></body></html>"""
GO = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="sub/">sub/</a>\n<a href="dump.sql">dump.sql</a>\n</pre>'
AIOHTTP = """<html><head><title>Index of /files</title></head><body><h1>Index of /files</h1><ul><li><a href="/files/sub">sub/</a></li>
<li><a href="/files/dump.sql">dump.sql</a></li></ul></body></html>"""
HTTP_SERVER = """<!doctype html><html><head><title>Index of /files/</title></head><body><h1>Index of /files/</h1><table>
<tr><td><i class="icon"></i></td><td class="perms"><code>(drwxr-xr-x)</code></td><td class="last-modified">21-Nov-2026 05:02</td>
<td class="file-size"><code></code></td><td class="display-name"><a href="../">../</a></td></tr>
<tr><td></td><td><code>(-rw-r--r--)</code></td><td>21-Nov-2026 05:02</td><td><code>5.0k</code></td><td><a href="./dump.sql">dump.sql</a></td></tr>
</table><br><address>Node.js v20 / http-server server running @ petalandstem.example</address></body></html>"""
MINISERVE = """<!DOCTYPE html><html><head><title>petalandstem.example/files</title></head><body><h1 class="title">petalandstem.example/files</h1><table>
<thead><th><a href="?sort=name&amp;order=asc">Name</a></th><th><a href="?sort=size&amp;order=asc">Size</a></th><th><a href="?sort=date&amp;order=asc">Last modification</a></th></thead>
<tbody><tr><td colspan="3"><p><a class="root" href="../">Parent directory</a></p></td></tr>
<tr><td><a class="file" href="/files/dump.sql">dump.sql</a></td><td>4.88 KiB</td><td>2026-11-21 05:02:11 +00:00</td></tr></tbody></table></body></html>"""
JETTY_GERMAN = (
    JETTY.replace("?C=N&O=D", "#n")
    .replace("?C=M&O=A", "#m")
    .replace("?C=S&O=A", "#s")
    .replace("Parent Directory", "Elternverzeichnis")
    .replace("Nov 21, 2026, 5:02:11 AM", "21.11.2026, 05:02:11")
    .replace("5,000 bytes", "5.000 Bytes")
)
LATIN_1 = """<html><head><title>Inhalt von /files/</title></head><body><h1>Inhalt von /files/</h1><pre><a href="../">Zurück</a>
<a href="M%E4rz.sql">März.sql</a>     21-Nov-2026 05:02    5000
<a href="Gr%FC%DFe/">Grüße/</a>     21-Nov-2026 05:02    -</pre></body></html>"""
APART = """<html><head><title>Index of /files</title></head><body><h1>Index of /files</h1><ul><li><a href="/"> Parent Directory</a></li>
<li><a href="Gru%CC%88n.sql"> Gr\u00fcn.sql</a></li></ul></body></html>"""
BUCKET_VERSIONS = """<?xml version="1.0" encoding="UTF-8"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>petal</Name>
<Version><Key>dump.sql</Key><VersionId>1</VersionId></Version></ListVersionsResult>"""
AZURE = """<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="https://petal.example/files"><Blobs><Blob><Name>dump.sql</Name>
<Properties><Content-Length>5000</Content-Length></Properties></Blob></Blobs><NextMarker/></EnumerationResults>"""

APACHE_BARE = """<html><head><title>Eigene Dateien</title></head><body><h1>Dateien</h1><p><a href="/">Start</a> <a href="/kontakt">Kontakt</a></p>
<pre><img src="/icons/back.gif" alt="[PARENTDIR]"> <a href="/">Übergeordnetes Verzeichnis</a>
<img src="/icons/unknown.gif" alt="[   ]"> <a href="dump.sql">dump.sql</a>
<img src="/icons/folder.gif" alt="[DIR]"> <a href="sub/">sub/</a></pre></body></html>"""
TWISTED = """<html><head><title>Directory listing for //files/</title></head><body><h1>Directory listing for //files/</h1><table>
<tr><th>Filename</th><th>Size</th><th>Content type</th></tr><tr><td><a href="dump.sql">dump.sql</a></td><td>5K</td><td>[text/html]</td></tr></table></body></html>"""
THTTPD = """<HTML><HEAD><TITLE>Index of /files/</TITLE></HEAD><BODY><H2>Index of /files/</H2><PRE>mode  links  bytes  last-changed  name
<HR>dr-x  2  4096  Nov 21 05:02  <A HREF="/files/./">.</A>
dr-x  2  4096  Nov 21 05:02  <A HREF="/">..</A>
-r--  1  5000  Nov 21 05:02  <A HREF="/files/dump.sql">dump.sql</A></PRE></BODY></HTML>"""
DARKHTTPD = """<!DOCTYPE html><html><head><title>/files/</title></head><body><h1>/files/</h1><table><tbody><tr><td><a href="../">..</a>/</td><td></td></tr>
<tr><td><a href="dump.sql">dump.sql</a></td><td>5000</td></tr></tbody></table></body></html>"""
CYRILLIC = """<title>Файлы</title><pre><a href="../">Наверх</a>
<a href="%E4%E0%EC%EF.sql">дамп.sql</a> 21-Nov-2026 05:02 50
<a href="архив.zip">архив.zip</a> 21-Nov-2026 05:02 50</pre>"""
UPDOG = """<html><head><title>updog - /srv/shop/files</title></head><body><h2>Directory: /srv/shop/files</h2>
<form method="post" action="/upload"><input type="file" name="file"></form><a href="/"><span>Back</span></a><table><tbody>
<tr><td><a href="/files/dump.sql">dump.sql</a></td><td>5 KB</td><td>Sat Nov 21 05:02:11 2026</td><td><a href="/files/dump.sql?view">View in browser</a></td></tr>
<tr><td><a href="/files/sub">sub/</a></td><td>--</td><td>Sat Nov 21 05:02:11 2026</td></tr></tbody></table></body></html>"""
COPYPARTY = """<html><head><title>vm files</title></head><body><a href="?b=u">switch to basic browser</a><h1><a href="#">🌲</a><a href="/">/</a>
<a href="/files/">files</a></h1><table id="files"><tbody>
<tr><td><a href="sub/?zip=crc">zip</a></td><td><a href="sub/">sub/</a></td><td>4096</td><td>---</td><td>2026-11-21 05:02:11</td></tr>
<tr><td>-</td><td><a href="dump.sql">dump.sql</a></td><td>5000</td><td>sql</td><td>2026-11-21 05:02:11</td></tr></tbody></table>
<a href="/?h">control-panel</a></body></html>"""
WEBFS = """<head><title>petalandstem.example:80/files/</title></head><body bgcolor=white><h1>listing: <a href="/">/</a><a href="/files/">files/</a></h1><hr noshade size=1><pre>
<b>access      user      group     date             size  name</b>
drwxr-xr-x  root      root      Nov 21 05:02     &lt;DIR&gt;  <a href="../">..</a>
drwxr-xr-x  root      root      Nov 21 05:02     &lt;DIR&gt;  <a href="sub/">sub</a>
-rw-r--r--  root      root      Nov 21 05:02     5 kB   <a href="dump.sql">dump.sql</a>
</pre><hr noshade size=1><small><a href="https://linux.example/webfs.html">webfs/1.21</a></small></body>"""
GOOGLE_JSON = '{"kind":"storage#objects","items":[{"kind":"storage#object","name":"dump.sql","size":"5"},{"kind":"storage#object","name":"a/b.csv"}]}'
SWIFT_JSON = '[{"hash":"a1","last_modified":"2026-11-21T05:02:11.000000","bytes":50,"name":"dump.sql","content_type":"text/plain"},{"subdir":"img/"}]'

ELSEWHERE = {
    **{f"IIS, {name}": ("/files/", iis(*words), ("dump.sql", "alt/")) for name, words in IIS_WORDS.items()},
    **{f"Tomcat, {name}": ("/shop/docs/", tomcat(*words), ("dump.sql", "sub/")) for name, words in TOMCAT_WORDS.items()},
    "nginx with title, heading and words of its own": ("/files/", NGINX_OWN, ("sub/", "dump.sql")),
    "fancyindex with title, heading and words of its own": ("/files/", FANCYINDEX_OWN, ("sub/", "dump.sql")),
    "Apache with a header and a German way up": ("/files/", APACHE_GERMAN, ("dump.sql", "sub.zip")),
    "vercel's serve": ("/files/", SERVE, ("sub", "dump.sql")),
    "Directory Lister, German": ("/files/", DIRECTORY_LISTER, ("sub/", "dump.sql")),
    "h5ai": ("/files/", H5AI, ("sub/", "dump.sql")),
    "Go's file server": ("/files/", GO, ("sub/", "dump.sql")),
    "aiohttp": ("/files/", AIOHTTP, ("sub", "dump.sql")),
    "http-server for Node": ("/files/", HTTP_SERVER, ("dump.sql",)),
    "miniserve": ("/files/", MINISERVE, ("dump.sql",)),
    "Jetty, German": ("/files/", JETTY_GERMAN, ("dump.sql",)),
    "Apache without columns, with a header": ("/files/", APACHE_BARE, ("dump.sql", "sub/")),
    "Twisted": ("/files/", TWISTED, ("dump.sql",)),
    "updog": ("/files/", UPDOG, ("dump.sql", "sub")),
    "copyparty": ("/files/", COPYPARTY, ("sub/", "dump.sql")),
    "webfs": ("/files/", WEBFS, ("sub/", "dump.sql")),
    "thttpd": ("/files/", THTTPD, ("dump.sql",)),
    "darkhttpd": ("/files/", DARKHTTPD, ("dump.sql",)),
    "names in Windows-1251 and in UTF-8": ("/files/", CYRILLIC, ("дамп.sql", "архив.zip")),
    "names in Latin-1": ("/files/", LATIN_1, ("März.sql", "Grüße/")),
    "names from macOS": ("/files/", APART, ("Gru\u0308n.sql",)),
}  # fmt: skip
"""Lists in other languages, and of servers whose lists have hardly a word."""


@pytest.mark.parametrize("name", ELSEWHERE)
def test_recognises_lists_by_their_structure(name):
    path, text, names = ELSEWHERE[name]
    listed = at(path, text)
    assert listed is not None
    assert listed.names == names


@pytest.mark.parametrize(
    ("text", "style", "names"),
    [(GOOGLE_JSON, "Google Cloud Storage", ("dump.sql", "a/b.csv")), (SWIFT_JSON, "OpenStack Swift", ("dump.sql", "img/"))],
)
def test_recognises_lists_of_stores_as_json(text, style, names):
    listed = at("/", text, JSON)
    assert listed is not None
    assert (listed.style, listed.names) == (style, names)


@pytest.mark.parametrize(("text", "style"), [(BUCKET_VERSIONS, "Amazon S3"), (AZURE, "Azure Storage")])
def test_recognises_lists_of_stores(text, style):
    listed = at("/", text, XML)
    assert listed is not None
    assert (listed.style, listed.names) == (style, ("dump.sql",))


NAV = '<nav><a href="/">Home</a><a href="/cart">Cart</a><a href="/login">Log in</a></nav>'

LOOK_ALIKES = {
    "product called Index of Refraction": (
        "/products/",
        f"<title>Index of Refraction – crystal vase</title>{NAV}<h1>Index of Refraction</h1><a href='vase.html'>Crystal vase</a> 2026-01-02 10:00 12.50",
    ),
    "title and parent link alone": (
        "/files/",
        '<title>Index of /files</title><h1>Index of /files</h1><ul><li><a href="/"> Parent Directory</a></li></ul>',
    ),
    "breadcrumbs": (
        "/roses/red/",
        '<title>Red roses</title><a href="/">Home</a> / <a href="/roses/">Roses</a> / <a href="/roses/red/">Red</a><a href="passion.html">Passion</a>',
    ),
    "category with relative child links": (
        "/roses/",
        f'<title>Roses</title>{NAV}<a href="red/">Red roses</a><a href="white/">White roses</a><a href="../">Back</a>',
    ),
    "category whose children are called like their folders, sorted by name": (
        "/roses/",
        f'<title>Roses</title>{NAV}<a href="?sort=name&order=asc">Name</a><a href="?sort=name&order=desc">Name</a><a href="red/">red</a><a href="white/">white</a>',
    ),
    "downloads of a shop": (
        "/downloads/",
        f'<title>Downloads</title>{NAV}<table><tr><td><a href="catalogue.pdf">catalogue.pdf</a></td><td>2026-01-02 10:00</td><td>1.2 MB</td></tr></table>',
    ),
    "downloads of a shop without navigation": (
        "/downloads/",
        '<h1>Our downloads</h1><ul><li><a href="catalogue.pdf">catalogue.pdf</a></li><li><a href="/">Back to the shop</a></li></ul>',
    ),
    "site map": (
        "/",
        '<title>Sitemap</title><ul><li><a href="/roses">Roses</a></li><li><a href="/tulips">Tulips</a></li><li><a href="/a/b">Deep</a></li></ul>',
    ),
    "article that explains listings": (
        "/blog/",
        '<title>Index of /blog</title><p>Directory listing for / shows <pre>&lt;a href="../"&gt;../&lt;/a&gt;</pre></p><a href="post.html">How to stop it</a>',
    ),
    "listing denied": ("/files/", "<title>Directory Listing Denied</title><h1>Directory Listing Denied</h1>This Virtual Directory does not allow contents to be listed."),
    "forum index": ("/forum/", '<title>Forum Index</title><a href="../">Up</a><a href="viewtopic.php?t=3">Topic</a><a href="general/">General chat</a>'),
    "gallery": (
        "/gallery/",
        '<title>Gallery</title><a href="rose.jpg"><img src="t/rose.jpg" alt="rose.jpg"></a><a href="lily.jpg"><img src="t/lily.jpg"></a><a href="../">..</a>',
    ),
    "pages of a blog's archive": (
        "/blog/",
        '<title>Archive</title><a href="2026/">2026 (12)</a><a href="2025/">2025 (9)</a><a href="/blog/feed/">Feed</a>',
    ),
    "page of plain links": ("/links/", '<a href="https://a.example/x.zip">x.zip</a> 2026-01-01 10:00 1K'),
    "documentation with a way up": (
        "/docs/",
        '<title>Docs</title><a href="/docs/install.html">Install</a><a href="/docs/use.html">Use</a><a href="../">Up</a>',
    ),
    "category with a way back before its folders": (
        "/roses/",
        '<title>Roses</title><a href="../">Zurück</a><ul><li><a href="red/">red</a></li><li><a href="white/">white</a></li></ul>',
    ),
    "category with counts": ("/roses/", '<title>Roses</title><a href="/">Home</a><a href="red/">red</a> (12)<a href="white/">white</a> (7)'),
    "site map of a folder": (
        "/sitemap/",
        '<title>Site map /sitemap/</title><a href="/">Home</a><ul><li><a href="roses">All our roses</a></li><li><a href="lilies">Lilies</a></li></ul>',
    ),
    "a file manager's login": (
        "/files/",
        '<title>File manager - /files/</title><h1>Index of /files/</h1><a href="/">Back</a><form method="post"><input name="user"><input type="password" name="pw"></form>',
    ),
    "downloads of a shop with a way back after a menu": (
        "/downloads/",
        f'<title>Pliki do pobrania</title>{NAV}<p><a href="/">Wróć</a> <a href="/regulamin">Regulamin</a></p><a href="katalog.pdf">katalog.pdf</a> 2026-01-02 10:00 1,2 MB',
    ),
    "downloads that can be shown or loaded": (
        "/downloads/",
        '<title>Downloads</title><a href="/">Home</a> <a href="/roses">Roses</a><p><a href="size-chart.pdf">size-chart.pdf</a> <a href="size-chart.pdf?view">View</a></p><p><a href="catalogue.pdf">catalogue.pdf</a> <a href="catalogue.pdf?view">View</a></p>',
    ),
    "products with a way up and a basket button": (
        "/roses/",
        '<title>Roses</title><a href="../">Back</a><a href="red">Red roses</a><a href="red?add=1">Add</a><a href="white">White roses</a><a href="white?add=1">Add</a>',
    ),
    "chapters with a way up": ("/handbuch/", '<title>Handbuch</title><a href="../">Übersicht</a><a href="kapitel-1">Kapitel 1</a><a href="kapitel-2">Kapitel 2</a>'),
    "names alone under a heading": ("/team/", '<h1>Our team</h1><a href="anna">anna</a><a href="ben">ben</a>'),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_leaves_pages_of_shops_alone(name):
    path, text = LOOK_ALIKES[name]
    assert at(path, f"<html><body>{text}</body></html>") is None


@pytest.mark.parametrize(
    "text",
    [
        '[{"name":"Red rose","type":"product","price":12}]',
        '[{"name":"rose","type":"file"}]',
        '[{"name":"rose","url":"/rose","mod_time":"2026-11-21T05:02:11Z","is_dir":false}]',
        '{"items":[{"name":"a","type":"file","mtime":"Sat, 21 Nov 2026 05:02:11 GMT"}]}',
        '["a.sql","b.sql"]',
        '[{"name":"rose","bytes":5}]',
        '[{"subdir":"a/","name":"rose"}]',
        '{"kind":"storage#objects"}',
        '{"kind":"storage#objects","items":[{"name":"rose"}]}',
        "[]",
        "[" * 100_000,
        '[{"name":' * 20_000,
        "[1,2",
    ],
)
def test_leaves_other_json_alone(text):
    assert at("/api/", text, JSON) is None


@pytest.mark.parametrize(
    "text",
    [
        "<urlset><url><loc>https://petalandstem.example/</loc></url></urlset>",
        '<rss version="2.0"><channel><title>Index of /</title></channel></rss>',
        "<list><product mtime='2026-11-21T05:02:11Z'>rose</product></list>",
        "<ListBucketResult></ListBucketResult>",
        "<Error><Code>AccessDenied</Code></Error>",
        '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><list><file mtime="2026-11-21T05:02:11Z">&b;</file></list>',
        "<" * 10_000,
    ],
)
def test_leaves_other_xml_alone(text):
    assert at("/", text, XML) is None


@pytest.mark.parametrize("status", [206, 301, 403, 404, 500])
def test_only_a_plain_answer_lists_anything(status):
    assert at("/files/", NGINX, status=status) is None


def test_counts_the_names_beyond_its_bound():
    rows = "".join(f'<a href="f{n}.txt">f{n}.txt</a>  21-Nov-2026 05:02   1\n' for n in range(1_000))
    listed = at("/files/", f'<title>Index of /files/</title><pre><a href="../">../</a>\n{rows}</pre>')
    assert listed is not None
    assert len(listed.names) == MOST_NAMES
    assert listed.more == 1_000 - MOST_NAMES


def test_reads_a_cut_list_as_far_as_it_goes():
    listed = at("/files/", NGINX_JSON[: NGINX_JSON.rindex("{")] + '{ "name":"du', JSON)
    assert listed is not None
    assert listed.names == ("sub/",)


def test_calls_a_server_unrecognised_that_it_does_not_know():
    text = '<title>/files/</title><a href="../">..</a><a href="dump.sql">dump.sql</a>'
    listed = at("/files/", text)
    assert listed is not None
    assert listed.style == UNRECOGNISED


@settings(max_examples=60)
@given(st.text(), st.sampled_from([HTML, JSON, XML, ()]))
def test_never_raises(text, headers):
    at("/files/", text, headers)
    at("/files/", f'<pre><a href="{text}">{text}</a>', headers)


@pytest.mark.parametrize("text", ["<a href=x>" * 20_000, "<h1>" * 20_000, "<a href='x'>x</a>" * 20_000, "[{}," * 200_000])
def test_hostile_answers_take_bounded_time(text):
    with cpu(15):
        at("/files/", text)
        at("/files/", text, JSON)

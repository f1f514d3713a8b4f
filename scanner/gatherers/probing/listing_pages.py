"""Is this answer the server's own list of a directory's files? Told by structure; a title alone is none. Pure, blocks a little.

A list's links stand for files: each link's text is its own file name, and the name lies directly in this directory. Shops'
pages show titles and prices instead, and lead elsewhere. On top of that a list has at least one of: links that sort its columns,
the way up as the last link before the files, a title with the directory's path, or a time and a size beside each file. Words
decide nothing where structure can: a link to the exact parent is the way up in any language.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml import etree

from scanner.evidence import Answer, Listed
from scanner.gatherers.crawl.html import Anchor, Outline, outline
from scanner.text.url_parts import readings
from scanner.text.urls import join, parameters

MOST_CHARS = 1_000_000
MOST_NAMES = 200
MOST_NAME_CHARS = 200
MOST_ENTRIES = 20_000
FEW_FOREIGN = 3  # the server's signature, a link to its maker

# Apache 2, nginx fancyindex, Jetty and Tomcat: ?C=N;O=D. Apache 1.3: ?N=D. LiteSpeed: ?ND.
_SORTS = re.compile(r"\?(?:C=[NMSD](?:[;&](?:amp;)?O=[AD])?(?:[;&].{0,40})?|[NMSD]=[AD]|[NMSD][AD])\Z")
_CADDY_SORTS = re.compile(r"(?:\./)?\?(?:[\w=]{0,40}&)?sort=(?:name|namedirfirst|size|time)&order=(?:asc|desc)", re.IGNORECASE)
_SURELY_UP = re.compile(r"\[?(?:to )?parent directory\]?/?|up to \[?[^\]]{0,200}\]?|up to higher level directory", re.IGNORECASE)
_MAYBE_UP = re.compile(r"\.\./?|\[\.\.\]|(?:go )?up|\[up\]|↑|⇦", re.IGNORECASE)
_WORD = r"[^\W\d_]"
_DATE = (
    rf"(?:\d{{1,4}}[./-] ?(?:\d{{1,2}}|{_WORD}{{3,12}})[./-] ?\d{{1,4}}\.?"
    rf"|\d{{1,2}}\.? (?:de )?{_WORD}{{3,12}}\.?,? (?:de )?\d{{4}}\.?"
    rf"|{_WORD}{{3,12}}\.? \d{{1,2}}, \d{{4}}|\d{{4}}年 ?\d{{1,2}}月 ?\d{{1,2}}日)"
)
_TIME = re.compile(
    rf"(?<![\w./-]){_DATE}(?: {_WORD}\.?)?(?:,? ?| ?T ?)(?:{_WORD}{{1,5}}\.? )?(?<!\d)\d{{1,2}}[:.]\d{{2}}(?!\d)"
    rf"|(?<!\w)(?:{_WORD}{{2,12}} )?{_WORD}{{3,12}} \d{{1,2}} \d{{1,2}}:\d{{2}}:\d{{2}} \d{{4}}(?!\d)"
)
"""A day and a time of day, in any language's words and order, as servers write them beside a file; the second is C's ctime."""
_SIZE = re.compile(rf"(?:\A|\s)(?:[-–—]|\d[\d.,]{{0,12}}(?: ?{_WORD}{{1,8}})?|<{_WORD}{{2,16}}>)(?:\s|\Z)")
_BLANK_SLASH = re.compile(r"/[ /]+")
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\Z")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")

_STYLES: tuple[tuple[str, str], ...] = (
    ("jetty-dir.css", "Jetty"),
    ("proudly served by litespeed", "LiteSpeed"),
    ("[to parent directory]", "IIS"),
    ("directory listing for [", "Tomcat"),
    ("up to [", "Tomcat"),
    ("<title>directory listing for /", "Python http.server"),
    ("<h1>directory listing for /", "Python http.server"),
    ("<title>listing directory", "Node serve-index"),
    ('<ul id="files"', "Node serve-index"),
    ('summary="directory listing"', "lighttpd"),
    ("caddyserver.com", "Caddy"),
    ("namedirfirst", "Caddy"),
    ('<pre><a href="../">../</a>', "nginx"),
    ("parent directory/</a>", "nginx"),
    ('<th><a href="?c=n', "Apache"),
    ("?c=n;o=", "Apache"),
    ("?c=n&amp;o=", "Apache"),
    ("?n=d", "Apache"),
    ("<title>index of /", "Apache"),
    ("parent directory", "Apache"),
)
_SERVERS = (
    ("apache-coyote", "Tomcat"), ("tomcat", "Tomcat"), ("jetty", "Jetty"), ("litespeed", "LiteSpeed"), ("lighttpd", "lighttpd"),
    ("caddy", "Caddy"), ("simplehttp", "Python http.server"), ("iis", "IIS"), ("nginx", "nginx"), ("openresty", "nginx"),
    ("apache", "Apache"),
)  # fmt: skip
UNRECOGNISED = "an unrecognised server"


def listing_of(answer: Answer, path: str) -> Listed | None:
    """The names that an answer lists for the directory ``path``, in its order; None where it is no list, or an empty one.

    path: the directory that was asked for, with slashes at both ends; what the answer's own address says counts, in case it was
    redirected. Names of directories end with a slash. Never raises.
    """
    text = answer.text[:MOST_CHARS]
    if answer.status != 200 or not text.strip():
        return None
    start = text.lstrip("\ufeff \t\r\n")[:1]
    readers: tuple[Callable[[str, str], _Found | None], ...]
    if start in {"[", "{"}:
        readers = (_from_json,)
    elif answer.content_type in {"text/html", "application/xhtml+xml"}:
        readers = (_from_html,)
    else:
        readers = (_from_xml, _from_html) if start == "<" else ()
    for read in readers:
        found = read(text, answer.address)
        if found is not None and found.names:
            names = tuple(dict.fromkeys(name[:MOST_NAME_CHARS] for name in found.names))
            style = found.style or _style(text, answer.header("server") or "")
            return Listed(path, answer.address, style, names[:MOST_NAMES], max(0, len(names) - MOST_NAMES))
    return None


@dataclass(frozen=True, slots=True)
class _Found:
    names: tuple[str, ...]
    style: str = ""


@dataclass(frozen=True, slots=True)
class _Links:
    """A page's links, sorted by what they are to its directory."""

    names: tuple[str, ...]  # children whose text is their own name
    timed: int  # those of them that a time stands beside
    sized: int  # … and a size
    titled: int  # children whose text is something else
    sorting: int
    maybe_sorting: int  # a shop sorts its products by ?sort=name&order=asc too
    surely_up: bool  # by its words
    maybe_up: bool
    up_before: bool  # the last link before the first child leads to the exact parent
    typeset: bool  # both stand in a text whose lines and blanks count, as every child does
    inside: int  # other places of the same host
    outside: int


def _from_html(text: str, address: str) -> _Found | None:
    if "<a" not in text[:MOST_CHARS].lower():
        return None
    page = outline(text)
    folder = _folder(address)
    if folder is None:
        return None
    links = _sorted(page, address, folder)
    if not links.names or links.titled > len(links.names):
        return None
    if links.sorting >= 2 or links.surely_up:
        return _Found(links.names)
    columns = links.timed == len(links.names) and (links.sized > 0 or all(name.endswith("/") for name in links.names))
    if links.up_before and (columns or links.typeset or _names_folder(page, folder)):
        return _Found(links.names)
    alone = links.titled == 0 and links.inside == 0 and links.outside <= FEW_FOREIGN
    named = links.maybe_up or links.maybe_sorting >= 2 or columns or _names_folder(page, folder) or _is_bare(page, links)
    return _Found(links.names) if alone and named else None


def _sorted(page: Outline, address: str, folder: str) -> _Links:
    names: list[str] = []
    views: list[str] = []
    counts = dict.fromkeys(("timed", "sized", "titled", "sorting", "maybe_sorting", "inside", "outside"), 0)
    surely_up = maybe_up = up_before = False
    typeset = True
    before = ""
    for anchor in page.anchors:
        what, name = _what(anchor, address, folder)
        if what == "child":
            names.append(name)
            typeset = typeset and anchor.typeset
            columns = f"{anchor.text.removeprefix(name.rstrip('/'))} {anchor.after}"
            timed, sized = max(_columns(columns), _columns(before))
            counts["timed"] += timed
            counts["sized"] += sized
        elif what == "up":
            surely_up = surely_up or _SURELY_UP.fullmatch(anchor.text) is not None
            maybe_up = maybe_up or _MAYBE_UP.fullmatch(anchor.text) is not None or anchor.title == ".."
            if not names:
                up_before, typeset = True, anchor.typeset
        elif what == "view":
            views.append(name)
        elif what:
            counts[what] += 1
            up_before = up_before and bool(names or what.endswith("sorting"))
        before = anchor.after
    children = {name.rstrip("/") for name in names}
    counts["inside"] += sum(view not in children for view in views)
    return _Links(tuple(names), surely_up=surely_up, maybe_up=maybe_up, up_before=up_before, typeset=typeset, **counts)


def _what(anchor: Anchor, address: str, folder: str) -> tuple[str, str]:
    """What a link is to the directory, and the name where it is a child. An empty word: of no weight."""
    if _SORTS.match(anchor.reference):
        return "sorting", ""
    if _CADDY_SORTS.match(anchor.reference):
        return "maybe_sorting", ""
    target = join(address, anchor.reference)
    if target is None or anchor.reference.startswith("#"):
        return "", ""
    there, here = urlsplit(target), urlsplit(address)
    if there.netloc != here.netloc:
        return "outside", ""
    place = unquote(there.path)
    if there.query and place.startswith(folder) and (name := place.removeprefix(folder).rstrip("/")) and "/" not in name:
        return "view", name  # what else can be done with a file: show, pack, delete it
    if there.query:
        return _by_parameter(anchor, target, place, folder)
    for name in (one.removeprefix(folder) for one in readings(there.path) if one.startswith(folder)):
        if name.strip("/") and "/" not in name.rstrip("/") and _is_named(anchor, name):
            return "child", name
    name = place.removeprefix(folder)
    if place != name and name.strip("/") and "/" not in name.rstrip("/"):
        return "titled" if anchor.text else "", ""  # without a text: the icon before the name
    if folder != "/" and place.rstrip("/") + "/" == folder.rstrip("/").rpartition("/")[0] + "/":
        return "up", ""
    return "" if folder.startswith(place.rstrip("/") + "/") else "inside", ""  # breadcrumbs weigh nothing


def _by_parameter(anchor: Anchor, target: str, place: str, folder: str) -> tuple[str, str]:
    """A folder that a program's parameter names (Directory Lister's ``?dir=2026/sub``)."""
    (_, value), *more = parameters(target) or (("", ""),)
    name = value.rstrip("/").rpartition("/")[2]
    if place == folder and name and not more and _is_named(anchor, name):
        return "child", name + "/"
    return "inside", ""


def _is_named(anchor: Anchor, name: str) -> bool:
    """Whether a link's text is its file's name: whole, cut by the server (``very_long_na..>``), or followed by columns."""
    bare, text = _plain(name.rstrip("/")), _plain(anchor.text)
    text = text.rstrip("/") or text
    if text in {bare, bare + "@"}:  # Python marks symbolic links
        return True
    for cut in ("..>", "...", "…", ".."):
        if text.endswith(cut) and len(text) > 8 and bare.startswith(text.removesuffix(cut)):
            return True
    if not text.startswith(bare) or text[len(bare) : len(bare) + 1] not in {" ", "/"}:
        return False
    timed, sized = _columns(text[len(bare) :])
    return timed and (sized or anchor.title == bare)


def _columns(text: str) -> tuple[bool, bool]:
    """Whether a file's time stands there, and its size as well."""
    text = _plain(text)
    time = _TIME.search(text)
    return time is not None, time is not None and _SIZE.search(text[: time.start()] + " " + text[time.end() :]) is not None


def _names_folder(page: Outline, folder: str) -> bool:
    """Whether title or heading end with the directory's path, or its last part with a slash (Tomcat's without the application's
    own part; serve's with blanks)."""
    for heading in (page.title, *page.headings[:2]):
        for text in (heading, heading.partition(" - ")[0]):
            path = _BLANK_SLASH.sub("/", unquote(text)).rstrip("] ")
            before, slash, named = path.partition("/")
            if slash and not named.strip("/"):
                last = before.rpartition(" ")[2]
                if (last and folder.endswith(f"/{last}/")) or (folder == "/" and before.strip(" [") != "" and not last):
                    return True
            elif slash and folder.rstrip("/").endswith("/" + named.rstrip("/")):
                return True
    return False


def _is_bare(page: Outline, links: _Links) -> bool:
    """Whether there is nothing at all on the page but the names, folders with their slash: Go's file server."""
    texts = [anchor.text for anchor in page.anchors]
    return not page.title and not page.headings and texts == list(links.names) and not any(one.after for one in page.anchors)


def _from_json(text: str, _address: str) -> _Found | None:
    """The list of nginx (``autoindex_format json``), Caddy (``file_server browse``), Google's store or OpenStack's. A cut list is
    read as far as it goes."""
    if '"storage#objects"' in text[:200]:
        text = text[max(0, text.find("[")) :]
    entries = _json_entries(text)
    for name_of, style in _ENTRIES if entries else ():
        known = tuple(filter(None, map(name_of, entries)))
        if len(known) == len(entries):
            return _Found(known, style)
    return None


def _json_entries(text: str) -> list[object]:
    decoder = json.JSONDecoder()
    at = text.find("[") + 1
    entries: list[object] = []
    if text[: at - 1].strip("\ufeff \t\r\n"):
        return entries
    while len(entries) < MOST_ENTRIES:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if text[at : at + 1] != "{":
            break
        try:
            entry, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        entries.append(entry)
    return entries


def _nginx_name(entry: object) -> str:
    if not isinstance(entry, dict) or entry.get("type") not in {"file", "directory", "other"}:
        return ""
    name, time = entry.get("name"), entry.get("mtime")
    if not isinstance(name, str) or not isinstance(time, str) or not _HTTP_DATE.match(time) or "/" in name:
        return ""
    return name + ("/" if entry["type"] == "directory" else "")


def _caddy_name(entry: object) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("is_dir"), bool):
        return ""
    name, url, time = entry.get("name"), entry.get("url"), entry.get("mod_time")
    if not (isinstance(name, str) and isinstance(url, str) and isinstance(time, str)):
        return ""
    if not url.startswith("./") or not _ISO.match(time) or "/" in name.rstrip("/"):
        return ""
    return name.rstrip("/") + ("/" if entry["is_dir"] else "")


def _google_name(entry: object) -> str:
    """https://cloud.google.com/storage/docs/json_api/v1/objects/list"""
    if not isinstance(entry, dict) or entry.get("kind") != "storage#object":
        return ""
    name = entry.get("name")
    return name if isinstance(name, str) else ""


def _swift_name(entry: object) -> str:
    """https://docs.openstack.org/api-ref/object-store/ (list of a container, as JSON)"""
    if not isinstance(entry, dict):
        return ""
    folder, name, time = entry.get("subdir"), entry.get("name"), entry.get("last_modified")
    if isinstance(folder, str) and len(entry) == 1:
        return folder
    known = isinstance(name, str) and isinstance(time, str) and _ISO.match(time) and isinstance(entry.get("bytes"), int)
    return str(name) if known and isinstance(entry.get("hash"), str) else ""


_ENTRIES = (
    (_nginx_name, "nginx"), (_caddy_name, "Caddy"), (_google_name, "Google Cloud Storage"), (_swift_name, "OpenStack Swift"),
)  # fmt: skip


def _from_xml(text: str, _address: str) -> _Found | None:
    """The list of nginx (``autoindex_format xml``), Amazon S3 and its like (ListBucketResult), Azure (EnumerationResults)."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, recover=True, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    kind = _local(root)  # where nothing could be recovered there is no root
    if kind == "list":
        return _from_nginx_xml(root)
    if kind == "ListBucketResult":
        keys = [*_texts(root, "Contents", "Key"), *_texts(root, "CommonPrefixes", "Prefix")]
        return _Found(tuple(key for key in keys if key), "Amazon S3")
    if kind == "ListVersionsResult":
        return _Found(tuple(key for key in _texts(root, "Version", "Key") if key), "Amazon S3")
    if kind == "EnumerationResults":
        blobs = next((child for child in root if _local(child) == "Blobs"), root)
        return _Found(tuple(name for name in _texts(blobs, "Blob", "Name") if name), "Azure Storage")
    return None


def _from_nginx_xml(root: etree._Element) -> _Found | None:
    names = []
    for child in list(root)[:MOST_ENTRIES]:
        kind, name = _local(child), (child.text or "").strip()
        if kind not in {"file", "directory", "other"} or not _ISO.match(child.get("mtime", "")) or not name or "/" in name:
            return None
        names.append(name + ("/" if kind == "directory" else ""))
    return _Found(tuple(names), "nginx")


def _texts(parent: etree._Element, entry: str, name: str) -> list[str]:
    entries = [child for child in parent if _local(child) == entry][:MOST_ENTRIES]
    return [(part.text or "").strip() for child in entries for part in child if _local(part) == name]


def _local(element: etree._Element | None) -> str:
    tag = None if element is None else element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _style(text: str, server: str) -> str:
    lower = text.lower()
    by_server = next((style for word, style in _SERVERS if word in server.lower()), "")
    by_page = next((style for mark, style in _STYLES if mark in lower), "")
    return by_page or by_server or UNRECOGNISED


def _folder(address: str) -> str | None:
    """The directory that a page's relative links start from."""
    try:
        path = unquote(urlsplit(address).path) or "/"
    except ValueError:
        return None
    return path.rpartition("/")[0] + "/"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))  # files from macOS have their accents apart

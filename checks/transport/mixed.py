"""Pages that are loaded by https and bring something along by http.

Browsers block what could change the page (*active*: scripts, styles, fonts, frames) and show the rest with a broken lock or not
at all (*passive*: pictures, sound, film), also where a style of the page brings it along. Sources: W3C Mixed Content, W3C Upgrade
Insecure Requests. Subject is the address without its query, places are the pages.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from scanner import (
    Field,
    Finding,
    Form,
    LoadedFiles,
    NotApplicable,
    Page,
    PageKind,
    Pages,
    Resource,
    Severity,
    Unavailable,
    Verdict,
    check,
    judge,
)
from scanner.text.words import plain_words

ACTIVE_TAGS = frozenset({"iframe", "frame", "object", "embed"})
PASSIVE_TAGS = frozenset({"img", "source", "video", "audio", "track", "input", "style"})
PASSIVE_ATTRIBUTES = frozenset({"style", "background"})
ACTIVE_LINKS = frozenset({"stylesheet", "modulepreload", "manifest"})
ACTIVE_IN_STYLES = frozenset({"import", "font"})
PASSIVE_LINKS = frozenset({"icon", "apple-touch-icon", "preload", "prefetch"})
MOST_FINDINGS = 50
_ORDERING = frozenset({PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN, PageKind.ACCOUNT})
_PERSONAL_KINDS = frozenset({"email", "tel"})
_PERSONAL_WORDS = frozenset({
    "address", "birthday", "birthdate", "cardnumber", "email", "firstname", "iban", "lastname", "mail", "phone", "postcode",
    "street", "surname", "tel", "telephone", "zip", "zipcode", "adresse", "geburtsdatum", "nachname", "plz", "strasse",
    "telefon", "vorname", "adres", "imie", "nazwisko", "ulica", "achternaam", "straat", "telefoon", "voornaam", "codepostal",
    "nom", "prenom", "rue", "apellido", "apellidos", "calle", "direccion", "nombre", "telefono", "cognome", "indirizzo",
    "apelido", "endereco", "morada", "rua", "jmeno", "prijmeni", "ulice", "meno", "priezvisko", "cim", "irsz", "keresztnev",
    "vezeteknev", "adresa", "nume", "prenume", "strada", "ime", "prezime", "priimek", "naslov", "imya", "efternamn",
    "fornamn", "telefonnummer", "efternavn", "etternavn", "fornavn", "gade", "katuosoite", "sukunimi", "etunimi", "puhelin",
    "eesnimi", "perekonnanimi", "aadress", "uzvards", "vards", "adrese", "pavarde", "vardas", "adresas", "epitheto", "onoma",
    "soyad", "soyadi", "adresi", "fornafn", "eftirnafn", "heimilisfang",
})  # fmt: skip
"""Of persons, in plain words (``plain_words``) of the languages of Europe."""
_FILLED_IN = frozenset({
    "name", "given-name", "family-name", "email", "tel", "street-address", "address-line1", "postal-code", "bday",
    "cc-number", "cc-name",
})  # fmt: skip
"""What browsers fill in of a person (HTML 4.10.18.7.1)."""
_NAME_PARTS = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_HTTPS = "The shop has no https yet; that comes first."


@check("mixed-content-active", severity=Severity.HIGH)
def mixed_content_active(pages: Pages, loaded_files: LoadedFiles | Unavailable) -> Verdict:
    """Scripts, styles or frames of a secure page come by http; browsers block them, or an attacker replaces them."""
    return _judge(pages, loaded_files, active=True)


@check("mixed-content-passive", severity=Severity.LOW)
def mixed_content_passive(pages: Pages, loaded_files: LoadedFiles | Unavailable) -> Verdict:
    """Pictures or sounds of a secure page come by http."""
    return _judge(pages, loaded_files, active=False)


@check("insecure-form-action", severity=Severity.HIGH)
def insecure_form_action(pages: Pages) -> Verdict:
    """A customer's login or order travels by http."""
    if not any(_scheme(page.address) == "https" for page in pages.all):
        return NotApplicable(_NO_HTTPS)
    findings = [
        Finding(
            f"{page.path} {urlsplit(form.action).hostname}",
            f"The form on {page.path} ({_purpose(page, form)}) sends to {_bare(form.action)}.",
            (page.address,),
            (page.path,),
        )
        for page in pages.all
        for form in page.forms
        if _scheme(form.action) == "http" and not _own_machine(form.action) and _purpose(page, form)
    ]
    dark = {PageKind.CART, PageKind.CHECKOUT, PageKind.LOGIN} <= set(pages.unreached)
    return judge(
        findings,
        (page.path for page in pages.all),
        ["Neither basket nor checkout nor login were reached: where they send what customers type was not seen."] if dark else [],
    )


def _purpose(page: Page, form: Form) -> str:
    """What a customer entrusts to a form; empty where it is a search or a newsletter's language."""
    if form.has_password:
        return "a login"
    if page.kind in _ORDERING and form.method == "post":
        return f"part of the {page.kind.value}"
    # A GET form with one such field looks for the nearest shop.
    fields = sum(map(_of_a_person, form.fields))
    return "personal data" if fields > 1 or (fields and form.method == "post") else ""


def _of_a_person(field: Field) -> bool:
    """By its kind or what browsers may fill in, else by a whole word of its name."""
    name = plain_words(_CAMEL.sub("-", field.name[:200]))
    words = {*_NAME_PARTS.findall(name), *field.autocomplete.split(), name.replace("-", "")}
    return field.kind in _PERSONAL_KINDS or bool(words & (_PERSONAL_WORDS | _FILLED_IN))


def _judge(pages: Pages, loaded: LoadedFiles | Unavailable, *, active: bool) -> Verdict:
    secure = [page for page in pages.all if _scheme(page.address) == "https"]
    if not secure:
        return NotApplicable(_NO_HTTPS)
    styles = {page.address: _styles(page, loaded) for page in secure}
    findings = [
        Finding(_bare(address), f"{page.path} loads it by http ({what}).", (page.address,), (page.path,))
        for page in secure
        if not upgrades(page)
        for address, what, is_active in (*insecure_loads(page), *_loads_of_styles(styles[page.address]))
        if is_active is active
    ]
    first = dict.fromkeys(finding.subject for finding in findings)
    kept = set(list(first)[:MOST_FINDINGS])
    asked = set().union(*styles.values())
    owed = dict.fromkeys(asked, loaded.because) if isinstance(loaded, Unavailable) else loaded.owed
    dark = {address: why for address, loads in styles.items() for style in loads if (why := owed.get(style))}
    skipped = [] if isinstance(loaded, Unavailable) else [one for one in loaded.left_out if one in asked]
    return judge(
        (finding for finding in findings if finding.subject in kept),
        (page.path for page in secure if page.address not in dark),
        dark.values(),
        f"Judged without what this style loads, which was not read: {_bare(skipped[0])}." if skipped else None,
    )


def _styles(page: Page, loaded: LoadedFiles | Unavailable) -> dict[str, tuple[Resource, ...]]:
    """The page's styles, and those that these import, with what they load as far as they were read."""
    read = {} if isinstance(loaded, Unavailable) else {file.address: file.loads for file in loaded.files}
    seen: dict[str, tuple[Resource, ...]] = {}
    waiting = [one.address for one in page.resources if one.tag == "link" and "stylesheet" in one.rel.split()]
    while waiting:
        if (address := waiting.pop()) not in seen:
            seen[address] = read.get(address, ())
            waiting += [load.address for load in seen[address] if load.attribute == "import"]
    return seen


def _loads_of_styles(styles: Mapping[str, tuple[Resource, ...]]) -> Iterator[tuple[str, str, bool]]:
    """What a page's styles load by http."""
    for address, loads in styles.items():
        for load in loads:
            if _scheme(load.address) == "http" and not _own_machine(load.address):
                yield load.address, f"by way of {_bare(address)}", load.attribute in ACTIVE_IN_STYLES


def insecure_loads(page: Page) -> Iterator[tuple[str, str, bool]]:
    """What a page loads by http: address, the tag, and whether it could change the page."""
    for script in page.scripts:
        if _scheme(script.src) == "http" and not _own_machine(script.src):
            yield script.src, "script", True
    for resource in page.resources:
        if _scheme(resource.address) == "http" and not _own_machine(resource.address):
            active = _is_active(resource)
            if active is not None:
                yield resource.address, resource.tag, active


def upgrades(page: Page) -> bool:
    """Whether the page tells browsers to ask for everything by https instead."""
    values = [value for name, value in page.headers if name == "content-security-policy"]
    values += page.metas_named("content-security-policy")
    return any("upgrade-insecure-requests" in value.lower() for value in values)


def _is_active(resource: Resource) -> bool | None:
    """None where nothing is loaded: a canonical address, a feed."""
    if resource.attribute in ACTIVE_IN_STYLES:
        return True
    if resource.tag == "link":
        rels = set(resource.rel.split())
        return True if rels & ACTIVE_LINKS else False if rels & PASSIVE_LINKS else None
    if resource.tag in ACTIVE_TAGS:
        return True
    return False if resource.tag in PASSIVE_TAGS or resource.attribute in PASSIVE_ATTRIBUTES else None


def _scheme(address: str) -> str:
    return address.partition(":")[0].lower()


def _own_machine(address: str) -> bool:
    """Browsers trust the visitor's own machine (W3C Secure Contexts 3.1)."""
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bare(address: str) -> str:
    return address.partition("?")[0].partition("#")[0][:300]

"""Does the shop tell everybody the exact versions of what it runs on?

Only a version *number* counts ("Apache" says nothing, "nginx/1.18.0" does), and one with a dot: "Drupal 10" or "Apache/2" does
not tell an attacker which holes are open. What the number means for safety is another module's question.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from scanner import Finding, Installations, Page, Pages, Severity, Unavailable, Verdict, Was, check, judge

_TELLING = re.compile(
    r"server|(?:x-)?powered-by.*|x-generator|x-(?:aspnet|aspnetmvc|php|drupal|joomla|wordpress|magento|shopware|typo3)-version|via",
)
_NUMBER = re.compile(r"(?<![\w.])v?\.?\d+(?:\.\d+)+", re.IGNORECASE)
_COMMENT = re.compile(r"\(([^()]*)\)")
_PRODUCT = re.compile(r"\A\W*(?:(?:powered|c\)) by\s+)?(.*?)[\W_]*(?:\b(?:version|ver|v)\b[\W_]*)?\Z", re.IGNORECASE | re.DOTALL)
_SPELT = {"x-aspnet-version": "X-AspNet-Version", "x-aspnetmvc-version": "X-AspNetMvc-Version", "x-php-version": "X-PHP-Version"}
_MOST = 500  # characters of a header or generator that are looked at
_MOST_VALUES = 3


def leak(name: str, value: str) -> bool:
    """Whether a header tells a version number. name: in lower case."""
    if not _TELLING.fullmatch(name):
        return False
    value = value[:_MOST].strip()
    if name == "via":  # "1.1 varnish" is the version of HTTP; a product's own stands in the comment (RFC 9110 7.6.3)
        value = " ".join(_COMMENT.findall(value))
    return _NUMBER.search(value) is not None and not _is_address(value)


def product(generator: str) -> str | None:
    """The product's name in lower case where a generator mark tells its version number; None where it does not."""
    generator = " ".join(generator[:_MOST].split())
    number = _NUMBER.search(generator)
    match = _PRODUCT.match(generator[: number.start()]) if number else None
    return (match[1].lower().strip(" /!-:") or "generator") if match else None


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _of_installations(installations: Installations, source: str) -> Iterator[Finding]:
    """One finding a product and way of telling its version."""
    for one in (product for installation in installations.all for product in installation.products):
        for version in one.versions:
            if version.source == source:
                shown = f"{one.name} {version.number}, read from {version.where[:120]}"
                yield Finding(one.name.lower().rstrip("!"), shown, (one.address,), (one.directory,))


def _unseen(installations: Installations) -> Iterable[str]:
    return (f"{directory}: {why.because}" for directory, why in installations.unseen)


@check("version-leak-header", severity=Severity.LOW, fix_group="version-leak-header")
def version_leak_header(pages: Pages) -> Verdict:
    """The web server tells its exact version, or that of PHP, with every page."""
    leaking: dict[str, list[tuple[Page, str]]] = {}
    for page in pages.all:
        for name, value in page.headers:
            if leak(name, value):
                leaking.setdefault(_SPELT.get(name, name.title()), []).append((page, value[:120].strip()))
    return judge(
        (
            Finding(
                name,
                "; ".join(f"{name}: {value}" for value in list(dict.fromkeys(value for _, value in seen))[:_MOST_VALUES]),
                tuple(page.address for page, _ in seen),
                tuple(page.path for page, _ in seen),
            )
            for name, seen in leaking.items()
        ),
        examined=(page.path for page in pages.all),
    )


def _without_plugins(subject: str) -> str:
    """``wordpress with woocommerce`` → ``wordpress``: plugins have a subject of their own now."""
    return subject.partition(" with ")[0]


@check("version-leak-generator", severity=Severity.LOW, was=Was("version-leak-generator", _without_plugins))
def version_leak_generator(pages: Pages, installations: Installations | Unavailable) -> Verdict:
    """The shop's pages name the software and its exact version in a generator mark."""
    found = [
        Finding(name, content[:120], (page.address,), (page.path,))
        for page in pages.all
        for content in page.metas_named("generator")
        if (name := product(content)) is not None
    ]
    examined = [page.path for page in pages.all]
    if isinstance(installations, Unavailable):
        return judge(found, examined, (installations.because,))
    found += _of_installations(installations, "generator")
    return judge(found, (*examined, *installations.examined), _unseen(installations))


@check("version-leak-asset", severity=Severity.INFO, was=Was("version-leak-asset", _without_plugins))
def version_leak_asset(installations: Installations) -> Verdict:
    """The addresses of styles and scripts tell the software's exact version."""
    return judge(_of_installations(installations, "asset"), installations.examined, _unseen(installations))

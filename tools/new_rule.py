"""The skeleton of a rule: check, article and test. ``make new-rule area/the-problem``; what is left to you is marked ``FILL IN``.

The three pass every law but those that look for this mark and for German and Polish, so that nothing half done can land.
Without an area the rule joins those whose ids begin with the same word, or begins an area of that name.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from scanner.rules.article_laws import TO_FILL_IN
from scanner.text.atomic_write import atomic_write
from tools import generate_docs
from tools.fix_table import catalogue

ROOT = Path(__file__).parent.parent
_NAME = re.compile(r"(?:([a-z][a-z0-9-]*)/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)")

CHECK = '''"""FILL IN: the concern that this module's rules share, in one line."""

from __future__ import annotations

from urllib.parse import urlsplit

from checks.hosted import why_not_the_owners
from scanner import Finding, Installations, NotApplicable, Page, Pages, Severity, Unavailable, Verdict, check, judge


# FILL IN: the severity; where the rule needs other evidence, other parameters. Leave `installations` out where the owner of a
# shop at Shopify and the like can mend it too.
@check("{rule}", severity=Severity.LOW{area})
def {function}(pages: Pages, installations: Installations | Unavailable) -> Verdict:
    """FILL IN: what is wrong, in one sentence."""
    if why := why_not_the_owners(installations):
        return NotApplicable(why)
    host = urlsplit(pages.home.address).hostname or ""
    shown = ((page, proof) for page in pages.all if (proof := _shown(page)))
    findings = [Finding(host, proof, (page.address,), (urlsplit(page.address).path,)) for page, proof in shown]
    return judge(findings, examined=(urlsplit(page.address).path for page in pages.all))


def _shown(page: Page) -> str | None:
    """What on the page proves the problem, for a person to see; None where nothing does."""
    return "FILL IN" if page.title == "FILL IN" else None
'''

ARTICLE = """# FILL IN: the problem, in an owner's words

When it is good: FILL IN, one line.

## Why it matters

FILL IN: what it means for a shop, in two or three sentences without fear.

## How to fix it
Effort: 10 minutes.
What may break: FILL IN: a sentence, or: nothing. Then where to try it: "Try it on a copy of the shop first."

### Any server

FILL IN: what to do. Other headings: Apache (.htaccess), nginx, WordPress, PrestaShop, Hosting panel … A block to paste is tried
on a real server by a test, or its fence says `unproven` and why.

## How to verify

FILL IN: a command or clicks, and what is seen then.

## Ask your host

> Dear support,
>
> FILL IN: what to ask for. Or, in place of the mail, "Not for your host" and why.
>
> Kind regards

## References

- [FILL IN: the source](https://shop.example/)
- FILL IN: a line that begins with "- Catalogues:" and has what fits of `CWE-200; OWASP A01:2025; ASVS 13.4.6; PCI DSS 2.2.6;
  GDPR Art. 32`, or `none`
"""

TEST = '''"""FILL IN: what is tested."""

from __future__ import annotations

from {module} import {function}
from scanner import Found, NotApplicable, Passed
from scanner.testing import HOST, installation, installations, page, pages

SHOP = installations()


def test_it_is_found() -> None:
    verdict = {function}(pages(page(title="FILL IN")), SHOP)
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].places) == (HOST, ("/",))


def test_a_healthy_shop_passes() -> None:
    assert {function}(pages(), SHOP) == Passed(("/",))


def test_on_a_hosted_platform_it_does_not_apply() -> None:
    hosted = installations(installation("shopify", hosted=True))
    assert isinstance({function}(pages(page(title="FILL IN")), hosted), NotApplicable)


def test_hostile_input_is_taken_calmly() -> None:
    assert isinstance({function}(pages(page(title="\\x00" * 10_000, html="<" * 10_000)), SHOP), Passed)
'''


class BadName(ValueError):
    """The skeleton cannot be called so; the text says why."""


def skeleton(name: str, rules: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """File → text for ``area/the-problem``. rules: id → area and folder, of each rule that there is. Raises BadName."""
    match = _NAME.fullmatch(name)
    folders = dict(rules.values())
    if match is None:
        raise BadName(
            f"{name!r}: say area/the-problem, in kebab-case, such as policy/imprint-missing. Areas: {', '.join(sorted(folders))}."
        )
    rule = match[2]
    if rule in rules:
        raise BadName(f"there is a rule {rule} already, in checks/{rules[rule][1]}")
    word = rule.partition("-")[0]
    area = match[1] or next((rules[other][0] for other in sorted(rules) if other.startswith(f"{word}-")), word)
    folder, function = folders.get(area, area.replace("-", "_")), rule.replace("-", "_")
    filled = {
        "rule": rule,
        "function": function,
        "module": f"checks.{folder}.{function}",
        "area": "" if folder == area else f', area="{area}"',
    }
    files = {
        f"checks/{folder}/{function}.py": CHECK.format(**filled),
        f"checks/{folder}/{rule}.md": ARTICLE,
        f"tests/checks/{folder}/test_{function}.py": TEST.format(**filled),
    }
    if area not in folders:
        files[f"checks/{folder}/__init__.py"] = f'"""{TO_FILL_IN}: what the rules of this area are about."""\n'
    return files


def main() -> None:
    """Write it. Nothing that is there is touched."""
    rules = {rule.id: (rule.area, rule.check.__module__.split(".")[1]) for rule in catalogue().rules.values()}
    try:
        files = skeleton(sys.argv[1] if len(sys.argv) == 2 else "", rules)
    except BadName as error:
        sys.exit(str(error))
    if there := [name for name in files if (ROOT / name).exists()]:
        sys.exit(f"nothing written: {', '.join(there)} is there already")
    for name, text in files.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        atomic_write(ROOT / name, text)
    importlib.invalidate_caches()
    catalogue.cache_clear()
    print("Written:", *(f"  {name}  ({text.count(TO_FILL_IN)} × {TO_FILL_IN})" for name, text in files.items()), sep="\n")
    print("Brought up to date:", *(f"  {name}" for name in generate_docs.write()), sep="\n")
    print("Fill in what is marked, then `make docs`, `python -m tools.record_shops --judge` and `make check`.")
    print("Its sentences want German and Polish: docs/languages.md.")


if __name__ == "__main__":
    main()

"""The catalogue: what it finds, and what it refuses by name."""

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner.engine import catalogue
from scanner.engine.catalogue import UnknownRule, load
from scanner.rules.rule import RuleError
from tests.scanning import catalogue as loaded_catalogue

ARTICLE = """# T
When it is good: g.
## Why it matters
w
## How to fix it
### Any server
f
## How to verify
v
## Ask your host
a
## References
r
"""
CHECK = """
from scanner import Pages, Passed, Severity, Verdict, check

@check("{rule}", severity=Severity.LOW)
def {function}(pages: Pages) -> Verdict:
    \"\"\"Summary.\"\"\"
    return Passed((pages.home.address,))
"""
Package = Callable[..., str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Make a package of checks from file name → text, and give its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(**files: str) -> str:
        folder = tmp_path / "plugged"
        (folder / "garden").mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder / "garden" / "__init__.py").touch()
        for name, text in files.items():
            module, _, ending = name.rpartition("_")
            (folder / "garden" / f"{module.replace('_', '-') if ending == 'md' else module}.{ending}").write_text(text)
        return "plugged"

    yield make
    for name in [name for name in sys.modules if name.split(".")[0] == "plugged"]:
        del sys.modules[name]


def made(rule: str) -> str:
    return CHECK.format(rule=rule, function=rule.replace("-", "_"))


def loaded(name: str) -> catalogue.Catalogue:
    return load([name], plugins=False)


def test_a_rule_is_found_by_walking_with_its_article(package: Package) -> None:
    found = loaded(
        package(petals_py=made("petals-open"), petals_open_md=ARTICLE, other_py="from plugged.garden.petals import *\n")
    )
    assert set(found.rules) == {"petals-open"}
    assert found.rules["petals-open"].area == "garden"
    assert found.articles["petals-open"].title == "T"


def test_choosing_rules(package: Package) -> None:
    found = loaded(package(a_py=made("b-rule") + made("a-rule"), a_rule_md=ARTICLE, b_rule_md=ARTICLE))
    assert found.chosen() == ("a-rule", "b-rule")
    assert found.chosen(only=["b-rule"]) == ("b-rule",)
    assert found.chosen(skip=["b-rule"]) == ("a-rule",)
    assert [rule.id for rule in found.rules_of(("b-rule", "a-rule"))] == ["b-rule", "a-rule"]
    with pytest.raises(UnknownRule, match="c-rule"):
        found.rules_of(("a-rule", "c-rule"))
    for words in ({"only": ["c-rule"]}, {"skip": ["c-rule"]}):
        with pytest.raises(UnknownRule, match="c-rule"):
            found.chosen(**words)


def test_a_missing_article_is_refused(package: Package) -> None:
    with pytest.raises(RuleError, match=r"rule petals-open has no article: petals-open\.md"):
        loaded(package(petals_py=made("petals-open")))


def test_two_rules_of_one_name_are_refused_with_both_files(package: Package) -> None:
    with pytest.raises(RuleError, match=r"two rules are called petals-open: .*a\.py and .*b\.py"):
        loaded(package(a_py=made("petals-open"), b_py=made("petals-open"), petals_open_md=ARTICLE))


def test_evidence_that_nobody_gathers_is_refused(package: Package) -> None:
    text = made("petals-open").replace("pages: Pages", "pages: dict").replace("pages.home.address", "str(pages)")
    found = loaded(package(petals_py=text, petals_open_md=ARTICLE))
    with pytest.raises(RuleError, match="rule petals-open: no gatherer makes dict"):
        list(found.gatherers)


@pytest.mark.parametrize(("group", "refused"), [("petals-open", False), ("nobody", True), ("b-rule", True)])
def test_a_group_of_fixes_is_led_by_one_of_its_rules(package: Package, group: str, refused: bool) -> None:
    text = made("petals-open").replace("severity=Severity.LOW", f'severity=Severity.LOW, fix_group="{group}"') + made("b-rule")
    name = package(petals_py=text, petals_open_md=ARTICLE, b_rule_md=ARTICLE)
    if refused:
        with pytest.raises(RuleError, match=f"rule petals-open: fix_group= names {group}"):
            loaded(name)
    else:
        assert loaded(name).rules["petals-open"].fix_group == group


def test_a_name_that_a_rule_had_may_stand_in_accepted_risks_and_is_known_elsewhere(package: Package) -> None:
    text = made("petals-open").replace("severity=Severity.LOW", 'severity=Severity.LOW, was=Was("leaves-open")')
    found = loaded(package(petals_py=text.replace("Verdict, check", "Verdict, Was, check"), petals_open_md=ARTICLE))
    assert found.accepting == {"petals-open", "leaves-open"}
    assert found.no_such_rule("leaves-open") == "the rule 'leaves-open' is called petals-open now"


GATHERER = """
from dataclasses import dataclass
from scanner import Share, gatherer
from scanner.gatherers.http.fetcher import Fetcher

@dataclass(frozen=True)
class Petals:
    seen: int

SHARE = Share({share})

@gatherer(ceiling="1 request", doing="Counting petals"{declared})
async def petals(fetcher: Fetcher) -> Petals:
    return Petals((await fetcher.get("https://shop.example/", SHARE)).status)
"""


@pytest.mark.parametrize(
    ("share", "declared", "said"),
    [
        ('"petals", 3', ", share=SHARE", ""),
        ('"petals", 3', "", "gatherer petals: the share 'petals' of the request budget is declared by no gatherer"),
        ('"pages", 3', ", share=SHARE", "gatherer petals: .*'pages'.* but arrival declares .*one name stands for one share"),
        ('"rest", 3', ", share=SHARE", "gatherer petals: .*'rest'.* but the engine declares"),
    ],
)
def test_a_share_of_the_budget_is_declared_once_or_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, package: Package, share: str, declared: str, said: str
) -> None:
    name = package(petals_py=GATHERER.format(share=share, declared=declared))
    at = "shopwarden.gatherers"
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [entry("roses", name, at)] if group == at else [])
    if said:
        with pytest.raises(RuleError, match=said):
            load(())
    else:
        assert sum(one.amount for one in load(()).shares) == sum(one.amount for one in loaded_catalogue().shares) + 3


def test_our_own_shares_are_what_a_scan_was_promised_to_take() -> None:
    assert {share.name: share.amount for share in loaded_catalogue().shares} == {
        "transport": 10, "pages": 60, "directories": 25, "doors": 20, "names": 60, "admin": 25, "soft-404": 60, "files": 30, "tail": 0, "mail": 5, "leads": 8,
    }  # fmt: skip


def entry(name: str, value: str, group: str = "shopwarden.checks") -> importlib.metadata.EntryPoint:
    return importlib.metadata.EntryPoint(name, value, group)


@pytest.mark.parametrize(("value", "said"), [("no_such_module_here", "No module named"), ("json:loads", "no module")])
def test_a_plugin_that_cannot_be_loaded_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str, said: str) -> None:
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [entry("roses", value, group)])
    with pytest.raises(RuleError, match=f"the plugin roses .{value}. cannot be loaded: .*{said}"):
        load(())


def test_a_plugin_passes_the_same_door(monkeypatch: pytest.MonkeyPatch, package: Package) -> None:
    name = package(petals_py=made("petals-open"), petals_open_md=ARTICLE)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [entry("roses", name)] if group == "shopwarden.checks" else [])
    assert "petals-open" in load(()).rules


def test_a_plugin_with_a_broken_module_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, package: Package) -> None:
    name = package(petals_py="raise ValueError('wilted')")
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [entry("roses", name)] if group == "shopwarden.checks" else [])
    with pytest.raises(RuleError, match=r"the plugin roses .*wilted"):
        load(())


def test_an_article_that_breaks_a_law_is_refused_by_its_file(package: Package) -> None:
    bad = ARTICLE.replace("f\n## How to verify", "```php\nx\n```\n## How to verify")
    found = loaded(package(petals_py=made("petals-open"), petals_open_md=bad))
    with pytest.raises(RuleError, match=r"plugged/garden/petals-open\.md: ### Any server: the block `php` was tried by nobody"):
        found.refuse_unlawful_articles()
    loaded_well = load(plugins=False)
    loaded_well.refuse_unlawful_articles()


def test_gatherers_are_looked_at_when_needed_and_at_once_where_plugins_bring_some(
    monkeypatch: pytest.MonkeyPatch, package: Package
) -> None:
    text = made("petals-open").replace("pages: Pages", "pages: dict").replace("pages.home.address", "str(pages)")
    name = package(petals_py=text, petals_open_md=ARTICLE)
    assert "petals-open" in loaded(name).rules
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [entry("roses", name)] if group == "shopwarden.checks" else [])
    with pytest.raises(RuleError, match="rule petals-open: no gatherer makes dict"):
        load(())


PLATFORM = """
name = "Petal"
kind = "shop"
recorded = 2026-11-21
source = "source of Petal"
[[mark]]
where = "generator"
pattern = '^Petal'
certain = true
source = "head.tpl"
"""


def test_platforms_of_a_plugin_come_with_ours_and_bad_ones_are_refused_by_their_file(
    monkeypatch: pytest.MonkeyPatch, package: Package, tmp_path: Path
) -> None:
    name = package()
    file = tmp_path / name / "petal.toml"
    file.write_text(PLATFORM)
    monkeypatch.setattr(
        catalogue, "entry_points", lambda group: [entry("roses", name)] if group == "shopwarden.platforms" else []
    )
    assert {"petal", "wordpress"} <= set(load(()).knowledge.platforms)
    file.write_text(PLATFORM.replace("certain = true", "certain = 1"))
    with pytest.raises(RuleError, match=r"plugged/petal\.toml: mark\[1\]\.certain: must be true or false"):
        load(())


def test_a_plugin_without_any_platform_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, package: Package) -> None:
    name = package()
    monkeypatch.setattr(
        catalogue, "entry_points", lambda group: [entry("roses", name)] if group == "shopwarden.platforms" else []
    )
    with pytest.raises(RuleError, match=r"the plugin roses \(plugged\) cannot be loaded: it holds no platform \(\*\.toml\)"):
        load(())

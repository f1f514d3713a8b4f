"""What is written about the project is true of it: links lead somewhere, paths and commands exist, what is generated is fresh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tools.generate_docs import generated

ROOT = Path(__file__).parent.parent.parent
DOCS = sorted(
    path
    for folder, pattern in (
        (ROOT, "*.md"),
        (ROOT / "docs", "**/*.md"),
        (ROOT / "plugins", "**/*.md"),
        (ROOT / ".github", "**/*.md"),
    )
    for path in folder.glob(pattern)
)
WRITTEN = [path for path in DOCS if ROOT / "plugins" not in path.parents or path.name == "README.md"]  # the others are articles
_LINK = re.compile(r"(?<!`)!?\[[^]]*\]\((?!https?:|mailto:)([^)\s]+)\)")
_PATH = re.compile(r"`((?:\.github|benchmarks|checks|docs|fixtures|plugins|reports|scanner|shopwarden|tests|tools)/[\w./-]*)`")
_TEST = re.compile(r"`(?:(tests/[\w/]+\.py)::)?(test_\w+)`")
_PLACEHOLDER = re.compile(r"/[A-Z]+(/|$)")  # reports/i18n/CODE/
_MAKE = re.compile(r"`make ([a-z-]+)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(markdown: str) -> set[str]:
    """The names that headings get, as the usual hosts make them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", markdown), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(file: Path) -> Iterator[str]:
    text = file.read_text()
    for link in _LINK.findall(_FENCE.sub("", text)):
        path, _, anchor = link.partition("#")
        to = (file.parent / path).resolve() if path else file
        if not to.exists() or (anchor and to.suffix == ".md" and anchor not in anchors(to.read_text())):
            yield link


def lost_tests(text: str) -> Iterator[str]:
    """Tests that a text names and nobody wrote; one that is named without a file is in the file named before it."""
    file = ""
    for named, test in _TEST.findall(text):
        file = named or file
        path = ROOT / file
        if not path.is_file() or not re.search(rf"^(?:async )?def {test}\(", path.read_text(), re.MULTILINE):
            yield f"{file}::{test}"


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_document_names_is_there(file: Path) -> None:
    text = file.read_text()
    assert list(dead_links(file)) == []
    assert [path for path in _PATH.findall(text) if not (ROOT / path).exists() and not _PLACEHOLDER.search(path)] == []
    assert list(lost_tests(text)) == []
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert [target for target in _MAKE.findall(text) if target not in targets] == []


def test_lost_tests_are_seen() -> None:
    here = "`tests/laws/test_docs.py::test_lost_tests_are_seen`"
    assert list(lost_tests(f"{here}, `test_gone`")) == ["tests/laws/test_docs.py::test_gone"]
    assert list(lost_tests(f"`test_gone`, {here}")) == ["::test_gone"]


def test_dead_links_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(
        "# One thing\n[here](#one-thing) [gone](b.md) [nowhere](#two)\n```\n[code](c.md)\n```\n[out](https://x.example/)\n"
    )
    assert list(dead_links(file)) == ["b.md", "#two"]


def test_the_index_names_every_document() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(index.read_text())}
    documents = {path for path in (ROOT / "docs").glob("*.md") if path != index}
    documents |= {ROOT / "docs" / "decisions" / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"}
    assert documents - linked == set()


def test_generated_documents_are_fresh() -> None:
    stale = [name for name, text in generated().items() if (ROOT / name).read_text() != text]
    assert stale == [], "make docs"


def test_each_decision_has_its_number_and_its_parts() -> None:
    numbers = []
    for file in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        if file.name == "README.md":
            continue
        number = re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", file.name)
        assert number, f"{file.name}: NNNN-title.md"
        numbers.append(number[1])
        text = file.read_text()
        assert text.startswith(f"# {int(number[1])}. "), f"{file.name}: its heading begins with another number"
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], file.name
    assert len(numbers) == len(set(numbers)), "two decisions have one number"


def test_the_forms_can_be_filled_in() -> None:
    forms = [path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(forms) >= 3
    for path in forms:
        form = yaml.safe_load(path.read_text())
        assert form["name"]
        assert form["description"]
        asked = [part for part in form["body"] if part["type"] != "markdown"]
        assert {part["type"] for part in asked} <= {"input", "textarea", "dropdown", "checkboxes"}
        ids = [part["id"] for part in asked]
        assert len(ids) == len(set(ids))
        assert all(part["attributes"]["label"] for part in asked)


def test_the_hooks_are_commands_that_exist() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local", "a hook from elsewhere is another version than the one in CI"
    for hook in repository["hooks"]:
        command = hook["entry"].split()[0]
        assert hook["language"] == "pygrep" or (ROOT / command).exists(), command

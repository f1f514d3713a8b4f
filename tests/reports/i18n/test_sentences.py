"""What is said is looked up in parts, in a bounded number of steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.i18n.sentences import MOST_CHARS, Sentences, Template

SAID = {
    "{host} refuses connections.": "{host} weist Verbindungen ab.",
    "FTP is not open from here. {why}": "FTP ist von hier aus nicht offen. {why}",
    "{file} is damaged at “{name}”.": "{file} ist bei „{name}“ beschädigt.",
    "{n} days": "{n} Tage",
    "the shop's own days": "die eigenen Tage des Shops",
    "{words}; at most {days} are allowed.": "{words}; höchstens {days} sind erlaubt.",
    "The newest is {age} old": "Die neueste ist {age} alt",
    "The list is empty.": "Die Liste ist leer.",
    "it needs an extra: run this": "es braucht ein Extra: run this",
    "line {n}": "Zeile {n}",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The list is empty.", "Die Liste ist leer."),
        ("x.example refuses connections.", "x.example weist Verbindungen ab."),
        (
            "FTP is not open from here. x.example refuses connections.",
            "FTP ist von hier aus nicht offen. x.example weist Verbindungen ab.",
        ),
        ("The newest is 9 days old; at most 7 days are allowed.", "Die neueste ist 9 Tage alt; höchstens 7 Tage sind erlaubt."),
        ("The list is empty. x.example refuses connections.", "Die Liste ist leer. x.example weist Verbindungen ab."),
        ("- The list is empty.\n- 3 days", "- Die Liste ist leer.\n- 3 Tage"),
        ("a.zip is damaged at “One. Two words”.", "a.zip ist bei „One. Two words“ beschädigt."),
        ("script-src: the shop's own days; 9 days", "script-src: die eigenen Tage des Shops; 9 Tage"),
        ("nginx/1.22.1", "nginx/1.22.1"),
        ("a.zip is damaged at “two words”.", "a.zip ist bei „two words“ beschädigt."),
        ("a.toml, line 3: site[1]: it needs an extra: run this", "a.toml, Zeile 3: site[1]: es braucht ein Extra: run this"),
        ("a.toml, line 3: site[1]: it needs another extra: run this", None),
        ("Nobody knows this sentence.", None),
        ("The list is empty. Nobody knows this sentence.", None),
    ],
)
def test_a_text_is_known_where_all_its_parts_are(text: str, expected: str | None) -> None:
    assert Sentences(SAID).translate(text) == expected


@pytest.mark.parametrize("english", ["{a}{b} is open", "{a} and {a}"])
def test_a_template_that_could_be_read_in_two_ways_is_refused(english: str) -> None:
    with pytest.raises(ValueError, match=r"touch|twice"):
        Template.of(english, english)


def test_other_placeholders_are_refused() -> None:
    with pytest.raises(ValueError, match="placeholders"):
        Template.of("{a} is open", "{b} ist offen")


@given(st.text(alphabet="ab. ;,:\nThe{}", max_size=MOST_CHARS))
def test_nothing_that_a_stranger_writes_takes_long_or_fails(text: str) -> None:
    said = Sentences(SAID).translate(text)
    assert said is None or isinstance(said, str)


def test_many_parts_are_looked_up_in_few_steps() -> None:
    sentences = Sentences(SAID)
    tried: list[str] = []
    matched = Template.match
    try:
        Template.match = lambda self, text: tried.append(text) or matched(self, text)  # type: ignore[func-returns-value, method-assign]
        sentences.translate(", ".join(["{x} y. Z; who knows"] * 200))
    finally:
        Template.match = matched  # type: ignore[method-assign]
    assert len(tried) < 300 * len(sentences.templates) + 1


@pytest.mark.parametrize("text", ["The host refuses connections.", "This server refuses connections."])
def test_half_a_translation_is_none(text: str) -> None:
    assert Sentences(SAID).translate(text) is None
    assert Sentences(SAID).translate("Petal and Stem refuses connections.") == "Petal and Stem weist Verbindungen ab."

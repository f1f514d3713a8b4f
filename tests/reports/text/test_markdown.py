"""An article's Markdown on a page: bare addresses are links, and the first of each technical word says what it means."""

from __future__ import annotations

import re

import pytest

from reports.i18n.language import codes, language
from reports.text.markdown import to_html


def explained(text: str, code: str = "en") -> list[str]:
    """The words of a text that open a meaning, in their order."""
    return re.findall(
        r'<button type="button" class="word" popovertarget="word-\d+">([^<]+)</button>', to_html(text, language(code), code)
    )


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("- RFC 6797, HSTS: https://www.rfc-editor.org/rfc/rfc6797", '<a href="https://www.rfc-editor.org/rfc/rfc6797" rel="noopener noreferrer nofollow">RFC 6797, HSTS</a>'),
        ("See https://a.example/x?y=1, and more.", 'See <a href="https://a.example/x?y=1" rel="noopener noreferrer nofollow">https://a.example/x?y=1</a>, and more.'),
        ("[Name](https://a.example/) and `https://b.example/`", "<code>https://b.example/</code>"),
    ],
)  # fmt: skip
def test_an_address_is_a_link_and_is_called_by_the_name_before_it(text: str, link: str) -> None:
    assert link in to_html(text)


def test_no_other_scheme_and_no_address_in_code_becomes_a_link() -> None:
    made = to_html("ftp://a.example/ javascript:alert(1) `https://c.example/`\n\n```sh\ncurl https://d.example/\n```")
    assert "<a " not in made


def test_the_first_of_each_word_is_explained_in_any_of_its_forms() -> None:
    assert explained("A certificate, two Certificates, cookies and a cookie.") == ["certificate", "cookies"]
    assert explained("Headers: the header again.\n\nAnother paragraph with a header and HSTS.") == ["Headers", "HSTS"]


def test_neither_code_nor_links_nor_parts_of_words_are_explained() -> None:
    assert explained("`HTTPS` [DNS](https://a.example/) SSHD x-ssh ssh-key git") == ["git"]


def test_a_text_in_another_language_than_the_page_is_left_alone() -> None:
    assert "button" not in to_html("A certificate.", language("de"), "en")


@pytest.mark.parametrize(
    ("code", "text", "word"),
    [("de", "Die Zertifikate sind alt.", "Zertifikate"), ("pl", "Ważność certyfikatu minęła.", "certyfikatu")],
)
def test_each_language_has_its_forms(code: str, text: str, word: str) -> None:
    assert explained(text, code) == [word]


@pytest.mark.parametrize("code", codes())
def test_the_number_is_the_glossarys(code: str) -> None:
    for number, term in enumerate(language(code).glossary, 1):
        form = (term.forms or (term.word,))[0]
        assert f'popovertarget="word-{number}"' in to_html(f"x {form} y", language(code), code), term

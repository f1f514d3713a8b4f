"""Each usual review is explained in each language, in three steps, and nothing besides is."""

from __future__ import annotations

import pytest

from reports.i18n.language import codes
from reports.i18n.reviews import review_words
from scanner.settings.owner import usual_reviews


@pytest.mark.parametrize("code", codes())
def test_every_usual_review_is_explained(code: str) -> None:
    words = review_words(code)
    assert list(words) == list(usual_reviews())
    assert all(len(one.how) == 3 and all(one.how) and one.title and one.why and one.who for one in words.values())
    english = review_words("en")
    assert code == "en" or not any(one == english[name] for name, one in words.items())

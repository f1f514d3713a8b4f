from __future__ import annotations

from collections.abc import Sequence

from checks.cohosted.scripts import cohosted_script, leftover_copy
from scanner import Found, Inconclusive, Installation, Installations, Passed, Unavailable, Version
from scanner.testing import installation, installations, knowledge

BLOG = installation("wordpress", "/blog/", versions=[Version("5.2.3", "generator", "https://petalandstem.example/blog/")])
SHOP = installation("opencart")


def beside(*found: Installation, unseen: Sequence[tuple[str, Unavailable]] = ()) -> Installations:
    return installations(SHOP, *found, examined=["/blog/", "/old/"], unseen=unseen)


def test_a_blog_beside_the_shop_is_found() -> None:
    verdict = cohosted_script(beside(BLOG), knowledge())
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "/blog/"
    assert "WordPress" in verdict.findings[0].shown


def test_the_shop_alone_passes() -> None:
    assert isinstance(cohosted_script(beside(), knowledge()), Passed)
    assert isinstance(leftover_copy(installations(), knowledge()), Passed)


def test_a_second_copy_of_the_shop_is_a_leftover_and_no_other_script() -> None:
    old = installation("opencart", "/old/")
    assert isinstance(leftover_copy(beside(old), knowledge()), Found)
    assert isinstance(cohosted_script(beside(old), knowledge()), Passed)


def test_a_folder_that_could_not_be_looked_at_is_inconclusive() -> None:
    verdict = cohosted_script(beside(unseen=(("/blog/", Unavailable("It did not answer.")),)), knowledge())
    assert isinstance(verdict, Inconclusive)


def test_hostile_names_stay_text() -> None:
    nasty = installation("wordpress", "/<script>/", name="Word<b>Press")
    verdict = cohosted_script(beside(nasty), knowledge())
    assert isinstance(verdict, Found)
    assert verdict.findings[0].subject == "/<script>/"

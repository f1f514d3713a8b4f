from __future__ import annotations

from checks.versions.files import version_leak_file
from scanner import Found, Inconclusive, NotApplicable, Passed, Unavailable
from scanner.testing import answer, installations, probes

README = "<html><title>WordPress &rsaquo; ReadMe</title><h1><br /> Version 5.2.3</h1></html>"
BLOG = [("/blog/", "wordpress")]


def test_a_readme_that_tells_the_version_is_found() -> None:
    verdict = version_leak_file(
        probes(version_leak_file, {"/blog/readme.html": answer(200, README)}, platforms=BLOG), installations()
    )
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].shown) == ("/blog/readme.html", "WordPress 5.2.3")


def test_absent_files_pass() -> None:
    assert isinstance(version_leak_file(probes(version_leak_file, platforms=BLOG), installations()), Passed)


def test_without_a_known_script_it_does_not_apply() -> None:
    assert isinstance(version_leak_file(probes(version_leak_file), installations()), NotApplicable)


def test_silence_is_inconclusive() -> None:
    seen = probes(version_leak_file, {"/blog/readme.html": Unavailable("It did not answer.")}, platforms=BLOG)
    assert isinstance(version_leak_file(seen, installations()), Inconclusive)


def test_a_site_that_answers_everything_yields_nothing() -> None:
    assert isinstance(
        version_leak_file(probes(version_leak_file, others=answer(200, README), platforms=BLOG), installations()), Inconclusive
    )
    assert isinstance(
        version_leak_file(probes(version_leak_file, others=answer(200, "Version 12" * 20_000), platforms=BLOG), installations()),
        Passed,
    )

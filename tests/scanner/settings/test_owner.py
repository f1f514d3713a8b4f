"""What people look after, as the configuration has it: what is taken, and what each mistake is called."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from scanner.settings.owner import usual_reviews
from scanner.settings.reading import read_settings
from scanner.text.clock import StoppedClock

TODAY = StoppedClock(datetime(2026, 11, 30, 8, tzinfo=UTC))
WHOLE = """
[breach]
team = [{ name = "A. Stem", phone = "+44 20 7946 0000", role = "decides" }]
regulator = "uk-ico"

[[site]]
url = "https://petalandstem.example"
[[site.review]]
name = "ftp-password"
done = 2026-11-30
by = "A. Stem"
[[site.review]]
name = "the alarm"
every = "6m"
[[site.account]]
name = "Shop administration"
people = ["A. Stem", "B. Root"]
second_factor = true
[[site.person]]
name = "B. Root"
left = 2027-01-31
[[site.records]]
location = "sftp://nas.example/chatlogs"
keep = "2y"

[[site]]
url = "https://tulips.example"
[site.breach]
team = [{ name = "C. Leaf" }]
"""


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "shopwarden.toml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file, TODAY)


def test_all_of_it_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    first, second = map(settings.with_defaults, settings.site)
    assert first is not None
    assert second is not None
    assert [(one.name, one.every) for one in first.review] == [("ftp-password", "31d"), ("the alarm", "6m")]
    assert first.breach is not None
    assert first.breach.regulator == "uk-ico"
    assert second.breach is not None
    assert [one.name for one in second.breach.team] == ["C. Leaf"]


SITE = '[[site]]\nurl = "https://a.example"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[site.review]]\nname = "ftp-password"\nevery = "monthly"', "every: 'monthly' is no duration; write \"1m\""),
        ('[[site.review]]\nname = "ftp-password"\nevery = 31', 'if days are meant, write "31d"'),
        ('[[site.review]]\nname = "ftp-pasword"', "did you mean 'ftp-password'"),
        ('[[site.review]]\nname = "the alarm"', 'say how often: every = "3m"'),
        ('[[site.review]]\nname = "ftp-password"\ndone = 2026-12-01', "2026-12-01 lies ahead"),
        ('[[site.review]]\nname = "ftp-password"\ndone = "yesterday"', "must be a day"),
        ('[[site.review]]\nname = "ftp-password"\n[[site.review]]\nname = "FTP-Password"\nevery = "1m"', "each name stands once"),
        ('[[site.review]]\nevery = "1m"', "name: is missing"),
        ('[[site.review]]\nname = ""\nevery = "1m"', "is empty"),
        ('[[site.review]]\nname = "a\\u202eb"\nevery = "1m"', "cannot be seen"),
        ('[[site.person]]\nname = "B. Root"\n[[site.person]]\nname = "b.  root"', "each name stands once"),
        ('[[site.account]]\nname = "x"\npeople = ["B. Root", "B. ROOT"]', "stands here twice"),
        ('[[site.account]]\nname = "x"\nsecond_faktor = true', "did you mean 'second_factor'"),
        ('[[site.records]]\nlocation = "/x"\nkeep = "for ever"', "is no duration"),
        ('[[site.records]]\nlocation = "sftp://a:b@nas.example/x"', "holds a password"),
        ('[site.breach]\nteam = [{ name = "A" }, { name = "a" }]', "stands in the team twice"),
        ('[site.review]\nname = "ftp-password"', "must be a table of its own below the heading [[site.review]]"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read(tmp_path, SITE + text)
    assert words in str(refused.value)
    assert "shopwarden.toml, line " in str(refused.value)


def test_the_usual_reviews_have_intervals() -> None:
    assert len(usual_reviews()) >= 25
    assert usual_reviews()["ftp-password"].every == "31d"

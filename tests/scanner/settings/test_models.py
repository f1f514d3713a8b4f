"""What the configuration's values answer: whose option counts, and which site is meant."""

import pytest

from scanner.rules.rule import Severity
from scanner.scope.target import Target
from scanner.settings.errors import BadSettings
from scanner.settings.models import Alert, Settings, SiteSettings

SHOP = SiteSettings.model_validate({"url": "https://www.petalandstem.example/", "rate": 1, "fail_on": "high"})
OTHER = SiteSettings(url="blumen.example")
SETTINGS = Settings(defaults={"rate": 2, "max_pages": 30}, site=(SHOP, OTHER))


def test_the_command_line_wins_over_the_site_and_the_site_over_defaults() -> None:
    assert SETTINGS.options_for(SHOP, {}).rate == 1
    assert SETTINGS.options_for(SHOP, {"rate": 9}).rate == 9
    assert SETTINGS.options_for(OTHER, {}).rate == 2
    assert SETTINGS.options_for(None, {}).max_pages == 30
    assert Settings().options_for(None, {}).rate == 5
    assert SETTINGS.options_for(SHOP, {}).fail_on is Severity.HIGH
    shouted = SETTINGS.options_for(SHOP, {"language": "PL", "fail_on": "LOW"})
    assert (shouted.language, shouted.fail_on) == ("pl", Severity.LOW)
    with pytest.raises(BadSettings, match=r"^--rate: must be more than 0$"):
        SETTINGS.options_for(SHOP, {"rate": 0})


def test_a_site_is_found_by_its_key() -> None:
    assert SETTINGS.site_for(Target.of("http://petalandstem.example")) is SHOP
    assert SETTINGS.site_for(Target.of("https://petalandstem.example/other")) is None


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"from": "high"}, "somebody to tell"),
        ({"webhook": "https://hook.example/"}, "go together"),
        ({"webhook": "https://hook.example/", "secret": "plain"}, "never written in this file"),
        ({"webhook": "ftp://hook.example/", "secret": "${K}"}, "begins with https"),
        ({"to": ["json://x"], "sites": ["ftp://nonsense"]}, "cannot be scanned"),
    ],
)
def test_an_alert_that_tells_nobody_or_in_clear_is_refused(entry: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Alert.model_validate(entry)


def test_the_shops_mail_by_its_domains() -> None:
    given = {"domain": "Petal.example.", "selectors": ["S1"], "sends": False, "from": ["News@letters.example", "x@petal.example"]}
    site = SiteSettings.model_validate({"url": "petal.example", "mail": [given]})
    assert (site.mail[0].domains, site.mail[0].selectors, site.mail[0].sends) == (
        ("petal.example", "letters.example"),
        ("s1",),
        False,
    )
    assert not site.mail_off
    abroad = SiteSettings.model_validate(
        {"url": "petal.example", "mail": [{"domain": "blüten.example", "from": ["x@blüten.example"]}]}
    )
    assert abroad.mail[0].domains == ("xn--blten-lva.example",)
    assert SiteSettings.model_validate({"url": "petal.example", "mail": "off"}).mail_off


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"mail": "on"}, 'say mail = "off"'),
        ({"mail_off": True}, "unknown key 'mail_off'"),
        ({"mail": [{"domain": "no domain"}]}, "no name of a host"),
        ({"mail": [{"domain": "petal"}]}, "is no domain"),
        ({"mail": [{"domain": "petal.example", "selectors": ["a b"]}]}, "no name of a DKIM key"),
        ({"mail": [{"domain": "petal.example", "from": ["petal.example"]}]}, "no mail address"),
        ({"mail": [{"domain": "petal.example", "from": ["x@petal"]}]}, "is no domain"),
        ({"nameserver": "ns1.petal.example"}, "not ADDRESS or ADDRESS:PORT"),
        ({"nameserver": "192.0.2.53:0"}, "not ADDRESS or ADDRESS:PORT"),
    ],
)
def test_what_no_mail_can_go_by_is_refused(entry: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SiteSettings.model_validate({"url": "petal.example", **entry})

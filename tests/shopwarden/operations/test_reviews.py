"""Writing down that something was done: one line changes, and nothing of anybody's is lost."""

from __future__ import annotations

import difflib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scanner.engine.recording import read_recording
from scanner.engine.replay import result_of
from scanner.engine.scan import Order
from scanner.results.document import ScanDocument, document
from scanner.scope.target import Target
from scanner.settings.models import SiteSettings
from scanner.settings.owner import usual_reviews
from scanner.settings.reading import read_settings
from scanner.text.clock import StoppedClock
from shopwarden.operations import reviews
from shopwarden.operations.errors import Refused
from shopwarden.operations.reviews import changed, kept, mark_done, reached_by, shops_of, suggested, worst
from shopwarden.operations.sites import Shop
from tests.nights import night
from tests.scanning import catalogue

NOW = StoppedClock(datetime(2026, 11, 30, 8, tzinfo=UTC))
DAY = date(2026, 11, 30)
TEXT = """\
# Everything of ours
[[site]]  # the shop
url = "https://petalandstem.example" # its address
name='Petal & Stem'

  [[site.review]]
  name = "ftp-password"   # each month
  done = 2026-10-02 # the last time
  # and this

# who can log in
[[site.account]]
name = "Shop"
people = ["B. Root"]
second_factor = false

[[site.review]]
name = "own [thing]"
every = "3m"

# somebody
[[site.person]]
name = "B. Root"
left = 2026-10-31

[[site]]
url = "https://tulips.example"
"""


def lines(before: str, after: str) -> list[str]:
    made = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in made if not line.startswith(("---", "+++", "@@"))]


def test_only_its_lines_change() -> None:
    after = changed(TEXT, "petalandstem.example", "FTP-password", "A. Stem", DAY)
    assert lines(TEXT, after) == [
        "-  done = 2026-10-02 # the last time",
        "+  done = 2026-11-30 # the last time",
        '+by = "A. Stem"',
    ]
    after = changed(TEXT, "petalandstem.example", "own [thing]", "", DAY)
    assert lines(TEXT, after) == ["+done = 2026-11-30"]


def test_who_did_it_the_last_time_did_not_do_it_now() -> None:
    text = TEXT.replace("# the last time", '# the last time\n  by = "B. Root"')
    assert 'by = "B. Root"' not in changed(text, "petalandstem.example", "ftp-password", "", DAY)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_ends_of_lines_stay(end: str) -> None:
    after = changed(TEXT.replace("\n", end), "petalandstem.example", "own [thing]", "A", DAY)
    assert after.count("\r\n") == (after.count("\n") if end == "\r\n" else 0)


def test_reviews_that_are_written_as_values() -> None:
    text = '[[site]]\nurl = "https://a.example"\nreview = [{ name = "ftp-password" }] # here\n'
    after = changed(text, "a.example", "ftp-password", "A", DAY)
    assert "done = 2026-11-30" in after
    assert after.endswith("# here\n")


def test_a_name_that_needs_quoting() -> None:
    after = changed(TEXT, "petalandstem.example", "ftp-password", 'A "the" \\ Stem\n[[site]]', DAY)
    assert lines(TEXT, after)[-1].startswith("+by = ")


def put(tmp_path: Path, text: str = TEXT) -> Path:
    file = tmp_path / "shopwarden.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_it_is_written_and_the_next_day_is_told(tmp_path: Path) -> None:
    file = put(tmp_path)
    file.chmod(0o640)
    shop, entry = mark_done(read_settings(file, NOW), "ftp-password", None, "A. Stem", None, NOW)
    assert (shop.key, entry.due) == ("petalandstem.example", date(2026, 12, 31))
    assert file.stat().st_mode & 0o777 == 0o640
    assert "# somebody" in file.read_text(encoding="utf-8")


def test_a_file_that_is_edited_meanwhile_keeps_the_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path)
    settings = read_settings(file, NOW)
    edits = iter(["# one\n", "# two\n"])

    def edited(text: str, *rest: object) -> str:
        if edit := next(edits, ""):
            file.write_text(edit + text, encoding="utf-8")
        return changed(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(reviews, "changed", edited)
    mark_done(settings, "ftp-password", None, "", date(2026, 11, 29), NOW)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# two\n# one\n")
    assert "done = 2026-11-29" in text


def test_a_file_that_is_always_edited_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path)
    settings = read_settings(file, NOW)

    def edited(text: str, *_rest: object) -> str:
        file.write_text(text + "#", encoding="utf-8")
        return text

    monkeypatch.setattr(reviews, "changed", edited)
    with pytest.raises(Refused, match="keeps writing"):
        mark_done(settings, "ftp-password", None, "", None, NOW)
    assert file.read_text(encoding="utf-8").startswith(TEXT)


@pytest.mark.parametrize(
    ("name", "on", "words"),
    [
        ("ftp-pasword", None, "did you mean 'ftp-password'"),
        ("zzz", None, "there are ftp-password, own [thing]"),
        ("ftp-password", date(2026, 12, 1), "lies ahead"),
    ],
)
def test_what_cannot_be_written_down(tmp_path: Path, name: str, on: date | None, words: str) -> None:
    file = put(tmp_path)
    with pytest.raises(Refused) as refused:
        mark_done(read_settings(file, NOW), name, None, "", on, NOW)
    assert words in str(refused.value)
    assert file.read_text(encoding="utf-8") == TEXT


def test_two_shops_with_one_review_are_told_apart(tmp_path: Path) -> None:
    file = put(tmp_path, TEXT + '[[site.review]]\nname = "ftp-password"\n')
    settings = read_settings(file, NOW)
    with pytest.raises(Refused, match=r"--site petalandstem\.example"):
        mark_done(settings, "ftp-password", None, "", None, NOW)
    shop, _ = mark_done(settings, "ftp-password", "https://tulips.example/", "", None, NOW)
    assert shop.key == "tulips.example"
    assert "done = 2026-10-02" in file.read_text(encoding="utf-8")


def test_a_shop_is_called_by_key_address_or_name(tmp_path: Path) -> None:
    settings = read_settings(put(tmp_path), NOW)
    for name in ("petalandstem.example", "https://www.petalandstem.example/", "petal & stem"):
        assert [shop.key for shop in shops_of(settings, name)] == ["petalandstem.example"]
    with pytest.raises(Refused, match=r"did you mean 'tulips\.example'"):
        shops_of(settings, "tulip.example")


def test_what_counts_is_what_the_rules_find_and_nobody_accepted(tmp_path: Path) -> None:
    accepted = '[[site.accepted]]\nrule = "breach-team-missing"\nreason = "soon"\nuntil = 2026-12-31\n'
    settings = read_settings(
        put(tmp_path, TEXT.replace('[[site]]\nurl = "https://t', f'{accepted}[[site]]\nurl = "https://t')), NOW
    )
    first = kept(settings, "petalandstem.example", NOW)[0]
    assert [(str(severity), rule) for severity, rule, _ in worst(first.record, first.shop.site, catalogue())] == [
        ("high", "access-of-leaver"),
        ("medium", "account-without-second-factor"),
        ("medium", "review-overdue"),
        ("medium", "review-overdue"),
    ]


def test_a_leavers_list_holds_all_that_he_can_reach(tmp_path: Path) -> None:
    settings = read_settings(put(tmp_path), NOW)
    who, shops = reached_by(settings, "b. root", None, NOW)
    assert who == "B. Root"
    assert [(one.shop.key, [account.name for account in one.accounts]) for one in shops] == [("petalandstem.example", ["Shop"])]
    with pytest.raises(Refused, match=r"did you mean 'B\. Root'"):
        reached_by(settings, "B. Roott", None, NOW)


def seen(**verdicts: str) -> ScanDocument:
    made = night(0, {rule.replace("_", "-"): said for rule, said in verdicts.items()})
    areas = {rule.id: rule.area for rule in catalogue().rules.values()}
    return made.model_copy(update={"verdicts": tuple(one.model_copy(update={"area": areas[one.rule]}) for one in made.verdicts)})


def test_what_fits_a_shop_is_told_by_its_last_scan(tmp_path: Path) -> None:
    shop = shops_of(read_settings(put(tmp_path), NOW), "petalandstem.example")[0]
    every = {one.name for one in suggested(shop, None)}
    assert len(every) == len(usual_reviews()) - 1  # ftp-password stands there already
    bare = {one.name for one in suggested(shop, seen(ftp_open="passed ftp:21", admin_default_path="na"))}
    assert bare < every
    assert not bare & {"ftp-own-address", "ssh-keys", "chat-rules", "shop-updates", "scripts-beside-shop"}
    full = seen(
        ftp_open="found ftp:21@ftp:21",
        ssh_version_leak="unclear",
        third_party_script="found embed.tawk.to@home@/",
        cohosted_script="found /blog/@/blog/",
        admin_default_path="found /admin@/admin",
    )
    assert {one.name for one in suggested(shop, full)} == every


RECORDED = Path(__file__).parents[3] / "fixtures" / "shops"
LIKE_NOBODYS = {"chat-rules", "chat-logs", "ftp-password", "ftp-own-address", "ftp-stored-passwords", "ssh-keys"}
"""What shops without a chat, and whose FTP and SSH are closed, have no use for."""


@pytest.mark.parametrize(
    ("shop", "left_out"),
    [
        ("woocommerce", {*LIKE_NOBODYS, "scripts-beside-shop"}),
        ("shopify", {*LIKE_NOBODYS, "scripts-beside-shop", "host-password", "shop-updates", "plugin-updates"}),
        ("opencart-nginx-weak", LIKE_NOBODYS),  # with a WordPress beside it
        ("demo-weak", {"chat-rules", "chat-logs"}),  # with FTP and SSH
    ],
)
def test_what_a_recorded_shop_has_no_use_for(shop: str, left_out: set[str]) -> None:
    loaded = catalogue()
    recording = read_recording(RECORDED / shop, loaded.gatherers)
    order = Order(Target.of("https://petalandstem.example/"), loaded.chosen())
    seen = document(result_of(recording, order, loaded))
    entry = Shop("petalandstem.example", SiteSettings(url="https://petalandstem.example/"))
    assert set(usual_reviews()) - {one.name for one in suggested(entry, seen)} == left_out

"""The report in Chromium: asks for nothing, runs nothing, fits a telephone, works by keyboard, and axe finds no fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reports.formats.html import html
from reports.i18n.language import codes, language
from reports.overview.page import overview_html
from reports.view.build import view_of
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.reports.overview.test_page import OVERVIEW, busy
from tests.reports.pages import NAMES, view
from tests.reports.samples import ARTICLES, LOGO, WEAK, agency
from tests.scanning import catalogue
from tools.record_shops import judged_again

pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed", exc_type=ImportError)
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.patience import eventually

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (360, 768, 1440)


@dataclass
class Seen:
    """A page and what it did: requests other than for itself, console messages, errors, dialogs."""

    page: Page
    file: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every sample's page."""
    folder = tmp_path_factory.mktemp("reports")
    for name in NAMES:
        (folder / f"{name}.html").write_text(html(view(name, folder)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """One window for all: a new one for each test is a process each."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def seen(window: Page, reports: Path, request: pytest.FixtureRequest) -> Iterator[Seen]:
    """The page that the test's parameters name, opened from the disk; teardown asserts that it kept quiet."""
    wanted: dict[str, Any] = {"name": "weak", "width": 1440, "scheme": "light"} | getattr(request, "param", {})
    window.set_viewport_size({"width": wanted["width"], "height": 800})
    window.emulate_media(media="screen", color_scheme=wanted["scheme"])
    file = reports / f"{wanted['name']}.html"
    seen = Seen(window, file)

    def only_itself(route: Route) -> None:
        if route.request.url.partition("#")[0] == file.as_uri():
            route.continue_()
        else:
            seen.requests.append(route.request.url)
            route.abort()

    listening: dict[Any, Callable[[Any], Any]] = {
        "request": lambda r: r.url.startswith(("file:", "data:")) or seen.requests.append(r.url),
        "console": lambda message: seen.complaints.append(message.text),
        "pageerror": lambda error: seen.complaints.append(str(error)),
        "dialog": lambda dialog: (seen.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()),
    }
    window.route("**/*", only_itself)
    for event, listener in listening.items():
        window.on(event, listener)
    window.goto(file.as_uri())
    yield seen
    window.goto("about:blank")
    for event, listener in listening.items():
        window.remove_listener(event, listener)
    window.unroute("**/*")
    assert seen.requests == []
    assert seen.complaints == []


def pages(**each: object) -> pytest.MarkDecorator:
    """Every sample, indirectly, with the same settings."""
    return pytest.mark.parametrize("seen", [{"name": name, **each} for name in NAMES], indirect=True, ids=NAMES)


@pages()
def test_it_asks_for_nothing_and_runs_nothing(seen: Seen) -> None:
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    seen.page.mouse.wheel(0, 5000)
    seen.page.wait_for_timeout(100)
    assert seen.page.title() != "owned"
    assert seen.page.locator("script").count() == 0
    assert (
        seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(247, 245, 241)"
    )  # the policy let the style in


def test_the_policy_would_stop_a_script_and_a_picture(browser: Browser, reports: Path, tmp_path: Path) -> None:
    made = (reports / "weak.html").read_text(encoding="utf-8")
    broken = made.replace("</main>", '<script>document.title="owned"</script><img src="http://127.0.0.1:9/x.png"></main>')
    file = tmp_path / "broken.html"
    file.write_text(broken, encoding="utf-8")
    page = browser.new_page()
    failed: list[str] = []
    page.on("console", lambda message: failed.append(message.text))
    page.goto(file.as_uri())
    assert page.title() != "owned"
    eventually(lambda: page.wait_for_timeout(20) or len(failed) >= 2)
    assert sum("Content Security Policy" in text for text in failed) == 2
    page.close()


@pytest.mark.parametrize(
    "seen",
    [{"name": name, "width": width} for name in NAMES for width in WIDTHS],
    indirect=True,
    ids=lambda p: f"{p['name']}-{p['width']}",
)
def test_nothing_is_wider_than_the_window(seen: Seen) -> None:
    for unfolded in (False, True):
        if unfolded:
            seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert seen.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        outside = seen.page.evaluate(
            "[...document.querySelectorAll('main *, header *, footer *')].filter(e => !e.closest('.code pre') &&"
            " e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
        )
        assert outside == []


@pytest.mark.parametrize("seen", [{"width": 360}], indirect=True)
def test_long_code_scrolls_inside_its_box(seen: Seen) -> None:
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    box = seen.page.locator("#rule-https-redirect-missing .code pre").first
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    box.focus()
    seen.page.keyboard.press("ArrowRight")
    seen.page.wait_for_function("e => e.scrollLeft > 0", arg=box.element_handle())


@pytest.mark.parametrize("code", codes())
def test_the_page_of_a_weak_shop_is_short_and_its_links_unfold(browser: Browser, tmp_path: Path, code: str) -> None:
    """The three worst are open, all others a line each; a link to one of these opens it, also where no script runs."""
    shop = judged_again(Path(__file__).parents[2] / "fixtures" / "shops" / "demo-weak", catalogue())
    file = tmp_path / "demo.html"
    file.write_text(html(view_of(shop, catalogue().articles, language=language(code))), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(file.as_uri())
    box = page.locator("html").bounding_box()
    assert box is not None
    assert box["height"] < 9000
    cards = page.locator(".card > details")
    assert cards.count() > 40
    assert page.locator(".card > details[open]").count() == 3
    folded = page.locator(".group .card:has(> details:not([open]))").last
    anchor = folded.locator(".body").get_attribute("id")
    page.locator(f'#all a[href="#{anchor}"]').click()
    assert page.locator(f"#{anchor}").is_visible()
    title = page.locator(f"#{anchor}-title").bounding_box()
    assert title is not None
    assert 0 <= title["y"] < 900
    context.close()


def test_everything_can_be_reached_by_keyboard(seen: Seen) -> None:
    page = seen.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#rule-exposed-database-dump"
    page.keyboard.press("Enter")
    top = "document.getElementById('rule-exposed-database-dump').getBoundingClientRect().top"
    page.wait_for_function(f"0 <= {top} && {top} < 100")

    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(e => [e.tagName, [...document.querySelectorAll('*')].indexOf(e), getComputedStyle(e).outlineStyle])"
            "(document.activeElement)"
        )
        if here[0] == "BODY":
            break
        assert here[2] != "none", f"focus cannot be seen on {here}"
        reached.add(here[1])
    wanted = page.evaluate(
        "(all => { const start = document.getElementById('rule-exposed-database-dump');"
        " return [...document.querySelectorAll('a[href], summary, button, pre[tabindex]')].filter(e => e.checkVisibility() &&"
        " start.compareDocumentPosition(e) & 4).map(e => all.indexOf(e)) })([...document.querySelectorAll('*')])"
    )
    assert len(wanted) > 30
    assert set(wanted) <= reached


def test_a_technical_word_says_what_it_means_without_a_script(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    file = tmp_path / "weak.html"
    file.write_text(html(view_of(WEAK, catalogue().articles)), encoding="utf-8")
    page.goto(file.as_uri())
    word = page.locator("button.word").locator("visible=true").first
    meaning = page.locator(f"#{word.get_attribute('popovertarget')}")
    assert not meaning.is_visible()
    word.focus()
    page.keyboard.press("Enter")
    assert meaning.is_visible()
    box = meaning.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert not meaning.is_visible()
    context.close()


BROKEN_WORDS = """
() => [...document.querySelectorAll('.path, .shown, .mail pre, .accept pre, .prose a')].filter(e => e.checkVisibility()).flatMap(e => {
  const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), broken = [];
  while (walk.nextNode()) for (const word of walk.currentNode.data.matchAll(/[A-Za-z0-9]{2,24}/g)) {
    const range = document.createRange();
    range.setStart(walk.currentNode, word.index);
    range.setEnd(walk.currentNode, word.index + word[0].length);
    if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) broken.push(word[0]);
  }
  return broken;
})
"""


@pytest.mark.parametrize("seen", [{"width": width} for width in (360, 390)], indirect=True, ids=lambda p: str(p["width"]))
def test_no_word_of_an_address_is_broken(seen: Seen) -> None:
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert seen.page.locator(".path wbr").count() > 0
    assert seen.page.evaluate(BROKEN_WORDS) == []


def test_a_fold_opens_by_key_and_its_mail_is_selected_by_one_click(seen: Seen) -> None:
    fold = seen.page.locator("#rule-exposed-vcs details.mail")
    fold.locator("summary").focus()
    seen.page.keyboard.press("Enter")
    assert fold.evaluate("e => e.open")
    fold.locator("pre").click()
    chosen = seen.page.evaluate("getSelection().toString()")
    assert chosen.startswith("Subject: petalandstem.example")
    assert chosen.endswith("Thank you")


@pytest.mark.parametrize("seen", [{"scheme": "dark"}], indirect=True)
def test_a_dark_theme_for_those_who_want_it(seen: Seen) -> None:
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 27)"


@pytest.mark.parametrize("seen", [{"scheme": "dark", "name": "agency"}], indirect=True)
def test_on_paper_it_is_light_and_unfolded(seen: Seen) -> None:
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for selector in ("#glossary dl", "#passed .rows", "#accepted .rows", ".references li"):
        shown = seen.page.locator(selector).first
        assert shown.evaluate("e => e.checkVisibility({contentVisibilityAuto: true}) && e.getBoundingClientRect().height > 12"), (
            selector
        )
    for selector in (
        "nav",
        "#send",
        "details.elsewhere",
        "details.mail",
        "details.accept",
    ):  # nothing to click, copy or paste from on paper
        assert not seen.page.locator(selector).first.is_visible(), selector
    assert len(seen.page.pdf(prefer_css_page_size=True)) > 20_000


@pytest.mark.parametrize(
    ("name", "scheme"),
    [*((name, "light") for name in NAMES), *((name, "dark") for name in ("weak", "agency", "history", "polish"))],
)
def test_axe_finds_nothing(browser: Browser, reports: Path, name: str, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is missing: npm ci --prefix tests/browser")
    context = browser.new_context(
        viewport={"width": 1024, "height": 800}, color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True
    )
    page = context.new_page()
    page.goto((reports / f"{name}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8") + "\n;void 0")
    answer = page.evaluate("axe.run(document, {resultTypes: ['violations', 'passes']})")
    context.close()
    assert len(answer["passes"]) > 20
    assert [f"{found['id']}: {node['html'][:120]}" for found in answer["violations"] for node in found["nodes"][:3]] == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("code", codes())
def test_the_page_of_many_shops_fits_and_has_no_fault(browser: Browser, tmp_path: Path, width: int, code: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is missing: npm ci --prefix tests/browser")
    file = tmp_path / "overview.html"
    file.write_text(overview_html(busy(), articles=catalogue().articles, language=language(code)), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".heads").is_visible() == (width > 960)
    page.evaluate(AXE.read_text(encoding="utf-8") + "\n;void 0")
    answer = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [f"{found['id']}: {node['html'][:120]}" for found in answer["violations"] for node in found["nodes"][:3]] == []


FIRST_PAGE_HEIGHT = (297 - 18 - 20) / 25.4 * 96
"""CSS pixels of A4 between the sheet's margins."""


@pages(width=673)
def test_the_first_sheet_of_paper_holds_the_summary(seen: Seen) -> None:
    """Grade, dates and what to fix first; what follows begins on a sheet of its own. 673 px is A4 between its margins."""
    seen.page.emulate_media(media="print")
    summary = [seen.page.locator(selector) for selector in (".top", "#first", "#progress")]
    bottoms = [one.evaluate("e => e.getBoundingClientRect().bottom") for one in summary if one.count()]
    assert max(bottoms) < FIRST_PAGE_HEIGHT
    if seen.page.locator(".group").count() and seen.page.locator("#first").count():
        first = seen.page.locator(".group").first
        assert first.evaluate("e => getComputedStyle(e).breakBefore") == "page"


@pytest.mark.parametrize(
    "seen", [{"name": name} for name in ("polish", "german", "weak")], indirect=True, ids=lambda p: p["name"]
)
def test_the_page_says_its_language(seen: Seen) -> None:
    assert seen.page.locator("html").get_attribute("lang") in codes()
    others = seen.page.evaluate("[...new Set([...document.querySelectorAll('[lang]')].map(e => e.lang))]")
    assert set(others) <= {"en", seen.page.locator("html").get_attribute("lang")}


@pytest.mark.parametrize(
    "seen", [{"name": "history", "width": width} for width in WIDTHS], indirect=True, ids=lambda p: str(p["width"])
)
def test_the_trend_can_be_read_at_every_width(seen: Seen) -> None:
    size = seen.page.locator("#progress svg.trend-picture text").first.evaluate(
        "e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getBoundingClientRect().width / 320"
    )
    assert size >= 8.5
    seen.page.locator("#progress details summary").focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("#progress table").is_visible()


@pytest.mark.parametrize("seen", [{"name": "weak", "width": 360}], indirect=True)
def test_a_letter_opens_by_key_scrolls_in_its_box_and_is_selected_by_one_click(seen: Seen) -> None:
    for name in ("#to-host", "#to-developer"):
        fold = seen.page.locator(name)
        fold.locator("summary").focus()
        seen.page.keyboard.press("Enter")
        assert fold.evaluate("e => e.open")
        fold.locator("pre").click(position={"x": 20, "y": 20})
        chosen = seen.page.evaluate("getSelection().toString()")
        assert chosen.startswith("Subject: Security of petalandstem.example")
        assert chosen.rstrip().endswith("Kind regards")
        assert fold.locator("a").get_attribute("href").startswith("mailto:?subject=")


@pytest.mark.parametrize("seen", [{"name": "rtl"}], indirect=True)
def test_another_direction_stays_in_its_place(seen: Seen) -> None:
    """A name in Hebrew or Arabic must not turn round what stands beside it."""
    for name in seen.page.locator("h1 bdi").all():
        assert name.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert seen.page.locator("h1").evaluate("e => getComputedStyle(e).direction") == "ltr"
    for line in seen.page.locator(".first li > p").all():
        boxes = line.evaluate(
            "e => [...e.children].map(c => c.getBoundingClientRect()).filter(r => r.width).map(r => [r.top, r.left])"
        )
        assert boxes == sorted(boxes, key=lambda box: (round(box[0] / 12), box[1]))


def test_without_script_everything_works(browser: Browser, reports: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 768, "height": 900})
    page = context.new_page()
    page.goto((reports / "history.html").as_uri())
    page.locator("#to-host summary").click()
    assert page.locator("#to-host pre").is_visible()
    page.locator(".first a").first.click()
    assert "#rule-" in page.url
    context.close()


@pages()
def test_the_reading_order_is_the_order_on_the_page(seen: Seen) -> None:
    """What a screen reader reads comes in the order that eyes see: one main heading, then sections, none skipped."""
    levels = seen.page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4, h5')].filter(e => e.checkVisibility()).map(e => +e.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    tops = seen.page.evaluate("[...document.querySelectorAll('main > section')].map(e => e.getBoundingClientRect().top)")
    assert tops == sorted(tops)


@pytest.mark.parametrize("size", ["", ' width="120" height="32"', ' width="1200" height="40"'])
def test_a_logo_is_seen_whether_it_says_its_size_or_not(browser: Browser, tmp_path: Path, size: str) -> None:
    """Drawing programs write an SVG with nothing but a viewBox; on its own, such a picture is 0 × 0 pixels large."""
    ours = agency(tmp_path)
    (tmp_path / "logo.svg").write_text(LOGO.replace(' width="120" height="32"', size), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for made in (html(view_of(WEAK, ARTICLES, agency=ours)), overview_html(OVERVIEW, agency=ours)):
        file = tmp_path / "page.html"
        file.write_text(made, encoding="utf-8")
        page.goto(file.as_uri())
        box = page.locator(".brand img").bounding_box()
        assert box is not None
        assert 80 <= box["width"] <= 224
        assert 24 <= box["height"] <= 40
        list_end = page.evaluate("document.querySelector('.shops')?.getBoundingClientRect().bottom")
        if list_end is not None:  # the line below the last shop and the contact do not touch
            assert page.evaluate("document.querySelector('.contact').getBoundingClientRect().top") >= list_end + 12
    page.close()

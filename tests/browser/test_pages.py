"""Every page in a real browser: light and dark, wide and narrow, printed, read aloud, and shut to the outside."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PAGES = ("index.html", "S.html", "Q.html")
THEMES = ("light", "dark")
WIDTHS = (390, 1440)
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
# Contrast takes it seconds a page, and leaves drawings out; FAINT tells it.
AXE = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}
# Every visible text with less contrast than WCAG 2.2 wants (4.5, or 3 where it is large), in drawings too.
FAINT = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (colour) => rgba(colour).slice(0, 3).map((value) => value / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (rgba(colour)[3] === 255) return colour;
        }
        return "white";
    };
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.data.trim();
        if (!text || element.closest("script, style")) continue;
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        const style = getComputedStyle(element);
        const [one, other] = [element.ownerSVGElement ? style.fill : style.color, behind(element)].map(light);
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        const size = parseFloat(style.fontSize);
        const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        if (ratio < least) found.add(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return [...found];
}"""
# What lies over the right edge of the window without a scrolled region around it.
OVER_THE_EDGE = """() => [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter((one) => !one.closest(".scroll, .unseen, .skip"))
    .map((one) => `${one.tagName} ${one.className}`)"""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows_nothing_is_faint_and_a_picture_is_kept(open_page, artefacts, name, theme, width):
    page = open_page(name, width=width, theme=theme)
    page.screenshot(path=artefacts / f"{name.removesuffix('.html')}-{theme}-{width}.png", full_page=True)
    assert page.evaluate(OVER_THE_EDGE) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(FAINT) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_rules_of_axe_find_nothing(open_page, name):
    found = Axe().run(open_page(name), options=AXE)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_headings_regions_tables_and_pictures_have_names(open_page, name):
    page = open_page(name)
    assert page.locator("h1").count() == 1
    assert page.evaluate("[...document.querySelectorAll('table')].every((table) => table.caption?.textContent.trim())")
    assert page.evaluate("[...document.querySelectorAll('th')].every((cell) => ['col', 'row'].includes(cell.scope))")
    assert page.evaluate("""[...document.querySelectorAll('[role=region], section')].every((one) =>
        one.ariaLabel || document.getElementById(one.getAttribute('aria-labelledby'))?.textContent
        || one.classList.contains('lead'))""")
    assert page.evaluate("""[...document.querySelectorAll('svg')].every((one) =>
        one.ariaHidden === 'true' || one.closest('[role=img], [role=group]')?.ariaLabel)""")


@pytest.mark.parametrize("name", PAGES)
def test_without_a_script_nothing_is_hidden(open_page, name):
    page = open_page(name)
    only_there = set(" ".join(page.locator(".filters, .theme").all_inner_texts()).split())
    without = words(open_page(name, java_script_enabled=False))
    assert "Freshpress" in without
    assert words(page) - without <= only_there


def words(page: Page) -> set[str]:
    return set(page.locator("body").inner_text().split())


@pytest.mark.parametrize("name", PAGES)
def test_it_prints_black_on_white_without_what_paper_cannot_do(open_page, name):
    page = open_page(name, theme="dark")
    page.emulate_media(media="print")
    assert page.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
    for what in ("nav", ".filters", ".downloads"):
        assert not any(one.is_visible() for one in page.locator(what).all())
    assert page.locator("h1").is_visible()
    assert page.evaluate(FAINT) == []
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_a_page_can_neither_ask_outside_nor_run_what_is_not_its_own(open_page, complaints):
    page = open_page()
    refused: dict[str, str | None] = {}
    page.on("requestfailed", lambda request: refused.update({request.url: request.failure}))
    page.evaluate("""() => {
        document.body.insertAdjacentHTML("beforeend", `<img src="https://example.org/x.png" onerror="window.ran = 1">
            <form action="https://example.org/"></form><style>@import "https://example.org/x.css";</style>`);
        const script = document.createElement("script");
        script.textContent = "window.ran = 2";
        document.body.append(script);
        document.forms[0].submit();
    }""")
    assert page.evaluate("fetch('https://example.org/').then(() => 'fetched', () => 'refused')") == "refused"
    assert page.evaluate("window.ran") is None
    assert page.url.startswith("file:")
    # A request that the policy refuses is told of like one that is made; it never leaves the browser.
    asked = {text for text in complaints if text.startswith("https:")}
    assert asked == refused.keys()
    assert set(refused.values()) == {"csp"}
    complaints.clear()


@pytest.mark.parametrize("theme", THEMES)
def test_the_other_theme_is_one_press_away_legible_and_kept(open_page, theme):
    page = open_page(theme=theme)
    before = page.evaluate(BACKGROUND)
    page.get_by_role("button", name="Dark page" if theme == "light" else "Light page").click()
    chosen = page.evaluate(BACKGROUND)
    assert chosen != before
    assert page.evaluate(FAINT) == []
    page.goto(page.url.replace("S.html", "Q.html"))
    assert page.evaluate(BACKGROUND) == chosen


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
@pytest.mark.parametrize("name", ["index.html", "S.html"])
def test_the_three_answers_stand_in_the_first_screen(open_page, name, width, height):
    page = open_page(name, width=width)
    page.set_viewport_size({"width": width, "height": height})
    for question in ("Who compresses best?", "Does it match benchmarks?", "Can I trust it?"):
        answer = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=question)).bounding_box()
        assert answer["y"] + answer["height"] <= height

"""The marks of the drawings say their names to a pointer, to the keyboard and to a finger, and can be sent away."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lake import IMAGE, MODEL_COUNT

NAMED = ".drawing:visible [data-tip]"


def marks(page: Page) -> Locator:
    return page.locator(NAMED)


def tip(page: Page) -> Locator:
    return page.get_by_role("tooltip")


def fit(page: Page) -> Locator:
    """Return the first drawing of a fit that is shown: one mark per model."""
    return page.locator(".drawing:visible", has=page.locator("[data-tip*='score']")).first


def test_every_model_of_a_fit_is_a_mark_with_its_name_and_numbers(open_page):
    found = fit(open_page()).locator("[data-tip]").evaluate_all("(marks) => marks.map((mark) => mark.dataset.tip)")
    assert len(found) == MODEL_COUNT - 2
    assert len({text.split("; ")[0] for text in found}) == len(found)
    assert any(IMAGE in text for text in found)
    assert all("bits per character" in text and "score" in text for text in found)


def test_a_pointer_over_a_mark_reads_its_name_and_numbers(open_page):
    page = open_page()
    mark = fit(page).locator("[data-tip]").nth(20)
    mark.hover(force=True)
    expect(tip(page)).to_be_visible()
    assert tip(page).locator("div").all_text_contents() == mark.get_attribute("data-tip").split("; ")
    page.mouse.move(5, 5)
    expect(tip(page)).to_be_hidden()


def test_a_hostile_name_is_read_as_text(open_page):
    page = open_page()
    fit(page).locator("[data-tip*='<img']").hover(force=True)
    expect(tip(page)).to_contain_text(IMAGE)
    assert page.locator("img").count() == 0


def test_the_pointer_may_rest_on_what_is_read_and_escape_sends_it_away(open_page):
    page = open_page()
    fit(page).locator("[data-tip]").nth(20).hover(force=True)
    box = tip(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.wait_for_timeout(500)
    expect(tip(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip(page)).to_be_hidden()


def test_the_keyboard_walks_the_marks_of_a_drawing_which_is_one_stop(open_page):
    page = open_page()
    all_marks = fit(page).locator("[data-tip]")
    assert all_marks.and_(page.locator("[tabindex='0']")).count() == 1
    all_marks.first.focus()
    expect(tip(page)).to_be_visible()
    for key, at in (("ArrowRight", 1), ("ArrowDown", 2), ("ArrowLeft", 1), ("End", -1), ("Home", 0)):
        page.keyboard.press(key)
        names = all_marks.evaluate_all("(marks) => marks.map((mark) => mark.dataset.tip)")
        assert page.evaluate("document.activeElement.dataset.tip") == names[at]
        expect(tip(page).locator("div").first).to_have_text(names[at].split("; ")[0])
    page.keyboard.press("Escape")
    expect(tip(page)).to_be_hidden()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.drawing') === null || !document.activeElement.dataset.tip")


def test_a_finger_on_a_mark_reads_it_and_a_finger_elsewhere_closes_it(open_page):
    page = open_page(width=390, has_touch=True, is_mobile=True)
    mark = fit(page).locator("[data-tip]").nth(3)
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(tip(page)).to_be_visible()
    # Beside the mark a finger means the nearest, over what is said nothing else; and it may be lifted.
    for beside in (box["y"] + box["height"] + 12, box["y"] - 14):
        page.touchscreen.tap(box["x"] + box["width"] / 2, beside)
        page.wait_for_timeout(500)
        expect(tip(page)).to_be_visible()
    where = tip(page).bounding_box()
    assert where["x"] >= 0
    assert where["x"] + where["width"] <= 390
    page.touchscreen.tap(195, 5)
    expect(tip(page)).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1440])
def test_no_mark_reads_over_the_edge_of_the_window(open_page, width):
    page = open_page(width=width)
    for drawing in page.locator(".drawing:visible").all():
        found = drawing.locator("[data-tip]")
        for at in {0, found.count() - 1} if found.count() else ():
            found.nth(at).focus()
            box = tip(page).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


def test_a_drawing_is_one_picture_without_a_script_and_a_group_of_named_ones_with_it(open_page):
    plain = open_page(java_script_enabled=False)
    assert plain.locator(".drawing[role=img]").count() == plain.locator(".drawing").count()
    page = open_page()
    assert (
        page.locator(".drawing[role=group] [role=img][aria-label]").count()
        == page.locator(".drawing [data-tip]").count()
    )

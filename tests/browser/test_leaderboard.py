"""The leaderboard as people use it: sorted, filtered, by pointer and keyboard, on a telephone, and without a script."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lake import IMAGE, MODEL_COUNT, PARTIAL, QUOTED, UNSIZED, name_of

COLUMNS = ("rank", "model", "mean", "common_crawl", "github", "arxiv", "bits_per_byte", "size", "family", "kind")
NUMBERS = {"rank", "mean", "common_crawl", "github", "arxiv", "bits_per_byte", "size"}
# What the rows of one body hold in one column, in the order shown: what sorts, or nothing.
VALUES = """([body, at]) => [...document.querySelectorAll(`.ranking tbody:nth-of-type(${body}) tr`)]
    .filter((row) => !row.hidden)
    .map((row) => row.cells[at].dataset.value ?? row.cells[at].textContent.trim())"""


def values(page: Page, column: str, body: int = 1) -> list[str]:
    return page.evaluate(VALUES, [body, COLUMNS.index(column)])


def head(page: Page, column: str) -> Locator:
    return page.locator(f".ranking th[data-column={column}]")


def choose(page: Page, value: str) -> None:
    page.locator(".filters").get_by_label(value).check()


def sort(page: Page, column: str, order: str) -> None:
    for _ in range(3):
        head(page, column).get_by_role("button").click()
        if head(page, column).get_attribute("aria-sort") == order:
            return
    pytest.fail(f"{column} does not sort {order}")


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts_both_ways_with_what_is_missing_last(open_page, column):
    page = open_page()
    key = float if column in NUMBERS else str.casefold
    for order in ("ascending", "descending"):
        sort(page, column, order)
        for body, count in ((1, MODEL_COUNT), (2, 2)):
            found = values(page, column, body)
            present = [value for value in found if value]
            assert len(found) == count
            assert found[: len(present)] == present
            if column != "model":
                assert [key(v) for v in present] == sorted(map(key, present), reverse=order == "descending")
        assert page.locator(".ranking [aria-sort]").count() == 1
        said = f"60 of 60 models shown, sorted by {head(page, column).text_content()}, {order}."
        expect(page.get_by_role("status")).to_have_text(said)


def test_names_are_sorted_as_people_count(open_page):
    page = open_page()
    sort(page, "model", "ascending")
    found = values(page, "model")
    assert found[0] == IMAGE
    assert found.index("family-a-01") < found.index("family-a-13") < found.index("family-b-02")


def test_what_is_unknown_stands_last_either_way(open_page):
    page = open_page()
    for column, number in (("size", UNSIZED), ("mean", PARTIAL), ("arxiv", PARTIAL)):
        for order in ("ascending", "descending"):
            sort(page, column, order)
            assert values(page, "model")[-1] == name_of(number)


def test_tied_ranks_and_intervals_are_shown_and_stay_when_rows_go(open_page):
    page = open_page()
    row = page.locator(".ranking tr", has_text="family-a-01")
    mean = row.locator("td.mean")
    value = float(mean.get_attribute("data-value"))
    low, high = map(float, mean.locator(".interval").text_content().split("–"))
    assert mean.text_content().startswith(f"{value:.3f}")
    assert low < value < high
    # The lowest three levels are alike but for noise, and one model of the sixty has no mean.
    assert row.locator("td.rank").text_content() == "57–59"
    page.locator(".filters summary").click()
    choose(page, "family-a")
    assert row.locator("td.rank").text_content() == "57–59"


def test_filters_narrow_families_sizes_and_kinds_and_say_how_many_are_left(open_page):
    page = open_page()
    status = page.get_by_role("status")
    page.get_by_text("Filter by family, size, kind").click()
    choose(page, "family-b")
    choose(page, "family-c")
    expect(status).to_contain_text("10 of 60 models shown")
    assert set(values(page, "family")) == {"family-b", "family-c"}
    choose(page, "1B–3B")
    sizes = [float(size) for size in values(page, "size")]
    assert sizes
    assert all(1e9 <= size < 3e9 for size in sizes)
    choose(page, "chat")
    expect(status).to_contain_text("0 of 60 models shown")
    assert values(page, "model", body=2) == ["xz@9e", "zstd@19"]
    page.get_by_role("button", name="Show all").click()
    expect(status).to_contain_text("60 of 60 models shown")


def test_a_family_with_quotes_is_a_value_like_any_other(open_page):
    page = open_page()
    page.locator(".filters summary").click()
    choose(page, QUOTED)
    assert set(values(page, "family")) == {QUOTED}
    assert len(values(page, "family")) == 5


def test_an_address_brings_back_what_was_chosen(open_page):
    page = open_page()
    page.locator(".filters summary").click()
    choose(page, QUOTED)
    sort(page, "github", "descending")
    again = open_page(page.url.rpartition("/")[2])
    assert values(again, "model") == values(page, "model")
    assert head(again, "github").get_attribute("aria-sort") == "descending"
    assert again.locator(".filters").get_by_label(QUOTED).is_checked()


def test_an_address_that_says_nonsense_changes_nothing(open_page):
    page = open_page("S.html#leaderboard:sort=%3Cimg%3E.ascending&family=nobody&constructor=1&size=")
    assert head(page, "rank").get_attribute("aria-sort") == "ascending"
    assert len(values(page, "rank")) == MODEL_COUNT


def test_the_tab_key_reaches_every_heading_and_enter_and_space_sort(open_page):
    page = open_page()
    reached = []
    for _ in range(100):
        page.keyboard.press("Tab")
        column = page.evaluate("document.activeElement.closest('.ranking th')?.dataset.column")
        if column:
            reached.append(column)
        if column == COLUMNS[-1]:
            break
    assert tuple(reached) == COLUMNS
    page.keyboard.press("Enter")
    assert head(page, "kind").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert head(page, "kind").get_attribute("aria-sort") == "descending"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_names_that_would_be_code_are_text(open_page):
    page = open_page()
    assert page.locator(".ranking th", has_text=IMAGE).count() == 1
    assert page.locator("img").count() == 0
    assert page.locator(".ranking td b").count() == 0


def test_without_a_script_it_is_a_whole_table_the_best_first(open_page):
    page = open_page(java_script_enabled=False)
    rows = page.locator(".ranking tbody tr")
    assert rows.count() == MODEL_COUNT + 2
    assert all(row.is_visible() for row in rows.all())
    assert page.locator(".filters").is_hidden()
    assert page.locator(".ranking button").count() == 0
    expect(page.get_by_role("status")).to_have_text("60 models and 2 codecs.")
    means = [float(text[:5]) for text in page.locator(".ranking td.mean").all_text_contents()[:59]]
    assert means == sorted(means)


def test_on_a_telephone_the_name_stays_while_the_numbers_scroll(open_page):
    page = open_page(width=390)
    region = page.get_by_role("region", name="Table of the leaderboard")
    name = page.locator(".ranking tbody th").first
    room, width, left = region.evaluate("(one) => [one.scrollWidth, one.clientWidth, one.getBoundingClientRect().left]")
    assert room > width
    region.evaluate("(one) => { one.scrollLeft = 300; }")
    assert name.bounding_box()["x"] == pytest.approx(left, abs=1)
    assert name.bounding_box()["width"] < width / 2
    assert page.locator(".ranking td.rank").first.bounding_box()["x"] < 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390

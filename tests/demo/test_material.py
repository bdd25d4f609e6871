"""The demo's internet is the same each time, and its text is in one place only."""

from datetime import date

import pytest

from demo import corpora
from demo.benchmarks import ITEM_COUNT, make_benchmarks, write_references
from demo.material import OCTOBER, SEPTEMBER, make_material
from demo.records import Material


@pytest.fixture(scope="module")
def october() -> Material:
    return make_material(OCTOBER)


def test_the_same_material_is_made_twice(october: Material) -> None:
    assert make_material(OCTOBER) == october


def test_october_holds_all_of_september(october: Material) -> None:
    september = make_material(SEPTEMBER)
    assert set(september.crawls[0].warc_files) <= {path for crawl in october.crawls for path in crawl.warc_files}
    assert {paper.arxiv_id for paper in september.papers} < {paper.arxiv_id for paper in october.papers}
    assert all(repository.created_at.date() < date(2026, 10, 1) for repository in september.repositories)


def test_there_is_enough_of_everything(october: Material) -> None:
    sources = [corpora.source_files(package, range(1_500, 9_000), 9) for package in corpora.OCTOBER_PACKAGES]
    assert sum(map(len, sources)) > 60
    assert len(corpora.manual_pages()) > 15
    assert len(october.papers) > 20


def test_no_package_is_in_two_places() -> None:
    used = [
        *corpora.OCTOBER_PACKAGES, *corpora.SEPTEMBER_PACKAGES, *corpora.TRAINING_PACKAGES, *corpora.BENCHMARK_PACKAGES,
        *corpora.TRAINING_MATHEMATICS, *corpora.BENCHMARK_MATHEMATICS,
    ]  # fmt: skip
    assert len(set(used)) == len(used)


def test_no_benchmark_item_and_no_page_is_trained_on() -> None:
    trained = " ".join(" ".join(text.split()) for text in corpora.training_texts())
    items = [item for benchmark in make_benchmarks() for item in benchmark.items]
    found = [item.name for item in items if " ".join(item.text.split()) in trained]
    pages = [name for name, text in corpora.manual_pages().items() if " ".join(text.split()) in trained]
    assert (found, pages) == ([], [])


def test_an_item_has_one_true_option_among_four_orders_of_the_same_words() -> None:
    for benchmark in make_benchmarks():
        assert len(benchmark.items) == ITEM_COUNT
        for item in benchmark.items:
            assert {tuple(sorted(option.split())) for option in item.options} == {
                tuple(sorted(item.options[0].split()))
            }
        positions = [item.answer for item in benchmark.items]
        assert max(positions.count(position) for position in range(4)) == ITEM_COUNT // 4


def test_references_are_json_lines_with_texts(tmp_path) -> None:
    from curation.references import read_references

    for name, path in write_references(make_benchmarks(), tmp_path).items():
        assert len(read_references(name, [path])) == ITEM_COUNT

"""The rows of the leaderboard: their order, intervals and tied ranks, and what they can be filtered by."""

import pytest

from analysis.correlation import Bootstrap
from analysis.ranking import Ranked
from analysis.report_leaderboard import MEAN, Choice, leaderboard, shown_count, size_class, standings
from analysis.report_material import gather_material, rows_of
from analysis.report_tables import page_tables
from storage.records import Snapshot

TEXTS = {"g1": 100, "g2": 300, "a1": 200, "w1": 400}


def material_of(small):
    (row,) = small.ask("SELECT * FROM snapshots WHERE snapshot_id = 'S'")
    return gather_material(small.connection, Snapshot(*row), "document@1", Bootstrap(draws=50))


def add(small, model_id: str, factor: float, *, texts=TEXTS, **fields) -> None:
    small.model(model_id, knowledge_cutoff_on="2025-01-31", **fields)
    small.score(model_id, {name: chars * factor for name, chars in texts.items()})


@pytest.fixture
def scored(october):
    add(october, "large", 1.0, parameter_count=7_000_000_000, family="a")
    add(october, "small", 1.5, parameter_count=400_000_000, family="b")
    add(october, "chatty", 2.0, family="a", kind="chat")
    add(october, "half", 0.5, texts={"g1": 100, "g2": 300}, parameter_count=2_000_000_000, family="b")
    october.codec("xz@9e", {name: chars * 3.0 for name, chars in TEXTS.items()})
    return october


def test_the_best_comes_first_who_lacks_a_source_last_and_codecs_apart(scored):
    material = material_of(scored)
    board = leaderboard(material, standings(material))
    assert [(one.rank, one.model_id, one.mean) for one in board.models] == [
        (1, "large", 1.0), (2, "small", 1.5), (3, "chatty", 2.0), (None, "half", None),
    ]  # fmt: skip
    assert [(one.rank, one.model_id) for one in board.codecs] == [(None, "xz@9e")]
    assert board.columns == (MEAN, "common_crawl", "github", "arxiv")


def test_it_can_be_filtered_by_what_its_models_are(scored):
    material = material_of(scored)
    assert leaderboard(material, standings(material)).choices == {
        "family": (Choice("a", 2), Choice("b", 2)),
        "size": (Choice("300M–1B", 1), Choice("1B–3B", 1), Choice("3B–10B", 1), Choice("unknown", 1)),
        "kind": (Choice("base", 3), Choice("chat", 1)),
    }


def test_intervals_and_ranks_are_those_of_the_ranking(scored):
    ranked = [
        Ranked("small", None, 1.5, 1.4, 1.6, 1, 2, 4),
        Ranked("small", "github", 1.5, 1.3, 1.7, 2, 2, 2),
        Ranked("small", "arxiv", 1.5, None, None, 1, 3, 1),
        Ranked("xz@9e", None, 3.0, 2.9, 3.1, None, None, 4),
    ]
    material = material_of(scored)
    found = {one.model_id: one for one in standings(material, ranked)}
    assert found["small"].ranks == (1, 2)
    assert found["small"].intervals == {MEAN: (1.4, 1.6), "github": (1.3, 1.7)}
    assert found["xz@9e"].ranks is None
    assert found["large"].intervals == {}
    board = leaderboard(material, list(found.values()))
    assert board.has_ties
    assert not leaderboard(material, standings(material)).has_ties


def test_the_file_beside_it_has_ranks_sizes_and_the_interval_of_the_mean(scored):
    material = material_of(scored)
    table = standings(material, [Ranked("small", None, 1.5, 1.4, 1.6, 1, 2, 4)])
    found = {row["model_id"]: row for row in rows_of(page_tables(material, table, {})["standings"].files)}
    columns = ("rank", "rank_low", "rank_high", "parameter_count", "mean_of_sources", "mean_low", "mean_high")
    assert [found["small"][name] for name in columns] == [2, 1, 2, 400_000_000, 1.5, 1.4, 1.6]
    assert [found["half"][name] for name in columns] == [None, None, None, 2_000_000_000, None, None, None]


def test_one_source_is_its_own_mean(small_lake):
    small_lake.snapshot()
    small_lake.text("g1", "github", 100, "2026-10-05")
    add(small_lake, "one", 1.0, texts={"g1": 100})
    material = material_of(small_lake)
    board = leaderboard(material, standings(material))
    assert board.columns == ("github",)
    assert board.choices == {}


def test_nothing_compared_is_an_empty_leaderboard(october):
    material = material_of(october)
    board = leaderboard(material, standings(material))
    assert (board.models, board.codecs, board.columns) == ((), (), ())


@pytest.mark.parametrize(
    ("count", "shown", "of_class"),
    [
        (7, "7", "3–10"),
        (124_000_000, "124M", "100M–300M"),
        (300_000_000, "300M", "300M–1B"),
        (999_999_999, "1B", "300M–1B"),
        (1_000_000_000, "1B", "1B–3B"),
        (7_241_732_096, "7.2B", "3B–10B"),
        (70_553_706_496, "71B", "30B–100B"),
        (1_026_408_232_448, "1T", "1T–3T"),
    ],
)
def test_sizes_are_said_as_people_say_them(count, shown, of_class):
    assert (shown_count(count), size_class(count)) == (shown, of_class)

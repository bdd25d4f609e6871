"""Ranks with ties: by hand, and wrong no more often than they may be."""

import time

import numpy as np
import pytest

from analysis.cluster_sums import read_cluster_sums
from analysis.comparison import compare_models
from analysis.correlation import Bootstrap
from analysis.paired import ClusterSums, estimate_difference
from analysis.ranking import rank_models, ranks

BOOTSTRAP = Bootstrap(0.95, 2000, 2404)


def measured(levels, *, clusters=60, noise=0.02, seed=5, source="github"):
    """Return models that need so many bits per character, each text more or less alike for all."""
    generator = np.random.default_rng(seed)
    chars = np.round(np.exp(generator.normal(8, 0.8, clusters)))
    hard = generator.normal(0, 0.2, clusters)
    own = generator.normal(0, noise, (clusters, len(levels)))
    bits = chars[:, None] * (np.array(levels) + hard[:, None] + own)
    return ClusterSums(source, tuple(f"m{i}" for i in range(len(levels))), bits, chars, clusters)


def test_models_that_cannot_be_told_apart_share_their_ranks():
    assert ranks([measured([0.5, 1.0, 1.0001, 1.0002, 2.0])], 0.95) == [(1, 1), (2, 4), (2, 4), (2, 4), (5, 5)]


def test_ties_need_not_be_whole_groups():
    """By hand: differences of 0.1, 0.1 and 0.2 with an error of 0.0535 each, on 7 degrees of freedom.

    Holm holds the largest to Student's quantile of 0.05 / 3, 3.13 errors or 0.167, and the next to 2.84, or 0.152.
    """
    signs = np.array([[1, 1, 1, 1, -1, -1, -1, -1], [1, 1, -1, -1, 1, 1, -1, -1], [1, -1, 1, -1, 1, -1, 1, -1]]).T
    bits = 100 * (np.array([1.0, 1.1, 1.2]) + 0.1 * signs)
    sums = ClusterSums("github", ("low", "middle", "high"), bits, np.full(8, 100.0), 8)
    assert estimate_difference([sums], 0, 1).standard_error == pytest.approx(0.0535, abs=1e-4)
    assert ranks([sums], 0.95) == [(1, 2), (1, 3), (2, 3)]


def test_the_mean_of_sources_is_ranked_by_what_each_source_says():
    github, arxiv = measured([1.0, 1.2]), measured([2.0, 1.8], source="arxiv", seed=6)
    assert ranks([github], 0.95) == [(1, 1), (2, 2)]
    assert ranks([arxiv], 0.95) == [(2, 2), (1, 1)]
    assert ranks([github, arxiv], 0.95) == [(1, 2), (1, 2)]


def test_a_single_cluster_ranks_nobody():
    assert ranks([measured([1.0, 9.0, 5.0], clusters=1)], 0.95) == [(1, 3)] * 3


def test_the_same_model_twice_is_tied_and_a_lone_one_is_first():
    twice = measured([1.0, 1.0], noise=0.0)
    assert ranks([twice], 0.95) == [(1, 2), (1, 2)]
    assert ranks([measured([1.0])], 0.95) == [(1, 1)]


@pytest.mark.parametrize("clusters", [15, 100])
def test_of_twelve_equal_models_hardly_ever_any_is_told_from_another(clusters):
    """66 pairs: without the adjustment some pair is told apart in more than half of the runs."""
    runs, wrong = 600, 0
    for seed in range(runs):
        sums = measured([1.0] * 12, clusters=clusters, seed=seed)
        wrong += any(found != (1, 12) for found in ranks([sums], 0.95))
    assert 0 < wrong / runs <= 0.06


def test_the_lake_gives_ranks_per_source_and_on_the_mean_and_codecs_get_none(october):
    for name in ("good", "bad"):
        october.model(name, released_on="2026-01-01")
    for at in range(30):
        october.text(f"x{at}", "github", 100 + at, "2026-10-20")
        october.text(f"y{at}", "arxiv", 100 + 2 * at, "2026-10-20")
    october.connection.execute("UPDATE documents SET cluster_key = document_id WHERE document_id NOT IN ('g1', 'g2')")
    chars = dict(october.ask("SELECT document_id, char_count FROM documents"))
    wobble = {name: 0.01 * (sum(name.encode()) % 7) for name in chars}
    october.score("good", {name: count * (1 + wobble[name]) for name, count in chars.items()})
    october.score("bad", {name: count * (1.5 - wobble[name]) for name, count in chars.items()})
    october.codec("xz@9e", {name: 3.0 * count for name, count in chars.items()})
    comparison = compare_models(october.connection, "S", "document@1")
    rows = {(row.source, row.model_id): row for row in rank_models(october.connection, comparison, BOOTSTRAP)}
    assert {key: (row.rank_low, row.rank_high) for key, row in rows.items() if key[0] == "github"} == {
        ("github", "good"): (1, 1),
        ("github", "bad"): (2, 2),
        ("github", "xz@9e"): (None, None),
    }
    # Web pages are one page here, so nothing is known of the error of them, nor of the mean.
    assert (rows["common_crawl", "good"].rank_low, rows["common_crawl", "good"].rank_high) == (1, 2)
    assert (rows[None, "good"].rank_low, rows[None, "good"].rank_high) == (1, 2)
    assert rows["common_crawl", "good"].interval_low is None
    told = {(c.source, c.model_id): c.bits_per_character for c in comparison.compressions}
    assert {key: rows[key].bits_per_character for key in told} == pytest.approx(told)
    mean = rows[None, "bad"]
    assert mean.bits_per_character == pytest.approx(np.mean([v for (_, m), v in told.items() if m == "bad"]))
    assert rows["github", "good"].cluster_count == 31
    low, high = rows["github", "good"].interval_low, rows["github", "good"].interval_high
    assert low < rows["github", "good"].bits_per_character < high


def test_a_model_without_one_of_the_sources_has_no_rank_on_the_mean(october):
    for name in ("whole", "part"):
        october.model(name, released_on="2026-01-01")
    october.score("whole", {"g1": 50.0, "g2": 450.0, "a1": 100.0, "w1": 200.0})
    october.score("part", {"g1": 50.0, "g2": 450.0, "a1": 100.0})
    comparison = compare_models(october.connection, "S", "document@1")
    found = rank_models(october.connection, comparison, BOOTSTRAP)
    assert [row.model_id for row in found if row.source is None] == ["whole"]
    assert {row.model_id for row in found if row.source == "github"} == {"whole", "part"}


def test_only_texts_that_samples_have_in_common_count(october):
    october.model("whole", released_on="2026-01-01")
    october.model("some", released_on="2026-01-01")
    october.score("whole", {"g1": 50.0, "g2": 450.0, "a1": 100.0, "w1": 200.0})
    october.score("some", {"g2": 400.0, "a1": 100.0, "w1": 200.0})
    october.connection.execute("UPDATE scoring_runs SET until_se = 0.1 WHERE model_id = 'some'")
    comparison = compare_models(october.connection, "S", "document@1")
    (github,) = (sums for sums in read_cluster_sums(october.connection, comparison) if sums.source == "github")
    assert (github.text_count, github.chars.tolist(), github.bits.tolist()) == (1, [300.0], [[400.0, 450.0]])


def test_sixty_models_on_three_sources_take_a_moment(october):
    sources = [measured(np.linspace(1, 2, 60), clusters=1000, source=name) for name in ("a", "g", "w")]
    begun = time.process_time()
    for some in ([sources[0]], [sources[1]], [sources[2]], sources):
        ranks(some, 0.95)
    assert time.process_time() - begun < 1.5

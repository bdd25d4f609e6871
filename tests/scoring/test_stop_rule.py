"""When a sample is enough: known answers, error rates by simulation, and whole runs that stop and go on."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from scoring.protocols import find_protocol
from scoring.score import score_texts
from scoring.shards import read_results
from scoring.stop_rule import (
    MIN_TEXTS,
    SEPARATION_ERROR,
    Sample,
    StopRule,
    _t_quantile,
    error_if_equal,
    is_look,
    lengths_of,
    ratio,
    standard_error,
)
from storage.errors import ScoringError
from storage.records import Score
from tests.scoring import tiny

SHARD = 64


def sample(bits, chars, *others):
    """Return a sample of texts, others of these lengths not being scored."""
    return Sample(np.array(bits, np.float64), np.array(chars, np.float64), lengths_of([*chars, *others]))


def test_the_standard_error_of_a_ratio_by_hand():
    # R = 12 / 10; residuals −0.4, −0.4, 0.8 over 0.8, 0.7, 0.5 are −0.5, −4/7, 1.6; × 3/2. To come: 6 characters.
    found = sample([2.0, 3.2, 6.8], [2, 3, 5], 2, 4)
    squares = (0.25 + 16 / 49 + 2.56) * 1.5
    assert ratio(found) == pytest.approx(1.2)
    assert standard_error(found) == pytest.approx(math.sqrt(squares * ((6 / 10) ** 2 + 20 / 38)) / 16)
    squares = (4 + 3.2**2 + 6.8**2) * 1.5
    assert error_if_equal(found) == pytest.approx(math.sqrt(squares * ((6 / 10) ** 2 + 20 / 38)) / 16)


def test_texts_of_one_length_have_the_error_of_a_mean_without_replacement():
    bits = [1.0, 2.0, 4.0, 9.0]
    found = sample(bits, [10] * 4, *[10] * 8)
    jackknifed = np.var(bits, ddof=1) / 0.75**2
    assert standard_error(found) == pytest.approx(math.sqrt((1 - 4 / 12) * jackknifed / 4) / 10)


def test_a_long_text_that_is_to_come_counts():
    near, far = sample([1.0, 2.0, 3.0], [2, 2, 2], 2, 2), sample([1.0, 2.0, 3.0], [2, 2, 2], 2, 2, 200)
    assert standard_error(far) > 2 * standard_error(near)


def test_texts_that_all_cost_the_same_per_character_leave_no_error():
    assert standard_error(sample([2.0, 4.0, 6.0], [1, 2, 3], 4)) == 0.0


def test_what_is_scored_wholly_has_no_error_and_one_text_an_unknown_one():
    assert standard_error(sample([1.0, 5.0], [3, 1])) == 0.0
    assert standard_error(sample([1.0], [3], 2)) == math.inf
    assert standard_error(sample([0.0, 0.0], [0, 0], 3)) == math.inf


def test_looks_are_each_the_root_of_two_times_later():
    assert [i for i in range(1, 130) if is_look(i)] == [1, 2, 3, 4, 6, 8, 12, 16, 23, 32, 46, 64, 91, 128]


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),  # scipy.stats.t.ppf
    [
        (0.975, 30, 2.04227), (0.999, 30, 3.38518), (0.9999, 29, 4.25389), (0.999, 1000, 3.09840),
        (1 - 1.2e-5, 29, 5.01992), (1 - 2e-6, 63, 5.05222),
    ],
)  # fmt: skip
def test_student_s_quantile(probability, freedom, expected):
    assert _t_quantile(probability, freedom) == pytest.approx(expected, rel=3e-3)


def make_scores(bits, chars):
    return [
        Score("S", f"d{i}", "", "m", "p", float(b), 1, 1, int(c), int(c), 0, "r")
        for i, (b, c) in enumerate(zip(bits, chars, strict=True))
    ]


def make_population(random, count, spread):
    """Lengths as skewed as those of files and pages, longer texts a little cheaper per character."""
    chars = np.maximum(50, random.lognormal(7.5, spread, count)).astype(int)
    rate = np.clip(random.gamma(8, 0.11, count) * (chars / chars.mean()) ** -0.1, 0.05, 6)
    return rate * chars, chars


def run_rule(rule, scores, order):
    """Return how many texts were scored until the rule was content."""
    for number, start in enumerate(range(0, len(order), SHARD), start=1):
        rule.add("s", [scores[i] for i in order[start : start + SHARD]])
        if rule.is_over(number):
            return min(len(order), start + SHARD)
    return len(order)


@pytest.mark.parametrize("until_se", [0.03, 0.02])
def test_a_stopped_run_is_as_near_as_it_says_95_times_in_100(until_se):
    random = np.random.default_rng(2404)
    hits, used, runs = 0, 0, 200
    for _ in range(runs):
        bits, chars = make_population(random, 1500, 1.2)
        scores, order = make_scores(bits, chars), random.permutation(1500)
        rule = StopRule(until_se, {"s": lengths_of(chars.tolist())}, 24, {})
        count = run_rule(rule, scores, order)
        hits += (
            abs(bits[order[:count]].sum() / chars[order[:count]].sum() - bits.sum() / chars.sum()) <= 1.96 * until_se
        )
        used += count
    assert hits / runs >= 0.92
    assert used / runs < 0.75 * 1500  # and it saves something


@pytest.mark.parametrize("skewed", [False, True])
def test_equal_models_are_rarely_told_apart(skewed):
    random = np.random.default_rng(2404)
    mistakes, runs = 0, 150
    for _ in range(runs):
        bits, chars = make_population(random, 1500, 1.2)
        rate = random.gamma(0.5, 0.1, 1500) - 0.05 if skewed else random.normal(0, 0.05, 1500)
        difference = rate * chars
        difference -= difference.sum() / chars.sum() * chars  # on all texts the two are exactly equal
        scores = make_scores(bits + difference, chars)
        rival = {score.document_id: float(b) for score, b in zip(scores, bits, strict=True)}
        rule = StopRule(1e-9, {"s": lengths_of(chars.tolist())}, 24, {"rival": rival})
        mistakes += run_rule(rule, scores, random.permutation(1500)) < 1500
    assert mistakes / runs <= SEPARATION_ERROR


SOURCES = {"arxiv": 600, "common_crawl": 900, "github": 300}
FACTORS = {"equal": 1.0, "far": 1.3, "farther": 0.6}


def draw_rivals(random, gaps, *, skewed):
    """Return scores and lengths by source, and rivals, of which one differs by no more than these gaps."""
    scores, lengths, rivals = {}, {}, {name: {} for name in FACTORS}
    for source, count in SOURCES.items():
        bits, chars = make_population(random, count, 1.2)
        difference = (random.gamma(0.5, 0.1, count) - 0.05 if skewed else random.normal(0, 0.05, count)) * chars
        difference += (gaps[source] - difference.sum() / chars.sum()) * chars
        made = make_scores(bits + difference, chars)
        scores[source] = [replace(one, document_id=f"{source} {one.document_id}") for one in made]
        for name, factor in FACTORS.items():
            rivals[name] |= {one.document_id: float(b * factor) for one, b in zip(scores[source], bits, strict=True)}
        lengths[source] = lengths_of(chars.tolist())
    return scores, lengths, rivals


def is_told_apart(random, scores, lengths, rivals):
    """Tell whether a run over several sources stops before all is scored."""
    rounds = -(-max(SOURCES.values()) // SHARD)
    rule = StopRule(1e-9, lengths, rounds, rivals)
    orders = {source: random.permutation(count) for source, count in SOURCES.items()}
    for number in range(1, rounds + 1):
        for source, order in orders.items():
            rule.add(source, [scores[source][i] for i in order[(number - 1) * SHARD : number * SHARD]])
        if rule.is_over(number):
            return rule.closed != lengths.keys()
    return False


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("gap", [0.0, 0.3])
def test_of_three_rivals_over_three_sources_an_equal_one_is_rarely_told_apart(skewed, gap):
    # A gap that cancels itself in the mean of the sources is no difference between the models.
    gaps = {"arxiv": gap, "common_crawl": -gap / 3, "github": -2 * gap / 3}
    random, runs = np.random.default_rng(2404), 200
    mistakes = sum(is_told_apart(random, *draw_rivals(random, gaps, skewed=skewed)) for _ in range(runs))
    # 8 of 800 runs in all where differences are skewed; these 200 may have more than their part.
    assert mistakes / runs <= SEPARATION_ERROR * (2 if skewed else 1)


def test_three_rivals_over_three_sources_that_all_differ_end_the_run():
    random = np.random.default_rng(2404)
    gaps = dict.fromkeys(SOURCES, 0.3)
    told = sum(is_told_apart(random, *draw_rivals(random, gaps, skewed=True)) for _ in range(20))
    assert told == 20


def test_a_clear_difference_ends_the_run_at_once_and_is_said():
    random = np.random.default_rng(1)
    bits, chars = make_population(random, 1500, 1.0)
    scores = make_scores(bits * 1.2, chars)
    rival = {score.document_id: float(b) for score, b in zip(scores, bits, strict=True)}
    rule = StopRule(1e-9, {"s": lengths_of(chars.tolist())}, 24, {"rival": rival})
    assert run_rule(rule, scores, random.permutation(1500)) == SHARD
    assert rule.sentence().startswith("stopped after 64 of 1,500 texts: told apart from rival; standard error of bits")


def test_one_rival_that_is_near_keeps_the_run_going():
    random = np.random.default_rng(1)
    bits, chars = make_population(random, 400, 1.0)
    scores = make_scores(bits, chars)
    far = {score.document_id: 2 * score.total_bits for score in scores}
    same = {score.document_id: score.total_bits for score in scores}
    assert (
        run_rule(StopRule(1e-9, {"s": lengths_of(chars.tolist())}, 7, {"far": far, "same": same}), scores, range(400))
        == 400
    )
    few = dict(list(far.items())[: MIN_TEXTS - 1])
    assert run_rule(StopRule(1e-9, {"s": lengths_of(chars.tolist())}, 7, {"few": few}), scores, range(400)) == 400


def test_a_source_that_is_known_is_left_and_a_small_one_read_wholly():
    even = make_scores([2.0] * 100, [1] * 100)
    rule = StopRule(
        0.01, {"even": lengths_of([1] * 100), "rough": lengths_of([1] * 100), "small": lengths_of([1] * 5)}, 2, {}
    )
    rule.add("even", even[:50])
    rule.add("rough", make_scores([1.0, 9.0] * 25, [1] * 50))
    rule.add("small", make_scores([1.0, 9.0, 1.0, 3.0, 4.0], [1] * 5))
    assert not rule.is_over(1)
    assert rule.closed == {"even", "small"}
    rule.add("rough", make_scores([1.0, 9.0] * 25, [1] * 50))
    assert rule.is_over(2)


def test_few_texts_are_no_sample_however_even():
    rule = StopRule(0.01, {"s": lengths_of([1] * 100)}, 10, {})
    rule.add("s", make_scores([2.0] * (MIN_TEXTS - 1), [1] * (MIN_TEXTS - 1)))
    assert not rule.is_over(1)


CONTENTS = [f"text {i} " * (1 + i % 9) for i in range(160)]
OTHERS = [f"page {i}, " * (1 + i % 4) for i in range(90)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny.save(tiny.network("gpt2"), tiny.byte_tokenizer(), tmp_path_factory.mktemp("models") / "tiny")


def score(source, folder, protocol_name="document", **options):
    given = [*tiny.texts(*CONTENTS), *tiny.texts(*OTHERS, source="arxiv")]
    options = {"device": "cpu", "shard_documents": 16, "seed": 5} | options
    return score_texts(given, source, find_protocol(protocol_name), "2026-10", folder, **options)


def bits_of(outcome):
    return {one.document_id: one.total_bits for one in outcome.scores}


def stamps(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("shard-*")}


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    torch.set_num_threads(1)  # as every test
    return score(source, tmp_path_factory.mktemp("whole"))


def test_a_run_stops_goes_on_and_ends_as_one_that_never_stopped(source, tmp_path, whole):
    rough = score(source, tmp_path, until_se=0.2)
    assert MIN_TEXTS <= len(rough.scores) < len(whole.scores)
    assert rough.scoring_run.until_se == 0.2
    assert rough.notes[-1].startswith(
        f"stopped after {len(rough.scores)} of 250 texts: standard error of bits per char"
    )
    before = stamps(tmp_path)
    finer = score(source, tmp_path, until_se=0.02)
    assert len(rough.scores) < len(finer.scores) < 250
    assert bits_of(rough).items() <= bits_of(finer).items() <= bits_of(whole).items()
    every = score(source, tmp_path)
    assert bits_of(every) == bits_of(whole)
    assert every.scoring_run.until_se is None
    assert every.scoring_run.scoring_run_id == rough.scoring_run.scoring_run_id
    assert stamps(tmp_path).items() >= before.items()  # nothing was scored twice
    assert every.scoring_run.float32_difference == whole.scoring_run.float32_difference
    assert every.notes == ()


def test_a_stopped_run_asked_again_is_read_back_without_a_model(source, tmp_path, monkeypatch):
    first = score(source, tmp_path, until_se=0.2)
    monkeypatch.setattr("scoring.measurers.load_model", None)
    assert score(source, tmp_path, until_se=0.2) == first == read_results(tmp_path)


class Killed(BaseException):
    """What SIGKILL would be, if it could be raised."""


def test_a_run_killed_on_its_way_stops_where_an_undisturbed_one_does(source, tmp_path):
    undisturbed = score(source, tmp_path / "undisturbed", until_se=0.02)
    seen = []

    def watch(progress):
        seen.append(progress)
        if len(seen) == 5:
            raise Killed

    with pytest.raises(Killed):
        score(source, tmp_path / "killed", until_se=0.02, on_progress=watch)
    with pytest.raises(ScoringError, match=r"of 16 shards; score again"):
        read_results(tmp_path / "killed")
    assert bits_of(score(source, tmp_path / "killed", until_se=0.02)) == bits_of(undisturbed)


def test_a_source_known_well_enough_is_not_scored_further(source, tmp_path):
    outcome = score(source, tmp_path, until_se=0.02)
    counts = [sum(one.document_id.startswith(name) for one in outcome.scores) for name in ("arxiv", "github")]
    assert MIN_TEXTS <= counts[0] < counts[1]


def test_a_rival_far_away_ends_the_run(source, tmp_path, whole):
    rival = {name: 2 * bits for name, bits in bits_of(whole).items()}
    outcome = score(source, tmp_path, until_se=1e-6, rivals={"other@1": rival})
    assert len(outcome.scores) < 250
    assert "told apart from other@1" in outcome.notes[-1]


def test_a_rule_that_all_texts_are_needed_for_leaves_a_whole_run(source, tmp_path, whole):
    outcome = score(source, tmp_path, until_se=1e-9)
    assert bits_of(outcome) == bits_of(whole)
    assert outcome.scoring_run.until_se is None


@pytest.mark.parametrize(
    ("protocol_name", "until_se", "reason"),
    [
        ("paper", 0.01, "protocol paper reads all texts of a source as one stream, of which no part is a sample"),
        ("document", 0.0, "until_se is 0.0 and must be over 0"),
        ("document", math.inf, "until_se is inf and must be over 0"),
        ("document", math.nan, "until_se is nan and must be over 0"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(source, tmp_path, protocol_name, until_se, reason):
    with pytest.raises(ScoringError, match=reason):
        score(source, tmp_path, protocol_name, until_se=until_se)

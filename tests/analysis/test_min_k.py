"""Min-K% Prob by hand: the mean bits of the least likely fifth of a text's tokens, and how texts spread by it."""

import math

import pytest

from analysis.questions import ask
from storage.records import ReferenceSet, TokenBits
from tests.storage.builders import make

QUERY = (
    "SELECT document_id, token_count, least_likely_count, bits_per_least_likely_token, bits_per_token "
    "FROM min_k_prob ORDER BY document_id"
)


def add_tokens(small_lake, item, bits, *, snapshot_id="reference:gsm8k", model_id="m", protocol_id="document@1"):
    ends = tuple(range(1, len(bits) + 1))
    small_lake.insert(
        TokenBits(snapshot_id, item, f"sha-{item}", model_id, protocol_id, tuple(map(float, bits)), ends, "run")
    )


def test_the_least_likely_fifth_is_averaged(small_lake):
    add_tokens(small_lake, "eleven", [1, 9, 2, 3, 8, 1, 1, 1, 1, 1, 5])
    assert small_lake.ask(QUERY) == [("eleven", 11, 2, 8.5, 3.0)]


def test_a_text_of_fewer_than_five_tokens_has_its_least_likely_one(small_lake):
    add_tokens(small_lake, "four", [1, 2, 6, 3])
    add_tokens(small_lake, "none", [])
    assert small_lake.ask(QUERY) == [("four", 4, 1, 6.0, 3.0)]


def test_it_is_the_published_measure_in_bits(small_lake):
    """arXiv:2310.16789: the mean of log p over the k % of tokens with the lowest p; ours is −log₂ p."""
    probabilities = [0.5, 0.25, 0.125, 0.9, 0.01, 0.3, 0.2, 0.8, 0.7, 0.6]
    add_tokens(small_lake, "ten", [-math.log2(p) for p in probabilities])
    lowest = sorted(math.log(p) for p in probabilities)[: int(0.2 * 10)]
    ((*_, measured, _),) = small_lake.ask(QUERY)
    assert -measured * math.log(2) == pytest.approx(sum(lowest) / 2)


def test_models_are_set_side_by_side_the_least_surprised_first(small_lake):
    small_lake.insert(make(ReferenceSet, name="gsm8k"), make(ReferenceSet, name="math"))
    for item, bits in (("a", 1), ("b", 2), ("c", 3)):
        add_tokens(small_lake, item, [bits] * 5)
        add_tokens(small_lake, item, [bits / 2] * 5, model_id="seen")
        add_tokens(small_lake, item, [bits] * 5, snapshot_id="2026-10")
        add_tokens(small_lake, item, [bits] * 5, protocol_id="paper@1")
    values = {"snapshot_id": "reference:gsm8k", "protocol_id": "document@1"}
    spread = ask(small_lake.connection, "min_k", values)
    assert spread.columns[:7] == (
        "model", "document_count", "bits_at_05_percent", "bits_at_25_percent", "bits_at_50_percent",
        "bits_at_75_percent", "bits_at_95_percent",
    )  # fmt: skip
    assert [row[:2] for row in spread.rows] == [("seen", 3), ("m", 3)]
    assert spread.rows[1][2:7] == pytest.approx((1.1, 1.5, 2.0, 2.5, 2.9))
    shown = ask(small_lake.connection, "report_min_k", {"protocol_id": "document@1"})
    assert [(row[0], row[1], row[5]) for row in shown.rows] == [("gsm8k", "seen", 1.0), ("gsm8k", "m", 2.0)]

"""The peers of the signature bench, and what a missing one is."""

import pytest

from bench.duplicates import signature_values
from bench.scale import SHARD_DOCUMENTS, documents
from bench.signature_peers import datasketch, ours, peer, word_runs
from bench.signatures import Truth, band_pairs
from config import load_settings
from storage.errors import FreshpressError


def test_a_peer_that_is_not_installed_is_named_with_its_remedy():
    with pytest.raises(FreshpressError, match=r"no_such_peer cannot be imported .*make bench-env"):
        peer("no_such_peer")


def test_pairs_share_a_band():
    assert band_pairs([(1, 2, 3, 4), (1, 2, 9, 9), (3, 4, 1, 2), (0, 0, 9, 9)], 2, 2) == {(0, 1), (1, 3)}


def test_rates_are_one_where_only_equal_texts_share_a_band():
    settings = load_settings().curation.duplicates
    texts = ["one two three four five six", "one two three four five six", "seven eight nine ten eleven twelve"]
    for maker in (ours, datasketch):
        assert set(Truth(texts, 5).rates(maker, settings).values()) == {1.0}


def test_runs_of_words_are_those_that_are_counted():
    assert word_runs("One, two THREE", 2) == ["one two", "two three"]
    assert word_runs("One", 2) == ["one"]


def test_what_is_measured_is_the_same_every_time():
    assert (signature_values(100, 8) == signature_values(100, 8)).all()
    first, again = list(documents(SHARD_DOCUMENTS)), list(documents(SHARD_DOCUMENTS))
    assert first == again
    texts = [document.text for document in first]
    assert SHARD_DOCUMENTS * 0.005 < len(texts) - len(set(texts)) < SHARD_DOCUMENTS * 0.02

"""Shingles and signatures: bit-equal to datasketch, and as similar as the texts are."""

import gzip
import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import xxhash
from datasketch import MinHash

from curation.duplicate_choice import choose_duplicates
from curation.near_duplicates import minhash_values, scheme_of, sign
from curation.shingles import jaccard, word_shingles, words_of
from storage.records import Document

TEXT = "The harbour was rebuilt after the storm, and the Harbour-master's tax (on fish) paid for it." * 3


def test_a_signature_is_datasketchs_own_for_the_same_hashes(settings):
    duplicates = settings.duplicates
    reference = MinHash(
        num_perm=112, seed=1, scheme="affine32", hashfunc=lambda run: xxhash.xxh3_64_intdigest(run) & 0xFFFFFFFF
    )
    words = words_of(TEXT)
    for start in range(len(words) - 4):
        reference.update(" ".join(words[start : start + 5]).encode())
    assert minhash_values(TEXT, duplicates) == tuple(reference.hashvalues.tolist())
    assert minhash_values(TEXT, duplicates.model_copy(update={"seed": 2})) != tuple(reference.hashvalues.tolist())


def test_long_texts_are_signed_in_batches_with_the_same_result(settings, monkeypatch):
    whole = minhash_values(TEXT, settings.duplicates)
    monkeypatch.setattr("curation.near_duplicates.BATCH", 7)
    assert minhash_values(TEXT, settings.duplicates) == whole


def test_the_scheme_spells_what_a_signature_depends_on(settings):
    assert scheme_of(settings.duplicates) == (
        "datasketch 2.0.0 affine32 112 permutations seed 1, word 5-grams xxh3_64 low 32 bits"
    )
    other = settings.duplicates.model_copy(update={"shingle_words": 3})
    assert scheme_of(other) != scheme_of(settings.duplicates)


def test_a_golden_signature_does_not_move(settings):
    """A new library version that moves bits must be noticed before it meets old signatures."""
    assert minhash_values("one two three four five six", settings.duplicates)[:4] == (
        1925645104,
        182587930,
        822361679,
        2624470744,
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("...", 0), ("one", 1), ("one two three four", 1), ("a b c d e", 1), ("a b c d e f", 2)],
)
def test_a_text_shorter_than_a_shingle_is_one_shingle(text, count):
    assert word_shingles(text, 5).size == count


def test_similarity_is_exact():
    one, other = np.array([1, 2, 3, 4], dtype=np.uint64), np.array([3, 4, 5], dtype=np.uint64)
    assert jaccard(one, other) == 2 / 5
    assert jaccard(one, one) == 1
    assert jaccard(one[:0], other[:0]) == 0


@pytest.fixture(scope="module")
def revisions(shared_data):
    """Texts of real file revisions and the exact similarity of every pair, as computed by somebody else."""
    folder = shared_data / "neardup"
    texts = {}
    with gzip.open(folder / "revisions_a_docs.jsonl.gz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            texts[row["id"]] = row["text"]
    pairs = [json.loads(line) for line in (folder / "revisions_a_pairs.jsonl").read_text().splitlines()]
    return texts, {(pair["a"], pair["b"]): pair["jaccard_word5"] for pair in pairs}


def test_exact_similarity_agrees_with_the_published_truth(revisions):
    texts, truth = revisions
    shingles = {name: word_shingles(text, 5) for name, text in texts.items()}
    assert len(truth) > 100
    for (one, other), similarity in truth.items():
        assert jaccard(shingles[one], shingles[other]) == pytest.approx(similarity, abs=6e-5)


def test_bands_find_the_near_duplicates_and_verification_keeps_only_them(revisions, settings):
    texts, truth = revisions
    duplicates = settings.duplicates
    rows = duplicates.permutations // duplicates.bands
    bands = {
        name: {
            (band, values[band * rows : (band + 1) * rows])
            for values in [minhash_values(text, duplicates)]
            for band in range(duplicates.bands)
        }
        for name, text in texts.items()
    }
    shingles = {name: word_shingles(text, 5) for name, text in texts.items()}
    found = {pair for pair in combinations(sorted(texts), 2) if bands[pair[0]] & bands[pair[1]]}
    verified = {pair for pair in found if jaccard(shingles[pair[0]], shingles[pair[1]]) >= 0.8}
    wanted = {tuple(sorted(pair)) for pair, similarity in truth.items() if similarity >= 0.8}
    assert len(wanted) > 30
    assert len(wanted & verified) / len(wanted) >= 0.95
    listed = {tuple(sorted(pair)): similarity for pair, similarity in truth.items()}
    assert all(listed[pair] >= 0.8 for pair in verified & listed.keys()), "precision is 1"
    assert {pair for pair in found & listed.keys() if listed[pair] < 0.8}, "verification has something to do"


def sets(**members: str):
    keys = {name: number for number, name in enumerate(members, start=1)}
    shingles = {keys[name]: np.array(sorted(map(ord, letters)), dtype=np.uint64) for name, letters in members.items()}
    return shingles, [(later, earlier) for earlier, later in combinations(sorted(shingles), 2)]


def chosen(shingles, pairs, threshold=0.5):
    drops = choose_duplicates(sorted(pairs), shingles.__getitem__, threshold)
    return [(drop.key, drop.kept_key, round(drop.similarity, 3)) for drop in drops]


def test_similarity_is_not_passed_along_a_chain():
    # a~b 0.6, b~c 0.6, a~c 0.33: b goes for a; c is like b, which is gone, and not like a, so it stays.
    shingles, pairs = sets(a="abcd", b="bcde", c="cdef")
    assert chosen(shingles, pairs) == [(2, 1, 0.6)]


def test_a_dropped_text_names_the_most_similar_text_that_stays():
    shingles, pairs = sets(a="abcd", b="wxyz", c="abcz", d="awxyz")
    assert chosen(shingles, pairs, 0.6) == [(3, 1, 0.6), (4, 2, 0.8)]


def test_the_threshold_itself_is_a_duplicate():
    shingles, pairs = sets(a="abcd", b="abce")
    assert chosen(shingles, pairs, 0.6) == [(2, 1, 0.6)]
    assert chosen(shingles, pairs, 0.61) == []


def test_history_always_stays_and_is_named_first():
    shingles, pairs = sets(a="abcd", b="abcd")
    shingles |= {-1: shingles[1], -2: shingles[1][:3]}
    assert chosen(shingles, [*pairs, (1, -2), (2, -2), (2, -1)]) == [(1, -2, 0.75), (2, -1, 1.0)]


def test_a_signature_belongs_to_one_text(settings, make_document):
    document: Document = make_document("a", TEXT)
    signature = sign(document, settings.duplicates)
    assert (signature.document_id, signature.text_sha256) == (document.document_id, document.text_sha256)
    assert len(signature.hash_values) == 112
    assert sign(replace(document, text="other words"), settings.duplicates).hash_values != signature.hash_values

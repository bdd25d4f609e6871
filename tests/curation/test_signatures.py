"""Shingles and signatures: bit-equal to datasketch and to plain numpy, and as similar as the texts are."""

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config import DEFAULTS_PATH, DuplicatesSettings, load_settings
from curation.code_points import CODE_POINT_COUNT, UNTABLED, code_points_of, letters
from curation.duplicate_choice import Duplicate, choose_duplicates
from curation.near_duplicates import minhash_values, scheme_of, sign
from curation.shingles import jaccard, shingle_sequence, word_shingles, words_of
from storage.records import Document
from tests.curation.shingles_in_numpy import hashed_runs

TEXT = "The harbour was rebuilt after the storm, and the Harbour-master's tax (on fish) paid for it." * 3
# Words of all scripts between what separates them, and the two letters that Python lower-cases by their surroundings.
TEXTS = st.text(
    st.one_of(st.sampled_from("aB_9 \n.\u0130\u03a3\u03c2\u1e9e\u0301\U0001d400"), st.characters()), max_size=200
)


@property_settings(deadline=None)  # the first call compiles
@given(TEXTS, st.integers(1, 14))
def test_the_compiled_kernel_hashes_what_a_regex_finds_as_plain_numpy_does(text, size):
    assert shingle_sequence(text, size).tolist() == hashed_runs(words_of(text), size).tolist()


@property_settings(deadline=None)  # the first call compiles
@given(TEXTS, st.sampled_from([8, 112, 128, 3]), st.integers(0, 5))
def test_a_signature_is_datasketchs_own_for_the_same_hashes(text, permutations, seed):
    settings = load_settings().curation.duplicates.model_copy(update={"permutations": permutations, "seed": seed})
    reference = MinHash(num_perm=permutations, seed=seed, scheme="affine32", hashfunc=int)
    reference.update_batch((hashed_runs(words_of(text), 5) & np.uint64(0xFFFFFFFF)).tolist())
    assert minhash_values(text, settings) == tuple(reference.digest().tolist())


def test_every_code_point_is_a_letter_where_a_regex_says_so():
    """Each one between spaces, as Python lower-cases it, against the table."""
    every = [chr(code) for code in range(CODE_POINT_COUNT)]
    by_regex = [word[0] if (word := words_of(letter)) else None for letter in every]
    by_table = [chr(lower - 1) if lower else None for lower in letters().tolist()]
    differing = {every[code] for code in range(CODE_POINT_COUNT) if by_regex[code] != by_table[code]}
    assert differing == set(UNTABLED)
    assert all(letter.lower().lower() == letter.lower() for letter in every), "a text may be lower-cased twice"


def test_ascii_texts_are_read_byte_by_byte():
    assert code_points_of(TEXT).dtype == np.uint8
    assert code_points_of(TEXT + "\u00e4").dtype == np.uint32
    assert shingle_sequence(TEXT, 5).tolist() == shingle_sequence("\u2026" + TEXT, 5).tolist()


def test_the_kernel_works_where_no_machine_code_can_be_kept():
    """A read-only installation, and a user without a folder to write to."""
    program = "from curation.shingles import shingle_sequence; print(shingle_sequence('one two three', 2).tolist())"
    # Only the folder that NUMBA_CACHE_DIR names may be taken, and it names none.
    places = {"NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator", "NUMBA_CACHE_DIR": ""}
    environment = {**os.environ, **places, "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment)
    assert run.stdout.strip() == str(hashed_runs(["one", "two", "three"], 2).tolist())


def test_the_scheme_spells_what_a_signature_depends_on(settings):
    assert scheme_of(settings.duplicates) == (
        "datasketch 2.0.0 affine32 112 permutations seed 1, word 5-grams polynomial fmix64 low 32 bits"
    )
    other = settings.duplicates.model_copy(update={"shingle_words": 3})
    assert scheme_of(other) != scheme_of(settings.duplicates)


def test_a_golden_signature_does_not_move(settings):
    """A new library version that moves bits must be noticed before it meets old signatures."""
    assert minhash_values("one two three four five six", settings.duplicates)[:4] == (
        223642481,
        3599026303,
        3240161211,
        1756663780,
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


def test_the_bands_find_what_the_settings_say_they_find(settings):
    bands, rows = settings.duplicates.bands, settings.duplicates.permutations // settings.duplicates.bands
    said = {0.5: 0.12, 0.7: 0.75, 0.8: 0.977, 0.85: 0.998}
    for similarity, share in said.items():
        digits = len(str(share)) - 2
        assert round(1 - (1 - similarity**rows) ** bands, digits) == share
        assert f"{share * 100:g} %" in DEFAULTS_PATH.read_text(encoding="utf-8")


@pytest.mark.parametrize(("permutations", "bands", "words"), [(112, 15, "15 bands"), (128, 4, "32 rows")])
def test_bands_that_cannot_be_cut_or_would_find_nothing_are_refused(settings, permutations, bands, words):
    values = settings.duplicates.model_dump() | {"permutations": permutations, "bands": bands}
    with pytest.raises(ValidationError, match=words):
        DuplicatesSettings(**values)


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
    similar = [
        Duplicate(later, earlier, jaccard(shingles[later], shingles[earlier])) for later, earlier in sorted(pairs)
    ]
    drops = choose_duplicates(pair for pair in similar if pair.similarity >= threshold)
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

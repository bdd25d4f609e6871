"""A curation measures itself by what was planted, and leaves the snapshot as it was."""

import gzip
import json
from dataclasses import replace

import pytest

from curation.checks import check_curation
from curation.near_duplicates import sign
from curation.outcomes import verdict_of
from curation.reduce import reduce
from curation.shard import DOCUMENTS, SIGNATURES, VERDICTS
from storage import lake
from storage.parquet import read_records, write_records
from storage.records import Check, Document, ReferenceItem, Signature, Verdict
from storage.rows import insert

KINDS = {"bbc_news": "common_crawl", "github_python": "github", "wikipedia_english": "arxiv"}
EDITS = {"verbatim", "rewrapped", "recased", "renumbered", "edited"}


@pytest.fixture(scope="module")
def texts(shared_data):
    """Sixty real texts of each kind, by the source that they stand for."""
    found = []
    for kind, source in KINDS.items():
        with gzip.open(shared_data / "text" / f"{kind}_20240801to20240815.jsonl.gz", "rt", encoding="utf-8") as lines:
            found += [
                (source, f"{kind}{n}", json.loads(line)["text"]) for n, line in zip(range(60), lines, strict=False)
            ]
    return found


@pytest.fixture
def check(texts, context, tmp_path, make_document):
    """Curate the texts and check that; return the checks and the verdicts."""

    def checked(settings=context, references=(), count=180):
        documents = [make_document(name, text, source=source) for source, name, text in texts[:count]]
        write_records(tmp_path / DOCUMENTS / "1.parquet", documents, Document)
        signatures = [sign(document, settings.settings.duplicates) for document in documents]
        write_records(tmp_path / SIGNATURES / "1.parquet", signatures, Signature)
        write_records(tmp_path / VERDICTS / "1.parquet", [verdict_of("2026-10", d, None) for d in documents], Verdict)
        with lake.memory("lake") as connection, lake.memory("lake") as empty_lake:
            connection.execute("USE lake")
            insert(connection, references, ReferenceItem)
            connection.execute("USE main")
            verdicts = reduce(connection, tmp_path, settings)
            before = verdicts.read_bytes()
            checks = list(read_records(check_curation(connection, empty_lake, tmp_path, settings), Check))
            assert verdicts.read_bytes() == before
        assert not (tmp_path / "checks").exists()
        return {(c.source, c.step, c.planted): c for c in checks}

    return checked


def test_what_is_planted_is_found_in_every_source_and_what_is_clean_is_not(check):
    checks = check()
    for source in KINDS.values():
        positive = [c for (where, *_), c in checks.items() if where == source and c.is_positive]
        negative = [c for (where, *_), c in checks.items() if where == source and not c.is_positive]
        assert {c.step for c in positive} == {"exact_duplicate", "near_duplicate", "contamination"}
        assert {c.planted for c in positive if c.step == "contamination"} == EDITS
        assert sum(c.rejected_count for c in positive) >= 0.9 * sum(c.text_count for c in positive)
        assert sum(c.rejected_count for c in negative) == 0
        assert sum(c.text_count for c in negative) >= 20


def test_a_filter_that_finds_nothing_is_told_so(check, change):
    blunt = change("contamination", ngram_words=200, max_overlap=1.0, ngram_identifiers=200, max_identifier_overlap=1.0)
    shares = {c.planted: c.rejected_count / c.text_count for c in check(blunt).values() if c.planted in EDITS}
    assert shares["edited"] == 0


def test_a_threshold_that_is_too_low_shows_as_texts_that_were_claimed_wrongly(check, change, texts):
    loose = change("contamination", ngram_words=1, max_overlap=0.01, ngram_identifiers=1, max_identifier_overlap=0.01)
    claimed = [c.rejected_count for c in check(loose).values() if c.planted == "clean"]
    assert sum(claimed) > 20


def test_the_users_own_items_are_planted_too(check):
    items = [ReferenceItem("mine", str(n), f"question {n} about " + " ".join(f"thing{n}x{i}" for i in range(20)))
             for n in range(40)]  # fmt: skip
    short = [ReferenceItem("mine", f"short{n}", f"no {n}?") for n in range(40)]
    own = [c for c in check(references=items).values() if c.planted in EDITS]
    lost = [c for c in check(references=short).values() if c.planted in EDITS]
    assert sum(c.rejected_count for c in own) >= 0.95 * sum(c.text_count for c in own)
    assert sum(c.rejected_count for c in lost) <= 0.8 * sum(c.text_count for c in lost)


def test_the_same_curation_is_measured_the_same(check):
    assert check() == check()


def test_no_texts_and_no_wish_for_checks_are_no_checks(check, change):
    assert check(count=0) == {}
    assert check(change("checks", texts=0)) == {}


def test_the_planted_texts_are_drawn_by_the_seed(check, change, context):
    few = change("checks", texts=30)
    other = replace(few, settings=few.settings.model_copy(
        update={"sampling": few.settings.sampling.model_copy(update={"seed": 1})}))  # fmt: skip
    assert sum(c.text_count for c in check(few).values()) < sum(c.text_count for c in check().values())
    assert check(few).keys() == check(other).keys()

"""Who goes when a text repeats a reference item, by the mode of the item's set."""

import random
from datetime import date, datetime

import pytest

from curation.near_duplicates import sign
from curation.outcomes import verdict_of
from curation.reduce import SPANS_FILE, reduce
from curation.shard import DOCUMENTS, SIGNATURES, VERDICTS
from storage import lake
from storage.parquet import read_records, write_records
from storage.records import (
    DROP_ALL,
    DROP_IF_IN_REFERENCE,
    KEEP_OLDEST,
    Document,
    ReferenceItem,
    ReferenceSet,
    SharedSpan,
    Signature,
    Verdict,
)
from storage.rows import insert

BEFORE, DAY, AFTER = datetime(2026, 10, 4, 23), date(2026, 10, 5), datetime(2026, 10, 5)


def words(seed: int, count: int = 120) -> str:
    draw = random.Random(seed)
    return " ".join(f"w{seed}x{draw.randrange(10_000)}" for _ in range(count))


@pytest.fixture
def connection():
    with lake.memory("lake") as opened:
        yield opened


@pytest.fixture
def refer(connection):
    """Register a reference set of {item: text}."""

    def referred(name, texts, mode=DROP_IF_IN_REFERENCE, dated_on=None):
        connection.execute("USE lake")
        insert(connection, [ReferenceSet(name, "p", len(texts), "f", AFTER, mode, dated_on)], ReferenceSet)
        insert(connection, [ReferenceItem(name, item, text) for item, text in texts.items()], ReferenceItem)
        connection.execute("USE main")

    return referred


@pytest.fixture
def run(connection, context, tmp_path):
    """Reduce documents and return what became of them: reason, related item, measured and limit."""

    def reduced(*documents):
        write_records(tmp_path / DOCUMENTS / "1.parquet", documents, Document)
        signatures = [sign(document, context.settings.duplicates) for document in documents]
        write_records(tmp_path / SIGNATURES / "1.parquet", signatures, Signature)
        provisional = [verdict_of(context.snapshot_id, document, None) for document in documents]
        write_records(tmp_path / VERDICTS / "1.parquet", provisional, Verdict)
        verdicts = read_records(reduce(connection, tmp_path, context), Verdict)
        return {v.document_id: (v.reason, v.related_document_id, v.measured_value, v.limit_value) for v in verdicts}

    return reduced


ITEM = words(9, 40)
HOLDING = f"{words(1)}\n{ITEM}\n{words(2)}"
CONTAMINATED = ("contaminated", "reference:set/1", "1", "0.5")
KEPT = (None, None, None, None)


@pytest.mark.parametrize("published_at", [BEFORE, AFTER, None])
def test_drop_if_in_reference_drops_whatever_the_dates(run, refer, make_document, published_at):
    refer("set", {"1": ITEM}, dated_on=DAY)
    assert run(make_document("a", HOLDING, published_at=published_at))["a"] == CONTAMINATED


@pytest.mark.parametrize(("published_at", "fate"), [(BEFORE, KEPT), (AFTER, CONTAMINATED), (None, CONTAMINATED)])
def test_keep_oldest_keeps_only_what_was_there_before_the_set(run, refer, make_document, published_at, fate):
    refer("set", {"1": ITEM}, mode=KEEP_OLDEST, dated_on=DAY)
    assert run(make_document("a", HOLDING, published_at=published_at))["a"] == fate


def test_a_text_that_one_set_lets_live_goes_for_another(run, refer, make_document):
    refer("kind", {"1": ITEM}, mode=KEEP_OLDEST, dated_on=DAY)
    refer("set", {"1": ITEM})
    assert run(make_document("a", HOLDING, published_at=BEFORE))["a"] == CONTAMINATED


@pytest.fixture
def pair(make_document):
    """A text that holds a third of an item and stays for its later near-duplicate, which holds all of it."""
    long = words(1, 400)
    third = " ".join(ITEM.split()[:13])
    return make_document("a", f"{long} {third}", published_at=BEFORE), make_document("b", f"{long} {ITEM}")


def test_drop_all_also_drops_the_text_that_stays_for_a_contaminated_duplicate(run, refer, pair):
    refer("set", {"1": ITEM}, mode=DROP_ALL)
    fates = run(*pair)
    assert fates["b"][:2] == ("near_duplicate", "a")
    assert fates["a"] == CONTAMINATED


@pytest.mark.parametrize("mode", [DROP_IF_IN_REFERENCE, KEEP_OLDEST])
def test_the_other_modes_ask_only_what_is_alive(run, refer, pair, mode):
    refer("set", {"1": ITEM}, mode=mode, dated_on=DAY)
    assert run(*pair)["a"] == KEPT


def test_drop_all_tells_what_a_text_holds_itself_before_what_its_duplicates_hold(run, refer, make_document):
    long = words(1, 400)
    half = " ".join(ITEM.split()[:25])
    refer("set", {"1": ITEM}, mode=DROP_ALL)
    fates = run(make_document("a", f"{long} {half}", published_at=BEFORE), make_document("b", f"{long} {ITEM}"))
    assert fates["a"][0] == "contaminated"
    assert 0.5 <= float(fates["a"][2]) < 1


def test_where_a_text_repeats_an_item_is_written_down(run, refer, make_document, tmp_path):
    refer("set", {"1": ITEM})
    run(make_document("a", HOLDING), make_document("b", words(5)))
    span = SharedSpan("2026-10", "a", "reference:set/1", len(words(1)) + 1, len(ITEM), 40)
    assert list(read_records(tmp_path / SPANS_FILE, SharedSpan)) == [span]


def test_a_text_that_goes_for_its_duplicate_has_no_place_where_it_repeats_the_item(run, refer, pair, tmp_path):
    refer("set", {"1": ITEM}, mode=DROP_ALL)
    run(*pair)
    assert [span.related_document_id for span in read_records(tmp_path / SPANS_FILE, SharedSpan)] == ["a"]


def test_nothing_is_dropped_without_references(run, make_document):
    assert run(make_document("a", HOLDING))["a"] == KEPT

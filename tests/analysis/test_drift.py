"""Compression by month and by snapshot: what is put in comes out, a hard month is no contamination, anchors hold."""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest

from analysis.anchors import anchor_ids
from analysis.drift import compression_over_time, monthly_compression
from analysis.drift_listings import month_answer
from storage.errors import ConfigError
from storage.records import ModelAlias, Score, ScoringRun, Snapshot, SnapshotDocument
from tests.analysis.conftest import AT, CODEC_PROTOCOL, DOCUMENT
from tests.analysis.timed_texts import CODECS, Origin, model, timed_texts

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def seal(lake, snapshot_id: str, start: date, end: date) -> None:
    sealed_at = datetime(end.year, end.month, 5)
    lake.insert(Snapshot(snapshot_id, start, end, ("github", "arxiv"), 1, "c", "f", 0, 0, sealed_at, True))


def put(lake, snapshot_id: str, name: str, source: str, chars: int, published: date, cluster: str = "c") -> None:
    """Add a text to a snapshot; one that is known stands in both."""
    known = replace(
        DOCUMENT, document_id=name, text_sha256=f"sha-{name}", source=source, char_count=chars, byte_count=chars,
        published_at=datetime(published.year, published.month, published.day), cluster_key=cluster,
    )  # fmt: skip
    if not lake.ask("FROM documents WHERE document_id = $name", name=name):
        lake.insert(known)
    lake.insert(SnapshotDocument(snapshot_id, name, f"sha-{name}"))


def score(lake, snapshot_id: str, model_id: str, bits: dict[str, float], protocol_id="document@1", dtype="float32"):
    run = f"{model_id}-{snapshot_id}-{protocol_id}-{dtype}"
    lake.insert(
        ScoringRun(run, snapshot_id, model_id, protocol_id, "cpu", dtype, "sdpa", "", None, 0, None, 1, 1.0, 1, AT)
    )
    for name, total in bits.items():
        ((chars,),) = lake.ask("SELECT char_count FROM documents WHERE document_id = $name", name=name)
        lake.insert(Score(snapshot_id, name, f"sha-{name}", model_id, protocol_id, total, 1, 1, chars, chars, 0, run))


@pytest.fixture
def autumn(small_lake):
    """Return two snapshots, September with a hundred characters a text, October with two hundred."""
    seal(small_lake, "2026-09", SEPTEMBER, OCTOBER)
    seal(small_lake, "2026-10", OCTOBER, date(2026, 11, 1))
    for month, snapshot_id, chars in ((SEPTEMBER, "2026-09", 100), (OCTOBER, "2026-10", 200)):
        for source in ("github", "arxiv"):
            for number in (1, 2):
                name = f"{source}-{month.month}-{number}"
                put(small_lake, snapshot_id, name, source, chars, month.replace(day=9 + number), f"cluster {number}")
    small_lake.model("m", knowledge_cutoff_on="2026-09-01")
    small_lake.model("zstd@19", kind="codec")
    return small_lake


def bits_of(lake, snapshot_id: str, factor: float, **exceptions: float) -> dict[str, float]:
    members = lake.ask(
        "SELECT document_id, char_count FROM documents SEMI JOIN (FROM snapshot_documents WHERE snapshot_id = $name) "
        "USING (document_id)",
        name=snapshot_id,
    )
    return {name: chars * exceptions.get(name.partition("-")[0], factor) for name, chars in members}


def both(lake, **factors: float) -> None:
    for snapshot_id in ("2026-09", "2026-10"):
        score(lake, snapshot_id, "m", bits_of(lake, snapshot_id, 1.0, **factors))
        score(lake, snapshot_id, "zstd@19", bits_of(lake, snapshot_id, 2.0), "codec@1")


def by(points, *names: str) -> dict:
    return {tuple(getattr(point, name) for name in names): point for point in points}


# --- months -----------------------------------------------------------------------------------------------


def test_months_stand_from_the_cutoff_with_the_mean_of_the_sources_and_the_ratio_to_the_anchors(autumn):
    both(autumn, github=0.5, arxiv=1.5)
    points = by(monthly_compression(autumn.connection, "document@1"), "model_id", "source", "month_on")
    assert len(points) == 2 * 3 * 2
    github = points["m", "github", SEPTEMBER]
    assert (github.bits_per_character, github.against_anchors) == (pytest.approx(0.5), pytest.approx(0.25))
    assert (github.document_count, github.cluster_count, github.anchors) == (2, 2, ("zstd@19",))
    assert [points["m", None, month].months_after_cutoff for month in (SEPTEMBER, OCTOBER)] == [0, 1]
    assert points["m", None, OCTOBER].bits_per_character == pytest.approx(1.0)
    assert points["m", None, OCTOBER].against_anchors == pytest.approx(0.5)
    # The only anchor has nothing to be held against, and a codec has no cutoff.
    codec = points["zstd@19", "github", OCTOBER]
    assert (codec.months_after_cutoff, codec.against_anchors, codec.anchors) == (None, None, ())


def test_a_text_that_stands_in_two_snapshots_counts_once_whichever_has_its_score(autumn):
    seal(autumn, "2026-10 again", OCTOBER, date(2026, 11, 1))
    for name in ("github-10-1", "github-10-2"):
        put(autumn, "2026-10 again", name, "github", 200, OCTOBER)
    score(autumn, "2026-10", "m", {"github-10-1": 200.0})
    score(autumn, "2026-10 again", "m", {"github-10-1": 1000.0, "github-10-2": 600.0})
    score(autumn, "2026-10 again", "later", {"github-10-1": 200.0})
    autumn.model("later")
    points = by(monthly_compression(autumn.connection, "document@1"), "model_id", "source", "month_on")
    found = points["m", "github", OCTOBER]
    assert (found.document_count, found.bits_per_character) == (2, pytest.approx(800 / 400))
    assert points["later", "github", OCTOBER].document_count == 1


def test_texts_without_a_date_belong_to_no_month(autumn):
    both(autumn)
    autumn.ask("UPDATE documents SET published_at = NULL WHERE document_id = 'github-9-1'")
    points = by(monthly_compression(autumn.connection, "document@1"), "model_id", "source", "month_on")
    assert points["m", "github", SEPTEMBER].document_count == 1


def test_bits_of_another_format_are_left_out_beside_those_of_float32(autumn):
    score(autumn, "2026-09", "m", bits_of(autumn, "2026-09", 1.0))
    score(autumn, "2026-10", "m", bits_of(autumn, "2026-10", 1.0), dtype="bfloat16")
    points = by(compression_over_time(autumn.connection, "document@1"), "source", "snapshot_id")
    assert {snapshot_id for _, snapshot_id in points} == {"2026-09"}


def test_an_anchor_that_may_know_some_of_the_texts_has_no_part_in_the_months_and_is_named(autumn):
    autumn.model("young", knowledge_cutoff_on="2026-08-01")  # fresh after 30 September
    both(autumn)
    for snapshot_id in ("2026-09", "2026-10"):
        score(autumn, snapshot_id, "young", bits_of(autumn, snapshot_id, 1.0))
    named = ("young", "zstd@19")
    points = [p for p in monthly_compression(autumn.connection, "document@1", named) if p.model_id == "m"]
    assert {point.anchors for point in points} == {("zstd@19",)}
    notes = month_answer(points, named).notes
    assert notes[:2] == (
        "Anchors: zstd@19.",
        "young is no anchor here: it may know some of the texts, or lacks scores of more than a tenth of them.",
    )


# --- snapshots --------------------------------------------------------------------------------------------


def test_raw_and_adjusted_stand_together_and_a_snapshot_that_is_harder_for_all_is_taken_out(autumn):
    for snapshot_id, harder in (("2026-09", 1.0), ("2026-10", 1.2)):
        score(autumn, snapshot_id, "m", bits_of(autumn, snapshot_id, harder))
        score(autumn, snapshot_id, "zstd@19", bits_of(autumn, snapshot_id, 2 * harder), "codec@1")
    points = by(compression_over_time(autumn.connection, "document@1"), "model_id", "source", "snapshot_id")
    later = points["m", None, "2026-10"]
    assert later.bits_per_character == pytest.approx(1.2)
    assert later.difficulty == pytest.approx(np.log(1.2))
    assert later.adjusted_bits_per_character == pytest.approx(1.0)
    assert (later.base_snapshot_id, later.anchors, later.remark) == ("2026-09", ("zstd@19",), None)
    first = points["m", "github", "2026-09"]
    assert (first.difficulty, first.adjusted_bits_per_character) == (0.0, pytest.approx(first.bits_per_character))
    alone = points["zstd@19", "github", "2026-10"]
    assert (alone.adjusted_bits_per_character, alone.remark) == (None, "it is the only anchor itself")


def test_a_model_is_an_anchor_only_where_it_cannot_have_seen_the_texts(autumn):
    autumn.model("old", knowledge_cutoff_on="2020-01-01")
    autumn.model("absent")
    autumn.model("young", knowledge_cutoff_on="2026-08-01")  # fresh after 30 September
    both(autumn)
    for snapshot_id in ("2026-09", "2026-10"):
        score(autumn, snapshot_id, "young", bits_of(autumn, snapshot_id, 1.0))
    score(autumn, "2026-09", "old", bits_of(autumn, "2026-09", 1.0))
    asked = ("zstd@19", "young", "old", "absent")
    points = by(compression_over_time(autumn.connection, "document@1", asked), "model_id", "source", "snapshot_id")
    later = points["m", "github", "2026-10"]
    assert later.anchors == ("zstd@19",)
    assert later.remark == (
        "old is not scored on 2026-10; young may know texts of 2026-09; absent has no score by this protocol"
    )
    assert points["m", "github", "2026-09"].anchors == ("old", "zstd@19")
    assert points["m", "github", "2026-09"].fresh_char_share == 0.0
    assert points["old", "github", "2026-09"].fresh_char_share == 1.0


def test_without_an_anchor_there_is_no_adjusted_value_and_a_reason(autumn):
    score(autumn, "2026-10", "m", bits_of(autumn, "2026-10", 1.0))
    (point, *_) = compression_over_time(autumn.connection, "document@1")
    assert (point.adjusted_bits_per_character, point.difficulty, point.anchors) == (None, None, ())
    assert point.remark == "no codec is scored beside, and no other anchor is named"


def test_codecs_of_an_older_version_are_not_compared_over_time(autumn):
    autumn.insert(replace(CODEC_PROTOCOL, protocol_id="codec@2", score_version=2))
    score(autumn, "2026-09", "zstd@19", bits_of(autumn, "2026-09", 2.0), "codec@1")
    score(autumn, "2026-10", "zstd@19", bits_of(autumn, "2026-10", 9.0), "codec@2")
    points = compression_over_time(autumn.connection, "document@1")
    assert {point.snapshot_id for point in points} == {"2026-10"}


def test_an_empty_lake_has_no_points(small_lake):
    assert monthly_compression(small_lake.connection, "document@1") == []
    assert compression_over_time(small_lake.connection, "document@1") == []


def test_the_names_of_anchors_are_looked_up_and_a_wrong_one_is_told(autumn):
    autumn.insert(ModelAlias("zstd", "zstd@19"))
    assert anchor_ids(autumn.connection, ["zstd", "m", "zstd@19"]) == ("zstd@19", "m")
    with pytest.raises(ConfigError, match=r"\[analysis\] anchors names 'gpt', and no model here is called that"):
        anchor_ids(autumn.connection, ["gpt"])


# --- what can be told apart -------------------------------------------------------------------------------


def test_a_harder_month_and_a_contaminated_model_are_told_apart(small_lake):
    rng = np.random.default_rng(1)
    models = {model("clean"): {}, model("seen"): {5: -0.15}, **{codec: {} for codec in CODECS}}
    origin = Origin(month_count=6, text_count=150, cluster_count=50, sources=("arxiv", "github"), difficulty={4: 0.12})
    points = by(
        compression_over_time(small_lake.connection, "document@1", scores=timed_texts(rng, models, origin)),
        "model_id", "source", "snapshot_id",
    )  # fmt: skip
    # On the base nothing is adjusted: the errors of model and anchors cancel as their values do.
    first = points["clean", "github", "2024-01"]
    assert (first.adjusted_low, first.adjusted_high) == pytest.approx((first.interval_low, first.interval_high))
    for source in ("arxiv", "github", None):
        hard, seen = points["clean", source, "2024-05"], points["seen", source, "2024-06"]
        # Harder for everybody: raw rises, adjusted stays within its interval.
        base = points["clean", source, "2024-01"].bits_per_character
        assert hard.bits_per_character > 1.05 * base
        assert hard.adjusted_low < base < hard.adjusted_high
        # Known to one: adjusted falls beyond its interval, that of the anchors does not.
        assert seen.adjusted_high < points["seen", source, "2024-01"].bits_per_character
        for codec in CODECS:
            later, first = points[codec.model_id, source, "2024-06"], points[codec.model_id, source, "2024-01"]
            assert later.adjusted_low < first.bits_per_character < later.adjusted_high


def test_adjusted_intervals_hold_in_ninety_five_of_a_hundred_draws(small_lake):
    held = []
    for seed in range(150):
        models = {model("m"): {}, **{codec: {} for codec in CODECS}}
        origin = Origin(month_count=3, text_count=200, cluster_count=2000, difficulty={1: 0.1, 2: -0.2})
        scores = timed_texts(np.random.default_rng(seed), models, origin)
        points = by(
            compression_over_time(small_lake.connection, "document@1", scores=scores),
            "model_id",
            "source",
            "snapshot_id",
        )
        # Of texts drawn without end: e^(σ²/2) of all that is normal, clusters, texts, and what a model adds.
        truth = np.exp((0.15**2 + 0.2**2 + 0.05**2 + 0.03**2) / 2)
        held += [
            points["m", "github", month].adjusted_low < truth < points["m", "github", month].adjusted_high
            for month in ("2024-02", "2024-03")
        ]
    assert 0.92 <= np.mean(held) <= 0.98

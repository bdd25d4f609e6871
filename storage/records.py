"""The records that flow through Freshpress: frozen dataclasses, one per row of one table, same column names.

Stages meet in these records and in files of them. This module imports the standard library only, so that
a bare GPU node can use it. Sums are stored, ratios derived. Every time is UTC and naive (`TIMESTAMP` in SQL);
dates are calendar days. A window is half-open: `window_start` is inside, `window_end` is not.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Source = Literal["github", "arxiv", "common_crawl"]
SOURCES: tuple[Source, ...] = ("github", "arxiv", "common_crawl")
# Who goes when a text repeats an item of a reference set: the text, whatever is younger, or every copy of the text too.
REFERENCE_MODES = DROP_IF_IN_REFERENCE, KEEP_OLDEST, DROP_ALL = "drop_if_in_reference", "keep_oldest", "drop_all"


def content_id(*parts: str) -> str:
    """Hash the parts to 32 hexadecimal digits (128 bits): the identity of whatever they name.

    >>> content_id("arxiv", "https://arxiv.org/abs/2404.09937", "1")
    '9fd7f2b6a5c142678fbe4ac541f9892f'
    """
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def utc_now() -> datetime:
    """Return the present time as every record holds it: UTC and naive."""
    return datetime.now(UTC).replace(tzinfo=None)


def text_sha256(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


# --- crawl ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One fetched source file, e-print or web page, as it came. Lives in landing files, not in the lake."""

    document_id: str
    source: str
    url: str
    revision: str
    unit: str
    position: int
    fetched_at: datetime
    content_type: str
    content: bytes
    title: str | None
    licence: str | None
    locator: str
    cluster_key: str
    repository_created_at: datetime | None
    commit_authored_at: datetime | None
    arxiv_v1_at: datetime | None
    last_modified_at: datetime | None
    crawl_run_id: str


@dataclass(frozen=True, slots=True)
class CrawlRun:
    """One crawl of one source over one window: what was expected, what landed, what it cost."""

    crawl_run_id: str
    source: str
    window_start: date
    window_end: date
    seed: int
    planned_unit_count: int
    unit_count: int
    expected_count: int
    landed_count: int
    ledger_count: int
    request_count: int
    wait_seconds: float
    started_at: datetime
    finished_at: datetime
    is_complete: bool


@dataclass(frozen=True, slots=True)
class CrawlUnit:
    """One whole unit of a crawl (repository, paper, WARC segment): `expected_count = landed_count + ledger_count`."""

    crawl_run_id: str
    source: str
    unit: str
    ordinal: int
    expected_count: int
    landed_count: int
    ledger_count: int
    content_bytes: int
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class CrawlLedger:
    """One item a crawler met that did not land, and why."""

    crawl_run_id: str
    source: str
    unit: str
    item: str
    outcome: str
    reason: str
    measured_value: str | None
    limit_value: str | None


# --- curate -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """One extracted text, kept or not. `char_count` is code points, `byte_count` is UTF-8.

    `masked_count` is how many credentials and addresses were replaced in it; None where nobody looked.
    """

    document_id: str
    text_sha256: str
    source: str
    kind: str
    language: str | None
    title: str | None
    text: str
    char_count: int
    byte_count: int
    extractor: str
    extractor_version: str
    url: str
    revision: str
    unit: str
    position: int
    fetched_at: datetime
    crawl_run_id: str
    licence: str | None
    locator: str
    cluster_key: str
    published_at: datetime | None
    freshness_grade: str | None
    masked_count: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one witness says about the age of a document. Only some witnesses may admit a text as new."""

    document_id: str
    witness: str
    dated_at: datetime
    may_admit: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one fate of one landed document in one snapshot: kept, or the first reason it was not.

    `measured_value` and `limit_value` are printed plainly: numbers in decimal, dates in ISO 8601.
    """

    snapshot_id: str
    document_id: str
    source: str
    is_kept: bool
    step: str
    reason: str | None
    measured_value: str | None
    limit_value: str | None
    related_document_id: str | None


@dataclass(frozen=True, slots=True)
class SharedSpan:
    """Where a text that was dropped agrees with what it was dropped for, in code points of the dropped one.

    Of a near-duplicate it is the longest stretch whose every word run stands in the text that stayed; of a contaminated
    text the stretch that holds most n-grams of the reference item, `reference:NAME/ITEM`.
    """

    snapshot_id: str
    document_id: str
    related_document_id: str
    start_char: int
    char_count: int
    word_count: int


@dataclass(frozen=True, slots=True)
class Signature:
    """The MinHash of one text. `scheme` spells library, version, permutations, shingle unit and size, seed."""

    document_id: str
    text_sha256: str
    scheme: str
    hash_values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen set of fresh texts. Never changed after `sealed_at`."""

    snapshot_id: str
    window_start: date
    window_end: date
    sources: tuple[str, ...]
    seed: int
    config_hash: str
    fingerprint: str
    document_count: int
    char_count: int
    sealed_at: datetime
    is_complete: bool


@dataclass(frozen=True, slots=True)
class SnapshotDocument:
    """Membership of one kept text in one snapshot."""

    snapshot_id: str
    document_id: str
    text_sha256: str


@dataclass(frozen=True, slots=True)
class Check:
    """What one curation said of texts planted into copies of its own: how many of one kind it rejected.

    `is_positive` says whether a text of this kind ought to be rejected. Recall and precision follow from the counts.
    """

    snapshot_id: str
    source: str
    step: str
    planted: str
    is_positive: bool
    text_count: int
    rejected_count: int


@dataclass(frozen=True, slots=True)
class SamplingStratum:
    """How much of one source's texts of one length could be drawn for a snapshot, and how much was."""

    snapshot_id: str
    source: str
    stratum: str
    document_count: int
    char_count: int
    drawn_document_count: int
    drawn_char_count: int


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """A benchmark test set or an older corpus that fresh text must not repeat; `mode` says who goes if it does."""

    name: str
    path: str
    item_count: int
    fingerprint: str
    added_at: datetime
    mode: str
    dated_on: date | None


@dataclass(frozen=True, slots=True)
class ReferenceItem:
    """One text of a reference set."""

    name: str
    item: str
    text: str


# --- score ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A model that is or was measured. `model_id` is repository@revision, or folder@sha256 of its weights."""

    model_id: str
    family: str
    organisation: str | None
    parameter_count: int | None
    context_tokens: int | None
    released_on: date | None
    knowledge_cutoff_on: date | None
    kind: str
    location: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class ModelAlias:
    """Another name a model goes by, in files and on the command line."""

    alias: str
    model_id: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """How bits are counted. `protocol_id` is name@hash of every other field; other ids are never compared."""

    protocol_id: str
    name: str
    window_tokens: int | None
    stride_tokens: int | None
    packing: str
    encoding: str
    start_token: str
    first_token: str
    score_version: int


@dataclass(frozen=True, slots=True)
class ScoringRun:
    """One model measured by one protocol on one machine: what the bits depend on besides model and text.

    `float32_difference` is the relative difference of the summed bits of `rechecked_window_count` windows, drawn by a
    seed, from a plain float32 loop over the same windows; NULL where none was scored again, 0 for codecs. A run with
    `until_se` stopped at a random sample of each source, whose bits per character has a standard error below that, or
    is told apart from other models'; it is NULL where every text is scored.
    """

    scoring_run_id: str
    snapshot_id: str
    model_id: str
    protocol_id: str
    device: str
    dtype: str
    attention: str
    library_versions: str
    float32_difference: float | None
    rechecked_window_count: int
    until_se: float | None
    token_count: int
    seconds: float
    peak_memory_bytes: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """The bits one model needs for one text. `altered_byte_count` is the tokenizer's round-trip loss."""

    snapshot_id: str
    document_id: str
    text_sha256: str
    model_id: str
    protocol_id: str
    total_bits: float
    token_count: int
    scored_token_count: int
    char_count: int
    byte_count: int
    altered_byte_count: int
    scoring_run_id: str


@dataclass(frozen=True, slots=True)
class TokenBits:
    """What each charged token of one text cost, and the byte of the text (UTF-8) at which it ends."""

    snapshot_id: str
    document_id: str
    text_sha256: str
    model_id: str
    protocol_id: str
    bits: tuple[float, ...]
    byte_ends: tuple[int, ...]
    scoring_run_id: str


@dataclass(frozen=True, slots=True)
class Audit:
    """One text, cut to some tokens, coded by a model's own probabilities and decoded again.

    `scored_bits` is what the batch scorer charges for the same tokens, `coded_bits` the length of the code.
    """

    scoring_run_id: str
    document_id: str
    text_sha256: str
    token_count: int
    byte_count: int
    scored_bits: float
    coded_bits: int
    is_restored: bool
    coder: str
    audited_at: datetime


# --- relate -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompressionResult:
    """Bits per character that somebody else published."""

    model_id: str
    source: str
    corpus: str
    bits_per_character: float
    protocol: str
    reported_by: str


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """One benchmark score, `value` in 0–1. A fit uses one `reported_by`."""

    model_id: str
    benchmark: str
    setting: str
    reported_by: str
    area: str
    value: float
    shots: int | None
    source: str | None


# --- run --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of one job, by hand or by the timetable."""

    job_run_id: str
    job: str
    trigger: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    row_count: int | None
    error: str | None
    config_hash: str
    code_version: str


@dataclass(frozen=True, slots=True)
class Watermark:
    """What is known of one source over one window: a `hole`, `landed`, or `covered` once it is sealed."""

    source: str
    window_start: date
    window_end: date
    state: str
    reason: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A text that was forgotten: by which hashes it is known if it comes again, and how long it was.

    `text_sha256` is empty where no text had been read. `address_hash` covers every revision of what lay at its address;
    None where only the text was the same as one that was to be forgotten.
    """

    document_id: str
    text_sha256: str
    source: str
    address_hash: str | None
    char_count: int
    forgotten_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting the published views need, copied from the configuration by every writing job."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class PublishedView:
    """A view of the lake and the SHA-256 of the question file it was made from."""

    name: str
    sha256: str

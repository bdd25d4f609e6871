"""One landed document judged by itself: its text, its witnesses, its signature and its verdict so far.

The order of the steps is the order of the verdicts. Every text that could be read is kept as a document, whatever is
said of it: history is all that was read, so that a text rejected today is known tomorrow.
"""

import logging
from dataclasses import dataclass

from curation.context import CurationContext
from curation.extract import KINDS, extract, open_page
from curation.freshness import Freshness, gather_freshness, judge_freshness
from curation.language import identify_language, judge_language
from curation.masking import mask_text
from curation.near_duplicates import sign
from curation.outcomes import Extracted, Rejection, verdict_of
from curation.personal_data import judge_personal_data
from curation.quality_code import judge_code
from curation.quality_paper import judge_paper
from curation.quality_prose import judge_prose
from curation.secrets import judge_secrets
from storage.errors import FreshpressError
from storage.records import Document, Evidence, RawDocument, Signature, Verdict, text_sha256

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the map side makes of one landed document; no document and no signature where nothing could be read."""

    document: Document | None
    evidence: tuple[Evidence, ...]
    signature: Signature | None
    verdict: Verdict


def curate_document(raw: RawDocument, context: CurationContext) -> Candidate:
    """Extract, date, judge and sign one landed document; one that the program fails on ends nothing but itself."""
    try:
        return _curated(raw, context)
    except (FreshpressError, OSError, MemoryError):
        # These say something of the machine or the settings. As verdicts they would change the texts that are kept.
        raise
    except Exception as error:
        # The last resort: the verdict names the error, the log says where it came from.
        LOGGER.exception("Document %s of %s could not be curated.", raw.document_id, raw.source)
        defect = Rejection("unforeseen_error", type(error).__name__)
        return Candidate(None, (), None, verdict_of(context.snapshot_id, raw, defect))


def judge_text(document: Document, context: CurationContext) -> Rejection | None:
    """Judge language, quality and secrets of a text, by its kind; the first reason stands."""
    settings = context.settings
    return (
        judge_language(document.language, settings)
        or _judge_quality(document, context)
        or judge_secrets(document.text, settings.secrets)
        or judge_personal_data(document.text, settings.secrets)
    )


def _curated(raw: RawDocument, context: CurationContext) -> Candidate:
    if context.forgotten.has_item(raw.document_id, raw.source, raw.url):
        return _forgotten(raw, context)
    page = open_page(raw)
    freshness = gather_freshness(raw, page)
    extracted = extract(raw, page, context.settings)
    if isinstance(extracted, Rejection):
        return Candidate(None, freshness.evidence, None, verdict_of(context.snapshot_id, raw, extracted))
    document = _document(raw, extracted, freshness, context)
    if context.forgotten.has_text(document.text_sha256):
        return _forgotten(raw, context)
    rejection = judge_freshness(freshness, context) or judge_text(document, context)
    return Candidate(
        document,
        freshness.evidence,
        sign(document, context.settings.duplicates),
        verdict_of(context.snapshot_id, raw, rejection),
    )


def _forgotten(raw: RawDocument, context: CurationContext) -> Candidate:
    """Say that a text was to be forgotten, and keep nothing of it."""
    return Candidate(None, (), None, verdict_of(context.snapshot_id, raw, Rejection("forgotten")))


def _judge_quality(document: Document, context: CurationContext) -> Rejection | None:
    quality, seed = context.settings.quality, context.settings.sampling.seed
    if document.kind == KINDS["github"]:
        return judge_code(document.text, document.document_id, seed, quality)
    if document.kind == KINDS["arxiv"]:
        return judge_paper(document.text, quality)
    return judge_prose(document.text, quality)


def _document(raw: RawDocument, extracted: Extracted, freshness: Freshness, context: CurationContext) -> Document:
    # Before anything is measured: text, hash, signature and verdict are of the same characters.
    text, masked_count = mask_text(extracted.text, context.settings.secrets)
    is_code = raw.source == "github"
    return Document(
        document_id=raw.document_id,
        text_sha256=text_sha256(text),
        source=raw.source,
        kind=KINDS[raw.source],
        language=None if is_code else identify_language(text, context.settings.language_min_chars),
        title=mask_text(extracted.title, context.settings.secrets)[0] if extracted.title else extracted.title,
        text=text,
        char_count=len(text),
        byte_count=len(text.encode()),
        extractor=extracted.extractor,
        extractor_version=extracted.extractor_version,
        url=raw.url,
        revision=raw.revision,
        unit=raw.unit,
        position=raw.position,
        fetched_at=raw.fetched_at,
        crawl_run_id=raw.crawl_run_id,
        licence=raw.licence,
        locator=raw.locator,
        cluster_key=raw.cluster_key,
        published_at=freshness.published_at,
        freshness_grade=freshness.grade,
        masked_count=masked_count,
    )

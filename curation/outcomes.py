"""What a step says of one text: what it made of it, or the first reason it is not worth scoring."""

from dataclasses import dataclass
from datetime import date

from curation.reasons import REASONS
from storage.records import Document, RawDocument, Verdict

# The provisional step of a text that passed everything that can be judged by itself.
CANDIDATE_STEP = "candidate"


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of one landed document, and by what it was read."""

    text: str
    title: str | None
    extractor: str
    extractor_version: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason of `curation.reasons.REASONS`, what was measured and the limit it passed."""

    reason: str
    measured_value: str | None = None
    limit_value: str | None = None


def exceeds(reason: str, measured: float, limit: float) -> Rejection | None:
    """Reject a measure above its limit."""
    return Rejection(reason, plain(measured), plain(limit)) if measured > limit else None


def falls_short(reason: str, measured: float, limit: float) -> Rejection | None:
    """Reject a measure below its limit."""
    return Rejection(reason, plain(measured), plain(limit)) if measured < limit else None


def reaches(reason: str, measured: float, limit: float) -> Rejection | None:
    """Reject a measure at its limit or above, where the rule was published so."""
    return Rejection(reason, plain(measured), plain(limit)) if measured >= limit else None


def reaches_down(reason: str, measured: float, limit: float) -> Rejection | None:
    """Reject a measure at its limit or below."""
    return Rejection(reason, plain(measured), plain(limit)) if measured <= limit else None


def plain(value: float | date) -> str:
    """Print a number in decimal, at most six digits after the point, and a date in ISO 8601."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")


def verdict_of(snapshot_id: str, raw: RawDocument | Document, rejection: Rejection | None) -> Verdict:
    """Write down what the map side says of one landed document: rejected, or a candidate for the reduce side."""
    step = REASONS[rejection.reason].step if rejection else CANDIDATE_STEP
    return Verdict(
        snapshot_id=snapshot_id,
        document_id=raw.document_id,
        source=raw.source,
        is_kept=rejection is None,
        step=step,
        reason=rejection.reason if rejection else None,
        measured_value=rejection.measured_value if rejection else None,
        limit_value=rejection.limit_value if rejection else None,
        related_document_id=None,
    )

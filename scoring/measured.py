"""What measuring one text gives, and the Score it becomes. Sums only; ratios are derived elsewhere."""

from dataclasses import dataclass

from scoring.texts import Text
from storage.records import Score, ScoringRun


@dataclass(frozen=True, slots=True)
class Measured:
    """The bits of one text. Fewer scored tokens than tokens: the protocol leaves some uncharged."""

    total_bits: float
    token_count: int
    scored_token_count: int
    altered_byte_count: int


def score_of(text: Text, measured: Measured, run: ScoringRun) -> Score:
    """Return the row of one text measured in one run."""
    return Score(
        snapshot_id=run.snapshot_id,
        document_id=text.document_id,
        text_sha256=text.text_sha256,
        model_id=run.model_id,
        protocol_id=run.protocol_id,
        total_bits=measured.total_bits,
        token_count=measured.token_count,
        scored_token_count=measured.scored_token_count,
        char_count=len(text.text),
        byte_count=len(text.text.encode()),
        altered_byte_count=measured.altered_byte_count,
        scoring_run_id=run.scoring_run_id,
    )

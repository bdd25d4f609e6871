"""What measuring one text gives, and the Score it becomes. Sums only; ratios are derived elsewhere."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.texts import Text
from storage.records import Score, ScoringRun

if TYPE_CHECKING:  # what measures a codec needs no torch
    from scoring.log_probabilities import Passage


class ChargedWindow(NamedTuple):
    """One window, and the bits of each token charged in it."""

    passage: "Passage"
    bits: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """The bits of one text. Fewer scored tokens than tokens: the protocol leaves some uncharged.

    `windows` is where the bits come from, for whoever wants more than their sum; a codec has none.
    """

    total_bits: float
    token_count: int
    scored_token_count: int
    altered_byte_count: int
    windows: tuple[ChargedWindow, ...] = field(default=(), compare=False, repr=False)


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

"""Protocol `paper`: the procedure of "Compression Represents Intelligence Linearly", as its code has it (PAPER.md §1).

One packed stream per source: documents by ascending document_id, each `tokenizer.encode(text)` with the tokenizer's
defaults, nothing between them, so context crosses documents. A token's bits belong to its document. The very first
id and the tail under one stride are not charged while their characters stay in the denominator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.encode import TokenIds, altered_byte_count, encode_plain_texts, token_ids
from scoring.log_probabilities import Passage, TokenMeter
from scoring.measured import ChargedWindow, Measured
from scoring.texts import Text
from scoring.windows import Window, paper_windows
from storage.records import Protocol


@dataclass(frozen=True, slots=True)
class Stream:
    """The texts of one source as one array of ids; text i has ids[ends[i − 1] : ends[i]]."""

    texts: Sequence[Text]
    ids: TokenIds
    ends: npt.NDArray[np.int64]
    altered_byte_counts: Sequence[int]
    windows: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Share:
    """What a range of windows adds to one text."""

    text_index: int
    bits: float
    scored_token_count: int


def pack_stream(tokenizer: Any, protocol: Protocol, texts: Sequence[Text]) -> Stream:
    """Encode the texts of one source and join them. An empty text has no ids, not even a BOS (the seed drops it)."""
    assert protocol.window_tokens is not None
    assert protocol.stride_tokens is not None
    ordered = sorted(texts, key=lambda text: text.document_id)
    encoded = [token_ids(tokenizer.encode(text.text, verbose=False) if text.text else []) for text in ordered]
    plain = encode_plain_texts(tokenizer, [text.text for text in ordered])
    ids = np.concatenate([token_ids([]), *encoded])
    return Stream(
        ordered,
        ids,
        ends=np.cumsum([len(some) for some in encoded], dtype=np.int64),
        altered_byte_counts=[altered_byte_count(tokenizer, t.text, p) for t, p in zip(ordered, plain, strict=True)],
        windows=paper_windows(len(ids), protocol.window_tokens, protocol.stride_tokens),
    )


def charge_windows(meter: TokenMeter, stream: Stream, windows: Sequence[Window]) -> list[ChargedWindow]:
    """Return the bits of every token that these windows charge."""
    passages = [Passage(stream.ids, window) for window in windows]
    return [ChargedWindow(passage, bits) for passage, bits in zip(passages, meter.bits(passages), strict=True)]


def shares_of(stream: Stream, charged: Sequence[ChargedWindow]) -> list[Share]:
    """Return what these windows, which follow one another, add to each text they touch."""
    if not charged:
        return []
    bits = np.concatenate([window.bits for window in charged])
    positions = np.arange(charged[0].passage.window.score_from, charged[-1].passage.window.score_to)
    owners = np.searchsorted(stream.ends, positions, side="right")
    touched = np.unique(owners)
    sums = np.bincount(owners, weights=bits)
    counts = np.bincount(owners)
    return [Share(int(i), float(sums[i]), int(counts[i])) for i in touched]


def charged_slices(stream: Stream, bits: npt.NDArray[np.float64]) -> list[tuple[slice, npt.NDArray[np.float64]]]:
    """Return which ids of each text are charged, counted from its first, and their bits, given those of all windows."""
    first, last = (stream.windows[0].score_from, stream.windows[-1].score_to) if stream.windows else (0, 0)
    found = []
    for start, end in zip([0, *stream.ends[:-1].tolist()], stream.ends.tolist(), strict=True):
        begun = min(max(start, first), end)
        ended = max(begun, min(end, last))
        found.append((slice(begun - start, ended - start), bits[max(0, begun - first) : max(0, ended - first)]))
    return found


def measured_texts(stream: Stream, shares: Sequence[Share]) -> list[Measured]:
    """Return every text of a whole stream, those in the unscored tail with no bits."""
    bits = np.zeros(len(stream.texts))
    scored = np.zeros(len(stream.texts), dtype=np.int64)
    for share in shares:
        bits[share.text_index] += share.bits
        scored[share.text_index] += share.scored_token_count
    lengths = np.diff(stream.ends, prepend=0)
    columns = (bits.tolist(), lengths.tolist(), scored.tolist(), stream.altered_byte_counts)
    return [Measured(*row) for row in zip(*columns, strict=True)]


def shortfall(stream: Stream, protocol: Protocol, source: str) -> str | None:
    """Say it when a source is too short for a single window, so that no rows are no surprise."""
    if stream.windows:
        return None
    needed = (protocol.window_tokens or 0) + 1
    message = f"{source} has {len(stream.ids)} tokens in all and protocol {protocol.name} charges none under {needed}"
    return f"{message}: no scores of {source}"

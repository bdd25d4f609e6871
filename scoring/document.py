"""Protocols `document` and `document_512`: each text alone, as plain text, every token charged exactly once.

Every window opens with the start token (BOS, else EOS), which is context and never a target. So a tokenizer that
adds a BOS by itself and one that does not are measured alike, and the bits charged are those of the whole text.
"""

from collections.abc import Sequence
from typing import Any

from scoring.ahead import Cut
from scoring.encode import TokenIds, altered_byte_count, encode_plain_texts, find_start_token
from scoring.log_probabilities import Passage, TokenMeter, sum_bits
from scoring.measured import ChargedWindow, Measured
from scoring.texts import Text
from scoring.windows import document_windows
from storage.records import Protocol


def measure_documents(
    meter: TokenMeter, protocol: Protocol, texts: Sequence[Text], cut: Cut | None = None
) -> list[Measured]:
    """Return the bits of each text, in the order given; `cut` is what `document_passages` gives, where that is done."""
    tokenizer = meter.model.tokenizer
    encoded, passages = cut or document_passages(tokenizer, protocol, texts)
    bits = iter(meter.bits([passage for some in passages for passage in some]))
    measured = []
    for text, ids, some in zip(texts, encoded, passages, strict=True):
        windows = tuple(ChargedWindow(passage, next(bits)) for passage in some)
        total_bits = sum_bits(window.bits for window in windows)
        scored_count = sum(passage.target_count for passage in some)
        altered_count = altered_byte_count(tokenizer, text.text, ids)
        measured.append(Measured(total_bits, len(ids), scored_count, altered_count, windows))
    return measured


def document_passages(tokenizer: Any, protocol: Protocol, texts: Sequence[Text]) -> Cut:
    """Return the ids of each text, and its windows in order."""
    start_token = find_start_token(tokenizer)
    encoded = encode_plain_texts(tokenizer, [text.text for text in texts])
    return encoded, [_passages(ids, start_token, protocol) for ids in encoded]


def _passages(ids: TokenIds, start_token: int, protocol: Protocol) -> list[Passage]:
    assert protocol.window_tokens is not None
    assert protocol.stride_tokens is not None
    windows = document_windows(len(ids), protocol.window_tokens, protocol.stride_tokens)
    return [Passage(ids, window, start_token) for window in windows]

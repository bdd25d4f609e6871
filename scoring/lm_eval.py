"""Protocol `lm_eval`: encodes and windows as lm-evaluation-harness does for a Hugging Face model.

Read from its release 0.4.13 (and equal to its `bits_per_byte` on the same text and model with the same max_length):

- `HFLM.loglikelihood_rolling` (lm_eval/models/huggingface.py): ids are `tok_encode(string)`, and the windows are
  `make_disjoint_window` of `get_rolling_token_windows(ids, prefix_token_id, max_length, context_len=1)`.
- `HFLM.tok_encode`: `tokenizer.encode(string)` with the tokenizer's own defaults, so a BOS that it adds is a target
  and special-token literals are control tokens; only a string that begins with the text of the prefix token is
  encoded with `add_special_tokens=False`.
- `HFLM.prefix_token_id`: BOS, else EOS. It precedes the first window only (`windows.lm_eval_windows`).
- `bits_per_byte` (lm_eval/api/metrics.py): Σ −log2 p ÷ Σ bytes of the text in UTF-8.

The harness takes log-softmax in the model's dtype; here it is float32, as everywhere in Freshpress, so the two are
equal in float32 and ours is the more exact in bfloat16.
"""

from collections.abc import Sequence
from typing import Any

from scoring.ahead import Cut
from scoring.encode import TokenIds, altered_byte_count, encode_plain_texts, find_start_token, token_ids
from scoring.log_probabilities import Passage, TokenMeter, sum_bits
from scoring.measured import ChargedWindow, Measured
from scoring.texts import Text
from scoring.windows import lm_eval_windows
from storage.records import Protocol


def measure_as_lm_eval(
    meter: TokenMeter, protocol: Protocol, texts: Sequence[Text], cut: Cut | None = None
) -> list[Measured]:
    """Return the bits of each text, in the order given; `cut` is what `lm_eval_passages` gives, where that is done."""
    tokenizer = meter.model.tokenizer
    encoded, passages = cut or lm_eval_passages(tokenizer, protocol, texts)
    plain = encode_plain_texts(tokenizer, [text.text for text in texts])
    bits = iter(meter.bits([passage for some in passages for passage in some]))
    measured = []
    for text, ids, plain_ids, some in zip(texts, encoded, plain, passages, strict=True):
        windows = tuple(ChargedWindow(passage, next(bits)) for passage in some)
        total_bits = sum_bits(window.bits for window in windows)
        altered_count = altered_byte_count(tokenizer, text.text, plain_ids)
        measured.append(Measured(total_bits, len(ids), len(ids), altered_count, windows))
    return measured


def lm_eval_passages(tokenizer: Any, protocol: Protocol, texts: Sequence[Text]) -> Cut:
    """Return the ids of each text, and its windows in order."""
    prefix_token = find_start_token(tokenizer)
    encoded = [encode_as_lm_eval(tokenizer, text.text, prefix_token) for text in texts]
    return encoded, [_passages(ids, prefix_token, protocol) for ids in encoded]


def encode_as_lm_eval(tokenizer: Any, text: str, prefix_token: int) -> TokenIds:
    """Encode a text as `HFLM.tok_encode` does."""
    if text.startswith(tokenizer.decode(prefix_token)):
        return token_ids(tokenizer.encode(text, add_special_tokens=False, verbose=False))
    return token_ids(tokenizer.encode(text, verbose=False))


def _passages(ids: TokenIds, prefix_token: int, protocol: Protocol) -> list[Passage]:
    assert protocol.window_tokens is not None
    windows = lm_eval_windows(len(ids), protocol.window_tokens)
    return [Passage(ids, window, None if window.score_from else prefix_token) for window in windows]

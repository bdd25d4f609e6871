"""From text to token ids and back: plain text, whatever the text contains, and what the tokenizer lost of it.

`<|endoftext|>` in a crawled page is thirteen characters that somebody wrote, never a control token.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.errors import ScoringError

TokenIds = npt.NDArray[np.int64]


def encode_plain_texts(tokenizer: Any, texts: Sequence[str]) -> list[TokenIds]:
    """Encode texts as plain text: nothing added before or after, special tokens in the text spelled out."""
    if not texts:
        return []
    encoded = tokenizer(list(texts), add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]
    control_ids = _control_ids(tokenizer)
    if any(not control_ids.isdisjoint(ids) for ids in encoded) and getattr(tokenizer, "backend_tokenizer", None):
        encoded = [some.ids for some in plain_twin(tokenizer).encode_batch(list(texts), add_special_tokens=False)]
    return [token_ids(ids) for ids in encoded]


def token_ids(ids: Sequence[int]) -> TokenIds:
    """Return ids as an array."""
    return np.asarray(ids, dtype=np.int64)


def find_start_token(tokenizer: Any) -> int:
    """Return the id that opens a window: the tokenizer's BOS, else its EOS."""
    for start in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if start is not None:
            return int(start)
    message = f"the tokenizer of {tokenizer.name_or_path} has neither a BOS nor an EOS token"
    raise ScoringError(f"{message}, and a window needs one to open it; name one in its tokenizer_config.json")


def altered_byte_count(tokenizer: Any, text: str, ids: TokenIds) -> int:
    """Return how many bytes of the text do not come back from its tokens; 0 for a lossless tokenizer.

    Texts of equally many lines are compared line by line, others as a whole; of each pair that differs, what lies
    between the common beginning and the common end counts, in bytes of the original, and at least 1.
    """
    decoded = tokenizer.decode(ids.tolist(), skip_special_tokens=False, clean_up_tokenization_spaces=False)
    if decoded == text:
        return 0
    before, after = text.encode().split(b"\n"), decoded.encode().split(b"\n")
    if len(before) != len(after):
        return _differing_bytes(text.encode(), decoded.encode())
    return sum(_differing_bytes(*pair) for pair in zip(before, after, strict=True))


def _control_ids(tokenizer: Any) -> set[int]:
    """Return the ids no plain text may contain; what is unknown to a tokenizer is text all the same."""
    special = {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    return special - {tokenizer.unk_token_id}


@lru_cache(maxsize=1)
def plain_twin(tokenizer: Any) -> Any:
    """Return the tokenizer with its control tokens under names that no text has.

    `split_special_tokens` keeps them out of the first, literal matching only: a Unigram or word vocabulary that lists
    `</s>` as a piece finds it again in the text (SentencePiece itself never does).
    """
    hidden = {i: f"\U0010ffff{i}\U0010ffff" for i in _control_ids(tokenizer)}
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    for token in state["added_tokens"]:
        token["content"] = hidden.get(token["id"], token["content"])
    model = state["model"]
    if isinstance(model["vocab"], list):
        model["vocab"] = [[hidden.get(i, piece), score] for i, (piece, score) in enumerate(model["vocab"])]
    else:
        model["vocab"] = {hidden.get(i, piece): i for piece, i in model["vocab"].items()}
    if "merges" in model:
        model["merges"] = [pair for pair in model["merges"] if {*pair, "".join(pair)} <= model["vocab"].keys()]
    return type(tokenizer.backend_tokenizer).from_str(json.dumps(state))


def _differing_bytes(before: bytes, after: bytes) -> int:
    if before == after:
        return 0
    prefix = _common_prefix(before, after)
    suffix = _common_prefix(before[prefix:][::-1], after[prefix:][::-1])
    return max(1, len(before) - prefix - suffix)


def _common_prefix(one: bytes, other: bytes) -> int:
    length = min(len(one), len(other))
    differs = np.frombuffer(one, np.uint8, length) != np.frombuffer(other, np.uint8, length)
    return int(differs.argmax()) if differs.any() else length

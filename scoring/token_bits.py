"""What each charged token of a text cost, and the byte of the text at which it ends.

Byte ends come from the tokens' own pieces, so that a token which cuts a character is placed exactly; they are believed
only where the pieces put together are the text. A tokenizer that alters the text has no exact ends: then a token ends
with the character that holds its end, by the tokenizer's offsets.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.encode import TokenIds, plain_twin
from scoring.json_lines import read_lines, record_of
from scoring.shards import ScoreOutcome
from scoring.texts import Text
from storage.errors import InputError, ScoringError
from storage.records import Score, ScoringRun, TokenBits

SPACE_PIECE = "▁"  # SentencePiece's space
# Float32 bits of the same tokens may be summed in another order: by text in `document`, by windows in `paper`.
SUM_TOLERANCE = 1e-9


def token_bits_of(
    tokenizer: Any, text: Text, ids: TokenIds, charged: slice, bits: npt.NDArray[np.float64], run: ScoringRun
) -> TokenBits:
    """Return the row of one text, of whose ids those in `charged` have these bits."""
    return TokenBits(
        snapshot_id=run.snapshot_id,
        document_id=text.document_id,
        text_sha256=text.text_sha256,
        model_id=run.model_id,
        protocol_id=run.protocol_id,
        bits=tuple(bits.tolist()),
        byte_ends=tuple(byte_ends(tokenizer, text.text, ids)[charged]),
        scoring_run_id=run.scoring_run_id,
    )


def byte_ends(tokenizer: Any, text: str, ids: TokenIds) -> list[int]:
    """Return for each token the byte of the text (UTF-8) behind its last one.

    >>> byte_ends(byte_level_tokenizer, "é!", ids_of_three_bytes)  # doctest: +SKIP
    [1, 2, 3]
    """
    if not len(ids):
        return []
    data = text.encode()
    for pieces in _spellings(tokenizer, ids.tolist()):
        together = b"".join(pieces)
        # Some tokenizers put a space before every text.
        if together in (data, b" " + data):
            surplus = len(together) - len(data)
            return [max(0, end - surplus) for end in accumulate(map(len, pieces))]
    ends = np.concatenate([[0], np.cumsum(_utf8_lengths(text))])[_character_ends(tokenizer, text, ids)]
    return [int(end) for end in np.maximum.accumulate(ends)]


def read_token_bits(outcome: ScoreOutcome) -> Iterator[TokenBits]:
    """Yield the token bits of a run, a file at a time; a row that is not what its Score sums up is an error."""
    scores = {score.document_id: score for score in outcome.scores}
    for path in outcome.token_bits_files:
        for number, row in read_lines(path):
            found = record_of(path, number, row, TokenBits)
            score = scores.get(found.document_id)
            if score is None or not is_sum_of(score, found):
                message = f"line {number} of {path} has token bits of text {found.document_id} that are not those of"
                raise InputError(f"{message} its score; delete that file and score again with token bits")
            yield replace(found, model_id=score.model_id)


def is_sum_of(score: Score, found: TokenBits) -> bool:
    """Tell whether a score is the sum of these bits, and each has its place in the text, in order."""
    counts = (len(found.bits), len(found.byte_ends))
    names = ("document_id", "text_sha256", "snapshot_id", "protocol_id", "scoring_run_id")
    return (
        all(getattr(found, name) == getattr(score, name) for name in names)
        and counts == (score.scored_token_count, score.scored_token_count)
        and all(map(math.isfinite, found.bits))
        and math.isclose(math.fsum(found.bits), score.total_bits, rel_tol=SUM_TOLERANCE, abs_tol=SUM_TOLERANCE)
        and list(found.byte_ends) == sorted(found.byte_ends)
        and (not found.byte_ends or 0 <= found.byte_ends[0] <= found.byte_ends[-1] <= score.byte_count)
    )


def _spellings(tokenizer: Any, ids: Sequence[int]) -> Iterator[list[bytes]]:
    """Yield what the tokens may stand for in bytes, by each way of writing pieces that there is."""
    pieces = tokenizer.convert_ids_to_tokens(list(ids))
    added = {i: str(token) for i, token in tokenizer.added_tokens_decoder.items()}
    for spell in (_byte_level, _sentence_piece):
        try:
            found = [added[i].encode() if i in added else spell(p) for i, p in zip(ids, pieces, strict=True)]
        except KeyError:
            continue
        yield found
        # A start or end token that the tokenizer adds stands for nothing in the text.
        head = [b"", *found[1:]] if ids[0] in tokenizer.all_special_ids else found
        yield head
        yield [*head[:-1], b""] if ids[-1] in tokenizer.all_special_ids else head


def _byte_level(piece: str) -> bytes:
    alphabet = _byte_alphabet()
    return bytes(alphabet[character] for character in piece)


def _sentence_piece(piece: str) -> bytes:
    if len(piece) == len("<0x00>") and piece.startswith("<0x") and piece.endswith(">"):
        return bytes([int(piece[3:5], 16)])
    return piece.replace(SPACE_PIECE, " ").encode()


@lru_cache(maxsize=1)
def _byte_alphabet() -> dict[str, int]:
    """Return the characters by which byte-level vocabularies write bytes: itself if it prints, else one from 256 on."""
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(byte): byte for byte in printed} | {chr(256 + i): byte for i, byte in enumerate(others)}


def _character_ends(tokenizer: Any, text: str, ids: TokenIds) -> list[int]:
    """Return the offsets of the way of encoding that gives these ids."""
    for encode in _encodings(tokenizer):
        found, offsets = encode(text)
        if list(found) == ids.tolist():
            return [end for _start, end in offsets]
    message = (
        f"the tokenizer of {tokenizer.name_or_path} alters a text and tells no offsets, so nobody can say where in"
    )
    raise ScoringError(f"{message} the text its tokens end; score without token bits, or give it a tokenizer.json")


def _encodings(tokenizer: Any) -> list[Callable[[str], tuple[Sequence[int], Sequence[tuple[int, int]]]]]:
    if not getattr(tokenizer, "backend_tokenizer", None):
        return []

    def by_call(text: str, **options: bool) -> tuple[Sequence[int], Sequence[tuple[int, int]]]:
        found = tokenizer(text, return_offsets_mapping=True, verbose=False, **options)
        return found["input_ids"], found["offset_mapping"]

    def by_twin(text: str) -> tuple[Sequence[int], Sequence[tuple[int, int]]]:
        found = plain_twin(tokenizer).encode(text, add_special_tokens=False)
        return found.ids, found.offsets

    return [
        lambda text: by_call(text, add_special_tokens=False, split_special_tokens=True),
        lambda text: by_call(text, add_special_tokens=False),
        by_call,
        by_twin,
    ]


def _utf8_lengths(text: str) -> npt.NDArray[np.int64]:
    """Return how many bytes each character takes."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)

"""Token ids as bytes and back, by the probabilities a model gives them: what a text would be sent as.

A range coder (constriction, 24-bit fixed point) gives every entry of a distribution at least 2⁻²⁴, so one distribution
over a whole vocabulary would give much of the code space away. A token is therefore sent digit by digit, each digit
one of at most 510 entries. What is rarer than 2⁻¹⁶ in its digit is sent as an escape and then among its like, so that a
token of 60 bits costs 60 bits.

The code is the number of tokens (7 bits to a byte, least significant first), then the coder's 32-bit words. Encoder
and decoder ask the same function for every distribution; a decoder is given the code and that function alone.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.errors import InputError

Probabilities = npt.NDArray[np.float64]
# Given the ids so far, the probabilities of the next one.
Predict = Callable[[Sequence[int]], Probabilities]
# Given how many tokens there are, what predicts them one after another.
Predictor = Callable[[int], Predict]

ENTRIES = 510  # with the escape and what is never sent: 512
RARE = 2.0**-16
SMALLEST = 2.0**-960  # what an impossible token is taken for; float64 ends soon after
ROUNDS = 64  # more escapes than any token has
WORD_BYTES = 4


def encode_ids(ids: Sequence[int], predictor: Predictor) -> bytes:
    """Return the code of the ids."""
    import constriction

    coder = constriction.stream.queue.RangeEncoder()
    predict = predictor(len(ids))
    for position, token in enumerate(ids):
        _encode_token(coder, predict(ids[:position]), token)
    words = np.asarray(coder.get_compressed(), "<u4")
    return _varint(len(ids)) + words.tobytes()


def decode_ids(code: bytes, predictor: Predictor, most_tokens: int) -> list[int]:
    """Return the ids of a code; one that no encoder has written for this model is an InputError or gives other ids."""
    import constriction

    token_count, words = _read_varint(code)
    if token_count > most_tokens or len(words) % WORD_BYTES:
        message = f"{len(words)} bytes that claim {token_count} tokens are no code of up to {most_tokens} tokens"
        raise InputError(f"{message}; code the text again")
    decoder = constriction.stream.queue.RangeDecoder(np.frombuffer(words, "<u4").astype(np.uint32))
    predict = predictor(token_count)
    ids: list[int] = []
    for _ in range(token_count):
        ids.append(_decode_token(decoder, predict(ids)))
    return ids


def coder_name() -> str:
    """Return what codes, and its version."""
    return f"range coder of constriction={version('constriction')}"


def _encode_token(coder: Any, probabilities: Probabilities, token: int) -> None:
    cube = _digit_cube(probabilities)
    for digit in np.unravel_index(token, cube.shape):
        _encode_entry(coder, _weights(cube), int(digit))
        cube = cube[digit]


def _decode_token(decoder: Any, probabilities: Probabilities) -> int:
    cube = _digit_cube(probabilities)
    shape, digits = cube.shape, []
    while cube.ndim:
        digits.append(_decode_entry(decoder, _weights(cube)))
        cube = cube[digits[-1]]
    token = int(np.ravel_multi_index(digits, shape))
    if token >= len(probabilities):
        raise InputError(f"a code gives id {token} and the model knows {len(probabilities)} ids; code the text again")
    return token


def _digit_cube(probabilities: Probabilities) -> Probabilities:
    """Return the probabilities with one axis per digit, as few as do, filled up with ids that never come."""
    count = len(probabilities)
    axes = 1
    while ENTRIES**axes < count:
        axes += 1
    base = max(2, round(count ** (1 / axes)))
    base += base**axes < count
    cube = np.zeros(base**axes)
    np.maximum(probabilities, SMALLEST, out=cube[:count])
    return cube.reshape((base,) * axes)


def _weights(cube: Probabilities) -> Probabilities:
    """Return how likely each entry of the next digit is."""
    weights = cube.reshape(len(cube), -1).sum(axis=1)
    total = weights.sum()
    return np.asarray(weights / total if total else weights)


def _encode_entry(coder: Any, weights: Probabilities, entry: int) -> None:
    for _ in range(ROUNDS):
        rare, escape = _split(weights)
        coder.encode(len(weights) if rare[entry] else entry, _distribution(weights, rare, escape))
        if not rare[entry]:
            return
        weights = np.where(rare, weights, 0.0) / escape
    raise AssertionError("an entry above SMALLEST is no longer rare after so many escapes")


def _decode_entry(decoder: Any, weights: Probabilities) -> int:
    for _ in range(ROUNDS):
        rare, escape = _split(weights)
        try:
            entry = int(decoder.decode(_distribution(weights, rare, escape)))
        except AssertionError as error:  # what constriction raises
            raise InputError("a code does not fit the model it is decoded by; code the text again") from error
        if entry < len(weights):
            return entry
        if entry > len(weights):
            raise InputError("a code holds an entry that is never sent; code the text again")
        weights = np.where(rare, weights, 0.0) / escape
    raise InputError(f"a code escapes {ROUNDS} times, which no token does; code the text again")


def _split(weights: Probabilities) -> tuple[npt.NDArray[np.bool_], float]:
    """Return which entries are sent behind the escape, and the escape's weight: theirs, but never rare itself."""
    rare = weights < RARE
    return rare, max(RARE, float(weights[rare].sum()))


def _distribution(weights: Probabilities, rare: npt.NDArray[np.bool_], escape: float) -> Any:
    import constriction

    sent = np.append(np.where(rare, 0.0, weights), escape)
    # The library scales what it is given to a sum of one; behind an escape there is less to send than that.
    entries = np.append(sent, max(0.0, 1.0 - sent.sum()))
    return constriction.stream.model.Categorical(entries, lazy=True)


def _varint(number: int) -> bytes:
    head = bytearray()
    while number > 0x7F:
        head.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*head, number])


def _read_varint(code: bytes) -> tuple[int, bytes]:
    number = 0
    for place, byte in enumerate(code):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, code[place + 1 :]
    raise InputError(f"{len(code)} bytes are no code: the number of tokens does not end; code the text again")

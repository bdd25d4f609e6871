"""The bits of a text's tokens shared out over slices of the text, so that two tokenizers are measured on the same ones.

A token's bits are spread evenly over its bytes: one that reaches from a word into the white space behind it gives each
its share. What a token without bytes of its own costs goes to the byte before it, or at the start to the first one.
A character is counted where its first byte is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.paired import Floats
from analysis.token_classes import Run

Integers = npt.NDArray[np.int64]

# Where the slices by position end, in tokens.
POSITION_ENDS = (256, 1024)
TOKEN_CLASS, POSITION, CONTEXT = "token class", "position in text", "context seen"
POSITION_LABELS = ("first 256 tokens", "tokens 257 to 1,024", "later tokens")
CONTEXT_LABELS = ("under 256 tokens before", "256 to 1,023 tokens before", "1,024 tokens and more before")


@dataclass(frozen=True, slots=True, eq=False)
class TokenSeries:
    """The tokens of one text under one model, in order: bits, the byte each ends at, and how many were seen before it.

    `context_tokens` is None in a packed stream, whose context lies in other texts too.
    """

    bits: Floats
    byte_ends: Integers
    context_tokens: Integers | None


@dataclass(frozen=True, slots=True)
class SliceSums:
    """What one slice of one text sums up to under two models."""

    dimension: str
    label: str
    first_bits: float
    second_bits: float
    char_count: int


def class_sums(text: str, runs: Sequence[Run], first: TokenSeries, second: TokenSeries) -> list[SliceSums]:
    """Return the sums of every class of a text's characters."""
    labels = sorted({run.label for run in runs})
    offsets = _byte_offsets(text)
    ends = offsets[np.array([run.end for run in runs], dtype=np.int64)]
    codes = np.array([labels.index(run.label) for run in runs], dtype=np.int64)
    return _sums(TOKEN_CLASS, labels, ends, codes, offsets, (first, second))


def position_sums(text: str, first: TokenSeries, second: TokenSeries) -> list[SliceSums]:
    """Return the sums by position in the text: as long as either model is within its first so many tokens."""
    offsets = _byte_offsets(text)
    ends = np.array([*(max(_end_of(one, n) for one in (first, second)) for n in POSITION_ENDS), offsets[-1]])
    return _sums(POSITION, POSITION_LABELS, ends, np.arange(len(ends)), offsets, (first, second))


def context_sums(text: str, first: TokenSeries, second: TokenSeries) -> list[SliceSums]:
    """Return the sums by how many tokens the model that saw fewer had seen before."""
    if first.context_tokens is None or second.context_tokens is None:
        return []
    offsets = _byte_offsets(text)
    ends = np.union1d(np.union1d(first.byte_ends, second.byte_ends), offsets[-1:])
    seen = np.minimum(_context_at(first, ends), _context_at(second, ends))
    return _sums(CONTEXT, CONTEXT_LABELS, ends, np.digitize(seen, POSITION_ENDS), offsets, (first, second))


def _sums(
    dimension: str,
    labels: Sequence[str],
    ends: Integers,
    codes: Integers,
    offsets: Integers,
    models: tuple[TokenSeries, TokenSeries],
) -> list[SliceSums]:
    """Add up bits and characters of the stretches that end at these bytes, by their labels' numbers."""
    first, second = (np.bincount(codes, _bits_between(one, ends), len(labels)) for one in models)
    chars = np.bincount(codes, np.diff(np.searchsorted(offsets[:-1], ends), prepend=0), len(labels)).astype(np.int64)
    return [
        SliceSums(dimension, label, float(first[at]), float(second[at]), int(chars[at]))
        for at, label in enumerate(labels)
        if chars[at] or first[at] or second[at]
    ]


def _bits_between(series: TokenSeries, ends: Integers) -> Floats:
    """Return the bits of each stretch, from the end of the one before it."""
    positions, places = np.unique(series.byte_ends, return_inverse=True)
    bits = np.bincount(places, series.bits)
    if len(positions) > 1 and positions[0] == 0:
        positions, bits = positions[1:], np.concatenate([[bits[0] + bits[1]], bits[2:]])
    reached = np.interp(ends, np.concatenate([[0], positions]), np.concatenate([[0.0], np.cumsum(bits)]))
    found: Floats = np.diff(reached, prepend=0.0)
    return found


def _byte_offsets(text: str) -> Integers:
    """Return the byte in UTF-8 at which each character starts, and the end of the text."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    lengths = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])


def _end_of(series: TokenSeries, count: int) -> int:
    """Return the byte behind the first so many tokens."""
    return int(series.byte_ends[min(count, len(series.byte_ends)) - 1])


def _context_at(series: TokenSeries, ends: Integers) -> Integers:
    """Return the context of the token that holds each stretch's last byte."""
    assert series.context_tokens is not None, "a packed stream has no context of its own"
    at = np.minimum(np.searchsorted(series.byte_ends, ends), len(series.byte_ends) - 1)
    found: Integers = series.context_tokens[at]
    return found

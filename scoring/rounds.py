"""Texts in seeded random order, cut into shards of one source each, the sources taking turns.

So whatever a run has scored when it stops is a random sample of every source, and a later run goes on with it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from scoring.texts import Text


@dataclass(frozen=True, slots=True)
class Shard:
    """Texts of one source that are scored together; `ordinal` counts the shards of a run."""

    ordinal: int
    source: str
    texts: Sequence[Text]


def rounds_of(texts: Sequence[Text], seed: int, shard_documents: int) -> list[list[Shard]]:
    """Return the rounds: in each, every source that has texts left gives one shard."""
    by_source = sorted(texts, key=lambda text: (text.source, _draw(seed, text), text.document_id))
    groups = [list(group) for _, group in groupby(by_source, key=lambda text: text.source)]
    columns = [[some[i : i + shard_documents] for i in range(0, len(some), shard_documents)] for some in groups]
    rounds: list[list[Shard]] = []
    ordinal = 0
    for turn in zip_longest(*columns):
        shards = [some for some in turn if some]
        rounds.append([Shard(ordinal + i, some[0].source, some) for i, some in enumerate(shards)])
        ordinal += len(shards)
    return rounds


def _draw(seed: int, text: Text) -> str:
    return hashlib.sha256(f"{seed}\x1f{text.document_id}".encode()).hexdigest()

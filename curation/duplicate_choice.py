"""Which of two similar texts stays: greedy, in order of evidence, every similarity exact.

A text is dropped only for being similar to one that stays, and names it. So a chain A~B~C keeps C when C is not
similar to A: similarity is not passed on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from curation.shingles import Shingles, jaccard


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A text that is dropped, the one that stays for it, and their exact Jaccard similarity."""

    key: int
    kept_key: int
    similarity: float


def choose_duplicates(
    pairs: Iterable[tuple[int, int]], shingles_of: Callable[[int], Shingles], threshold: float
) -> Iterator[Duplicate]:
    """Yield what is dropped. `pairs` are (later, earlier) keys, by ascending later key; negative keys are history.

    Keys ascend in order of evidence. History always stays; its texts come first among equals.
    """
    dropped: set[int] = set()
    for later, group in groupby(pairs, key=itemgetter(0)):
        standing = sorted(earlier for _, earlier in group if earlier not in dropped)
        best = _most_similar(later, standing, shingles_of, threshold)
        if best is not None:
            dropped.add(later)
            yield best


def _most_similar(
    later: int, standing: list[int], shingles_of: Callable[[int], Shingles], threshold: float
) -> Duplicate | None:
    similar = (Duplicate(later, earlier, jaccard(shingles_of(later), shingles_of(earlier))) for earlier in standing)
    return max(
        (found for found in similar if found.similarity >= threshold),
        key=lambda found: (found.kept_key < 0, found.similarity, -abs(found.kept_key)),
        default=None,
    )

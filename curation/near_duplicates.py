"""MinHash signatures of texts: the one door to datasketch. Bit-equal to datasketch fed the same hashes.

`affine32` is its scheme since 2.0; earlier ones over-estimate similarity (datasketch issue 212). It takes 32-bit
hashes, so it is given the lower half of each 64-bit shingle hash: a chance agreement only proposes a pair, and pairs
are verified on the full hashes. datasketch draws the permutations; the compiled kernel applies them.
"""

from functools import lru_cache
from importlib.metadata import version

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from config import DuplicatesSettings
from curation.code_points import code_points_of, letters
from curation.shingles import SHINGLE_HASH
from storage.records import Document, Signature


def scheme_of(settings: DuplicatesSettings) -> str:
    """Spell everything a signature depends on; signatures of different schemes are never compared."""
    return _scheme(settings.permutations, settings.seed, settings.shingle_words)


def sign(document: Document, settings: DuplicatesSettings) -> Signature:
    """Return the MinHash signature of a text's word n-grams."""
    values = minhash_values(document.text, settings)
    return Signature(document.document_id, document.text_sha256, scheme_of(settings), values)


def minhash_values(text: str, settings: DuplicatesSettings) -> tuple[int, ...]:
    """Return the hash values of a text's signature."""
    from curation.shingle_kernel import sign_runs

    factors, offsets = _permutations(settings.permutations, settings.seed)
    values = sign_runs(code_points_of(text), letters(), settings.shingle_words, factors, offsets)
    return tuple(values.tolist())


def compile_kernel(settings: DuplicatesSettings) -> None:
    """Sign one text of either width, so that the machine code lies on disk before workers look for it there."""
    for text in ("a", "\u00e4"):
        minhash_values(text, settings)


@lru_cache(maxsize=4)
def _scheme(permutations: int, seed: int, shingle_words: int) -> str:
    return (
        f"datasketch {version('datasketch')} affine32 {permutations} permutations seed {seed},"
        f" word {shingle_words}-grams {SHINGLE_HASH} low 32 bits"
    )


@lru_cache(maxsize=4)
def _permutations(permutations: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the factors and the offsets of datasketch's permutations."""
    factors, offsets = MinHash(num_perm=permutations, seed=seed, scheme="affine32").permutations
    return np.ascontiguousarray(factors), np.ascontiguousarray(offsets)

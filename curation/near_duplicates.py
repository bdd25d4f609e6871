"""MinHash signatures of texts: the one door to datasketch. Bit-equal to datasketch fed the same hashes.

`affine32` is its scheme since 2.0; earlier ones over-estimate similarity (datasketch issue 212). It takes 32-bit
hashes, so it is given the lower half of each 64-bit shingle hash: a chance agreement only proposes a pair, and pairs
are verified on the full hashes.
"""

from functools import lru_cache
from importlib.metadata import version

import numpy as np
from datasketch import MinHash

from config import DuplicatesSettings
from curation.shingles import SHINGLE_HASH, word_shingles
from storage.records import Document, Signature

# Shingles that are permuted at once; bounds the memory of a very long text (112 permutations of 4 bytes each).
BATCH = 8192


def scheme_of(settings: DuplicatesSettings) -> str:
    """Spell everything a signature depends on; signatures of different schemes are never compared."""
    return (
        f"datasketch {version('datasketch')} affine32 {settings.permutations} permutations seed {settings.seed},"
        f" word {settings.shingle_words}-grams {SHINGLE_HASH} low 32 bits"
    )


def sign(document: Document, settings: DuplicatesSettings) -> Signature:
    """Return the MinHash signature of a text's word n-grams."""
    values = minhash_values(document.text, settings)
    return Signature(document.document_id, document.text_sha256, scheme_of(settings), values)


def minhash_values(text: str, settings: DuplicatesSettings) -> tuple[int, ...]:
    """Return the hash values of a text's signature."""
    minhash = _empty_minhash(settings.permutations, settings.seed).copy()
    hashes = (word_shingles(text, settings.shingle_words) & np.uint64(0xFFFFFFFF)).tolist()
    for start in range(0, len(hashes), BATCH):
        minhash.update_batch(hashes[start : start + BATCH])
    return tuple(minhash.digest().tolist())


@lru_cache(maxsize=4)
def _empty_minhash(permutations: int, seed: int) -> MinHash:
    # Its permutations are drawn once; `copy` shares them. The hashes are made already, so its hash function is `int`.
    return MinHash(num_perm=permutations, seed=seed, hashfunc=int, scheme="affine32")

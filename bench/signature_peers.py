r"""Who else makes MinHash signatures of texts, each at its best: from a list of texts to their hash values.

All give word 5-grams as they understand words: datasketch and rensa are given those of `\w+` on the lower-cased text
as ours are, datatrove and Daft cut words their own way, which is part of what they are.
"""

import importlib
import re
from collections.abc import Callable, Sequence
from itertools import chain
from types import ModuleType

from config import DuplicatesSettings
from curation.near_duplicates import minhash_values
from storage.errors import FreshpressError

# One row of hash values per text, in whatever the library gives.
Signatures = Sequence[Sequence[int]]
Signer = Callable[[Sequence[str]], Signatures]

_WORD = re.compile(r"\w+")


def ours(settings: DuplicatesSettings) -> Signer:
    """Return ours."""
    return lambda texts: [minhash_values(text, settings) for text in texts]


def datasketch(settings: DuplicatesSettings) -> Signer:
    """Return datasketch alone, with a faster hash function than its own SHA-1, and its permutations drawn once."""
    minhash, xxhash = peer("datasketch").MinHash, peer("xxhash")
    empty = minhash(num_perm=settings.permutations, seed=settings.seed, hashfunc=xxhash.xxh32_intdigest)

    def sign(texts: Sequence[str]) -> Signatures:
        signatures = []
        for text in texts:
            signature = empty.copy()
            signature.update_batch([run.encode() for run in word_runs(text, settings.shingle_words)])
            signatures.append(signature.hashvalues)
        return signatures

    return sign


def rensa(settings: DuplicatesSettings) -> Signer:
    """Return rensa's sketches of a batch, one text's runs in memory at a time."""
    sketch = peer("rensa").RMinHash

    def sign(texts: Sequence[str]) -> Signatures:
        runs = (word_runs(text, settings.shingle_words) for text in texts)
        rows: Signatures = sketch.digest_matrix_from_token_sets(runs, settings.permutations, settings.seed).to_rows()
        return rows

    return sign


def datatrove(settings: DuplicatesSettings) -> Signer:
    """Return datatrove's stage 1 without its files: words by spaCy after its own simplification."""
    stage, xxhash = peer("datatrove.pipeline.dedup.minhash"), peer("xxhash")
    peer("spacy")
    rows = settings.permutations // settings.bands
    config = stage.MinhashConfig(settings.shingle_words, settings.bands, rows, settings.seed)
    step = stage.MinhashDedupSignature("memory://signatures", config)
    # datatrove 0.10 hands its hash function a str, which xxhash takes no more since 4.0.
    step._hash_func = lambda run: xxhash.xxh64_intdigest(run.encode())

    def sign(texts: Sequence[str]) -> Signatures:
        of_bands = [step.get_signature(step.get_shingles(text)) for text in texts]
        return [list(chain.from_iterable(bands)) for bands in of_bands]

    return sign


def daft(settings: DuplicatesSettings) -> Signer:
    """Return Daft's expression, over words as white space parts them."""
    library, functions = peer("daft"), peer("daft.functions")
    values = functions.minhash(
        library.col("text"),
        num_hashes=settings.permutations,
        ngram_size=settings.shingle_words,
        seed=settings.seed,
        hash_function="xxhash3_64",
    )

    def sign(texts: Sequence[str]) -> Signatures:
        column = library.from_pydict({"text": texts}).select(values).to_arrow().column(0).combine_chunks()
        rows: Signatures = column.values.to_numpy().reshape(len(texts), -1)
        return rows

    return sign


def word_runs(text: str, size: int) -> list[str]:
    """Return the runs of words of a text as one who has a regex and nothing else makes them."""
    words = _WORD.findall(text.lower())
    return [" ".join(words[start : start + size]) for start in range(max(len(words) - size + 1, 1))]


def peer(name: str) -> ModuleType:
    """Import somebody else's library."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise FreshpressError(f"{name} cannot be imported ({error}); `make bench-env` installs the peers.") from None

"""Signatures from text, shingling included, on one core: ours beside Daft, datasketch, datatrove and rensa.

The texts are real Python files and news. Under each speed stand recall and precision of both sides at three
similarities: which pairs of file revisions share a band, 16 bands of 7 rows for everybody, before anything is verified.
"""

import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from bench.figures import Figure, best_seconds, more_is_better, run_bench
from bench.signature_peers import Signatures, Signer, daft, datasketch, datatrove, ours, rensa, word_runs
from config import DuplicatesSettings, load_settings
from storage.errors import FreshpressError

DATA = Path(__file__).parents[2] / "shared" / "data"
TEXT_FILES = ("github_python_20240801to20240815.jsonl.gz", "bbc_news_20240801to20240815.jsonl.gz")
SIMILARITIES = (0.7, 0.8, 0.9)
# What finds a pair is drawn by lot: rates are means over these seeds, and equal up to what that leaves to chance.
SEEDS = range(1, 4)
EQUAL = 0.95
# Texts that one side signs before it is the other's turn; Daft plans a query for each turn, so it gets large ones.
TURN_TEXTS = 100
LARGE_TURN_TEXTS = 2000
# name → maker, what stands in the row, target, every how many-th text is signed (the slow need not sign all), turn.
PEERS: dict[str, tuple[Callable[[DuplicatesSettings], Signer], str, float, int, int]] = {
    "daft": (daft, "Daft minhash", 1.5, 1, LARGE_TURN_TEXTS),
    "datasketch": (datasketch, "datasketch + regex", 20.0, 2, TURN_TEXTS),
    "datatrove": (datatrove, "datatrove stage 1", 100.0, 16, TURN_TEXTS),
    "rensa": (rensa, "rensa + regex", 8.0, 2, TURN_TEXTS),
}

Pair = tuple[int, int]


def measure(is_quick: bool) -> Iterator[Figure]:
    """Yield the speed of every peer, and what its signatures find."""
    # Every thread that a library starts from here on shares this one core.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    settings = load_settings().curation.duplicates
    texts, truth = _texts(), Truth(_revisions(), settings.shingle_words)
    found_by_us = truth.rates(ours, settings)
    for name, (maker, beside, target, step, turn_texts) in PEERS.items():
        sample = texts[:: step * 2 if is_quick and step > 1 else step]
        our_speed, speed = _megabytes_per_second(sample, turn_texts, ours(settings), maker(settings))
        yield more_is_better(f"signatures_vs_{name}", "MB/s", our_speed, beside, speed, target)
        for what, rate in truth.rates(maker, settings).items():
            yield more_is_better(f"signatures_vs_{name}_{what}", "share", found_by_us[what], beside, rate, EQUAL)


class Truth:
    """Texts of real file revisions and the exact similarity of every pair, by sets of word runs and nothing else."""

    def __init__(self, texts: Sequence[str], shingle_words: int) -> None:
        self.texts = texts
        runs = [frozenset(word_runs(text, shingle_words)) for text in texts]
        self.similarities = {
            (one, other): len(runs[one] & runs[other]) / len(runs[one] | runs[other])
            for one, other in combinations(range(len(texts)), 2)
        }

    def rates(self, maker: Callable[[DuplicatesSettings], Signer], settings: DuplicatesSettings) -> dict[str, float]:
        """Return recall and precision at every similarity, the mean over the seeds."""
        found = [self._found(maker(settings.model_copy(update={"seed": seed})), settings) for seed in SEEDS]
        rates = {}
        for similarity in SIMILARITIES:
            wanted = {pair for pair, exact in self.similarities.items() if exact >= similarity}
            rates[f"recall_{similarity}"] = sum(len(pairs & wanted) / len(wanted) for pairs in found) / len(found)
            rates[f"precision_{similarity}"] = sum(len(pairs & wanted) / len(pairs) for pairs in found) / len(found)
        return rates

    def _found(self, sign: Signer, settings: DuplicatesSettings) -> set[Pair]:
        return band_pairs(sign(self.texts), settings.bands, settings.permutations // settings.bands)


def band_pairs(signatures: Signatures, band_count: int, row_count: int) -> set[Pair]:
    """Return the pairs that share a band, by a dictionary and nothing else."""
    members: dict[tuple[int, ...], list[int]] = {}
    for place, signature in enumerate(signatures):
        values = [int(value) for value in signature]
        for band in range(band_count):
            key = (band, *values[band * row_count : (band + 1) * row_count])
            members.setdefault(key, []).append(place)
    return {pair for group in members.values() for pair in combinations(group, 2)}


def _megabytes_per_second(texts: Sequence[str], turn_texts: int, *signers: Signer) -> list[float]:
    """Return the speed of each on the same texts, each turn the best of three."""
    for sign in signers:
        sign(texts[:2])
    seconds = [0.0] * len(signers)
    for start in range(0, len(texts), turn_texts):
        turn = texts[start : start + turn_texts]
        for place, least in enumerate(best_seconds(*(_signing(sign, turn) for sign in signers))):
            seconds[place] += least
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    return [megabytes / taken for taken in seconds]


def _signing(sign: Signer, texts: Sequence[str]) -> Callable[[], object]:
    return lambda: sign(texts)


def _texts() -> list[str]:
    return [text for name in TEXT_FILES for text in _column(DATA / "text" / name)]


def _revisions() -> list[str]:
    return _column(DATA / "neardup" / "revisions_a_docs.jsonl.gz")


def _column(path: Path) -> list[str]:
    if not path.exists():
        raise FreshpressError(f"{path} is missing; this bench reads the real texts beside the checkout.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


if __name__ == "__main__":
    sys.exit(run_bench(measure, __doc__ or "", sys.argv[1:]))

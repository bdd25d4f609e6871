"""Bits per second of scoring, beside the seed's loop, lm-evaluation-harness and the bare matrix products of the model.

All get the same model, texts and cores, and the bits must be equal where the protocol is the same, or there is no
table. Tokens are those charged. [--device cpu|cuda] [--model FOLDER | --shape 50m|1b|8b] choose what is measured.
"""

import argparse
import copy
import gzip
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.figures import Figure, best_seconds, more_is_better, run_bench
from bench.scoring_peers import Harness, seed_bits
from bench.scoring_shapes import (
    CONTEXT_TOKENS,
    SHAPES,
    VOCABULARY,
    make_network,
    products_flops,
    products_of,
    products_run,
    read_tokenizer,
)
from scoring.devices import dtype_name, pick_device
from scoring.document import measure_documents
from scoring.encode import TokenIds, encode_plain_texts
from scoring.lm_eval import measure_as_lm_eval
from scoring.log_probabilities import Passage, TokenMeter, sum_bits
from scoring.models import LoadedModel, ModelSource, load_model
from scoring.products import is_onednn_faster, use_onednn
from scoring.protocols import find_protocol
from scoring.texts import Text
from scoring.windows import Window, paper_windows
from storage.errors import FreshpressError
from storage.records import text_sha256

DATA = Path(__file__).parents[2] / "shared" / "data"
TEXT_FILE = DATA / "text" / "github_python_20240801to20240815.jsonl.gz"
TOKENIZER = DATA / "tokenizers" / "gpt-neox-20b-tokenizer.json"
# Texts longer than this take the time of many others.
LONGEST_CHARS = 6_000
QUICK_TEXTS, TEXTS = 4, 40
QUICK_WINDOWS, WINDOWS = 2, 8
BATCH_TOKENS = 16_384
SAME_BITS = 1e-6
# What bfloat16 may differ in from float32, so that its speed is that of the same work.
NEAR_BITS = 1e-2
PEAK_SIZE = 8192


@dataclass(frozen=True, slots=True)
class Bench:
    """One model, as the peers are given it and as it is scored, and the texts."""

    network: Any
    model: LoadedModel
    texts: Sequence[Text]
    is_quick: bool

    @property
    def meter(self) -> TokenMeter:
        """Return the model ready to be asked."""
        return TokenMeter(self.model, BATCH_TOKENS)


def measure(is_quick: bool, *, device: str, folder: str | None, shape: str) -> Iterator[Figure]:
    """Yield the figures of one device: float32 and bfloat16 on a processor, bfloat16 on a GPU."""
    place = pick_device(device)
    dtype = torch.bfloat16 if place.type == "cuda" else torch.float32
    network, model = _loaded(folder, shape, place, dtype)
    bench = Bench(network, model, _texts(QUICK_TEXTS if is_quick else TEXTS), is_quick)
    yield from _paper(bench, dtype)
    yield from _lm_eval(bench, dtype)
    yield _dense_peak(bench) if place.type == "cuda" else _bfloat16(bench)


def _paper(bench: Bench, dtype: torch.dtype) -> Iterator[Figure]:
    """Yield the seed's protocol beside the seed's loop, and beside the products alone."""
    ids, windows = _stream(bench)
    meter = bench.meter
    passages = [Passage(ids, window) for window in windows]
    _require_equal("paper", sum_bits(meter.bits(passages)), seed_bits(bench.network, ids, windows), _tolerance(dtype))
    ours, seeds = best_seconds(lambda: meter.bits(passages), lambda: seed_bits(bench.network, ids, windows))
    tokens = sum(passage.target_count for passage in passages)
    name = dtype_name(dtype)
    yield more_is_better(f"paper_{name}", "tokens/s", tokens / ours, "the seed's loop", tokens / seeds, 2.2)
    products = products_of(lambda: meter.bits(passages))
    again, bound = best_seconds(lambda: meter.bits(passages), products_run(products, bench.model.device, dtype))
    yield more_is_better(
        "matrix_bound_share", "tokens/s", tokens / again, "its matrix products alone", tokens / bound, 0.85
    )


def _lm_eval(bench: Bench, dtype: torch.dtype) -> Iterator[Figure]:
    """Yield lm-evaluation-harness by batch size, and ours beside its best."""
    texts = [text.text for text in bench.texts]
    protocol, meter = find_protocol("lm_eval"), bench.meter
    # What its "auto" may try: the logits of eight whole windows are 3 GB, and as much again for their softmax.
    most = 64 if bench.model.device.type == "cuda" else 1 if bench.is_quick else 8
    batch_sizes = (1, 8, "auto")
    assert protocol.window_tokens is not None
    harnesses = [
        Harness(bench.network, bench.model.tokenizer, size, most=most, max_length=protocol.window_tokens)
        for size in batch_sizes
    ]
    measured = measure_as_lm_eval(meter, protocol, bench.texts)
    for harness in harnesses:
        for found, theirs in zip(measured, harness.bits(texts), strict=True):
            _require_equal("lm_eval", found.total_bits, theirs, _tolerance(dtype))
    runs: list[Callable[[], object]] = [partial(harness.bits, texts) for harness in harnesses]
    ours, *theirs_seconds = best_seconds(lambda: measure_as_lm_eval(meter, protocol, bench.texts), *runs)
    tokens = sum(found.scored_token_count for found in measured)
    speed, name = tokens / ours, dtype_name(dtype)
    for size, seconds in zip(batch_sizes, theirs_seconds, strict=True):
        beside = f"lm-evaluation-harness, batch {size}"
        yield more_is_better(f"lm_eval_{name}_batch_{size}", "tokens/s", speed, beside, tokens / seconds, 0)
    best = min(theirs_seconds)
    beside = f"lm-evaluation-harness, batch {batch_sizes[theirs_seconds.index(best)]}, its best"
    yield more_is_better(f"lm_eval_{name}", "tokens/s", speed, beside, tokens / best, 1.25)


def _bfloat16(bench: Bench) -> Figure:
    """Return bfloat16 beside float32, which is for information on a processor that does not multiply in it."""
    halved = LoadedModel(
        bench.model.model_id,
        _tuned(copy.deepcopy(bench.network).bfloat16()),
        bench.model.tokenizer,
        bench.model.device,
        "bfloat16",
        bench.model.attention,
        bench.model.vocabulary_size,
        bench.model.context_tokens,
    )
    protocol = find_protocol("document")
    runs = [partial(measure_documents, TokenMeter(model, BATCH_TOKENS), protocol) for model in (halved, bench.model)]
    fast, exact = (run(bench.texts) for run in runs)
    halved_bits, exact_bits = (math.fsum(some.total_bits for some in found) for found in (fast, exact))
    _require_equal("bfloat16", halved_bits, exact_bits, NEAR_BITS)
    ours, beside = best_seconds(*(partial(run, bench.texts) for run in runs))
    tokens = sum(some.scored_token_count for some in exact)
    has_bfloat16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    name = "float32" if has_bfloat16 else "float32; this processor does not multiply in bfloat16"
    target = 1.8 if has_bfloat16 else 0
    return more_is_better("document_bfloat16", "tokens/s", tokens / ours, name, tokens / beside, target)


def _dense_peak(bench: Bench) -> Figure:
    """Return the share of the GPU's dense bfloat16 peak, as one large product reaches it."""
    device = bench.model.device
    meter, protocol = bench.meter, find_protocol("document")
    run = partial(measure_documents, meter, protocol, bench.texts)
    flops = products_flops(products_of(run))
    (seconds,) = best_seconds(run)
    square = torch.randn(PEAK_SIZE, PEAK_SIZE, device=device, dtype=torch.bfloat16)

    def product() -> None:
        torch.mm(square, square)
        torch.cuda.synchronize(device)

    product()
    (least,) = best_seconds(product)
    peak = 2.0 * PEAK_SIZE**3 / least
    return more_is_better("dense_peak_share", "TFLOP/s", flops / seconds / 1e12, "one large product", peak / 1e12, 0.6)


def _loaded(folder: str | None, shape: str, device: torch.device, dtype: torch.dtype) -> tuple[Any, LoadedModel]:
    """Return the model as its library makes it, and as it is scored."""
    if folder is not None:
        source = ModelSource(folder, folder, None, "base", trust_remote_code=False)
        model = load_model(source, device, dtype, CONTEXT_TOKENS)
        plain = type(model.network).from_pretrained(folder, dtype=dtype).to(device).eval()
        return plain, model
    network = make_network(shape, device, dtype)
    tuned = _tuned(copy.deepcopy(network)) if device.type == "cpu" else network
    tokenizer = read_tokenizer(TOKENIZER)
    attention = str(network.config._attn_implementation)
    return network, LoadedModel(
        f"random-{shape}", tuned, tokenizer, device, dtype_name(dtype), attention, VOCABULARY, CONTEXT_TOKENS
    )


def _tuned(network: Any) -> Any:
    return use_onednn(network) if is_onednn_faster() else network


def _stream(bench: Bench) -> tuple[TokenIds, list[Window]]:
    """Return real ids and windows of `paper` over them; the first, in which all is charged, is one of thousands."""
    ids = np.concatenate(encode_plain_texts(bench.model.tokenizer, [text.text for text in _texts(TEXTS)]))
    protocol = find_protocol("paper")
    assert protocol.window_tokens is not None
    assert protocol.stride_tokens is not None
    return ids, paper_windows(len(ids), protocol.window_tokens, protocol.stride_tokens)[
        1 : 1 + (QUICK_WINDOWS if bench.is_quick else WINDOWS)
    ]


def _texts(count: int) -> list[Text]:
    if not TEXT_FILE.exists():
        raise FreshpressError(f"{TEXT_FILE} is missing; this bench reads the real texts beside the checkout.")
    with gzip.open(TEXT_FILE, "rt", encoding="utf-8") as lines:
        contents = [json.loads(line)["text"] for line in lines]
    chosen = [content for content in contents if content and len(content) < LONGEST_CHARS][:count]
    return [Text(f"{place:03d}", text_sha256(text), "github", text) for place, text in enumerate(chosen)]


def _tolerance(dtype: torch.dtype) -> float:
    return SAME_BITS if dtype == torch.float32 else NEAR_BITS


def _require_equal(what: str, ours: float, theirs: float, tolerance: float) -> None:
    if not math.isclose(ours, theirs, rel_tol=tolerance):
        raise FreshpressError(f"{what}: {ours} bits beside {theirs}, more than {tolerance:g} apart; no speed counts.")


def main(arguments: Sequence[str]) -> int:
    """Print the table of the model and device asked for."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model")
    parser.add_argument("--shape", choices=SHAPES, default="50m")
    chosen, rest = parser.parse_known_args(arguments)
    asked = partial(measure, device=chosen.device, folder=chosen.model, shape=chosen.shape)
    return run_bench(asked, __doc__ or "", rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

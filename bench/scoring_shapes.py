"""The models that scoring is measured on, and the time their matrix products take with nothing between them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from bench.figures import best_seconds
from scoring import attention
from scoring.products import OneDnnLinear, lay_out_weights
from storage.errors import FreshpressError

# Llama of random weights: what a product takes does not depend on them. 50m is untied, as Llama is, over GPT-NeoX's
# vocabulary; 1b and 8b are Llama 3.2 1B and Llama 3.1 8B but for the vocabulary.
SHAPES: dict[str, dict[str, Any]] = {
    "50m": {"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 6},
    "1b": {
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
    },
    "8b": {
        "hidden_size": 4096,
        "intermediate_size": 14_336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
    },
}
VOCABULARY = 50_304
CONTEXT_TOKENS = 2048
SEED = 2404

Product = tuple[Any, ...]


def make_network(shape: str, device: torch.device, dtype: torch.dtype) -> Any:
    """Return a model of random weights."""
    torch.manual_seed(SEED)
    config = LlamaConfig(vocab_size=VOCABULARY, max_position_embeddings=CONTEXT_TOKENS, **SHAPES[shape])
    with device:
        network: Any = LlamaForCausalLM(config)
        return network.to(dtype).eval()


def read_tokenizer(path: Path) -> Any:
    """Return GPT-NeoX's tokenizer."""
    if not path.exists():
        raise FreshpressError(f"{path} is missing; this bench reads the real tokenizer beside the checkout.")
    end = "<|endoftext|>"
    make: Any = PreTrainedTokenizerFast
    return make(tokenizer_file=str(path), bos_token=end, eos_token=end)


def products_of(run: Callable[[], object]) -> Counter[Product]:
    """Return which linear layers and attentions a run computes, by shape, and how often."""
    seen: Counter[Product] = Counter()

    def note_linear(layer: torch.nn.Linear, inputs: torch.Tensor) -> None:
        seen.update([("linear", inputs.numel() // layer.in_features, layer.in_features, layer.out_features)])

    def note_attention(query: torch.Tensor, key: torch.Tensor, *_: Any, **options: Any) -> None:
        is_causal = "first" in options or bool(options.get("is_causal"))
        seen.update([("attention", tuple(query.shape), tuple(key.shape), is_causal, options.get("first", 0))])

    with (
        _watched(torch.nn.Linear, "forward", note_linear),
        _watched(OneDnnLinear, "forward", note_linear),
        _watched(attention, "attend", note_attention),
        _AttentionWatch(note_attention),
    ):
        run()
    return seen


def products_run(products: Counter[Product], device: torch.device, dtype: torch.dtype) -> Callable[[], None]:
    """Return what computes the products one after another, each by the fastest way that this torch has for it."""
    work = []
    with torch.inference_mode():
        for shape, count in products.items():
            ways = _ways(shape, device, dtype)
            seconds = best_seconds(*ways)
            work += [ways[seconds.index(min(seconds))]] * count

    def run() -> None:
        with torch.inference_mode():
            for product in work:
                product()

    return run


def products_flops(products: Counter[Product]) -> float:
    """Return the floating-point operations of the products; causal attention computes half of its square."""
    return float(sum(count * _flops(shape) for shape, count in products.items()))


@contextmanager
def _watched(owner: Any, name: str, note: Callable[..., None]) -> Iterator[None]:
    original = getattr(owner, name)

    def watched(*given: Any, **options: Any) -> Any:
        note(*given, **options)
        return original(*given, **options)

    setattr(owner, name, watched)
    try:
        yield
    finally:
        setattr(owner, name, original)


class _AttentionWatch(TorchFunctionMode):
    """Notes the attentions that are left to torch."""

    def __init__(self, note: Callable[..., None]) -> None:
        super().__init__()
        self._note = note

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.nn.functional.scaled_dot_product_attention:
            self._note(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _ways(shape: Product, device: torch.device, dtype: torch.dtype) -> list[Callable[[], object]]:
    if shape[0] == "attention":
        _, of_query, of_key, is_causal, first = shape
        query, key = (torch.randn(size, device=device, dtype=dtype) for size in (of_query, of_key))
        options = {"is_causal": is_causal, "enable_gqa": of_query[1] != of_key[1]}
        ways = [_ended(lambda: torch.nn.functional.scaled_dot_product_attention(query, key, key, **options))]
        is_blocked = is_causal and device.type == "cpu"
        return ways + ([_ended(lambda: attention.attend(query, key, key, first=first))] if is_blocked else [])
    _, rows, inner, outer = shape
    inputs = torch.randn(rows, inner, device=device, dtype=dtype)
    make = partial(torch.nn.Linear, inner, outer, bias=False, device=device, dtype=dtype)
    layers = [make()] if device.type == "cuda" else [make(), lay_out_weights(make())]
    return [_ended(partial(layer, inputs)) for layer in layers]


def _ended(work: Callable[[], object]) -> Callable[[], object]:
    """Return the work with what a GPU still does of it."""

    def run() -> None:
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    run()
    return run


def _flops(shape: Product) -> float:
    if shape[0] == "linear":
        return float(2 * shape[1] * shape[2] * shape[3])
    _, (batch, heads, queries, size), (_, _, keys, _), is_causal, first = shape
    seen = (queries * keys - first**2) / 2 if is_causal else queries * keys
    return float(4 * batch * heads * size * seen)

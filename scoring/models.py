"""A real Hugging Face causal model from a folder or the Hub, or one sentence that says why not.

What can be told without reading weights (parameters, context, revision) is told without reading them. No code that
comes with a model runs, and no pickled weights are opened, unless the operator trusts that model by name.
"""

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from scoring.devices import BALANCED, dtype_name
from scoring.products import is_onednn_faster, use_onednn
from storage.errors import ScoringError

# Where configurations keep the context length, in the order lm-evaluation-harness asks, then older families' names.
CONTEXT_NAMES = ("n_positions", "max_position_embeddings", "n_ctx", "max_seq_len", "max_sequence_length", "seq_length")
WEIGHT_PATTERNS = ("*.safetensors", "pytorch_model*.bin")
LOADING_ERRORS = (OSError, ValueError, KeyError, ImportError, RuntimeError, AttributeError, SafetensorError)
HASH_BLOCK_BYTES = 1 << 20
NO_FOLDER = "there is no model folder {}; give one that save_pretrained has written, or the id of a model on the Hub"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Which model to measure and where it lies: `location` is a folder, a Hub id, or a codec's id."""

    model_id: str
    location: str
    revision: str | None
    kind: str
    trust_remote_code: bool


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model says of itself before its weights are read."""

    model_id: str
    revision: str
    parameter_count: int
    context_tokens: int | None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to be measured. `context_tokens` is None where a model states no limit."""

    model_id: str
    network: Any
    tokenizer: Any
    device: torch.device
    dtype: str
    attention: str
    vocabulary_size: int
    context_tokens: int | None


def load_model(
    source: ModelSource,
    device: torch.device,
    dtype: torch.dtype,
    window_tokens: int | None,
    *,
    is_spread: bool = False,
) -> LoadedModel:
    """Load a model and its tokenizer; a context shorter than the window is refused before weights are read.

    A spread model lies over all GPUs, layer after layer; `device` is then where its ids go in.
    """
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    config = _load_config(source.location, source.revision, source.trust_remote_code)
    require_context(source.model_id, context_tokens(config), window_tokens)
    _require_unchanged(source)
    options = _options(source.location, source.revision, source.trust_remote_code)
    network = _load_network(source, dtype, options, is_spread=is_spread)
    if not is_spread:
        network = _or_one_sentence(source.location, partial(network.to, device))
    if network.device.type == "cpu" and is_onednn_faster():
        use_onednn(network)
    tokenizer = _or_one_sentence(source.location, partial(AutoTokenizer.from_pretrained, source.location, **options))
    text_config = config.get_text_config()
    return LoadedModel(
        source.model_id,
        network.eval(),
        tokenizer,
        network.device,
        dtype_name(dtype),
        attention=str(getattr(network.config, "_attn_implementation", None)),
        vocabulary_size=int(text_config.vocab_size),
        context_tokens=context_tokens(config),
    )


def describe_model(location: str, revision: str | None = None, *, trust_remote_code: bool = False) -> ModelFacts:
    """Say what a model is without reading its weights into memory (a folder's are hashed)."""
    config = _load_config(location, revision, trust_remote_code)
    with torch.device("meta"):
        build = partial(AutoModelForCausalLM.from_config, config, trust_remote_code=trust_remote_code)
        parameter_count = _or_one_sentence(location, build).num_parameters()
    is_folder = Path(location).is_dir()
    found = (
        folder_revision(Path(location)) if is_folder else getattr(config, "_commit_hash", None) or revision or "main"
    )
    name = Path(location).resolve().name if is_folder else location
    return ModelFacts(f"{name}@{found}", found, int(parameter_count), context_tokens(config))


def folder_revision(folder: Path) -> str:
    """Return the sha256 of the weights in a folder: of the one file, or of all files in order of their names."""
    digest = hashlib.sha256()
    for path in weight_files(folder):
        with path.open("rb") as file:
            while block := file.read(HASH_BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


def weight_files(folder: Path) -> list[Path]:
    """Return the weight files of a model folder, safetensors before anything else."""
    if not folder.is_dir():
        raise ScoringError(NO_FOLDER.format(folder))
    if not (folder / "config.json").is_file():
        raise ScoringError(f"{folder} is no model folder: it has no config.json; save the model with save_pretrained")
    for pattern in WEIGHT_PATTERNS:
        if found := sorted(folder.glob(pattern)):
            return found
    raise ScoringError(f"{folder} has no weights (model*.safetensors); save the model with save_pretrained")


def context_tokens(config: Any) -> int | None:
    """Return how many ids the model reads at most; None where it states no limit (recurrent models, ALiBi)."""
    text_config = config.get_text_config()
    stated = (getattr(text_config, name, None) for name in CONTEXT_NAMES)
    return next((int(value) for value in stated if isinstance(value, int) and value > 0), None)


def require_context(model_id: str, context: int | None, window_tokens: int | None) -> None:
    """Refuse a model that cannot read one whole window."""
    if context is not None and window_tokens is not None and context < window_tokens:
        message = f"{model_id} reads at most {context} tokens and the protocol's window is {window_tokens}"
        raise ScoringError(f"{message}; choose a protocol with a shorter window, such as document_512")


def _load_network(source: ModelSource, dtype: torch.dtype, options: dict[str, Any], *, is_spread: bool) -> Any:
    if is_spread and importlib.util.find_spec("accelerate") is None:
        message = "device balanced lays a model over several GPUs by accelerate, which is not installed"
        raise ScoringError(f"{message}; pip install 'freshpress[gpu]', or choose one device")
    # A model that lacks some of its weights would be filled up with random ones and measured without a word.
    load = partial(
        AutoModelForCausalLM.from_pretrained,
        source.location,
        dtype=dtype,
        use_safetensors=None if source.trust_remote_code else True,
        output_loading_info=True,
        device_map=BALANCED if is_spread else None,
        **options,
    )
    network, report = _or_one_sentence(source.location, load)
    if missing := sorted(report["missing_keys"]):
        message = f"the weights at {source.location} lack {len(missing)} of the model's tensors, first {missing[0]}"
        raise ScoringError(f"{message}; save the whole model with save_pretrained")
    return network


def _load_config(location: str, revision: str | None, trust_remote_code: bool) -> Any:
    folder = Path(location)
    if folder.is_dir():
        weight_files(folder)
    elif _is_path(location):
        raise ScoringError(NO_FOLDER.format(location))
    options = _options(location, revision, trust_remote_code)
    return _or_one_sentence(location, partial(AutoConfig.from_pretrained, location, **options))


def _is_path(location: str) -> bool:
    """Tell a mistyped folder, which nobody should look for on the Hub, from an id like owner/name."""
    folder = Path(location)
    has_parent = "/" in location and folder.parent.is_dir()
    return folder.is_absolute() or location.startswith((".", "~")) or location.count("/") > 1 or has_parent


def _options(location: str, revision: str | None, trust_remote_code: bool) -> dict[str, Any]:
    # A folder's revision is the hash of its weights, which means nothing to the Hub.
    is_on_hub = not Path(location).is_dir()
    return {"trust_remote_code": trust_remote_code} | ({"revision": revision} if is_on_hub and revision else {})


def _require_unchanged(source: ModelSource) -> None:
    folder = Path(source.location)
    if source.revision is None or not folder.is_dir():
        return
    found = folder_revision(folder)
    if found != source.revision:
        message = f"the weights in {folder} hash to {found[:12]} and {source.model_id} to {source.revision[:12]}"
        raise ScoringError(f"{message}; put the old weights back, or add the new ones as a model of their own")


def _or_one_sentence(location: str, load: partial[Any]) -> Any:
    try:
        return load()
    except LOADING_ERRORS as error:
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        where = "" if Path(location).is_dir() else ", which is neither a folder here nor a model the Hub gives out"
        raise ScoringError(f"no model can be loaded from {location}{where}: {reason}") from error

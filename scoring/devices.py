"""Where a model runs and in which number format, and what the machine says of itself afterwards."""

import math
import platform
import resource
import sys

import torch
import transformers

from storage.errors import ScoringError

# The name of all GPUs at once; accelerate's own word for laying the layers of a model over them.
BALANCED = "balanced"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def pick_device(name: str) -> torch.device:
    """Return the named device, or where a model that is spread begins; "auto" takes a GPU when there is one."""
    present = _present_devices()
    if is_spread(name) and "cuda" in present:
        return torch.device("cuda")
    if name == "auto":
        return torch.device("cuda" if "cuda" in present else "cpu")
    if name not in present:
        seen = f"torch {torch.__version__} sees {', '.join(present)} here"
        raise ScoringError(f"there is no device {name!r}: {seen}; choose one of these, or auto")
    return torch.device(name)


def is_spread(name: str) -> bool:
    """Tell whether a model is to lie over all GPUs."""
    return name == BALANCED


def _present_devices() -> list[str]:
    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return ["cpu", *(["cuda", *gpus] if gpus else []), *(["mps"] if torch.backends.mps.is_available() else [])]


def pick_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return the named format; "auto" is bfloat16 on a GPU that computes in it and float32 elsewhere."""
    if name == "auto":
        is_fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if is_fast else torch.float32
    if name not in DTYPES:
        raise ScoringError(f"there is no dtype {name!r}; choose auto, {', '.join(DTYPES)}")
    return DTYPES[name]


def dtype_name(dtype: torch.dtype) -> str:
    """Return "float32" for torch.float32."""
    return str(dtype).removeprefix("torch.")


def library_versions() -> str:
    """Return what the bits of a model may depend on besides the model."""
    return f"torch={torch.__version__} transformers={transformers.__version__} python={platform.python_version()}"


def peak_memory_bytes(device: torch.device) -> int:
    """Return the most memory this process has held: on the GPUs where one computes, otherwise in all."""
    if device.type == "cuda":
        return sum(map(torch.cuda.max_memory_allocated, range(torch.cuda.device_count())))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_memory_bytes(device: torch.device, *, is_spread: bool) -> float:
    """Return how much memory a GPU, or all of them for a spread model, can still give; a processor is not asked."""
    if device.type != "cuda":
        return math.inf
    torch.cuda.empty_cache()
    numbers = range(torch.cuda.device_count()) if is_spread else [device]
    return sum(torch.cuda.mem_get_info(number)[0] for number in numbers)


def device_name(device: torch.device) -> str:
    """Return "cpu", or "cuda" and which GPU."""
    return f"cuda {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type

"""Score 100 texts with a vocabulary of 152k; print the peak above the loaded model, the largest tensor and weights."""

import resource
import sys
from pathlib import Path

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scoring.log_probabilities import Passage, TokenMeter
from scoring.models import LoadedModel
from scoring.windows import document_windows

VOCABULARY = 152_000
START_ID = 0


class Largest(TorchDispatchMode):
    """Remembers the size of the largest tensor that any operation gave."""

    byte_count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        found = operation(*args, **(kwargs or {}))
        for tensor in found if isinstance(found, tuple | list) else (found,):
            if isinstance(tensor, torch.Tensor):
                self.byte_count = max(self.byte_count, tensor.numel() * tensor.element_size())
        return found


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    torch.set_num_threads(1)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    network = LlamaForCausalLM(LlamaConfig(vocab_size=VOCABULARY, **shape)).eval()
    meter = TokenMeter(
        LoadedModel("m", network, None, torch.device("cpu"), "float32", "sdpa", VOCABULARY, None), 16_384
    )
    chance = np.random.default_rng(1)
    # One whole window, and 99 texts of a few words.
    texts = [chance.integers(0, VOCABULARY, count) for count in (1900, *[30] * 99)]
    passages = [Passage(ids, window, START_ID) for ids in texts for window in document_windows(len(ids), 1900, 512)]
    loaded = resident_bytes()
    with Largest() as largest:
        meter.bits(passages)
    weights = max(parameter.numel() * parameter.element_size() for parameter in network.parameters())
    sys.stdout.write(f"{peak_bytes() - loaded} {largest.byte_count} {weights}\n")


if __name__ == "__main__":
    main()

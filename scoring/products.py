"""Linear layers on a CPU by the faster of torch's two libraries of matrix products.

torch takes MKL for float32, which holds back on processors that are not Intel's: on a Zen 4 core oneDNN does 96
GFLOP/s where MKL does 74 (128 rows × 512 × 50,304) and 103 where it does 91 (1,900 × 512 × 512). The sums are in
another order, which moves a bit by less than 1e-6 of it. Bfloat16 goes through oneDNN anyway.

oneDNN lays weights out anew for each product, which the head, with many weights for few rows, waits for: once laid out
for good it takes 62 ms instead of 68 (166 rows × 384 × 50,304), in bfloat16 31 instead of 34, and no bit moves.
"""

from pathlib import Path
from typing import Any

import torch

CPU_FACTS = Path("/proc/cpuinfo")
# Rows of a product that the head's weights are laid out for; others are as right.
HEAD_ROWS = 128


class OneDnnLinear(torch.nn.Linear):
    """`torch.nn.Linear` whose product oneDNN computes, from weights as torch lays them or as oneDNN does."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  (torch's own name)
        """Return input × weightᵀ + bias."""
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(input, self.weight, self.bias, "none", [], "")
        return product


def is_onednn_faster() -> bool:
    """Tell a processor with AVX-512 on which MKL does not do its best; one answer per machine, so bits do not vary."""
    is_built_in = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    has_onednn = is_built_in and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    has_avx512 = torch.backends.cpu.get_cpu_capability() == "AVX512"
    return has_onednn and has_avx512 and CPU_FACTS.is_file() and "AuthenticAMD" in CPU_FACTS.read_text("utf-8")


def use_onednn(network: Any) -> Any:
    """Hand the float32 linear layers and the head to oneDNN; layers of other kinds stay as they are.

    A head that shares its weights with the embedding gets its own, which cost their size in memory.
    """
    for layer in network.modules():
        if type(layer) is torch.nn.Linear and layer.weight.dtype == torch.float32:
            layer.__class__ = OneDnnLinear
    head = network.get_output_embeddings()
    if type(head) in (torch.nn.Linear, OneDnnLinear) and head.weight.dtype in (torch.float32, torch.bfloat16):
        lay_out_weights(head)
    return network


def lay_out_weights(layer: torch.nn.Linear) -> torch.nn.Linear:
    """Let oneDNN compute a layer from weights that are laid out as it wants them; nothing else can read them then."""
    laid_out = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), HEAD_ROWS)
    layer.weight = torch.nn.Parameter(laid_out, requires_grad=False)
    layer.__class__ = OneDnnLinear
    return layer

"""Linear layers on a CPU by the faster of torch's two libraries of matrix products.

torch takes MKL for float32, which holds back on processors that are not Intel's: on a Zen 4 core oneDNN does 96
GFLOP/s where MKL does 74 (128 rows × 512 × 50,304) and 103 where it does 91 (1,900 × 512 × 512). The sums are in
another order, which moves a bit by less than 1e-6 of it. Bfloat16 goes through oneDNN anyway.
"""

from pathlib import Path
from typing import Any

import torch

CPU_FACTS = Path("/proc/cpuinfo")


class OneDnnLinear(torch.nn.Linear):
    """`torch.nn.Linear` whose product oneDNN computes, from the weights as they lie."""

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
    """Hand the float32 linear layers of a network to oneDNN; layers of other kinds stay as they are."""
    for layer in network.modules():
        if type(layer) is torch.nn.Linear and layer.weight.dtype == torch.float32:
            layer.__class__ = OneDnnLinear
    return network

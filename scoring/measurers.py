"""What turns texts into bits: a network under a protocol, or a codec. A network is loaded when first asked."""

import gc
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch

from scoring import devices
from scoring.ahead import Cut, CutAhead
from scoring.codec_dictionaries import PrimedCodec
from scoring.codec_streams import measure_stream
from scoring.codecs import codec_version, measure_compressed
from scoring.document import document_passages, measure_documents
from scoring.lm_eval import lm_eval_passages, measure_as_lm_eval
from scoring.log_probabilities import Passage, TokenMeter
from scoring.measured import Measured
from scoring.models import LoadedModel, ModelSource, load_model
from scoring.protocols import LM_EVAL, NO_START, SOURCE_STREAM, UTF8
from scoring.texts import Text
from storage.errors import ScoringError
from storage.records import Protocol

CODEC_KIND = "codec"
# Of the weights' size in float32, for what a forward pass needs beside them.
FLOAT32_HEADROOM = 1.2


class CodecMeasurer:
    """Measures by a general-purpose compressor, whose bits are the same everywhere."""

    device = "cpu"
    dtype = "none"
    attention = "none"
    float32_difference = 0.0

    def __init__(self, source: ModelSource, protocol: Protocol) -> None:
        if protocol.encoding != UTF8:
            raise ScoringError(f"{source.model_id} is a codec and {protocol.name} needs tokens; use protocol codec")
        self.source, self.protocol = source, protocol
        self.library_versions = codec_version(source.model_id)

    @cached_property
    def _primed(self) -> PrimedCodec:
        """The codec with its dictionary, which lies at the model's location."""
        return PrimedCodec(self.source.model_id, self.source.location, self.protocol)

    def measure(self, texts: Sequence[Text], on_tokens: Callable[[int], None]) -> list[Measured]:
        """Return the bits of each text; of a packed protocol the texts are those of one source."""
        on_tokens(0)
        if self.protocol.start_token != NO_START:
            return self._primed.measure(texts)
        procedure = measure_stream if self.protocol.packing == SOURCE_STREAM else measure_compressed
        return procedure(self.source.model_id, texts)

    def peak_memory_bytes(self) -> int:
        """Return the most memory this process has held."""
        return devices.peak_memory_bytes(devices.pick_device("cpu"))


class NetworkMeasurer:
    """Measures by a network, each text alone or, through `meter`, a packed stream."""

    def __init__(self, source: ModelSource, protocol: Protocol, device: str, dtype: str, batch_tokens: int) -> None:
        if protocol.encoding == UTF8:
            raise ScoringError(f"{source.model_id} is no codec and protocol {protocol.name} is for codecs alone")
        self.source, self.protocol, self.batch_tokens = source, protocol, batch_tokens
        self._device = devices.pick_device(device)
        self._is_spread = devices.is_spread(device)
        self._dtype = devices.pick_dtype(dtype, self._device)
        self.device = devices.device_name(self._device)
        self.dtype = devices.dtype_name(self._dtype)
        self.float32_difference = None  # known once windows are scored again
        self.library_versions = devices.library_versions()

    @cached_property
    def meter(self) -> TokenMeter:
        """The loaded model."""
        window_tokens = self.protocol.window_tokens
        model = load_model(self.source, self._device, self._dtype, window_tokens, is_spread=self._is_spread)
        return TokenMeter(model, self.batch_tokens)

    @property
    def attention(self) -> str:
        """Which attention kernels the model runs on."""
        return self.meter.model.attention

    def measure(self, texts: Sequence[Text], on_tokens: Callable[[int], None]) -> list[Measured]:
        """Return the bits of each text."""
        self.meter.on_tokens = on_tokens
        procedure = measure_as_lm_eval if self.protocol.encoding == LM_EVAL else measure_documents
        return procedure(self.meter, self.protocol, texts, self._cut_ahead.take(texts))

    def expect(self, texts: Sequence[Text]) -> None:
        """Encode the texts that are measured next while a GPU measures those before."""
        if self._device.type == "cuda":
            self._cut_ahead.expect(texts)

    def passages(self, texts: Sequence[Text]) -> list[list[Passage]]:
        """Return the windows of each text, in order."""
        return self._cut(self.meter.model.tokenizer, texts)[1]

    @cached_property
    def _cut_ahead(self) -> CutAhead:
        return CutAhead(self._cut, self.meter.model.tokenizer)

    def _cut(self, tokenizer: Any, texts: Sequence[Text]) -> Cut:
        cut = lm_eval_passages if self.protocol.encoding == LM_EVAL else document_passages
        return cut(tokenizer, self.protocol, texts)

    def plain_model(self) -> LoadedModel:
        """Return the model in float32: these weights, or those at its location where they run in another format.

        The others give their memory back first. A GPU too small for float32 leaves the work to the processor.
        """
        if self.dtype == "float32":
            return self.meter.model
        needed = FLOAT32_HEADROOM * 4 * sum(weights.numel() for weights in self.meter.model.network.parameters())
        del self.meter
        gc.collect()
        device, is_spread = self._device, self._is_spread
        if devices.free_memory_bytes(device, is_spread=is_spread) < needed:
            device, is_spread = torch.device("cpu"), False
        return load_model(self.source, device, torch.float32, self.protocol.window_tokens, is_spread=is_spread)

    def peak_memory_bytes(self) -> int:
        """Return the most memory this process has held."""
        return devices.peak_memory_bytes(self._device)


Measurer = CodecMeasurer | NetworkMeasurer


def find_measurer(source: ModelSource, protocol: Protocol, *, device: str, dtype: str, batch_tokens: int) -> Measurer:
    """Return what measures this model."""
    if source.kind == CODEC_KIND:
        return CodecMeasurer(source, protocol)
    return NetworkMeasurer(source, protocol, device, dtype, batch_tokens)

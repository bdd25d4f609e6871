"""What turns texts into bits: a network under a protocol, or a codec. A network is loaded when first asked."""

from collections.abc import Callable, Sequence
from functools import cached_property

from scoring import devices
from scoring.codecs import codec_version, measure_compressed
from scoring.document import measure_documents
from scoring.lm_eval import measure_as_lm_eval
from scoring.log_probabilities import TokenMeter
from scoring.measured import Measured
from scoring.models import ModelSource, load_model
from scoring.protocols import LM_EVAL, UTF8
from scoring.texts import Text
from storage.errors import ScoringError
from storage.records import Protocol

CODEC_KIND = "codec"


class CodecMeasurer:
    """Measures by a general-purpose compressor, whose bits are the same everywhere."""

    device = "cpu"
    dtype = "none"
    attention = "none"
    float32_difference = 0.0

    def __init__(self, source: ModelSource, protocol: Protocol) -> None:
        if protocol.encoding != UTF8:
            raise ScoringError(f"{source.model_id} is a codec and {protocol.name} needs tokens; use protocol codec")
        self.codec = source.model_id
        self.library_versions = codec_version(self.codec)

    def measure(self, texts: Sequence[Text], on_tokens: Callable[[int], None]) -> list[Measured]:
        """Return the bits of each text."""
        on_tokens(0)
        return measure_compressed(self.codec, texts)

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
        self._dtype = devices.pick_dtype(dtype, self._device)
        self.device = devices.device_name(self._device)
        self.dtype = devices.dtype_name(self._dtype)
        self.float32_difference = 0.0 if self.dtype == "float32" else None
        self.library_versions = devices.library_versions()

    @cached_property
    def meter(self) -> TokenMeter:
        """The loaded model."""
        model = load_model(self.source, self._device, self._dtype, self.protocol.window_tokens)
        return TokenMeter(model, self.batch_tokens)

    @property
    def attention(self) -> str:
        """Which attention kernels the model runs on."""
        return self.meter.model.attention

    def measure(self, texts: Sequence[Text], on_tokens: Callable[[int], None]) -> list[Measured]:
        """Return the bits of each text."""
        self.meter.on_tokens = on_tokens
        procedure = measure_as_lm_eval if self.protocol.encoding == LM_EVAL else measure_documents
        return procedure(self.meter, self.protocol, texts)

    def peak_memory_bytes(self) -> int:
        """Return the most memory this process has held."""
        return devices.peak_memory_bytes(self._device)


Measurer = CodecMeasurer | NetworkMeasurer


def find_measurer(source: ModelSource, protocol: Protocol, *, device: str, dtype: str, batch_tokens: int) -> Measurer:
    """Return what measures this model."""
    if source.kind == CODEC_KIND:
        return CodecMeasurer(source, protocol)
    return NetworkMeasurer(source, protocol, device, dtype, batch_tokens)

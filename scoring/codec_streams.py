"""Protocol `codec_stream`: the texts of a source as one stream, so that a codec knows the texts before.

The bits of all texts together are exactly those of the compressed stream. Codecs put out whole blocks of many texts, so
a stream's bits are shared: in proportion to what each text adds to the same stream flushed after every text. Flushing
costs up to a tenth, which is why the stream itself is not flushed. PPMd puts out a text's bytes as they come; xz cannot
be flushed and shares as zstd does.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from scoring.codecs import brotli_compressor, find_codec, ppmd_encoder, zstd_level
from scoring.measured import Measured
from scoring.texts import Text


def measure_stream(codec: str, texts: Sequence[Text]) -> list[Measured]:
    """Return the bits of each text of one source; the texts come by ascending document_id."""
    data = [text.text.encode() for text in texts]
    total_bits = 8.0 * len(find_codec(codec)[0](b"".join(data)))
    added = np.fromiter(ADDED_BYTES[codec](data), np.float64, len(data))
    # A coder keeps some bits back, so a text that is nearly foretold may seem to add none.
    weights = np.maximum(added, [bool(some) for some in data])
    if not weights.any():  # a stream of empty texts, which has a header all the same
        weights = np.ones(len(data))
    return [Measured(float(bits), 0, 0, 0) for bits in weights * (total_bits / weights.sum())]


def _zstd_added(data: Iterable[bytes]) -> Iterable[int]:
    import zstandard

    stream = zstandard.ZstdCompressor(compression_params=zstd_level()).compressobj()
    for some in data:
        yield len(stream.compress(some)) + len(stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))


def _brotli_added(data: Iterable[bytes]) -> Iterable[int]:
    stream = brotli_compressor()
    for some in data:
        yield len(stream.process(some)) + len(stream.flush())


def _ppmd_added(data: Iterable[bytes]) -> Iterable[int]:
    stream = ppmd_encoder()
    for some in data:
        yield len(stream.encode(some))


# model_id → how many bytes each text adds.
ADDED_BYTES: dict[str, Callable[[Iterable[bytes]], Iterable[int]]] = {
    "zstd@19": _zstd_added,
    "xz@9e": _zstd_added,
    "brotli@11": _brotli_added,
    "ppmd@12": _ppmd_added,
}

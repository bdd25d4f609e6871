"""General-purpose compressors as models: 8 × the bytes each needs for a text, at their strongest settings.

They are the floor under every comparison. The libraries are imported where they are used.
"""

from collections.abc import Callable, Sequence
from typing import Any

from scoring.measured import Measured
from scoring.texts import Text
from storage.errors import ScoringError

WINDOW_LOG = 27  # zstd --long: 128 MiB
BROTLI_WINDOW_LOG = 24
# PPMd gains up to order 12 on files and articles, alone or in a row, and loses from 16 on.
PPMD_ORDER = 12
PPMD_MEMORY_BYTES = 1 << 28


def measure_compressed(codec: str, texts: Sequence[Text]) -> list[Measured]:
    """Return the bits of each text under a codec. A codec has no tokens and alters nothing."""
    compress = find_codec(codec)[0]
    return [Measured(8.0 * len(compress(text.text.encode())), 0, 0, 0) for text in texts]


def codec_version(codec: str) -> str:
    """Return the library a codec's bits depend on, with its version."""
    return find_codec(codec)[1]()


def find_codec(codec: str) -> tuple[Callable[[bytes], bytes], Callable[[], str]]:
    """Return how a codec compresses and how it tells its version, or say which codecs there are."""
    if codec not in CODECS:
        raise ScoringError(f"there is no codec {codec!r}; choose one of {', '.join(CODECS)}")
    return CODECS[codec]


def zstd_level() -> Any:
    """Return the strongest settings whose output every zstd decompresses."""
    import zstandard

    return zstandard.ZstdCompressionParameters.from_level(19, window_log=WINDOW_LOG, enable_ldm=True)


def brotli_compressor() -> Any:
    """Return brotli at its strongest settings, for a stream."""
    import brotli

    return brotli.Compressor(quality=11, lgwin=BROTLI_WINDOW_LOG)


def ppmd_encoder() -> Any:
    """Return PPMd variant H, for a stream. Its code has no header: a decoder is told the settings and the length."""
    import pyppmd

    return pyppmd.Ppmd7Encoder(PPMD_ORDER, PPMD_MEMORY_BYTES)


def _zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(compression_params=zstd_level()).compress(data)


def _zstd_version() -> str:
    import zstandard

    return f"zstandard={zstandard.__version__} libzstd={'.'.join(map(str, zstandard.ZSTD_VERSION))}"


def _xz(data: bytes) -> bytes:
    import lzma

    # As long as the preset's own 64 MiB window, in a tenth of the time: a window no longer than the text is set up.
    window = min(1 << 26, 1 << max(12, (len(data) - 1).bit_length()))
    lzma2 = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window}
    return lzma.compress(data, format=lzma.FORMAT_XZ, filters=[lzma2])


def _xz_version() -> str:
    import platform

    return f"lzma of python={platform.python_version()}"


def _brotli(data: bytes) -> bytes:
    import brotli

    return bytes(brotli.compress(data, quality=11, lgwin=BROTLI_WINDOW_LOG))


def _brotli_version() -> str:
    import brotli

    return f"brotli={brotli.__version__}"


def _ppmd(data: bytes) -> bytes:
    encoder = ppmd_encoder()
    return bytes(encoder.encode(data) + encoder.flush())


def _ppmd_version() -> str:
    import pyppmd

    return f"pyppmd={pyppmd.__version__}"


# model_id → how to compress, and with what.
CODECS: dict[str, tuple[Callable[[bytes], bytes], Callable[[], str]]] = {
    "zstd@19": (_zstd, _zstd_version),
    "xz@9e": (_xz, _xz_version),
    "brotli@11": (_brotli, _brotli_version),
    "ppmd@12": (_ppmd, _ppmd_version),
}

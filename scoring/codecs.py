"""General-purpose compressors as models: 8 × the bytes each needs for a text, at their strongest settings.

They are the floor under every comparison. The libraries are imported where they are used.
"""

from collections.abc import Callable, Sequence

from scoring.measured import Measured
from scoring.texts import Text
from storage.errors import ScoringError

WINDOW_LOG = 27  # zstd --long: 128 MiB


def measure_compressed(codec: str, texts: Sequence[Text]) -> list[Measured]:
    """Return the bits of each text under a codec. A codec has no tokens and alters nothing."""
    compress = _find_codec(codec)[0]
    return [Measured(8.0 * len(compress(text.text.encode())), 0, 0, 0) for text in texts]


def codec_version(codec: str) -> str:
    """Return the library a codec's bits depend on, with its version."""
    return _find_codec(codec)[1]()


def _find_codec(codec: str) -> tuple[Callable[[bytes], bytes], Callable[[], str]]:
    if codec not in CODECS:
        raise ScoringError(f"there is no codec {codec!r}; choose one of {', '.join(CODECS)}")
    return CODECS[codec]


def _zstd(data: bytes) -> bytes:
    import zstandard

    level = zstandard.ZstdCompressionParameters.from_level(19, window_log=WINDOW_LOG, enable_ldm=True)
    return zstandard.ZstdCompressor(compression_params=level).compress(data)


def _zstd_version() -> str:
    import zstandard

    return f"zstandard={zstandard.__version__} libzstd={'.'.join(map(str, zstandard.ZSTD_VERSION))}"


def _xz(data: bytes) -> bytes:
    import lzma

    return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)


def _xz_version() -> str:
    import platform

    return f"lzma of python={platform.python_version()}"


def _brotli(data: bytes) -> bytes:
    import brotli

    return bytes(brotli.compress(data, quality=11, lgwin=24))


def _brotli_version() -> str:
    import brotli

    return f"brotli={brotli.__version__}"


# model_id → how to compress, and with what.
CODECS: dict[str, tuple[Callable[[bytes], bytes], Callable[[], str]]] = {
    "zstd@19": (_zstd, _zstd_version),
    "xz@9e": (_xz, _xz_version),
    "brotli@11": (_brotli, _brotli_version),
}

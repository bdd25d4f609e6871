"""Compressors as models."""

import lzma
import random
from pathlib import Path

import brotli
import pyppmd
import pytest
import zstandard

from scoring.codecs import CODECS, codec_version, measure_compressed
from storage.errors import ScoringError
from tests.scoring import tiny

DECOMPRESS = {
    "zstd@19": zstandard.decompress,
    "xz@9e": lzma.decompress,
    "brotli@11": brotli.decompress,
    # PPMd's code has no header: who decodes it is told settings and length.
    "ppmd@12": lambda compressed, length: pyppmd.Ppmd7Decoder(12, 1 << 28).decode(compressed, length),
}
SAMPLES = ("", "a", "日本語" * 50, "def f():\n    pass\n" * 300)


@pytest.mark.parametrize("codec", CODECS)
def test_bits_are_eight_times_the_bytes_that_decompress_to_the_text(codec):
    for sample, measured in zip(SAMPLES, measure_compressed(codec, tiny.texts(*SAMPLES)), strict=True):
        compressed = CODECS[codec][0](sample.encode())
        told = (len(sample.encode()),) if codec.startswith("ppmd") else ()
        assert DECOMPRESS[codec](compressed, *told) == sample.encode()
        assert measured.total_bits == 8 * len(compressed)
        assert (measured.token_count, measured.scored_token_count, measured.altered_byte_count) == (0, 0, 0)
    assert measured.total_bits < len(SAMPLES[-1])


def test_the_strongest_settings_are_used():
    sample = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("test_*.py")))
    assert len(CODECS["zstd@19"][0](sample)) < len(zstandard.ZstdCompressor(level=9).compress(sample))
    assert len(CODECS["xz@9e"][0](sample)) < len(lzma.compress(sample, preset=1))
    assert len(CODECS["brotli@11"][0](sample)) < len(brotli.compress(sample, quality=9))
    assert len(CODECS["ppmd@12"][0](sample)) < len(pyppmd.compress(sample, max_order=6))


@pytest.mark.parametrize("byte_count", [0, 1, 4095, 4096, 4097, 65_537, 400_000])
def test_xz_needs_what_its_preset_needs_with_a_window_no_longer_than_the_text(byte_count):
    text = random.Random(byte_count).randbytes(byte_count // 2).hex().encode()
    assert len(CODECS["xz@9e"][0](text)) == len(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


def test_zstd_reaches_far_back():
    block = random.Random(1).randbytes(50_000)
    far = block + b"\0" * 9_000_000 + block  # farther than the 8 MiB window that level 19 has without long mode
    assert len(CODECS["zstd@19"][0](far)) < 1.1 * len(block)
    assert len(zstandard.ZstdCompressor(level=19).compress(far)) > 1.9 * len(block)


@pytest.mark.parametrize("codec", CODECS)
def test_the_library_version_is_told(codec):
    assert "=" in codec_version(codec)


def test_an_unknown_codec_is_answered_with_the_known_ones():
    with pytest.raises(ScoringError, match="no codec 'zip'; choose one of zstd@19, xz@9e, brotli@11, ppmd@12"):
        measure_compressed("zip", tiny.texts("x"))

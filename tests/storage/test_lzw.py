"""Unix compress, against what gzip reads and against bytes that compress itself wrote."""

import base64
import random
import shutil
import subprocess
import tracemalloc

import pytest

from storage.lzw import unpacked_pieces
from tests.conftest import require
from tests.unix_compress import compress

# What the code of compress 5.0 (PyPI's ncompress 1.0.2) wrote of the notice below.
WRITTEN_BY_COMPRESS = "H52QJcLUofOmRZozbt7IKaOACpo0c0DACQOnjBwQaMJEFFOmjBsQd9LQQUNGTpg7H8XkATGyDAiBIxW6UAA="


def unpacked(content: bytes) -> bytes:
    return b"".join(unpacked_pieces(content))


def texts() -> dict[str, bytes]:
    chance = random.Random(1)
    return {
        "empty": b"",
        "one byte": b"a",
        "one byte again and again": b"a" * 70_000,
        "every byte": bytes(range(256)) * 4,
        "noise": chance.randbytes(150_000),
        "words": b" ".join(chance.choice([b"let", b"x", b"be", b"a", b"set"]) for _ in range(60_000)),
    }


@pytest.mark.parametrize("name", texts())
@pytest.mark.parametrize(("max_width", "codes_per_table"), [(16, None), (16, 1000), (12, None), (12, 4097), (16, 3)])
def test_what_is_compressed_comes_back(name: str, max_width: int, codes_per_table: int | None) -> None:
    content = texts()[name]
    packed = compress(content, max_width, codes_per_table)
    assert unpacked(packed) == content


def test_gzip_reads_the_same() -> None:
    gzip = shutil.which("gzip")
    require(gzip is not None, "gzip (reads .Z)")
    for content in texts().values():
        packed = compress(content, codes_per_table=5000)
        shown = subprocess.run([str(gzip), "-dc"], input=packed, capture_output=True, check=True)
        assert unpacked(packed) == shown.stdout == content


def test_mutants_are_read_or_told() -> None:
    chance = random.Random(4)
    packed = compress(b" ".join(chance.choice([b"let", b"x", b"be"]) for _ in range(3000)))
    told = 0
    for _ in range(300):
        mutant = bytearray(packed)
        for _ in range(3):
            mutant[chance.randrange(3, len(mutant))] = chance.randrange(256)
        try:
            unpacked(bytes(mutant))
        except ValueError:
            told += 1
    assert 0 < told < 300


def test_a_file_of_compress_itself_is_read() -> None:
    notice = b"%auto-ignore\nThis paper has been withdrawn by the author.\n"
    assert unpacked(base64.b64decode(WRITTEN_BY_COMPRESS)) == notice


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x1f\x9d", "not compressed"),
        (b"\x1f\x8b\x90", "not compressed"),
        (b"\x1f\x9d\x88", "codes of 8 bits"),
        (b"\x1f\x9d\x9f", "codes of 31 bits"),
        (b"\x1f\x9d\x90\xff\xff", "code 511 stands for nothing yet"),
    ],
)
def test_damage_is_told(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unpacked(content)


def test_whoever_reads_a_bomb_may_stop_early_and_has_lost_little() -> None:
    bomb = compress(b"%" * 3_000_000)
    assert len(bomb) < 5_000
    tracemalloc.start()
    taken = 0
    for piece in unpacked_pieces(bomb):
        assert len(piece) <= 65_536
        taken += len(piece)
        if taken > 200_000:
            break
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 270_000
    assert peak_bytes < 1_000_000

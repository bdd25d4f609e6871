"""Cutting WARC files into records, whole or in pieces of any size."""

import gzip
import io
import random
import time
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator

from crawler.warc_frames import Frame, cut, is_warc, likely_end, skip

CAP = 1 << 26


def record(n: int, body: bytes = b"") -> bytes:
    content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>" + (body or b"page %d" % n)
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x.org/{n}\r\nContent-Length: {len(content)}"
    return head.encode() + b"\r\n\r\n" + content + b"\r\n\r\n"


def frames_in_segments(data: bytes, segment_bytes: int) -> list[Frame]:
    """Cut a file as the crawl does: by segments that begin where the last one ended."""
    frames: list[Frame] = []
    at, length = 0, segment_bytes
    while at < len(data):
        found = cut(data[at : at + length], at, is_end=at + length >= len(data), max_bytes=CAP)
        frames += found.frames
        at += found.settled_bytes
        length = segment_bytes if found.settled_bytes else length * 2
    return frames


def sound(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame.fault is None]


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
@pytest.mark.parametrize("segment_bytes", [1, 7, 64, 200, 1000, 100_000])
def test_segments_of_any_size_hold_the_same_records(pack: object, segment_bytes: int) -> None:
    data = b"".join(pack(record(n, b"x" * n * 10)) for n in range(12))  # type: ignore[operator]
    whole = frames_in_segments(data, len(data))
    assert len(whole) == 12
    assert sound(frames_in_segments(data, segment_bytes)) == whole


@pytest.mark.parametrize("padding", [b"", b"\r\n", b"\n\n", b"\r\n\r\n" * 3, b"\0" * 100])
def test_whatever_padding_ends_a_member_its_record_is_whole(padding: bytes) -> None:
    data = b"".join(gzip.compress(record(n).removesuffix(b"\r\n\r\n") + padding) for n in range(3))
    frames = frames_in_segments(data, len(data))
    assert [frame.fault for frame in frames] == [None] * 3
    assert [frame.data.rstrip(b"\r\n\0") for frame in frames] == [record(n).rstrip() for n in range(3)]


@pytest.mark.parametrize("claimed_bytes", [0, 1, 10_000, 2**32 - 1])
def test_a_member_of_another_size_than_it_claims_is_damaged(claimed_bytes: int) -> None:
    member = gzip.compress(record(1))
    data = gzip.compress(record(0)) + member[:-4] + claimed_bytes.to_bytes(4, "little") + gzip.compress(record(2))
    frames = frames_in_segments(data, len(data))
    assert [frame.fault is None for frame in frames] == [True, False, True]


def test_real_files_give_the_records_fastwarc_finds(shared_data: Path) -> None:
    for path in sorted((shared_data / "commoncrawl" / "warc").glob("*.warc*")):
        if path.suffix == ".lz4":
            continue
        data = path.read_bytes()
        expected = sum(1 for _ in ArchiveIterator(io.BytesIO(data), parse_http=False))
        frames = frames_in_segments(data, 65_536)
        assert (path.name, len(sound(frames))) == (path.name, expected)
        assert sound(frames_in_segments(data, len(data))) == sound(frames)


def test_malformed_files_end_with_every_byte_settled(shared_data: Path) -> None:
    for path in sorted((shared_data / "commoncrawl" / "malformed").iterdir()):
        data = path.read_bytes()
        found = cut(data, 0, is_end=True, max_bytes=CAP)
        assert found.settled_bytes == len(data)
        assert found.frames


def test_a_damaged_member_costs_itself_only() -> None:
    members = [gzip.compress(record(n, random.Random(n).randbytes(400))) for n in range(3)]
    broken = bytearray(members[1])
    broken[60:80] = b"\xff" * 20
    frames = cut(members[0] + bytes(broken) + members[2], 0, is_end=True, max_bytes=CAP).frames
    assert [bool(frame.fault) for frame in frames] == [False, True, False]
    assert frames[2].offset == len(members[0]) + len(members[1])


def test_two_damaged_members_are_two_faults() -> None:
    members = [gzip.compress(record(n, random.Random(n).randbytes(400))) for n in range(4)]
    broken = [member[:200] + bytes([member[200] ^ 255]) + member[201:] for member in members[1:3]]
    frames = cut(b"".join([members[0], *broken, members[3]]), 0, is_end=True, max_bytes=CAP).frames
    assert [bool(frame.fault) for frame in frames] == [False, True, True, False]


def test_flags_that_gzip_does_not_know_are_damage_at_once() -> None:
    member = gzip.compress(record(0))
    odd = member[:3] + b"\x20" + member[4:]
    frames = cut(odd + member, 0, is_end=False, max_bytes=CAP).frames
    assert [frame.fault for frame in frames] == ["damaged gzip: unknown header flags", None]


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_where_a_segment_ends_can_be_told_without_reading_it(pack: object) -> None:
    data = b"".join(pack(record(n, b"x" * n * 10)) for n in range(12))  # type: ignore[operator]
    for end in range(1000, len(data) - 5, 37):
        settled = cut(data[:end], 0, is_end=False, max_bytes=CAP).settled_bytes
        # Where the end cuts the very beginning of a record, nothing tells that it is one.
        assert settled == likely_end(data[:end], is_end=False) or end - settled < 10
    assert likely_end(data, is_end=True) == len(data)
    assert likely_end(data[:50], is_end=False) == 0


def test_a_wrong_length_costs_its_record_only() -> None:
    wrong = record(1).replace(b"Content-Length: ", b"Content-Length: 9")
    frames = cut(record(0) + wrong + record(2), 0, is_end=True, max_bytes=CAP).frames
    assert [bool(frame.fault) for frame in frames] == [False, True, False]


def test_a_record_spread_over_two_members_is_one_record() -> None:
    data = record(0, b"x" * 500)
    packed = gzip.compress(data[:200]) + gzip.compress(data[200:]) + gzip.compress(record(1))
    assert [frame.data.rstrip() for frame in cut(packed, 0, is_end=True, max_bytes=CAP).frames] == [
        data.rstrip(),
        record(1).rstrip(),
    ]
    for segment_bytes in (1, 50, 300):
        assert len(sound(frames_in_segments(packed, segment_bytes))) == 2


def test_a_bomb_is_a_fault_and_what_follows_is_found() -> None:
    data = gzip.compress(record(0, bytes(5_000_000))) + gzip.compress(record(1))
    frames = cut(data, 0, is_end=True, max_bytes=1_000_000).frames
    assert frames[0].fault == "unpacks to more than max_record_bytes"
    assert len(sound(frames)) == 1


def test_a_member_inside_a_member_is_not_opened() -> None:
    (frame,) = cut(gzip.compress(gzip.compress(record(0))), 0, is_end=True, max_bytes=CAP).frames
    assert frame.fault == "neither gzip nor WARC"


def test_a_record_that_is_given_up_is_passed_over() -> None:
    data = gzip.compress(record(0, random.Random(1).randbytes(5000))) + gzip.compress(record(1))
    found = skip(data, 100)
    assert found.frames[0].fault == "larger than max_record_bytes"
    (after,) = sound(cut(data[found.settled_bytes :], 100 + found.settled_bytes, is_end=True, max_bytes=CAP).frames)
    assert b"http://x.org/1" in after.data


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (record(0), True),
        (gzip.compress(record(0)), True),
        (b"filedesc://x.arc", False),
        (gzip.compress(b"filedesc:"), False),
        (b"", False),
        (b"PAR1", False),
        (b"\x04\x22\x4d\x18", False),
    ],
)
def test_a_file_is_known_by_its_beginning(start: bytes, expected: bool) -> None:
    assert is_warc(start) is expected


def test_mutated_files_are_cut_without_a_hang(shared_data: Path) -> None:
    chance = random.Random(11)
    seeds = [
        (shared_data / "commoncrawl" / "warc" / name).read_bytes()
        for name in ("warcio-example.warc", "warcio-example.warc.gz", "whirlwind-cc-2024.warc.gz")
    ]
    for _ in range(300):
        mutant = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 10)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        began = time.process_time()
        found = cut(bytes(mutant[: chance.randrange(1, len(mutant) + 1)]), 0, is_end=True, max_bytes=CAP)
        assert found.frames
        assert time.process_time() - began < 5

"""What came damaged is asked for again; what comes so on every try is how the source has it."""

import gzip
import io
import random
import tarfile

import pytest

from crawler.damage import is_damaged_archive, unless_constant
from crawler.patience import Answer
from demo.faults import cut, inside_gzip

PLENTY = 10_000_000
TEXT = random.Random(3).randbytes(40_000).hex().encode()


def packed_tar(*contents: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for number, content in enumerate(contents):
            member = tarfile.TarInfo(f"part{number}.tex")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def answer(body: bytes) -> Answer:
    return Answer(200, {}, body)


def bad(answer_body: bytes) -> bool:
    return answer_body.startswith(b"bad")


def test_damage_that_comes_on_every_try_is_how_the_source_has_it() -> None:
    fault = unless_constant(bad, retry_count=2)
    assert [fault(answer(b"bad")) for _ in range(3)] == ["came damaged", "came damaged", None]


@pytest.mark.parametrize("bodies", [(b"bad 1", b"bad 2", b"bad 1"), (b"bad 1", b"bad 1", b"bad 2"), (b"bad", b"bad")])
def test_damage_that_differs_once_or_was_not_tried_for_as_often_is_a_fault(bodies: tuple[bytes, ...]) -> None:
    fault = unless_constant(bad, retry_count=2)
    assert [fault(answer(body)) for body in bodies] == ["came damaged"] * len(bodies)


def test_what_comes_sound_in_the_end_is_taken() -> None:
    fault = unless_constant(bad, retry_count=2)
    assert [fault(answer(body)) for body in (b"bad", b"bad", b"good")] == ["came damaged", "came damaged", None]


def test_what_may_not_be_asked_for_again_is_taken_as_it_is() -> None:
    assert unless_constant(lambda _: True, retry_count=0)(answer(b"bad")) is None


def test_answers_that_differ_in_the_time_alone_are_the_same() -> None:
    fault = unless_constant(lambda _: True, 1, essence=lambda body: body.partition(b"@")[0])
    assert fault(answer(b"bad@12:00")) == "came damaged"
    assert fault(answer(b"bad@12:01")) is None


@pytest.mark.parametrize("body", [packed_tar(TEXT, b"", TEXT), packed_tar(b"x"), gzip.compress(TEXT), TEXT, b""])
def test_what_is_sound_or_no_gzip_is_not_damaged(body: bytes) -> None:
    assert not is_damaged_archive(body, PLENTY)


@pytest.mark.parametrize("place", [30, 10_000, -6])
def test_a_changed_byte_of_a_gzip_is_damage(place: int) -> None:
    body = bytearray(packed_tar(TEXT, TEXT))
    body[place] ^= 0x55
    assert is_damaged_archive(bytes(body), PLENTY)


def test_a_gzip_that_is_cut_is_damage() -> None:
    assert is_damaged_archive(packed_tar(TEXT)[:-9], PLENTY)


@pytest.mark.parametrize("seed", range(8))
def test_a_tar_that_was_cut_before_it_was_packed_is_damage(seed: int) -> None:
    assert is_damaged_archive(inside_gzip(cut)(packed_tar(TEXT, TEXT, TEXT), random.Random(seed)), PLENTY)


@pytest.mark.parametrize("length", [512, 600, 512 + 80_384, 512 + 80_384 + 100])
def test_a_tar_that_ends_at_any_place_but_its_end_is_damage(length: int) -> None:
    assert is_damaged_archive(gzip.compress(gzip.decompress(packed_tar(TEXT, TEXT))[:length]), PLENTY)


def test_nothing_is_said_of_what_unpacks_to_more_than_the_limit() -> None:
    assert not is_damaged_archive(packed_tar(TEXT, TEXT)[:-9], max_unpacked_bytes=50_000)

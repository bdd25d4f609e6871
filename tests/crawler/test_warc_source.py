"""Answers to ranged requests: what their fields say of the range."""

import pytest

from crawler.patience import Answer
from crawler.warc_source import Chunk, _chunk, _fault


@pytest.mark.parametrize(
    "value", ["bytes 0-9/" + "9" * 5_000, "bytes " + "9" * 5_000 + "-9/10", "bytes */" + "9" * 5_000]
)
def test_a_number_of_thousands_of_digits_is_no_size(value: str) -> None:
    for status in (206, 416):
        answer = Answer(status, {"content-range": value}, b"x")
        assert _fault(answer, 0) is None
        assert _chunk(answer, 0, 1) == (Chunk(b"x", None) if status == 206 else Chunk(b"", 0))

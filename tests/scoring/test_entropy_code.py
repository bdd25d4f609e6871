"""Token ids as bytes and back."""

import constriction
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.entropy_code import coder_name, decode_ids, encode_ids
from storage.errors import InputError

# What any code may have over its ideal: the number of tokens, and the coder's last word.
OVERHEAD_BITS = 48


def distributions(vocabulary: int, count: int, scale: float, seed: int = 0) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    powers = [np.exp(draw.normal(size=vocabulary) * scale) for _ in range(count)]
    return [some / some.sum() for some in powers]


def predictor(known: list[np.ndarray]):
    return lambda _count: lambda seen: known[len(seen)]


def ideal_bits(known: list[np.ndarray], ids: list[int]) -> float:
    return -sum(float(np.log2(some[i])) for some, i in zip(known, ids, strict=True))


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 3000), st.floats(0, 30), st.integers(0, 2**32), st.data())
def test_ids_come_back_and_cost_what_they_are_worth(vocabulary, scale, seed, data):
    known = distributions(vocabulary, 12, scale, seed)
    ids = data.draw(st.lists(st.integers(0, vocabulary - 1), min_size=0, max_size=12))
    code = encode_ids(ids, predictor(known))
    assert decode_ids(code, predictor(known), 12) == ids
    assert abs(8 * len(code) - ideal_bits(known[: len(ids)], ids)) <= OVERHEAD_BITS


@pytest.mark.parametrize("vocabulary", [2, 258, 510, 511, 50_257, 152_064, 262_208])
@pytest.mark.parametrize("choose", [np.argmax, np.argmin])
def test_likely_and_unlikely_tokens_of_any_vocabulary_cost_what_they_are_worth(vocabulary, choose):
    known = distributions(vocabulary, 40, scale=6.0)
    ids = [int(choose(some)) for some in known]
    code = encode_ids(ids, predictor(known))
    assert decode_ids(code, predictor(known), 40) == ids
    assert abs(8 * len(code) - ideal_bits(known, ids)) <= OVERHEAD_BITS + 0.001 * ideal_bits(known, ids)


def test_two_thousand_sure_tokens_of_a_large_vocabulary_cost_next_to_nothing():
    sure = np.full(152_064, 1e-12)
    sure[77] = 1.0
    code = encode_ids([77] * 2000, lambda _count: lambda _seen: sure / sure.sum())
    assert 8 * len(code) <= 64


def test_an_impossible_token_can_be_sent():
    known = [np.array([1.0, 0.0, 0.0])] * 2
    assert decode_ids(encode_ids([2, 0], predictor(known)), predictor(known), 2) == [2, 0]


def test_no_distribution_has_more_than_512_entries(monkeypatch):
    sizes = []
    categorical = constriction.stream.model.Categorical

    def spy(entries, **options):
        sizes.append(len(entries))
        return categorical(entries, **options)

    monkeypatch.setattr(constriction.stream.model, "Categorical", spy)
    for vocabulary in (258, 511, 260_100, 260_101):
        encode_ids([vocabulary - 1], predictor(distributions(vocabulary, 1, 1.0)))
    assert max(sizes) <= 512


def test_no_tokens_are_one_byte():
    assert encode_ids([], predictor([])) == b"\0"
    assert decode_ids(b"\0", predictor([]), 0) == []


def test_a_tampered_code_gives_other_ids_or_an_error():
    known = distributions(1000, 30, scale=3.0)
    ids = [int(some.argmax()) for some in known[:20]] + [int(some.argmin()) for some in known[20:]]
    code = encode_ids(ids, predictor(known))
    for place in range(len(code) - 4):
        for flip in (0x01, 0x80, 0xFF):
            tampered = bytes([*code[:place], code[place] ^ flip, *code[place + 1 :]])
            try:
                found = decode_ids(tampered, predictor(known), 30)
            except InputError:
                continue
            assert found != ids


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (b"", "0 bytes are no code: the number of tokens does not end"),
        (b"\xff\xff", "2 bytes are no code"),
        (b"\x05\1\2\3\4", "4 bytes that claim 5 tokens are no code of up to 4 tokens"),
        (b"\x01\1\2\3", "3 bytes that claim 1 tokens are no code of up to 4 tokens"),
    ],
)
def test_what_is_no_code_says_so(code, message):
    with pytest.raises(InputError, match=message):
        decode_ids(code, predictor(distributions(10, 4, 1.0)), 4)


def test_a_code_of_escapes_without_end_is_an_error():
    # The escape of a distribution without rare entries is the last one; nothing but escapes comes next.
    entries = np.append(np.array([0.5, 0.5]), [2.0**-16, 0.0])
    coder = constriction.stream.queue.RangeEncoder()
    coder.encode(2, constriction.stream.model.Categorical(entries, lazy=True))
    for _ in range(100):
        behind = constriction.stream.model.Categorical(np.array([0.0, 0.0, 2.0**-16, 1 - 2.0**-16]), lazy=True)
        coder.encode(2, behind)
    code = b"\1" + coder.get_compressed().astype("<u4").tobytes()
    with pytest.raises(InputError, match="escapes 64 times"):
        decode_ids(code, predictor([np.array([0.5, 0.5])]), 1)


def test_the_coder_has_a_name_and_a_version():
    assert coder_name().startswith("range coder of constriction=")

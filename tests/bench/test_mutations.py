"""Spoilt inputs of every format: no crash, no hang, memory bounded, everything accounted for."""

from collections.abc import Iterator
from random import Random

import pytest

from bench import mutation_formats, mutations
from bench.accounting import UnaccountedError, check_cover
from bench.mutants import BYTES
from bench.mutation_formats import FORMATS, Format, mutant

COUNT = 300


@pytest.mark.parametrize("name", FORMATS)
def test_spoilt_inputs_are_read_to_their_end(name: str) -> None:
    told: list[int] = []
    row = mutations.run(name, COUNT // FORMATS[name].cost, 1, told.append)
    assert row.failures == ()
    assert row.is_clean
    assert row.count == told[-1] == COUNT // FORMATS[name].cost
    assert sum(row.outcomes.values()) > 0


def test_the_same_number_is_the_same_input() -> None:
    first = [mutant("github_search", 1, number)[0] for number in range(20)]
    assert first == [mutant("github_search", 1, number)[0] for number in range(20)]
    assert len(set(first)) > 15


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(ValueError, "crashed"), (RecursionError, "crashed"), (UnaccountedError, "unaccounted"), (None, "hung")],
)
def test_a_fault_is_counted_and_names_its_input(
    fault: type[Exception] | None, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_body: bytes, _chance: Random) -> Iterator[str]:
        yield "read"
        while fault is None:
            pass
        raise fault("as planned")

    monkeypatch.setitem(mutation_formats.FORMATS, "faulty", Format(lambda: [b"sound"], BYTES, read))
    monkeypatch.setattr(mutations, "LIMIT_SECONDS", 0.2)
    reading = mutations._read("faulty", 7, 3, 0, mutations._CaughtErrors())
    row = mutations._row("faulty", 7, [reading])
    assert {"crashed": row.crashed, "hung": row.hung, "unaccounted": row.unaccounted}[kind] == 1
    assert not row.is_clean
    assert row.failures[0].startswith(kind)
    assert "python -m bench.mutations faulty --seed 7 --number 3" in row.failures[0]


def test_a_format_whose_sound_inputs_are_not_read_says_so() -> None:
    batch = mutations._read_batch("no such format", 1, 0, 1)
    with pytest.raises(mutations.UnsoundError, match="no such format"):
        list(batch)


def test_every_byte_lies_in_one_record_or_is_padding() -> None:
    body = b"aaaa\r\nbbbb\0\0"
    check_cover(body, [(0, 4), (6, 4), (6, 4)])
    for places in ([(0, 4)], [(0, 5), (4, 6)], [(6, 4)], [(0, 4), (6, 8)], [(0, 0), (0, 4), (6, 4)]):
        with pytest.raises(UnaccountedError):
            check_cover(body, places)

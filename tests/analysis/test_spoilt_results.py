"""Spoilt files of results: whatever stands in them, they are read or refused in one sentence."""

import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.benchmark_imports import ImportChoices, read_benchmark_results
from storage.errors import InputError
from tests.analysis.test_harness_results import ALIASES, DOCUMENT
from tests.analysis.test_leaderboard_results import VERSION_1, VERSION_2
from tests.analysis.test_opencompass_results import SUMMARY

JUNK = st.sampled_from([
    None, True, 0, -1, 0.5, 1e309, float("nan"), "", "N/A", "\x1b[31m", "a" * 5000, [], [1], {}, {"": {}}, [[[]]], "é",
])  # fmt: skip
TOLERANT = ImportChoices(skips_unknown_models=True, skips_unknown_benchmarks=True)
# One folder serves every example: each writes its file anew.
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(node, path=()):
    """Return the path to every node of a document."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def spoilt(document, path, junk):
    if not path:
        return junk
    changed = copy.deepcopy(document)
    node = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    return changed


def is_read_or_refused(path) -> None:
    try:
        found = read_benchmark_results(path, ALIASES, TOLERANT)
    except InputError as refused:
        sentence = str(refused)
    else:
        assert all(0 <= result.value <= 1 and result.benchmark for result in found.results)
        return
    assert "\n" not in sentence


@QUICK
@given(st.sampled_from(sorted(places(DOCUMENT), key=str)), JUNK)
def test_a_spoilt_result_of_the_harness_is_read_or_refused(tmp_path, path, junk):
    (tmp_path / "results.json").write_text(json.dumps(spoilt(DOCUMENT, path, junk)))
    is_read_or_refused(tmp_path / "results.json")


ROWS = [VERSION_2, VERSION_1]


@QUICK
@given(st.sampled_from(ROWS), st.data(), JUNK)
def test_a_spoilt_leaderboard_is_read_or_refused(tmp_path, row, data, junk):
    document = [row, row | {"fullname": "org/other"}]
    path = data.draw(st.sampled_from(sorted(places(document), key=str)))
    (tmp_path / "rows.json").write_text(json.dumps(spoilt(document, path, junk)))
    is_read_or_refused(tmp_path / "rows.json")


@QUICK
@given(st.integers(0, len(SUMMARY)), st.integers(0, 9), st.binary(max_size=6))
def test_a_spoilt_summary_is_read_or_refused(tmp_path, at, length, junk):
    raw = SUMMARY.encode()
    (tmp_path / "summary.csv").write_bytes(raw[:at] + junk + raw[at + length :])
    is_read_or_refused(tmp_path / "summary.csv")


@QUICK
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=3))
def test_a_result_of_the_harness_with_spoilt_bytes_is_read_or_refused(tmp_path, at, junk):
    raw = json.dumps(DOCUMENT).encode()
    (tmp_path / "results.json").write_bytes(raw[: at % len(raw)] + junk + raw[at % len(raw) + 1 :])
    is_read_or_refused(tmp_path / "results.json")

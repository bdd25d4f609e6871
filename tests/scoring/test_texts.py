"""Texts and scores as files."""

import json
import math
from dataclasses import asdict, replace
from datetime import datetime

import pytest

from scoring.shards import ScoreOutcome, read_result_file, write_result_file
from scoring.texts import fingerprint, read_export, read_texts, write_export
from storage.errors import InputError
from storage.records import Score, ScoringRun
from tests.scoring import tiny

AWKWARD = ("", "a\r\nb\n\n", "\u2028\x85\x00 日本語 🙂", '{"json": "inside"}', "<s></s>")


def test_texts_come_back_as_they_were(tmp_path):
    given = tiny.texts(*AWKWARD)
    assert write_export(tmp_path / "new" / "folder", "2026-10", iter(given)) == len(given)
    assert read_export(tmp_path / "new" / "folder") == ("2026-10", given)
    assert [path.name for path in sorted((tmp_path / "new" / "folder").iterdir())] == ["snapshot.json", "texts.jsonl"]


def test_a_changed_text_is_found_out(tmp_path):
    write_export(tmp_path, "s", tiny.texts("one", "two"))
    path = tmp_path / "texts.jsonl"
    path.write_text(path.read_text().replace('"two"', '"twos"'))
    with pytest.raises(InputError, match=r"line 2 of .* is not the text its sha256 names"):
        list(read_texts(path))


def test_a_lost_line_is_found_out(tmp_path):
    write_export(tmp_path, "s", tiny.texts("one", "two"))
    path = tmp_path / "texts.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match=r"holds 1 texts and its snapshot\.json counts 2"):
        read_export(tmp_path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not JSON"),
        ("[1]", "is not a row"),
        ('{"text": "x"}', "is no Text: missing or unknown document_id, source, text_sha256"),
        ('{"document_id": 1, "text_sha256": "", "source": "", "text": ""}', "document_id 1, which is not str"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, reason):
    path = tmp_path / "texts.jsonl"
    path.write_text(json.dumps(asdict(tiny.text("fine"))) + "\n" + line + "\n")
    with pytest.raises(InputError, match=f"line 2 of .*{reason}"):
        list(read_texts(path))


def test_a_folder_without_an_export_is_named(tmp_path):
    with pytest.raises(InputError, match=r"snapshot\.json cannot be read"):
        read_export(tmp_path)


def test_a_fingerprint_is_of_the_texts_and_not_of_their_order():
    given = tiny.texts("one", "two")
    assert fingerprint(given) == fingerprint(given[::-1])
    assert len({fingerprint(tiny.texts(*some)) for some in (["one"], ["one", "two"], ["two", "one"])}) == 3


RUN = ScoringRun(
    "r", "s", "m@1", "document@2", "cpu", "float32", "sdpa", "v", 0.0, 0, None, 7, 1.5, 99, datetime(2026, 11, 1)
)
SCORE = Score("s", "d", "hash", "m@1", "document@2", 12.345678901234567, 7, 7, 9, 11, 0, "r")


def test_a_result_file_comes_back_to_the_last_bit(tmp_path):
    path = tmp_path / "results" / "m.jsonl"
    write_result_file(path, ScoreOutcome(RUN, [SCORE, SCORE]))
    assert read_result_file(path) == ScoreOutcome(RUN, [SCORE, SCORE])


def test_an_audited_difference_may_be_unknown(tmp_path):
    path = tmp_path / "m.jsonl"
    write_result_file(path, ScoreOutcome(RUN, []))
    path.write_text(path.read_text().replace('"float32_difference": 0.0', '"float32_difference": null'))
    assert read_result_file(path).scoring_run.float32_difference is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"total_bits": 12.345678901234567', '"total_bits": "many"', "line 2 of .* total_bits 'many', which is not"),
        ('"token_count": 7,', "", "line 1 of .* missing or unknown token_count"),
        (
            '"scoring_run_id": "r"}',
            '"scoring_run_id": "q"}',
            "line 2 of .* scoring_run_id 'q', and the run of the file 'r'",
        ),
        ('"started_at": "2026', '"started_at": "then', "line 1 of .* which is no time"),
        ('"scored_token_count": 7', '"scored_token_count": true', "line 2 of .* scored_token_count True"),
    ],
)
def test_a_result_file_that_was_meddled_with_is_named_by_line(tmp_path, old, new, reason):
    path = tmp_path / "m.jsonl"
    write_result_file(path, ScoreOutcome(RUN, [SCORE]))
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))
    with pytest.raises(InputError, match=reason):
        read_result_file(path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"snapshot_id": "t"}, "line 2 of .* has snapshot_id 't', and the run of the file 's'"),
        ({"model_id": "n@1"}, "line 2 of .* has model_id 'n@1', and the run of the file 'm@1'"),
        ({"protocol_id": "paper@1"}, "line 2 of .* has protocol_id 'paper@1', and the run of the file 'document@2'"),
        ({"total_bits": -0.5}, "line 2 of .* has total_bits -0.5, which is not from 0 to"),
        ({"total_bits": math.nan}, "line 2 of .* has total_bits nan, which is not from 0 to"),
        ({"total_bits": math.inf}, "line 2 of .* has total_bits inf, which is not from 0 to"),
        ({"altered_byte_count": -1}, "line 2 of .* has altered_byte_count -1, which is not from 0 to"),
        ({"byte_count": 2**63}, "line 2 of .* has byte_count 9223372036854775808, which is not from 0 to"),
        ({"scored_token_count": 8}, "line 2 of .* has scored_token_count 8, which is over token_count 7"),
    ],
)
def test_a_row_that_is_of_another_run_or_impossible_is_named_with_value_and_limit(tmp_path, changes, reason):
    path = tmp_path / "m.jsonl"
    write_result_file(path, ScoreOutcome(RUN, [replace(SCORE, **changes)]))
    with pytest.raises(InputError, match=reason):
        read_result_file(path)


def test_a_difference_from_float32_that_is_no_number_is_named(tmp_path):
    path = tmp_path / "m.jsonl"
    write_result_file(path, ScoreOutcome(replace(RUN, float32_difference=math.nan), [SCORE]))
    with pytest.raises(InputError, match=r"line 1 of .* has float32_difference nan"):
        read_result_file(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
def test_a_file_of_something_else_is_named(tmp_path, content):
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"m\.jsonl"):
        read_result_file(path)

"""A user's own protocols on their way to a node without the lake."""

from dataclasses import replace

import pytest

from scoring.__main__ import main
from scoring.own_protocols import read_own_protocols, write_own_protocols
from scoring.protocols import own_protocol
from scoring.shards import read_result_file
from scoring.texts import write_export
from storage.errors import InputError
from tests.scoring import tiny

OWN = [own_protocol("long", "document", 4000, 1000), own_protocol("disjoint", "lm_eval", 32, 32)]


def test_they_arrive_as_they_were_and_give_way_to_those_of_a_later_export(tmp_path):
    assert read_own_protocols(tmp_path) == []
    write_own_protocols(tmp_path, OWN)
    assert read_own_protocols(tmp_path) == OWN
    write_own_protocols(tmp_path, [])
    assert read_own_protocols(tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [
        {"window_tokens": 3000},  # the id is of another window
        {"encoding": "utf8"},
        {"encoding": "bytes"},
        {"window_tokens": None},
        {"start_token": "none"},
        {"score_version": 9},
    ],
)
def test_one_that_is_not_what_its_id_says_is_refused(tmp_path, change):
    write_own_protocols(tmp_path, [OWN[1], replace(OWN[0], **change)])
    with pytest.raises(InputError, match=r"line 2 of .*protocols.jsonl is no protocol that this version can follow"):
        read_own_protocols(tmp_path)


def test_a_node_scores_by_the_name_of_the_home(tmp_path):
    folder, out = tmp_path / "export", tmp_path / "scores.jsonl"
    write_own_protocols(folder, OWN)
    write_export(folder, "2026-10", tiny.texts("one text", "another text"))
    tiny.save(tiny.network("gpt2"), tiny.byte_tokenizer(), tmp_path / "model")
    arguments = [str(folder), "--model", str(tmp_path / "model"), "--device", "cpu", "--out", str(out)]
    assert main([*arguments, "--protocol", "disjoint"]) == 0
    assert read_result_file(out).scoring_run.protocol_id == OWN[1].protocol_id


def test_a_name_that_the_folder_does_not_define_is_answered_with_those_it_does(tmp_path, capsys):
    write_own_protocols(tmp_path, OWN)
    write_export(tmp_path, "2026-10", tiny.texts("one text"))
    assert main([str(tmp_path), "--model", "xz@9e", "--out", str(tmp_path / "o"), "--protocol", "short"]) == 1
    assert "there is no protocol 'short'; choose one of document" in (said := capsys.readouterr().err)
    assert "long, disjoint" in said

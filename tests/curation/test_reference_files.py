"""Reference sets come in from files as users have them; a bad row is named by its line."""

import gzip
import json
from dataclasses import dataclass

import pytest

from curation.references import read_references
from storage.errors import InputError
from storage.parquet import write_records
from storage.records import ReferenceItem


@dataclass(frozen=True, slots=True)
class Exercise:
    task_id: str
    prompt: str


def test_rows_of_every_format_become_items(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": 3, "question": "Why?", "answer": "So."}\n\n{"text": "Who?"}\n')
    (tmp_path / "b.csv").write_text('name,text\nfirst,"one, two"\n')
    write_records(tmp_path / "c.parquet", [Exercise("HumanEval/0", "def f():")], Exercise)
    (tmp_path / "d.py").write_text("x = 1\n")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "d.py").write_text("y = 2\n")
    assert read_references("set", [tmp_path]) == [
        ReferenceItem("set", "3", "Why?"),
        ReferenceItem("set", "a.jsonl:3", "Who?"),
        ReferenceItem("set", "first", "one, two"),
        ReferenceItem("set", "HumanEval/0", "def f():"),
        ReferenceItem("set", "d.py", "x = 1\n"),
        ReferenceItem("set", "inner/d.py", "y = 2\n"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b'{"text": "x"}\n{"text": \n', "line 2: not JSON"),
        ("a.jsonl", b'["x"]\n', "line 1: list"),
        ("a.jsonl", b'{"txt": "x"}\n', "line 1: no text in ['txt']"),
        ("a.jsonl", b'{"text": 5}\n', "line 1: no text"),
        ("a.jsonl", b'{"id": 1, "text": "x"}\n{"id": 1, "text": "y"}\n', "'1' is there twice"),
        ("a.jsonl", b"\xff\xfe", "is not UTF-8"),
        ("a.csv", b"id,text\n1,x\n2,y,z\n", "line 3: the row has 3 cells and not 2"),
        ("a.csv", b"id,text\n1,x\n2\n", "line 3: the row has 1 cells and not 2"),
        ("a.csv", b'id,text\n1,"x\n', "not usable CSV"),
        ("a.json", b'{"text": "x"}', "dict; write a list"),
        ("a.json", b'[{"text": "x"}, 3]', "line 2: int"),
        ("a.jsonl.gz", b"not gzip at all", "is not a whole gzip file"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 999)[:-9], "is not a whole gzip file"),
        ("a.csv", b"id,words\n1,x\n", "line 2: no text in ['id', 'words']"),
        ("a.parquet", b"PAR1 but not really", "is not a readable Parquet file"),
        ("a.txt", b"\xff", "is not UTF-8"),
        ("a.txt", b" \n", "is empty"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_references("set", [path])
    assert str(path) in str(error.value)
    assert told in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_references("set", [tmp_path / "nowhere"])


HUMAN_EVAL = {
    "task_id": "HumanEval/3",
    "prompt": "def below(x):",
    "canonical_solution": "    return x < 0",
    "test": "t",
}
GSM8K = {"question": "How many?", "answer": "She has 3."}
HELLASWAG = {"ind": 4, "ctx": "A man climbs", "endings": ["and falls.", "and sings."], "label": 1}
ARC = {"id": "M_1", "question": {"stem": "Which?", "choices": [{"text": "iron", "label": "A"}]}, "answerKey": "A"}


@pytest.mark.parametrize(
    ("row", "columns", "found"),
    [
        (HUMAN_EVAL, (), [("HumanEval/3", "def below(x):"), ("HumanEval/3#canonical_solution", "    return x < 0")]),
        (HUMAN_EVAL, ("test",), [("HumanEval/3", "t")]),
        (GSM8K, (), [("f.jsonl:1", "How many?")]),
        (GSM8K, ("question", "answer"), [("f.jsonl:1", "How many?"), ("f.jsonl:1#answer", "She has 3.")]),
        (HELLASWAG, (), [("f.jsonl:1", "A man climbs")]),
        (
            HELLASWAG,
            ("ctx", "endings"),
            [
                ("f.jsonl:1", "A man climbs"),
                ("f.jsonl:1#endings.0", "and falls."),
                ("f.jsonl:1#endings.1", "and sings."),
            ],
        ),
        (ARC, (), [("M_1", "Which?")]),
    ],
)
def test_rows_of_common_benchmarks_become_their_texts(tmp_path, row, columns, found):
    path = tmp_path / "f.jsonl"
    path.write_text(json.dumps(row))
    assert [(item.item, item.text) for item in read_references("set", [path], columns)] == found


def test_a_csv_without_header_is_read_by_the_number_of_its_columns(tmp_path):
    path = tmp_path / "anatomy_test.csv"
    path.write_text('"Which bone, of these?",ulna,rib,B\nWhich nerve?,vagus,facial,A\n')
    found = [(item.item, item.text) for item in read_references("mmlu", [path], ["1"])]
    assert found == [("anatomy_test.csv:1", "Which bone, of these?"), ("anatomy_test.csv:2", "Which nerve?")]
    with pytest.raises(InputError, match=r"line 1: no column '9' in \['1', '2', '3', '4'\]"):
        read_references("mmlu", [path], ["9"])


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json.gz", "a.csv.gz", "a.txt.gz"])
def test_gzipped_files_are_read_as_what_they_hold(tmp_path, name):
    content = {"jsonl": '{"text": "x y"}\n', "json": '[{"text": "x y"}]', "csv": "text\nx y\n", "txt": "x y"}
    path = tmp_path / name
    path.write_bytes(gzip.compress(content[name.split(".")[1]].encode()))
    assert [item.text for item in read_references("set", [path])] == ["x y"]


def test_a_named_column_that_a_row_lacks_is_an_error_with_its_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"question": "x"}\n{"query": "x"}\n')
    with pytest.raises(InputError, match="line 2: no column 'question'"):
        read_references("set", [path], ["question"])

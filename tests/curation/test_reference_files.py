"""Reference sets come in from files as users have them; a bad row is named by its line."""

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
        ("a.csv", b"id,text\n1,x\n2,y,z\n", "line 3: the row has not 2 cells"),
        ("a.csv", b"id,text\n1,x\n2\n", "line 3: the row has not 2 cells"),
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

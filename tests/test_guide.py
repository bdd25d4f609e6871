"""The guide for notebooks, run from top to bottom as a reader would, on a small home."""

import importlib.util
import re
from pathlib import Path

import pytest

from storage.errors import HomeError, InputError
from storage.reader import open_lake, read_table
from tests.analysis.small_home import BITS, make_small_home
from tests.conftest import require

PAGE = Path(__file__).resolve().parent.parent / "docs" / "guide.md"
BLOCKS = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("guide")
    make_small_home(made / "demo-home")
    return made


def test_every_block_of_the_guide_runs(folder, monkeypatch, capsys):
    for library in ("pandas", "polars"):
        require(
            importlib.util.find_spec(library) is not None, f"{library} (pip install -c constraints.txt -e '.[dev]')"
        )
    monkeypatch.chdir(folder)
    names: dict = {}
    blocks = BLOCKS.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 8
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"docs/guide.md, block {number}", "exec"), names)
    assert names["by_source"].loc["large-8b@1", "github"] == 1.0
    assert set(names["by_licence"]["bits_per_character"]) == {*BITS.values(), 4.0}
    assert names["shares"].filter(names["pl"].col("reason") == "near_duplicate")["percent"].to_list() == [25.0] * 3
    assert names["bits"] / names["characters"] == pytest.approx(sum([*BITS.values(), 4.0]) / 4)
    assert "bits_per_character" in capsys.readouterr().out


def test_sums_of_whole_numbers_are_whole_numbers(folder):
    table = read_table(
        folder / "demo-home", "SELECT sum(char_count) AS n FROM documents WHERE source = $source", source="arxiv"
    )
    assert (str(table.schema.field("n").type), table.to_pylist()) == ("int64", [{"n": 800}])


def test_a_reader_cannot_write(folder):
    with pytest.raises(InputError, match="read-only"):
        read_table(folder / "demo-home", "DELETE FROM models")
    with open_lake(folder / "demo-home") as lake:
        assert lake.execute("SELECT count(*) FROM models").fetchone() == (4,)


def test_what_is_wrong_is_one_sentence(folder, tmp_path):
    with pytest.raises(InputError, match=r"^the query cannot be answered: .*nothing_like_it"):
        read_table(folder / "demo-home", "FROM nothing_like_it")
    with pytest.raises(HomeError, match="is not a Freshpress home"):
        read_table(tmp_path, "FROM models")

"""The rows of the crawl bench: the columns of every bench, real crawls of small inputs behind them."""

import subprocess
import sys
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator

from bench import crawl
from bench.figures import COLUMNS, run_bench
from bench.warc_files import captured_records, large_page_records, write_copies
from crawler.warc_frames import cut

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.slow


def test_every_copy_of_a_record_is_sound_and_has_an_address_of_its_own(shared_data: Path, tmp_path: Path) -> None:
    for number, make in enumerate((captured_records, large_page_records)):
        records, path = make(shared_data), tmp_path / f"{number}.warc.gz"
        write_copies(path, records, 2)
        with path.open("rb") as file:
            addresses = [record.headers.get("WARC-Target-URI") for record in ArchiveIterator(file)]
        frames = cut(path.read_bytes(), 0, is_end=True, max_bytes=1 << 26).frames
        assert len(addresses) == len(frames) == 2 * len(records)
        assert not [frame for frame in frames if frame.fault]
        halves = set(addresses[: len(records)]) - {None}, set(addresses[len(records) :]) - {None}
        assert halves[0].isdisjoint(halves[1])


def test_the_rows_are_those_of_every_bench(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crawl, "_QUICK_UNPACKED_BYTES", 1)
    monkeypatch.setattr(crawl, "_QUICK_REPOSITORY_COUNT", 2)
    run_bench(lambda quick: crawl.measure(quick, shared_data), "", ["--quick", "--format", "csv"])
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert [line.split(",")[0] for line in lines[1:]] == [
        "warc_records", "warc_records_large_pages", "small_repositories",
    ]  # fmt: skip
    assert "small_repositories: " in told.err
    assert "14 documents landed" in told.err


def test_without_the_real_inputs_the_bench_says_so_in_one_sentence(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bench import crawl; from bench.figures import run_bench; "
        "sys.exit(run_bench(lambda quick: crawl.measure(quick, Path('/nowhere')), '', ['--quick']))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        "/nowhere is missing: the bench reads the real inputs that lie beside a checkout."
    ]

"""The command line from outside: help everywhere, one clear sentence and exit 1 for bad input, 2 for wrong usage."""

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli import cli


def freshpress(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    arguments = [*(["--home", str(home)] if home else []), *words]
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "home"
    made = freshpress("init", "--contact", "tests@example.org", home=folder)
    assert made.returncode == 0, made.stderr
    return folder


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"), list(commands(cli)), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help(path: tuple[str, ...], command: click.Command) -> None:
    context = click.Context(command, info_name=" ".join(path))
    assert command.get_short_help_str()
    assert "Usage:" in command.get_help(context)


def test_every_option_that_is_not_its_own_explanation_has_help() -> None:
    bare = {"--organisation", "--released-on", "--by", "--kind", "--dtype", "--help"}
    silent = [
        (" ".join(path), parameter.opts[0])
        for path, command in commands(cli)
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help and parameter.opts[0] not in bare
    ]
    assert not silent


def test_help_loads_nothing_heavy() -> None:
    heavy = {"torch", "duckdb", "pydantic", "scrapy", "pyarrow", "numpy", "rich"}
    code = f"import sys, cli; print(sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        ("models", "list"),
        ("status",),
        ("doctor",),
        ("sql", "SELECT model_id, kind FROM models"),
        ("sql", "SELECT name FROM settings WHERE false"),
        ("correlate", "--published"),
        ("correlate", "--published", "--by", "benchmark"),
        ("predict", "--published", "Yi-6b"),
        ("residuals", "--published"),
    ],
)  # fmt: skip
def test_rows_come_as_clean_csv_and_json(home: Path, words: tuple[str, ...]) -> None:
    as_csv, as_json = (freshpress(*words, "--format", form, home=home) for form in ("csv", "json"))
    assert as_csv.returncode == as_json.returncode == 0, as_csv.stderr + as_json.stderr
    rows = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    assert len(rows) == len(json.loads(as_json.stdout))
    assert not any(None in row or None in row.values() for row in rows)


def test_codecs_are_known_from_the_first_day(home: Path) -> None:
    answer = freshpress("sql", "SELECT model_id FROM models ORDER BY 1", "--format", "csv", home=home)
    assert answer.stdout.split() == ["model_id", "brotli@11", "ppmd@12", "xz@9e", "zstd@19"]


def test_init_again_changes_nothing(home: Path) -> None:
    before = (home / "freshpress.toml").read_text()
    assert freshpress("init", "--contact", "other@example.org", home=home).returncode == 0
    assert (home / "freshpress.toml").read_text() == before


BAD_MODEL = "there is no model folder"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("models", "add", "/nowhere/at/all"), BAD_MODEL),
        (("models", "add", "."), "has no config.json"),
        (("models", "deactivate", "nobody"), "there is no model 'nobody'"),
        (("score", "--protocol", "mine"), "there is no protocol 'mine'; choose one of document, document_512, paper"),
        (("score",), "no snapshot is sealed yet"),
        (("score", "--snapshot", "2026-10"), "no snapshot is sealed yet"),
        (("score", "--snapshot", "reference:quiz", "--dry-run"), "there is no reference set 'quiz'"),
        (("correlate",), "no snapshot is sealed yet"),
        (("correlate", "--published", "--exclude", "x"), "there is no model 'x'"),
        (("correlate", "--published", "--snapshot", "x"), "--published takes no"),
        (("residuals",), "no snapshot is sealed yet"),
        (("drift",), "no snapshot is scored by document@"),
        (("compare",), "no snapshot is sealed yet"),
        (("compare", "xz@9e"), "xz@9e is one model; name two models to compare"),
        (("gap", "xz@9e", "nobody"), "there is no model 'nobody'"),
        (("refresh", "--name", "october"), "is not a month"),
        (("refresh", "--since", "2026-10-02", "--until", "2026-10-01"), "is empty"),
        (("explain", "nothing-known"), "nothing-known"),
        (("benchmarks", "import", "/nowhere.csv"), "/nowhere.csv"),
        (("sql", "DROP TABLE models"), "the query is DROP"),
        (("export-texts", "2026-10", "out"), "no snapshot is sealed yet"),
        (("score-import", "/nowhere.jsonl"), "/nowhere.jsonl"),
        (("references", "add", "mine", "/nowhere.jsonl"), "/nowhere.jsonl"),
        (("refresh", "--name", "2099-01"), "ends before 2099-02-01, which is after today"),
        (("refresh", "--name", "9999-12"), "is not a month"),
        (("export", "/nowhere/x.duckdb"), "there is no folder /nowhere"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence_and_exit_1(home: Path, words: tuple[str, ...], sentence: str) -> None:
    failed = freshpress(*words, home=home)
    last = failed.stderr.strip().splitlines()[-1]
    assert failed.returncode == 1, failed.stderr
    assert last.startswith("freshpress: ")
    assert sentence in last
    assert "Traceback" not in failed.stderr


def test_a_folder_that_is_no_home_is_said_so(tmp_path: Path) -> None:
    failed = freshpress("status", home=tmp_path)
    assert failed.returncode == 1
    assert "is not a Freshpress home" in failed.stderr


def test_a_file_in_the_way_of_a_home_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    failed = freshpress("init", "--contact", "tests@example.org", home=tmp_path / "file")
    assert failed.returncode == 1
    assert failed.stderr.startswith("freshpress: File exists:")


def test_a_broken_catalog_is_said_so(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "home"
    subprocess.run(["cp", "-r", str(home), str(broken)], check=True)
    for path in (broken / "lake").glob("catalog.sqlite*"):
        path.unlink()
    (broken / "lake" / "catalog.sqlite").write_text("no database at all, but some text of a length" * 100)
    failed = freshpress("status", home=broken)
    assert failed.returncode == 1
    assert "cannot be opened" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_changed_settings_hold_at_once(home: Path, tmp_path: Path) -> None:
    changed = tmp_path / "home"
    subprocess.run(["cp", "-r", str(home), str(changed)], check=True)
    (changed / "freshpress.toml").write_text("[analysis]\ncutoff_margin_days = 7\n")
    query = "SELECT value FROM settings WHERE name = 'cutoff_margin_days'"
    assert freshpress("sql", query, "--format", "csv", home=changed).stdout.split() == ["value", "7.0"]


def test_an_unknown_setting_stops_every_command(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "home"
    subprocess.run(["cp", "-r", str(home), str(broken)], check=True)
    (broken / "freshpress.toml").write_text("[crawler.github]\nmin_star = 1\n")
    failed = freshpress("status", home=broken)
    assert failed.returncode == 1
    assert "unknown key crawler.github.min_star" in failed.stderr


def test_a_bad_row_of_a_table_is_named_by_its_line(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "results.csv"
    table.write_text(
        "model,benchmark,area,value,scale,shots,setting,source,reported_by\n"
        "zstd@19,HellaSwag,knowledge,76,100,0,,,me\n"
        "zstd@19,MMLU,knowledge,176,100,0,,,me\n"
    )
    failed = freshpress("benchmarks", "import", str(table), home=home)
    assert failed.returncode == 1
    assert "results.csv:3" in failed.stderr
    assert "176" in failed.stderr
    count = freshpress("sql", "SELECT count(*) AS n FROM benchmark_results", "--format", "csv", home=home)
    assert count.stdout.split() == ["n", "0"]


def test_an_unreachable_source_is_a_hole_and_exit_1(home: Path, tmp_path: Path) -> None:
    offline = tmp_path / "home"
    subprocess.run(["cp", "-r", str(home), str(offline)], check=True)
    (offline / "freshpress.toml").write_text(
        "[crawler]\nretry_count = 0\n[crawler.arxiv]\noai_url = 'http://127.0.0.1:9/oai'\ndelay_seconds = 0.0\n"
    )
    failed = freshpress("refresh", "--name", "2026-10", "--source", "arxiv", home=offline)
    assert failed.returncode == 1
    assert "http://127.0.0.1:9/oai" in failed.stderr
    assert "Traceback" not in failed.stderr
    holes = freshpress("sql", "SELECT source, state FROM watermarks", "--format", "csv", home=offline)
    assert holes.stdout.split() == ["source,state", "arxiv,hole"]
    runs = freshpress("sql", "SELECT job, outcome FROM job_runs WHERE job = 'refresh'", "--format", "csv", home=offline)
    assert runs.stdout.split() == ["job,outcome", "refresh,failed"]


def test_wrong_usage_exits_2() -> None:
    assert freshpress("crawl", "gitlab").returncode == 2
    assert freshpress("nonsense").returncode == 2
    assert freshpress("crawl", "github", "--since", "yesterday").returncode == 2
    assert freshpress("sql").returncode == 2
    assert freshpress("sql", "SELECT 1", "--file", "query.sql").returncode == 2


def test_a_closed_pipe_is_no_error(home: Path) -> None:
    command = f"{sys.executable} -m cli --home {home} sql 'FROM range(100000)' --format csv | head -n 1"
    piped = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert piped.stdout == "range\n"
    assert "Traceback" not in piped.stderr
    assert "Exception" not in piped.stderr


def test_sigterm_leaves_a_run_marked_interrupted(home: Path, tmp_path: Path) -> None:
    waiting = tmp_path / "home"
    subprocess.run(["cp", "-r", str(home), str(waiting)], check=True)
    (waiting / "freshpress.toml").write_text(
        "[crawler]\nretry_wait_seconds = 30.0\n"
        "[crawler.arxiv]\noai_url = 'http://127.0.0.1:9/oai'\ndelay_seconds = 0.0\n"
    )
    command = [sys.executable, "-m", "cli", "--home", str(waiting), "refresh", "--name", "2026-10", "--source", "arxiv"]
    job = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert job.stderr is not None
    assert any("crawl arxiv" in line for line in job.stderr), "the job ended before it crawled"
    time.sleep(1)
    job.terminate()
    assert job.wait(30) == 143
    job.stderr.close()
    query = "SELECT job, outcome FROM job_runs WHERE job <> 'score' ORDER BY job"
    runs = freshpress("sql", query, "--format", "csv", home=waiting)
    assert runs.stdout.splitlines() == ["job,outcome", "crawl arxiv,interrupted", "refresh,interrupted"]

import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from storage import lake, rows
from storage.errors import BusyError, HomeError
from storage.home import Home, open_home
from storage.locks import exclusive
from storage.records import Setting


def settings(home: Home) -> list[Setting]:
    with lake.reading(home) as connection:
        return rows.select(connection, Setting)


def test_what_is_written_is_read(home: Home) -> None:
    lake.write(home, "test", lambda c: rows.insert(c, [Setting("a", 1.0)], Setting))
    assert settings(home) == [Setting("a", 1.0)]


def test_a_failing_action_changes_nothing(home: Home) -> None:
    def fail(connection: lake.Connection) -> None:
        rows.insert(connection, [Setting("a", 1.0)], Setting)
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        lake.write(home, "test", fail)
    assert settings(home) == []


def test_a_lost_race_repeats_the_whole_transaction(home: Home) -> None:
    attempts = []

    def conflict_once(connection: lake.Connection) -> None:
        attempts.append(len(attempts))
        rows.insert(connection, [Setting("a", 1.0)], Setting)
        if len(attempts) == 1:
            raise duckdb.TransactionException("database is locked")

    lake.write(home, "test", conflict_once)
    assert attempts == [0, 1]
    assert settings(home) == [Setting("a", 1.0)]


def test_the_commit_message_stays_in_the_lake(home: Home) -> None:
    lake.write(home, "seal 2026-10", lambda c: rows.insert(c, [Setting("a", 1.0)], Setting))
    with lake.reading(home) as connection:
        messages = connection.execute("SELECT commit_message FROM ducklake_snapshots('lake')").fetchall()
    assert messages[-1] == ("seal 2026-10",)


def test_readers_are_not_blocked_and_see_nothing_of_an_open_transaction(home: Home) -> None:
    is_inside, may_end = threading.Event(), threading.Event()

    def slow(connection: lake.Connection) -> None:
        rows.insert(connection, [Setting("a", 1.0)], Setting)
        is_inside.set()
        assert may_end.wait(30)

    writer = threading.Thread(target=lake.write, args=(home, "slow", slow))
    writer.start()
    assert is_inside.wait(30)
    question = f"""
from pathlib import Path
from storage import lake
from storage.home import open_home
with lake.reading(open_home(Path({str(home.root)!r}))) as connection:
    print(connection.execute('SELECT count(*) FROM settings').fetchall())
"""
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, timeout=60, check=True)
    may_end.set()
    writer.join()
    assert answer.stdout.strip() == "[(0,)]"
    assert settings(home) == [Setting("a", 1.0)]


def test_a_second_writer_waits_and_then_names_the_first(home: Home) -> None:
    with (
        exclusive(home.lake / "writer.lock", "seal 2026-10", 0.0),
        pytest.raises(BusyError, match=r"writer.lock is held by seal 2026-10, process .* for more than 0.2 s"),
    ):
        lake.write(home, "score", lambda _: None, wait_seconds=0.2)


def test_two_writers_with_the_same_keys_leave_one_row_each(home: Home) -> None:
    def write(_: int) -> None:
        lake.write(home, "same", lambda c: rows.insert(c, [Setting("a", 1.0), Setting("b", 2.0)], Setting))

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert settings(home) == [Setting("a", 1.0), Setting("b", 2.0)]


def test_a_writer_killed_in_mid_transaction_leaves_a_whole_lake(home: Home) -> None:
    code = f"""
import os, signal
from pathlib import Path
from storage import lake, rows
from storage.home import open_home
from storage.records import Setting
def die(connection):
    rows.insert(connection, [Setting('a', 1.0)], Setting)
    os.kill(os.getpid(), signal.SIGKILL)
lake.write(open_home(Path({str(home.root)!r})), 'die', die)
"""
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert killed.returncode == -9
    assert settings(home) == []
    lake.write(home, "after", lambda c: rows.insert(c, [Setting("b", 2.0)], Setting))
    assert settings(home) == [Setting("b", 2.0)]


def test_a_copied_home_reads_its_own_files(home: Home, tmp_path: Path) -> None:
    lake.write(home, "test", lambda c: c.execute("INSERT INTO settings SELECT 'n' || range, 1.0 FROM range(5000)"))
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(home.root), str(copy)], check=True)
    subprocess.run(["rm", "-r", str(home.lake / "data")], check=True)
    assert len(settings(open_home(copy))) == 5000


def test_any_duckdb_attaches_the_lake_as_shown(home: Home) -> None:
    lake.write(home, "test", lambda c: rows.insert(c, [Setting("a", 1.0)], Setting))
    connection = duckdb.connect()
    for name in lake.EXTENSIONS:
        lake._load_extension(connection, name)
    connection.execute(lake.attach_statement(home, read_only=True))
    assert connection.execute("SELECT name FROM lake.settings").fetchall() == [("a",)]


def test_a_folder_that_is_no_home_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match=r"is not a Freshpress home: it has no freshpress.toml; .* init"):
        open_home(tmp_path)

"""Backups: whole or none, the next one copies what is new, damage is told by name, and writers tear nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from storage import backup, lake, rows
from storage.backup import damaged_files, read_manifest, restore_files, restore_settings, stored_path, write_backup
from storage.errors import HomeError, InputError
from storage.home import Home, create_home, open_home
from storage.migrate import run_migrations
from storage.records import Document, Signature, Snapshot
from tests.storage.builders import make

# Both tables get their rows in one transaction, again and again: a torn copy has more of one than of the other.
WRITER = """
import sys
from pathlib import Path
from storage import lake, rows
from storage.home import open_home
from storage.records import Document, Signature
from tests.storage.builders import make

home = open_home(Path(sys.argv[1]))
def write(connection, start):
    ids = [f"{start}-{n}" for n in range(30)]
    rows.insert(connection, [make(Document, document_id=i) for i in ids], Document)
    rows.insert(connection, [make(Signature, document_id=i) for i in ids], Signature)
for start in range(1000):
    lake.write(home, "write", lambda connection: write(connection, start))
    print(start, flush=True)
"""


def add_documents(home: Home, *names: str) -> None:
    """Write so many rows that DuckLake puts them into a file: a handful stays in its catalog."""
    documents = [make(Document, document_id=f"{name}-{n}") for name in names for n in range(50)]
    lake.write(home, "add", lambda connection: rows.insert(connection, documents, Document))


def seal(home: Home, snapshot_id: str, fingerprint: str) -> None:
    snapshot = make(Snapshot, snapshot_id=snapshot_id, fingerprint=fingerprint)
    lake.write(home, "seal", lambda connection: rows.insert(connection, [snapshot], Snapshot))


def ids_in(home: Home) -> list[str]:
    with lake.reading(home) as connection:
        return [document.document_id for document in rows.select(connection, Document)]


def restored(folder: Path, root: Path) -> Home:
    manifest = read_manifest(folder)
    restore_files(folder, manifest, root)
    restore_settings(folder, manifest, root)
    return open_home(root)


def files_of(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_a_restored_home_has_the_same_rows_and_settings(home, tmp_path):
    add_documents(home, "a", "b")
    write_backup(home, tmp_path / "copy", with_landing=False)
    again = restored(tmp_path / "copy", tmp_path / "again")
    assert ids_in(again) == ids_in(home)
    assert (again.root / "freshpress.toml").read_bytes() == (home.root / "freshpress.toml").read_bytes()
    # And it is a home of its own: what is written there does not reach the first one.
    add_documents(again, "c")
    assert len(ids_in(again)) == len(ids_in(home)) + 50


def test_earlier_versions_of_the_lake_can_be_read_in_a_restored_home(home, tmp_path):
    add_documents(home, "a")
    with lake.reading(home) as connection:
        (version,) = connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone()
    lake.write(home, "delete", lambda connection: connection.execute("DELETE FROM documents"))
    write_backup(home, tmp_path / "copy", with_landing=False)
    with lake.reading(restored(tmp_path / "copy", tmp_path / "again")) as connection:
        found = connection.execute(f"SELECT count(*) FROM documents AT (VERSION => {version})").fetchone()
    assert found == (50,)


def test_what_has_landed_is_copied_where_it_is_asked_for(home, tmp_path):
    landed = home.landing / "arxiv" / "2026-10-01_2026-11-01" / "plan.json"
    landed.parent.mkdir(parents=True)
    landed.write_text("{}")
    landed.with_name("crawl.lock").touch()
    plain = write_backup(home, tmp_path / "plain", with_landing=False)
    whole = write_backup(home, tmp_path / "whole", with_landing=True)
    added = {file.path for file in whole.files} - {file.path for file in plain.files}
    assert added == {"landing/arxiv/2026-10-01_2026-11-01/plan.json"}
    assert whole.has_landing
    assert not plain.has_landing


def test_the_next_backup_copies_what_is_new_and_drops_what_is_gone(home, tmp_path):
    add_documents(home, "a")
    write_backup(home, tmp_path / "copy", with_landing=False)
    before = files_of(tmp_path / "copy")
    add_documents(home, "b")
    manifest = write_backup(home, tmp_path / "copy", with_landing=False)
    after = files_of(tmp_path / "copy")
    parquet = [file for file in manifest.files if file.path.endswith(".parquet")]
    kept = [str(stored_path(Path(), file)) for file in parquet if str(stored_path(Path(), file)) in before]
    assert kept
    assert all(after[name] == before[name] for name in kept)
    assert len(parquet) == len(kept) + 1
    assert len(after) == len(manifest.files) + 1
    assert len(ids_in(restored(tmp_path / "copy", tmp_path / "again"))) == 100


def test_a_damaged_or_missing_file_is_told_by_name_and_nothing_is_restored(home, tmp_path):
    add_documents(home, "a")
    manifest = write_backup(home, tmp_path / "copy", with_landing=False)
    (data,) = (file for file in manifest.files if "/documents/" in file.path)
    stored = stored_path(tmp_path / "copy", data)
    content = bytearray(stored.read_bytes())
    content[len(content) // 2] ^= 1
    stored.write_bytes(content)
    with pytest.raises(InputError, match=rf"1 of {len(manifest.files)} files .* as {data.path}, which has"):
        restored(tmp_path / "copy", tmp_path / "again")
    stored.unlink()
    assert damaged_files(tmp_path / "copy", manifest) == [(data, "is missing")]
    with pytest.raises(InputError, match="which is missing"):
        restored(tmp_path / "copy", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_damaged_size_is_mended_by_the_next_backup(home, tmp_path):
    add_documents(home, "a")
    manifest = write_backup(home, tmp_path / "copy", with_landing=False)
    (data,) = (file for file in manifest.files if "/documents/" in file.path)
    stored_path(tmp_path / "copy", data).write_bytes(b"cut")
    again = write_backup(home, tmp_path / "copy", with_landing=False)
    assert damaged_files(tmp_path / "copy", again) == []


def test_an_interrupted_first_backup_is_not_taken_for_whole(home, tmp_path, monkeypatch):
    interrupt_before_manifest(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        write_backup(home, tmp_path / "copy", with_landing=False)
    assert list((tmp_path / "copy").iterdir()) == [tmp_path / "copy" / "files"]
    with pytest.raises(InputError, match=r"holds no whole backup: it has no manifest\.json"):
        read_manifest(tmp_path / "copy")
    monkeypatch.undo()
    write_backup(home, tmp_path / "copy", with_landing=False)
    assert restored(tmp_path / "copy", tmp_path / "again")


def test_an_interrupted_later_backup_leaves_the_one_before_it_whole(home, tmp_path, monkeypatch):
    add_documents(home, "a")
    write_backup(home, tmp_path / "copy", with_landing=False)
    add_documents(home, "b")
    interrupt_before_manifest(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        write_backup(home, tmp_path / "copy", with_landing=False)
    assert len(ids_in(restored(tmp_path / "copy", tmp_path / "again"))) == 50


def test_an_interrupted_restore_is_no_home_and_can_be_run_again(home, tmp_path, monkeypatch):
    add_documents(home, "a")
    manifest = write_backup(home, tmp_path / "copy", with_landing=False)
    root = tmp_path / "again"
    restore_files(tmp_path / "copy", manifest, root)
    with pytest.raises(HomeError, match="is not a Freshpress home"):
        open_home(root)
    (root / manifest.files[0].path).write_bytes(b"half")
    assert ids_in(restored(tmp_path / "copy", root)) == ids_in(home)


def test_a_folder_with_anything_in_it_is_not_restored_into(home, tmp_path):
    write_backup(home, tmp_path / "copy", with_landing=False)
    with pytest.raises(HomeError, match="is a home already"):
        restored(tmp_path / "copy", home.root)
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").touch()
    with pytest.raises(HomeError, match=r"is not empty, it holds .*notes\.txt"):
        restored(tmp_path / "copy", other)


def test_the_folder_of_another_home_or_of_something_else_is_left_alone(home, tmp_path):
    seal(home, "2026-10", "aaaa")
    write_backup(home, tmp_path / "copy", with_landing=False)
    other = create_home(tmp_path / "other", "tests@example.org")
    lake.write(other, "migrate", run_migrations)
    with pytest.raises(InputError, match="a home whose snapshot 2026-10 is aaaa, here it is not there"):
        write_backup(other, tmp_path / "copy", with_landing=False)
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.png").touch()
    with pytest.raises(InputError, match=r"holds cat\.png and no backup"):
        write_backup(home, photos, with_landing=False)
    with pytest.raises(InputError, match="lies in the home"):
        write_backup(home, home.root / "copy", with_landing=False)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "lake/../../outside", ""])
def test_a_manifest_cannot_name_a_place_outside_the_home(home, tmp_path, path):
    write_backup(home, tmp_path / "copy", with_landing=False)
    file = tmp_path / "copy" / "manifest.json"
    values = json.loads(file.read_text())
    values["files"][0]["path"] = path
    file.write_text(json.dumps(values))
    with pytest.raises(InputError, match="is no file of a home"):
        read_manifest(tmp_path / "copy")


def test_a_manifest_of_a_later_format_or_none_at_all_is_refused(home, tmp_path):
    write_backup(home, tmp_path / "copy", with_landing=False)
    file = tmp_path / "copy" / "manifest.json"
    file.write_text(file.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(InputError, match="has format 2, this Freshpress reads 1"):
        read_manifest(tmp_path / "copy")
    file.write_text("[]")
    with pytest.raises(InputError, match="is no manifest of a backup"):
        read_manifest(tmp_path / "copy")


def test_a_backup_under_a_running_writer_is_of_one_moment(home, tmp_path):
    command = [sys.executable, "-c", WRITER, str(home.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as writer:
        try:
            found = []
            for number in range(3):
                writer.stdout.readline()
                write_backup(home, tmp_path / "copy", with_landing=False)
                found.append(counts(restored(tmp_path / "copy", tmp_path / f"again-{number}")))
            assert writer.poll() is None, "the writer had ended before the backups did"
        finally:
            writer.kill()
    assert all(documents == signatures and documents % 30 == 0 for documents, signatures in found)
    assert found[0][0] < found[-1][0]


def counts(home: Home) -> tuple[int, int]:
    with lake.reading(home) as connection:
        return rows.count(connection, Document), rows.count(connection, Signature)


def interrupt_before_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(path: Path, content: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "write_whole", interrupt)

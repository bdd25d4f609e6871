"""Forgetting: no byte is left, nothing comes back, every number is of what remains, and a sealed snapshot stays."""

import shutil
from pathlib import Path

import pytest

from schedules import forget as forgetting_job
from schedules import jobs
from schedules.forget import forget
from schedules.measure import Wanted, plan_scoring, score
from schedules.runs import locked
from schedules.upkeep import back_up, restore
from schedules.workspace import Workspace, open_workspace
from storage import lake, parquet, rows
from storage.byte_search import holders
from storage.doctor import check_invariants
from storage.errors import BusyError, FreshpressError, InputError
from storage.landing import document_files, landing_folder
from storage.records import RawDocument, Tombstone, Verdict, text_sha256
from tests.schedules.forgetful_home import (
    CANARIES,
    CANARY,
    COMMIT,
    NOVEMBER,
    OCTOBER,
    OTHER_SOURCE,
    SOURCE,
    URL,
    code,
    file_of,
    land,
    make_home,
    seal,
)
from tests.schedules.scored_home import ask

# Each test curates, scores or erases in a home of its own.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make_home(tmp_path_factory.mktemp("forget") / "home")
    for protocol in ("codec", "codec_stream"):
        score(plan_scoring(workspace, Wanted(protocol_name=protocol)))
    return workspace


@pytest.fixture
def workspace(sealed: Workspace, tmp_path: Path) -> Workspace:
    shutil.copytree(sealed.home.root, tmp_path / "home")
    return open_workspace(tmp_path / "home")


def where_it_stands(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in holders(folder, CANARIES)]


def broken(workspace: Workspace) -> list[str]:
    with lake.reading(workspace.home) as connection:
        return [found.name for found in check_invariants(connection) if found.broken_count]


def stones(workspace: Workspace) -> list[Tombstone]:
    with lake.reading(workspace.home) as connection:
        return rows.select(connection, Tombstone)


def scores(workspace: Workspace, protocol: str) -> dict[str, float]:
    query = "SELECT document_id, total_bits FROM scores JOIN protocols USING (protocol_id) WHERE name = "
    return dict(ask(workspace, f"{query}'{protocol}'"))


def verdicts_of(workspace: Workspace, period) -> dict[str, str | None]:
    path = jobs.curate(workspace, period, [SOURCE])
    return {verdict.document_id: verdict.reason for verdict in parquet.read_records(path, Verdict)}


def landed(workspace: Workspace, period=OCTOBER) -> list[RawDocument]:
    folder = landing_folder(workspace.home.landing, SOURCE, period.since, period.until)
    return [raw for path in document_files(folder) for raw in parquet.read_records(path, RawDocument)]


def test_no_byte_of_it_is_left_in_the_home_and_every_invariant_holds(workspace):
    workspace.home.report.mkdir()
    (workspace.home.report / "index.html").write_text(f"<a href={URL}>")
    (workspace.home.spill / "half").mkdir(parents=True)
    (workspace.home.spill / "half" / "part.tmp").write_bytes(b"...zqTEXTzq...")
    before = where_it_stands(workspace.home.root)
    kinds = {name.partition("/")[0] for name in before}
    assert {"candidates", "lake", "landing", "report", "spill"} <= kinds
    forget(workspace, CANARY.document_id, "takedown 17")
    assert where_it_stands(workspace.home.root) == []
    assert broken(workspace) == []
    (stone,) = stones(workspace)
    assert (stone.document_id, stone.source, stone.reason) == (CANARY.document_id, SOURCE, "takedown 17")
    assert stone.text_sha256 == text_sha256(CANARY.content.decode())


def test_a_sealed_snapshot_stays_and_says_how_many_of_its_texts_are_gone(workspace):
    def snapshot():
        return ask(workspace, "SELECT fingerprint, document_count, char_count FROM snapshots")

    sealed_as, members = snapshot(), ask(workspace, "FROM snapshot_documents ORDER BY ALL")
    forget(workspace, f"{URL}/", None)
    assert snapshot() == sealed_as
    assert ask(workspace, "FROM snapshot_documents ORDER BY ALL") == members
    counted = "SELECT source, kept_count, snapshot_document_count, forgotten_count, is_balanced FROM snapshot_balance"
    assert sorted(ask(workspace, counted)) == [(OTHER_SOURCE, 1, 1, 0, True), (SOURCE, 6, 5, 1, True)]


def test_what_was_measured_of_the_others_stays_and_sums_are_of_them(workspace):
    before = scores(workspace, "codec")
    chars = dict(ask(workspace, "SELECT document_id, char_count FROM documents"))
    forget(workspace, URL, None)
    after = scores(workspace, "codec")
    assert after == {name: bits for name, bits in before.items() if name != CANARY.document_id}
    sums = "SELECT source, total_bits, char_count, is_whole FROM compression JOIN protocols USING (protocol_id) WHERE "
    ((_, bits, char_count, is_whole),) = ask(workspace, f"{sums} name = 'codec' AND source = '{SOURCE}'")
    of_source = {name for (name,) in ask(workspace, f"SELECT document_id FROM documents WHERE source = '{SOURCE}'")}
    assert bits == pytest.approx(sum(after[name] for name in of_source))
    assert char_count == sum(chars[name] for name in of_source)
    assert is_whole


def test_nothing_is_left_to_score_of_single_texts_and_packed_streams_are_measured_again(workspace):
    before = scores(workspace, "codec_stream")
    forget(workspace, URL, None)
    # The stream of the other source never held it.
    (page,) = ask(workspace, f"SELECT document_id FROM documents WHERE source = '{OTHER_SOURCE}'")
    assert scores(workspace, "codec_stream") == {page[0]: before[page[0]]}
    assert score(plan_scoring(workspace, Wanted(protocol_name="codec"))) == 0
    assert score(plan_scoring(workspace, Wanted(protocol_name="codec_stream"))) == 5
    assert scores(workspace, "codec_stream").keys() == before.keys() - {CANARY.document_id}
    assert score(plan_scoring(workspace, Wanted(protocol_name="codec_stream"))) == 0
    assert broken(workspace) == []


def test_what_landed_is_judged_as_forgotten_and_the_crawl_still_counts(workspace):
    forget(workspace, URL, None)
    blank = next(raw for raw in landed(workspace) if raw.document_id == CANARY.document_id)
    assert (blank.content, blank.url, blank.title, blank.locator) == (b"", "", None, "")
    reasons = verdicts_of(workspace, OCTOBER)
    assert len(reasons) == 6
    assert {name for name, reason in reasons.items() if reason == "forgotten"} == {CANARY.document_id}


def test_it_does_not_come_back_at_its_address_nor_as_a_text_elsewhere(workspace):
    forget(workspace, URL, None)
    later = file_of("zz.py", "# changed\n" + code("canary"), URL.replace(COMMIT, "f" * 40), NOVEMBER)
    elsewhere = file_of("b.py", CANARY.content.decode(), f"https://github.com/other/name/blob/{COMMIT}/b.py", NOVEMBER)
    fresh = file_of("f.py", code("fir"), f"https://github.com/fir/name/blob/{COMMIT}/f.py", NOVEMBER)
    land(workspace, SOURCE, NOVEMBER, [later, elsewhere, fresh])
    verdicts = jobs.curate(workspace, NOVEMBER, [SOURCE])
    forgetting_job.blank_forgotten(workspace, verdicts)
    snapshot = jobs.seal(workspace, NOVEMBER, [SOURCE], verdicts)
    assert snapshot.document_count == 1
    judged = "SELECT document_id, step, reason FROM verdicts WHERE verdicts.snapshot_id = '2026-11'"
    assert sorted(ask(workspace, judged)) == sorted(
        [
            (later.document_id, "forget", "forgotten"),
            (elsewhere.document_id, "forget", "forgotten"),
            (fresh.document_id, "kept", None),
        ]
    )
    # Nor does it stay in what landed.
    assert {raw.document_id: raw.content for raw in landed(workspace, NOVEMBER)} == {
        later.document_id: b"", elsewhere.document_id: b"", fresh.document_id: fresh.content,
    }  # fmt: skip
    assert not [path for path in holders(workspace.home.landing, [b"zqTEXTzq"]) if path.suffix == ".parquet"]
    assert broken(workspace) == []


def test_equal_texts_elsewhere_go_with_it_and_near_ones_are_named(workspace):
    copy = file_of("copy.py", CANARY.content.decode(), f"https://github.com/copy/name/blob/{COMMIT}/c.py", NOVEMBER)
    near_url = f"https://github.com/near/name/blob/{COMMIT}/n.py"
    near = file_of("near.py", "# another head\n" + code("canary"), near_url, NOVEMBER)
    land(workspace, SOURCE, NOVEMBER, [copy, near])
    seal(workspace, NOVEMBER, (SOURCE,))
    _, left = forget(workspace, URL, None)
    assert sorted(stone.document_id for stone in stones(workspace)) == sorted([CANARY.document_id, copy.document_id])
    assert [line for line in left if near.document_id in line] == [
        f"{near.url} ({near.document_id}) shares much with it (history_near_duplicate) and stays"
    ]
    by_address = {stone.document_id: stone.address_hash is not None for stone in stones(workspace)}
    assert by_address == {CANARY.document_id: True, copy.document_id: False}


@pytest.mark.parametrize("step", ["_empty_files", "erase_deleted"])
def test_killed_at_any_step_it_is_finished_by_the_next_run(workspace, monkeypatch, step):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(forgetting_job, step, die)
        with pytest.raises(KeyboardInterrupt):
            forget(workspace, URL, "first")
    forget(workspace, URL, "second")
    assert where_it_stands(workspace.home.root) == []
    assert broken(workspace) == []
    assert [stone.reason for stone in stones(workspace)] == ["first"]


def test_backups_are_brought_up_to_date_and_those_out_of_reach_are_listed(workspace, tmp_path):
    back_up(workspace, tmp_path / "copy", with_landing=True)
    back_up(workspace, tmp_path / "elsewhere", with_landing=False)
    (tmp_path / "elsewhere").rename(tmp_path / "unmounted")
    assert where_it_stands(tmp_path / "copy")
    removed, left = forget(workspace, URL, None)
    assert where_it_stands(tmp_path / "copy") == []
    assert (str(tmp_path / "copy"), "backup written anew", 1) in removed.rows
    assert [line for line in left if line.startswith(f"the backup in {tmp_path / 'elsewhere'} still holds it")]
    assert where_it_stands(tmp_path / "unmounted")
    checks, not_sound = restore(tmp_path / "copy", tmp_path / "again")
    assert not_sound == []
    assert ("fingerprint 2026-10", "holds") in [row[:2] for row in checks.rows]


def test_what_has_landed_only_is_forgotten_too(workspace):
    landed_only = file_of("late.py", code("zqTEXTzq"), f"https://github.com/late/name/blob/{COMMIT}/l.py", NOVEMBER)
    land(workspace, SOURCE, NOVEMBER, [landed_only])
    forget(workspace, landed_only.url, None)
    assert [(stone.document_id, stone.text_sha256) for stone in stones(workspace)] == [(landed_only.document_id, "")]
    assert landed(workspace, NOVEMBER)[0].content == b""
    assert verdicts_of(workspace, NOVEMBER) == {landed_only.document_id: "forgotten"}


def test_a_file_that_nobody_knows_of_and_that_holds_it_is_named(workspace):
    (workspace.home.root / "notes.txt").write_text(f"see {URL}")
    with pytest.raises(FreshpressError, match=r"1 files of this home still hold the text or its address, as .*notes"):
        forget(workspace, URL, None)
    (workspace.home.root / "notes.txt").unlink()
    assert where_it_stands(workspace.home.root) == []


def test_what_is_not_there_is_refused(workspace):
    with pytest.raises(InputError, match="no text of id or URL 'https://nowhere' is in this home"):
        forget(workspace, "https://nowhere", None)
    assert stones(workspace) == []


def test_no_job_that_reads_texts_runs_meanwhile(workspace):
    for lock in ("refresh", "score", "backup"):
        with locked(workspace, lock), pytest.raises(BusyError, match=f"held by `freshpress {lock}`"):
            forget(workspace, URL, None)
    assert stones(workspace) == []

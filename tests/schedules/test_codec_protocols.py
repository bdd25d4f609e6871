"""Protocols for codecs: asked for by name, measured on a snapshot, and after the texts of the snapshot before."""

from dataclasses import replace
from datetime import date

import pytest

from schedules.codec_protocols import after_last_snapshot, codecs_for
from schedules.measure import Wanted, plan_scoring, score
from schedules.registry import add_codecs
from schedules.workspace import Workspace
from scoring.protocols import find_protocol
from storage import lake, rows
from storage.errors import ScoringError
from storage.records import Snapshot
from tests.schedules import scored_home

CODEC_DICTIONARY = find_protocol("codec_dictionary")
SEPTEMBER, OCTOBER = (date(2026, 9, 1), date(2026, 10, 1)), (date(2026, 10, 1), date(2026, 11, 1))


@pytest.fixture
def home(workspace: Workspace) -> Workspace:
    """Return a home whose October repeats a text of September."""
    add_codecs(workspace)
    repeated = " ".join(f"word{n * n}" for n in range(300))
    scored_home.seal(workspace, "2026-09", [repeated, "Something else altogether."])
    scored_home.seal(workspace, "2026-10", [repeated, " ".join(f"new{n * n * n}" for n in range(300))])

    def date_them(connection: lake.Connection) -> None:
        for name, (start, end) in (("2026-09", SEPTEMBER), ("2026-10", OCTOBER)):
            (found,) = rows.select(connection, Snapshot, "snapshot_id = ?", [name])
            rows.replace(connection, [replace(found, window_start=start, window_end=end)], Snapshot)

    lake.write(workspace.home, "date the snapshots", date_them)
    return workspace


def bits_of(workspace: Workspace, protocol_id: str) -> list[float]:
    query = f"SELECT total_bits FROM scores WHERE protocol_id = '{protocol_id}' ORDER BY document_id"
    return [bits for (bits,) in scored_home.ask(workspace, query)]


def test_every_codec_is_measured_as_a_stream_and_no_network_is_asked(home, tmp_path):
    scored_home.add_tiny_model(home, tmp_path / "llama")
    job = plan_scoring(home, Wanted("2026-10", protocol_name="codec_stream"))
    assert [model.model_id for model in job.models] == ["brotli@11", "ppmd@12", "xz@9e", "zstd@19"]
    assert score(replace(job, models=job.models[-1:])) == 2
    assert len(bits_of(home, find_protocol("codec_stream").protocol_id)) == 2


def test_a_text_of_last_month_takes_next_to_nothing_after_last_months_texts(home, capsys):
    job = plan_scoring(home, Wanted("2026-10", protocol_name="codec_dictionary"))
    assert [model.model_id for model in job.models] == ["zstd@19"]
    assert score(job) == 2
    repeated, new = bits_of(home, job.protocol.protocol_id)
    assert repeated < 0.1 * new
    assert "2026-10 is compressed after 2,879 bytes of 2026-09: codec_dictionary@" in capsys.readouterr().err


def test_another_month_before_is_another_protocol(home):
    def change(connection: lake.Connection) -> None:
        connection.execute("DELETE FROM snapshot_documents WHERE document_id = '2026-09-001'")

    first = after_last_snapshot(home, CODEC_DICTIONARY, "2026-10")
    assert after_last_snapshot(home, CODEC_DICTIONARY, "2026-10") == first
    lake.write(home.home, "change", change)
    assert after_last_snapshot(home, CODEC_DICTIONARY, "2026-10").protocol_id != first.protocol_id


def test_a_first_snapshot_has_none_before_it(home):
    said = "no snapshot is sealed whose window ends before that of 2026-09 begins.*choose codec"
    with pytest.raises(ScoringError, match=said):
        after_last_snapshot(home, CODEC_DICTIONARY, "2026-09")


def test_other_protocols_are_left_as_they_are(home):
    document = find_protocol("document")
    assert after_last_snapshot(home, document, "2026-09") == document
    models = plan_scoring(home, Wanted("2026-10")).models
    assert codecs_for(document, models) == list(models)

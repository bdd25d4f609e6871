"""The map side: landing files in, candidates out, one verdict per landed document."""

import pickle
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from curation import candidate, extract
from curation.candidate import curate_document
from curation.outcomes import Extracted
from curation.shard import FOLDERS, curate_shard, drop_other_shards, plan_shards, verdicts_path
from storage.errors import FreshpressError
from storage.forgotten import Forgotten, address_hash
from storage.parquet import read_records
from storage.records import Document, Evidence, Signature, Verdict, text_sha256

CODE = "import math\n\n\ndef catch(nets):\n" + "".join(
    f"    value_{n} = math.floor(nets / {n + 1})\n" for n in range(9)
)
PROSE = (
    "<p>The harbour of Brest was rebuilt after the great storm, and the town paid for most of it.</p>"
    "<p>Boats that had gone out in the morning did not come back before dark with their cod.</p>"
    "<p>Nobody on the quay could say how many nets were lost, or who would mend them.</p>"
    "<p>A new tax on fish was voted in the spring by all but two members of the council.</p>"
    "<p>With that money the long wall, which had stood for a hundred years, got another yard.</p>"
)
NEW = '<meta property="article:published_time" content="2026-10-05">'


def page(head: str, body: str = PROSE) -> str:
    return f"<html><head><title>Harbour</title>{head}</head><body><article>{body}</article></body></html>"


def test_each_kind_of_document_becomes_a_candidate(make_raw, context):
    paper = (
        r"\documentclass{article}\begin{document}"
        + "We prove that the number $x$ is smaller than $y$ for every set. " * 50
        + r"\end{document}"
    )
    raws = [make_raw("github", "a.py", CODE), make_raw("arxiv", "p", paper), make_raw("common_crawl", "w", page(NEW))]
    found = [curate_document(raw, context) for raw in raws]
    assert [(c.verdict.is_kept, c.verdict.step, c.verdict.reason) for c in found] == [(True, "candidate", None)] * 3
    assert [c.document.kind for c in found] == ["source_file", "paper", "web_page"]
    assert [c.document.language for c in found] == [None, "en", "en"]
    assert [c.document.freshness_grade for c in found] == ["A", "A", "C"]
    for raw, made in zip(raws, found, strict=True):
        document = made.document
        assert (document.document_id, document.locator, document.url) == (raw.document_id, raw.locator, raw.url)
        assert document.char_count == len(document.text)
        assert document.byte_count == len(document.text.encode())
        assert made.signature.text_sha256 == document.text_sha256


def test_what_was_forgotten_is_judged_so_and_nothing_of_it_is_kept(make_raw, context):
    raw = make_raw("github", "a.py", CODE)
    by_id = Forgotten(frozenset({raw.document_id}))
    by_address = Forgotten(frozenset({"earlier"}), frozenset({address_hash("github", raw.url)}))
    by_text = Forgotten(frozenset({"elsewhere"}), frozenset(), frozenset({text_sha256(CODE)}))
    for forgotten in (by_id, by_address, by_text):
        made = curate_document(raw, replace(context, forgotten=forgotten))
        assert (made.document, made.evidence, made.signature) == (None, (), None)
        assert (made.verdict.step, made.verdict.reason) == ("forget", "forgotten")
    other = replace(context, forgotten=Forgotten(frozenset({"other"}), frozenset({"other"}), frozenset({"other"})))
    assert curate_document(raw, other).document.text == CODE


def test_a_text_that_is_rejected_is_still_history(make_raw, context):
    old = curate_document(make_raw("github", "a.py", CODE, repository_created_at=datetime(2020, 1, 1)), context)
    assert (old.verdict.step, old.verdict.reason, old.verdict.measured_value) == ("freshness", "too_old", "2020-01-01")
    assert old.document.text == CODE
    assert len(old.signature.hash_values) == 112
    assert {evidence.witness for evidence in old.evidence} == {"fetched", "repository_created", "commit_authored"}


def test_what_cannot_be_read_has_a_verdict_and_its_witnesses(make_raw, context):
    unread = curate_document(make_raw("github", "a.py", b"MZ\0"), context)
    assert (unread.document, unread.signature) == (None, None)
    assert (unread.verdict.step, unread.verdict.reason) == ("extract", "undecodable")
    assert len(unread.evidence) == 3


def test_an_error_nobody_foresaw_is_a_verdict_and_in_the_log(make_raw, context, monkeypatch, caplog):
    def fail(*_):
        raise ZeroDivisionError("of this test")

    raw = make_raw("github", "a.py", CODE)
    monkeypatch.setattr(candidate, "judge_freshness", fail)
    failed = curate_document(raw, context)
    assert (failed.document, failed.signature) == (None, None)
    assert (failed.verdict.step, failed.verdict.reason) == ("extract", "unforeseen_error")
    assert failed.verdict.measured_value == "ZeroDivisionError"
    assert raw.document_id in caplog.text
    assert "of this test" in caplog.text


@pytest.mark.parametrize("error", [FreshpressError, OSError, MemoryError])
def test_what_the_machine_lacks_is_no_verdict_on_a_text(make_raw, context, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(candidate, "judge_freshness", fail)
    with pytest.raises(error):
        curate_document(make_raw("github", "a.py", CODE), context)


def test_half_a_character_reaches_no_document(make_raw, context, monkeypatch):
    monkeypatch.setattr(extract, "extract_page", lambda page, *_: Extracted("words \ud800", None, "test", "1"))
    unread = curate_document(make_raw("common_crawl", "w", page("")), context)
    assert unread.document is None
    assert (unread.verdict.reason, unread.verdict.measured_value) == ("undecodable", "a lone surrogate")


def test_the_steps_are_asked_in_their_order(make_raw, context):
    german = "".join(f"<p>Im Jahr {n} wurde der Hafen nach dem Sturm wieder neu aufgebaut.</p>" for n in range(8))
    steps = [
        curate_document(make_raw("common_crawl", "w", html), context).verdict.step
        for html in ("", page(""), page(NEW, german), page(NEW, PROSE + "<p>A {brace} in it.</p>"),
                     page(NEW, PROSE + "<p>Log in at https://someone:" + "hunter2@example.org/ today.</p>"))
    ]  # fmt: skip
    assert steps == ["extract", "freshness", "language", "quality", "secrets"]


def test_a_secret_is_in_no_verdict(make_raw, context, land, tmp_path):
    secret = "ghp_" + "a1B2" * 9
    [path] = land([make_raw("github", "a.py", CODE + f"token = '{secret}'\n")])
    [shard] = plan_shards([path], 10**6)
    curate_shard(shard, tmp_path / "out", context)
    [verdict] = read_records(verdicts_path(shard, tmp_path / "out"), Verdict)
    assert (verdict.reason, verdict.measured_value) == ("secret", "GitHub Token")
    assert secret not in repr(verdict)


def test_a_shard_writes_one_verdict_for_each_landed_document(make_raw, context, land, tmp_path):
    files = land(
        [make_raw("github", "a.py", CODE), make_raw("github", "b.py", b"\0")],
        [make_raw("github", "c.py", "x"), make_raw("github", "d.py", CODE.replace("nets", "rods"))],
    )
    [shard] = plan_shards(files, 10**6)
    out = tmp_path / "out"
    curate_shard(pickle.loads(pickle.dumps(shard)), out, pickle.loads(pickle.dumps(context)))
    read = {folder: list(read_records(out / folder / f"{shard.name}.parquet", record))
            for folder, record in zip(FOLDERS, (Document, Evidence, Signature, Verdict), strict=True)}  # fmt: skip
    assert [v.reason for v in read["verdicts"]] == [None, "undecodable", "too_little_code", None]
    assert len(read["documents"]) == len(read["signatures"]) == 3
    assert len(read["evidence"]) == 12
    assert not list(out.rglob("*.partial"))


def test_shards_are_whole_files_of_about_the_asked_size(land, make_raw):
    files = land(*[[make_raw("github", f"{n}.py", CODE * 50)] for n in range(7)])
    size = files[0].stat().st_size
    shards = plan_shards(files[::-1], int(size * 2.5))
    assert [len(shard.landing_files) for shard in shards] == [2, 2, 2, 1]
    assert [path for shard in shards for path in shard.landing_files] == files
    assert shards == plan_shards(files, int(size * 2.5))
    assert [len(shard.landing_files) for shard in plan_shards(files, 1)] == [1] * 7
    assert plan_shards([], 100) == []


def test_a_shard_has_another_name_when_other_files_are_in_it(land, make_raw):
    files = land([make_raw("github", "a.py", CODE)], [make_raw("github", "b.py", CODE)])
    assert plan_shards(files, 10**6)[0].name != plan_shards(files[:1], 10**6)[0].name


def test_shards_of_an_earlier_landing_are_removed(land, make_raw, context, tmp_path):
    files, out = land([make_raw("github", "a.py", CODE)], [make_raw("github", "b.py", CODE)]), tmp_path / "out"
    before, now = plan_shards(files[:1], 10**6), plan_shards(files, 10**6)
    for shard in (*before, *now):
        curate_shard(shard, out, context)
    assert drop_other_shards(out, now) == 4
    assert [path.stem for path in sorted(out.rglob("*.parquet"))] == [now[0].name] * 4
    assert drop_other_shards(Path("nowhere"), now) == 0

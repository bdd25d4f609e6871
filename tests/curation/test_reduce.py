"""The reduce side: who stays, who goes, for whom, and the same whatever the order."""

import gzip
import json
import random
from dataclasses import replace
from datetime import date, datetime

import pytest

from config import load_settings
from curation.fingerprint import fingerprint
from curation.near_duplicates import minhash_values, sign
from curation.outcomes import Rejection, verdict_of
from curation.reduce import SPANS_FILE, reduce
from curation.shard import DOCUMENTS, SIGNATURES, VERDICTS
from curation.shingles import jaccard, word_shingles
from storage import lake
from storage.errors import SnapshotError
from storage.home import create_home
from storage.migrate import run_migrations
from storage.parquet import read_records, write_records
from storage.records import Document, ReferenceItem, SharedSpan, Signature, Snapshot, Verdict
from storage.rows import insert


def text(seed: int, count: int = 120) -> str:
    """Return words in a random order: texts of different seeds share none."""
    numbers = random.Random(seed)
    return " ".join(f"w{seed}x{numbers.randrange(10_000)}" for _ in range(count))


def changed(original: str, every: int) -> str:
    """Return the text with every nth word replaced."""
    return " ".join(f"new{n}" if n % every == every - 1 else word for n, word in enumerate(original.split()))


@pytest.fixture
def connection():
    with lake.memory("lake") as opened:
        yield opened


@pytest.fixture
def run(connection, context, tmp_path, make_document):
    """Reduce documents given as {id: text} or as records, and return the verdicts by id."""

    def reduced(documents, rejected=(), settings=context, shards=1, order=None, folder="out", on=connection):
        out = tmp_path / folder
        records = [d if isinstance(d, Document) else make_document(d, documents[d]) for d in documents]
        random.Random(order).shuffle(records)
        for number in range(shards):
            part = records[number::shards]
            name = f"{number:05d}.parquet"
            write_records(out / DOCUMENTS / name, part, Document)
            write_records(out / SIGNATURES / name, [sign(d, settings.settings.duplicates) for d in part], Signature)
            write_records(out / VERDICTS / name, [provisional(d, rejected) for d in part], Verdict)
        return {v.document_id: v for v in read_records(reduce(on, out, settings), Verdict)}

    def provisional(document, rejected):
        rejection = Rejection("curly_bracket") if document.document_id in rejected else None
        return verdict_of("2026-10", document, rejection)

    return reduced


def remember(connection, documents, window_start=date(2026, 9, 1), scheme=None):
    """Put documents into a lake as history: extracted in an earlier window, and rejected there."""
    duplicates = load_settings().curation.duplicates
    snapshot_id = window_start.strftime("%Y-%m")
    sealed_at = datetime(2026, 10, 1)
    snapshot = Snapshot(snapshot_id, window_start, date(2026, 12, 1), ("github",), 1, "c", "f", 0, 0, sealed_at, True)
    signatures = [sign(document, duplicates) for document in documents]
    insert(connection, [snapshot], Snapshot)
    insert(connection, documents, Document)
    insert(connection, [replace(s, scheme=scheme or s.scheme) for s in signatures], Signature)
    insert(connection, [verdict_of(snapshot_id, d, Rejection("undated")) for d in documents], Verdict)


@pytest.fixture
def history(connection, make_document):
    """Remember {id: text} in the lake of the connection."""

    def remembered(texts, **changes):
        connection.execute("USE lake")
        remember(connection, [make_document(name, body) for name, body in texts.items()], **changes)
        connection.execute("USE main")

    return remembered


def fates(verdicts) -> dict[str, tuple[str | None, str | None]]:
    return {name: (v.reason, v.related_document_id) for name, v in sorted(verdicts.items())}


def test_what_nothing_rejects_is_kept(run):
    verdicts = run({"a": text(1), "b": text(2)})
    assert {v.step for v in verdicts.values()} == {"kept"}
    assert all(v.is_kept and v.reason is None and v.snapshot_id == "2026-10" for v in verdicts.values())


def test_rejections_of_the_map_side_stand_and_take_no_part(run):
    verdicts = run({"a": text(1), "b": text(1)}, rejected={"a"})
    assert fates(verdicts) == {"a": ("curly_bracket", None), "b": (None, None)}


def test_the_same_text_but_for_case_and_white_space_goes_for_the_earlier_one(run, make_document):
    early = make_document("z", text(1), published_at=datetime(2026, 10, 1))
    verdicts = run([early, make_document("a", text(1).upper().replace(" ", "\n\t")), make_document("b", text(1))])
    assert fates(verdicts) == {"a": ("exact_duplicate", "z"), "b": ("exact_duplicate", "z"), "z": (None, None)}
    assert verdicts["a"].step == "exact_duplicate"


def test_undated_texts_come_after_dated_ones(run, make_document):
    verdicts = run([make_document("a", text(1), published_at=None), make_document("b", text(1))])
    assert fates(verdicts) == {"a": ("exact_duplicate", "b"), "b": (None, None)}


def test_near_duplicates_go_for_the_earlier_one_with_their_exact_similarity(run):
    # One word in 120 changed: 5 of 116 runs lost on each side, so 111 / 121.
    original = text(1)
    verdicts = run({"a": original, "b": changed(original, 100), "c": text(2)})
    assert fates(verdicts) == {"a": (None, None), "b": ("near_duplicate", "a"), "c": (None, None)}
    assert (verdicts["b"].measured_value, verdicts["b"].limit_value) == ("0.917355", "0.8")


def test_pairs_that_bands_propose_below_the_threshold_stay(run):
    original = text(1, 300)
    close = changed(original, 30)  # ten words changed: 246 / 346 = 0.71
    assert fates(run({"a": original, "b": close})) == {"a": (None, None), "b": (None, None)}


def test_a_chain_of_revisions_is_not_merged_into_one(run):
    first = text(1, 200)
    second = " ".join([*first.split()[18:], *text(2, 18).split()])
    third = " ".join([*second.split()[18:], *text(3, 18).split()])
    verdicts = run({"a": first, "b": second, "c": third})
    assert fates(verdicts) == {"a": (None, None), "b": ("near_duplicate", "a"), "c": (None, None)}


def test_history_wins_exactly_and_nearly(run, history):
    history({"old": text(1), "older": text(2)})
    verdicts = run({"a": text(1).upper(), "b": changed(text(2), 100), "c": changed(text(2), 100).upper(), "d": text(3)})
    assert fates(verdicts) == {
        "a": ("history_exact_duplicate", "old"),
        "b": ("history_near_duplicate", "older"),
        "c": ("exact_duplicate", "b"),
        "d": (None, None),
    }


def test_the_same_capture_seen_in_an_earlier_window_is_history(run, history):
    history({"a": text(1)})
    assert fates(run({"a": text(1)})) == {"a": ("history_exact_duplicate", "a")}


def test_later_windows_are_not_history(run, history):
    history({"next": text(1)}, window_start=date(2026, 11, 1))
    assert fates(run({"a": text(1)})) == {"a": (None, None)}


def test_history_signed_by_another_scheme_is_refused(run, history):
    history({"old": text(1)}, scheme="datasketch 1.6 legacy")
    with pytest.raises(SnapshotError, match=r"datasketch 1\.6 legacy.*affine32.*put .*back"):
        run({"a": text(2)})


def test_a_contaminated_text_names_the_reference_item(run, connection):
    question = text(9, 40)
    connection.execute("USE lake")
    insert(connection, [ReferenceItem("gsm8k", "17", question)], ReferenceItem)
    connection.execute("USE main")
    verdicts = run({"a": text(1) + "\n" + question.replace(" ", "\n") + "\n" + text(2), "b": text(3)})
    assert fates(verdicts) == {"a": ("contaminated", "reference:gsm8k/17"), "b": (None, None)}
    assert (verdicts["a"].step, verdicts["a"].measured_value, verdicts["a"].limit_value) == (
        "contamination",
        "1",
        "0.5",
    )


def test_each_source_is_sampled_to_its_budget_in_seeded_order(run, change, make_document):
    documents = [make_document(f"g{n}", text(n), source="github") for n in range(10)]
    documents += [make_document(f"w{n}", text(50 + n, 60), source="common_crawl") for n in range(3)]
    budget = sum(d.char_count for d in documents[:10]) // 2
    verdicts = run(documents, settings=change("sampling", budget_chars=budget))
    chars = {d.document_id: d.char_count for d in documents}
    kept = [name for name, verdict in verdicts.items() if verdict.is_kept]
    assert {name for name in kept if name[0] == "w"} == {"w0", "w1", "w2"}
    dropped = [v for v in verdicts.values() if not v.is_kept]
    assert {(v.step, v.reason, v.limit_value) for v in dropped} == {("sample", "over_budget", str(budget))}
    assert budget * 0.7 < sum(chars[name] for name in kept if name[0] == "g") <= budget
    assert all(int(v.measured_value) > budget for v in dropped)
    other = run(documents, settings=change("sampling", budget_chars=budget, seed=1), folder="other")
    assert {name for name, v in other.items() if v.is_kept} != set(kept)


def test_a_text_larger_than_the_budget_leaves_it_to_the_others(run, change, make_document):
    long = [make_document(f"long{n}", text(n, 900)) for n in range(4)]
    short = [make_document(f"short{n}", text(10 + n, 60)) for n in range(4)]
    budget = sum(document.char_count for document in short)
    for seed in range(3):
        settings = change("sampling", budget_chars=budget, seed=seed)
        verdicts = run([*long, *short], settings=settings, folder=f"seed{seed}")
        assert sorted(name for name, v in verdicts.items() if v.is_kept) == ["short0", "short1", "short2", "short3"]


def test_duplicates_are_sought_only_among_texts_that_are_alive(run):
    original = text(1)
    verdicts = run({"a": original, "b": changed(original, 100)}, rejected={"a"})
    assert fates(verdicts) == {"a": ("curly_bracket", None), "b": (None, None)}


@pytest.mark.parametrize(("shards", "order"), [(1, 1), (3, 2), (5, 3)])
def test_the_verdicts_do_not_depend_on_shards_or_order(run, change, make_document, shards, order):
    texts = {f"d{n:02d}": text(n % 11, 120) if n % 3 else changed(text(n % 11), 100) for n in range(30)}
    documents = [make_document(name, body) for name, body in texts.items()]
    settings = change("sampling", budget_chars=6_000)
    expected = run(documents, settings=settings, folder="expected")
    found = run(documents, settings=settings, shards=shards, order=order, folder="found")
    assert found == expected
    assert {v.reason for v in found.values()} == {None, "exact_duplicate", "near_duplicate", "over_budget"}
    hashes = {d.document_id: d.text_sha256 for d in documents}
    kept = [(name, hashes[name]) for name, v in found.items() if v.is_kept]
    assert fingerprint(kept) == fingerprint(reversed(kept))
    assert fingerprint(kept) != fingerprint(kept[1:])


def test_every_landed_document_has_exactly_one_verdict(run):
    documents = {f"d{n}": text(n % 4) for n in range(12)}
    verdicts = run(documents, rejected={"d0", "d5"}, shards=4)
    assert verdicts.keys() == documents.keys()
    assert sum(v.is_kept for v in verdicts.values()) == 4


def test_a_document_landed_twice_is_refused(run, make_document):
    with pytest.raises(SnapshotError, match="2 provisional verdicts of 1 documents"):
        run([make_document("a", text(1)), make_document("a", text(1))])


def test_thousands_of_copies_cost_one_comparison_each(run, monkeypatch):
    compared = []
    monkeypatch.setattr("curation.near_duplicate_search.jaccard", lambda *pair: compared.append(pair) or jaccard(*pair))
    page = text(1)
    verdicts = run({f"d{n:03d}": f"{page} visit{n}" for n in range(60)})
    assert {(v.reason, v.related_document_id) for v in verdicts.values() if not v.is_kept} == {
        ("near_duplicate", "d000")
    }
    assert len(compared) == 59


@pytest.mark.parametrize("seed", range(4))
def test_the_rounds_drop_what_going_through_all_pairs_in_order_would_drop(run, settings, seed):
    """Families of texts that differ by a few words each way, so that chains of similarity are many."""
    draw = random.Random(seed)
    originals = [text(family, 150).split() for family in range(3)]
    documents = {}
    for number in range(40):
        words = list(originals[draw.randrange(3)])
        for _ in range(draw.randrange(8)):
            words[draw.randrange(150)] = f"new{draw.randrange(10)}"
        documents[f"d{number:03d}"] = " ".join(words)
    bands = settings.duplicates.bands
    buckets = {
        name: {(band, values[band * 7 : band * 7 + 7]) for band in range(bands)}
        for name, values in ((name, minhash_values(body, settings.duplicates)) for name, body in documents.items())
    }
    shingles = {name: word_shingles(body, 5) for name, body in documents.items()}
    standing: list[str] = []
    for name in sorted(documents):
        similar = (
            jaccard(shingles[name], shingles[other]) >= 0.8 for other in standing if buckets[name] & buckets[other]
        )
        if not any(similar):
            standing.append(name)
    verdicts = run(documents)
    assert [name for name, verdict in sorted(verdicts.items()) if verdict.is_kept] == standing
    assert 3 < len(standing) < 40
    for verdict in (v for v in verdicts.values() if v.reason == "near_duplicate"):
        exact = jaccard(shingles[verdict.document_id], shingles[verdict.related_document_id])
        assert float(verdict.measured_value) == pytest.approx(exact, abs=1e-6)


def test_a_dropped_text_shows_where_it_agrees_with_the_one_that_stays(run, tmp_path):
    original = text(1)
    verdicts = run({"a": original, "b": "Preface. " + original.upper() + " (the end)"})
    assert verdicts["b"].related_document_id == "a"
    span = SharedSpan("2026-10", "b", "a", len("Preface. "), len(original), 120)
    assert list(read_records(tmp_path / "out" / SPANS_FILE, SharedSpan)) == [span]


def test_real_revisions_are_found_and_nothing_else_is_dropped(run, shared_data, make_document):
    """All pairs of the published truth at once: whoever stays is similar to nobody, whoever goes is to who stays."""
    folder = shared_data / "neardup"
    with gzip.open(folder / "revisions_a_docs.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    truth = [json.loads(line) for line in (folder / "revisions_a_pairs.jsonl").read_text().splitlines()]
    exact = {frozenset((pair["a"], pair["b"])): pair["jaccard_word5"] for pair in truth}
    verdicts = run([make_document(row["id"], row["text"]) for row in rows])
    kept = {name for name, verdict in verdicts.items() if verdict.is_kept}
    near = [verdict for verdict in verdicts.values() if verdict.reason == "near_duplicate"]
    assert len(near) > 20
    assert not [pair for pair, similarity in exact.items() if similarity >= 0.8 and pair <= kept]
    for verdict in near:
        similarity = exact.get(frozenset((verdict.document_id, verdict.related_document_id)))
        assert similarity is None or float(verdict.measured_value) == pytest.approx(similarity, abs=6e-5)
        assert float(verdict.measured_value) >= 0.8


def test_a_second_run_on_the_same_connection_gives_the_same(run):
    documents = {"a": text(1), "b": text(1)}
    assert run(documents) == run(documents)


def test_the_steps_run_on_a_real_lake(run, make_document, tmp_path):
    home = create_home(tmp_path / "home", "test@example.org")
    old = [make_document("old", text(1)), make_document("older", text(2))]
    items = [ReferenceItem("gsm8k", "17", text(9, 40))]
    lake.write(home, "migrate", run_migrations)
    lake.write(home, "remember", lambda opened: remember(opened, old))
    lake.write(home, "references", lambda opened: insert(opened, items, ReferenceItem))
    documents = {"a": text(1), "b": changed(text(2), 100), "c": text(3) + " " + text(9, 40), "d": text(4)}
    with lake.scratch(home, "1GiB", tmp_path / "spill") as opened:
        verdicts = run(documents, on=opened)
    assert fates(verdicts) == {
        "a": ("history_exact_duplicate", "old"),
        "b": ("history_near_duplicate", "older"),
        "c": ("contaminated", "reference:gsm8k/17"),
        "d": (None, None),
    }


def test_nothing_landed_is_no_verdicts(connection, context, tmp_path):
    assert list(read_records(reduce(connection, tmp_path, context), Verdict)) == []

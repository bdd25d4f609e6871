"""What is drawn to a budget: whole segments in seeded order; what is added lets nothing else in."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.near_duplicates import sign
from curation.outcomes import verdict_of
from curation.reduce import reduce
from curation.sampling import STRATA_FILE, drop_over_budget
from curation.shard import DOCUMENTS, SIGNATURES, VERDICTS
from storage import lake
from storage.parquet import read_records, write_records
from storage.records import Document, SamplingStratum, Signature, Verdict


@pytest.fixture
def draw(change, tmp_path):
    """Return a drawer of texts given as (name, source, unit, position, characters): the verdicts of what is out."""
    connection = lake.memory("lake")

    def drawn(texts, budget_chars, segment_files=4, seed=1):
        chosen = change("sampling", budget_chars=budget_chars, segment_files=segment_files, seed=seed)
        connection.execute("CREATE OR REPLACE TEMP TABLE texts (document_id VARCHAR, source VARCHAR, unit VARCHAR, "
                           "position BIGINT, char_count BIGINT)")  # fmt: skip
        connection.executemany("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", [list(text) for text in texts])
        path = str(tmp_path / "documents.parquet")
        connection.execute("COPY texts TO '" + path + "' (FORMAT parquet)")
        connection.execute("CREATE OR REPLACE TEMP TABLE candidates AS FROM texts")
        connection.execute("CREATE OR REPLACE TEMP TABLE verdicts AS FROM lake.verdicts")
        drop_over_budget(connection, [path], "S", chosen.settings.sampling)
        rows = connection.execute("FROM verdicts").fetchall()
        return {verdict.document_id: verdict for verdict in (Verdict(*row) for row in rows)}

    yield drawn
    connection.close()


def pages(char_counts, prefix="p"):
    return [(f"{prefix}{n}", "common_crawl", f"u{n}", 0, chars) for n, chars in enumerate(char_counts)]


def files(repository, char_counts):
    return [(f"{repository}/{n}", "github", repository, n, chars) for n, chars in enumerate(char_counts)]


def kept(texts, verdicts):
    return {name for name, *_ in texts} - verdicts.keys()


def chars_of(texts, names):
    return sum(text[4] for text in texts if text[0] in names)


def test_pages_are_taken_until_the_first_that_does_not_fit(draw):
    texts = pages([100] * 10)
    out = draw(texts, 450)
    assert len(kept(texts, out)) == 4
    assert sorted(int(v.measured_value) for v in out.values()) == [500, 600, 700, 800, 900, 1000]
    assert {(v.snapshot_id, v.step, v.reason, v.limit_value) for v in out.values()} == {
        ("S", "sample", "over_budget", "450")
    }


def test_every_source_has_its_own_budget(draw):
    texts = pages([100] * 4) + [(f"a{n}", "arxiv", f"a{n}", 0, 100) for n in range(3)]
    out = draw(texts, 300)
    assert len(kept(texts, out)) == 6


def test_what_is_larger_than_the_whole_budget_takes_no_room(draw):
    texts = pages([1000, 50, 50, 1000, 50])
    out = draw(texts, 150)
    assert kept(texts, out) == {"p1", "p2", "p4"}
    assert {v.measured_value for v in out.values()} == {"1000"}


def test_neighbouring_files_of_a_repository_are_in_or_out_together(draw):
    texts = [text for name in "abcdefgh" for text in files(f"owner/{name}", [10] * 10)]
    out = draw(texts, 400)
    segments = {}
    for name, _, unit, position, _ in texts:
        segments.setdefault((unit, position // 4), set()).add(name in out)
    assert all(len(fates) == 1 for fates in segments.values())
    assert 350 <= chars_of(texts, kept(texts, out)) <= 400
    assert len({unit for unit, part in segments if segments[unit, part] == {False}}) > 3


def test_files_of_the_same_position_in_other_repositories_are_no_neighbours(draw):
    texts = files("owner/a", [100]) + files("owner/b", [100])
    assert len(draw(texts, 100)) == 1


def test_the_seed_decides_what_is_drawn(draw):
    texts = pages([10] * 100)
    draws = [frozenset(kept(texts, draw(texts, 300, seed=seed))) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    assert {len(names) for names in draws} == {30}


SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=30)


@given(first=SIZES, added=SIZES, budget_chars=st.integers(1, 400))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_that_are_added_let_no_other_text_in_and_push_out_only_the_last(draw, first, added, budget_chars):
    before, after = pages(first), pages(first) + pages(added, prefix="new")
    out_before, out_after = draw(before, budget_chars), draw(after, budget_chars)
    stayed, stay = kept(before, out_before), kept(after, out_after)
    assert chars_of(after, stay) <= budget_chars
    assert stay & {name for name, *_ in before} <= stayed
    pushed_out = stayed - stay
    # What was pushed out stands behind everything that stayed.
    assert all(int(out_after[name].measured_value) > budget_chars for name in pushed_out)
    if pushed_out:
        assert chars_of(after, stay) + max(text[4] for text in after if text[4] <= budget_chars) > budget_chars


@given(char_counts=SIZES, budget_chars=st.integers(1, 400))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_budget_is_filled_but_for_the_text_that_does_not_fit(draw, char_counts, budget_chars):
    texts = pages(char_counts)
    used = chars_of(texts, kept(texts, draw(texts, budget_chars)))
    fitting = [chars for chars in char_counts if chars <= budget_chars]
    assert used == sum(fitting) or used + max(fitting) > budget_chars


def test_the_strata_say_what_could_be_drawn_and_what_was(context, change, make_document, tmp_path):
    texts = {f"short{n}": f"s{n} " * 50 for n in range(4)} | {f"long{n}": f"l{n}w " * 500 for n in range(2)}
    documents = [make_document(name, text, source="arxiv") for name, text in texts.items()]
    chosen = change("sampling", budget_chars=2100)
    write_records(tmp_path / DOCUMENTS / "1.parquet", documents, Document)
    write_records(
        tmp_path / SIGNATURES / "1.parquet", [sign(d, context.settings.duplicates) for d in documents], Signature
    )
    write_records(tmp_path / VERDICTS / "1.parquet", [verdict_of("2026-10", d, None) for d in documents], Verdict)
    with lake.memory("lake") as connection:
        verdicts = {v.document_id: v for v in read_records(reduce(connection, tmp_path, chosen), Verdict)}
    strata = list(read_records(tmp_path / STRATA_FILE, SamplingStratum))
    drawn = [sum(verdicts[name].is_kept for name in texts if name.startswith(kind)) for kind in ("short", "long")]
    assert sum(drawn) < 6
    assert strata == [
        SamplingStratum("2026-10", "arxiv", "under 1k chars", 4, 600, drawn[0], drawn[0] * 150),
        SamplingStratum("2026-10", "arxiv", "1k to 4k chars", 2, 4000, drawn[1], drawn[1] * 2000),
    ]

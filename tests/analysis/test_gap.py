"""Where the gap between two models lies, by hand: slices of texts and of tokens add up to the whole."""

import pytest

from analysis.comparison import compare_models
from analysis.correlation import Bootstrap
from analysis.gap import ALL, MAX_SLICES, find_gaps
from analysis.gap_listings import gap_answer
from storage.errors import ComparisonError
from storage.records import TokenBits

BOOTSTRAP = Bootstrap(0.95, 2000, 2404)
CODE = "if x:  # y\n"
PROSE = "In 2026 a é."


def add_tokens(small_lake, model_id, name, bits, ends):
    bits = tuple(map(float, bits))
    small_lake.insert(TokenBits("S", name, f"sha-{name}", model_id, "document@1", bits, tuple(ends), "run"))


@pytest.fixture
def pair(small_lake):
    """Two models on two source files, two pages and a paper, each a cluster of its own."""
    small_lake.snapshot()
    for name in ("a", "b"):
        small_lake.model(name, released_on="2026-01-01")
    texts = {
        "g1": ("github", CODE),
        "g2": ("github", CODE),
        "w1": ("common_crawl", PROSE),
        "w2": ("common_crawl", PROSE),
    }
    for name, (source, text) in texts.items():
        small_lake.text(name, source, len(text), "2026-10-20", byte_count=len(text.encode()))
        kind = "source_file" if source == "github" else "web_page"
        small_lake.connection.execute(
            "UPDATE documents SET text = $text, kind = $kind, cluster_key = $name, url = $url "
            "WHERE document_id = $name",
            {"text": text, "kind": kind, "name": name, "url": f"https://github.com/o/r/blob/1/{name}.py?raw=1"},
        )
    small_lake.text("a1", "arxiv", 5000, "2026-10-20")
    small_lake.connection.execute("UPDATE documents SET licence = 'MIT', language = NULL WHERE source = 'github'")
    small_lake.connection.execute("UPDATE documents SET freshness_grade = 'C' WHERE document_id = 'w1'")
    small_lake.score("a", {"g1": 22.0, "g2": 33.0, "w1": 24.0, "w2": 30.0, "a1": 6000.0})
    small_lake.score("b", {"g1": 11.0, "g2": 11.0, "w1": 36.0, "w2": 36.0, "a1": 5000.0})
    return small_lake


def gaps(small_lake, source=None):
    comparison = compare_models(small_lake.connection, "S", "document@1")
    return comparison, find_gaps(small_lake.connection, comparison, "a", "b", BOOTSTRAP, source)


def of(rows, dimension):
    return {row.slice: row for row in rows if row.dimension == dimension}


def test_slices_of_texts_are_told_by_hand(pair):
    _, rows = gaps(pair)
    chars = 2 * len(CODE) + 2 * len(PROSE) + 5000
    whole = of(rows, ALL)[ALL]
    assert (whole.text_count, whole.cluster_count, whole.char_count) == (5, 5, chars)
    assert whole.contribution == pytest.approx((33 - 18 + 1000) / chars)
    sources = of(rows, "source")
    assert {name: row.contribution for name, row in sources.items()} == pytest.approx(
        {"arxiv": 1000 / chars, "github": 33 / chars, "common_crawl": -18 / chars}
    )
    assert sources["github"].difference == pytest.approx(33 / (2 * len(CODE)))
    assert sources["github"].char_share == pytest.approx(2 * len(CODE) / chars)
    assert sources["arxiv"].contribution_share == pytest.approx(1000 / 1015)
    assert set(of(rows, "language")) == {"en", ".py"}
    assert {name: row.text_count for name, row in of(rows, "licence").items()} == {"MIT": 2, "not stated": 3}
    assert {name: row.text_count for name, row in of(rows, "length").items()} == {
        "under 1k chars": 4, "4k to 16k chars": 1,
    }  # fmt: skip
    assert {name: row.text_count for name, row in of(rows, "freshness grade").items()} == {"A": 4, "C": 1}


def test_contributions_of_every_dimension_add_up_to_the_gap(pair):
    _, rows = gaps(pair)
    (whole,) = of(rows, ALL).values()
    for dimension in {row.dimension for row in rows}:
        some = of(rows, dimension).values()
        assert sum(row.contribution for row in some) == pytest.approx(whole.contribution)
        assert sum(row.char_share for row in some) == pytest.approx(1.0)
        assert sum(row.contribution_share for row in some) == pytest.approx(1.0)


def test_what_adds_most_comes_first(pair):
    _, rows = gaps(pair)
    assert rows[0].dimension == ALL
    assert list(of(rows, "source")) == ["arxiv", "github", "common_crawl"]


def test_one_source_can_be_asked_for(pair):
    _, rows = gaps(pair, "github")
    assert of(rows, ALL)[ALL].contribution == pytest.approx(33 / (2 * len(CODE)))
    assert set(of(rows, "source")) == {"github"}
    with pytest.raises(ComparisonError, match="no text of nowhere in common"):
        gaps(pair, "nowhere")


def test_tokens_of_two_tokenizers_are_measured_on_the_same_classes(pair):
    """`if x:  # y`: one token a byte under a; under b `if`, ` x:`, `  # y` and the line break."""
    for name, per_byte in (("g1", 2.0), ("g2", 3.0)):
        add_tokens(pair, "a", name, [per_byte] * 11, range(1, 12))
        add_tokens(pair, "b", name, [1, 3, 5, 2], [2, 5, 10, 11])
    comparison, rows = gaps(pair)
    classes = of(rows, "token class")
    sums = {
        name: (row.first_bits_per_character, row.second_bits_per_character, row.char_count)
        for name, row in classes.items()
    }
    assert sums == {
        "code: keyword": pytest.approx((2.5, 0.5, 4)),
        "code: identifier": pytest.approx((2.5, 1.0, 2)),
        "code: punctuation": pytest.approx((2.5, 1.0, 2)),
        "code: comment": pytest.approx((2.5, 1.0, 6)),
        "code: white space": pytest.approx((2.5, (1 + 2 * 1 + 2) / 4, 8)),
    }
    assert sum(row.contribution for row in classes.values()) == pytest.approx(33 / 22)
    assert {row.sliced_text_count for row in classes.values()} == {2}
    assert "the 2 of 5 texts that have the token bits of both; they add up to the gap on those 2" in " ".join(
        gap_answer(comparison, rows, 0.95).notes
    )
    assert sum(row.contribution for row in of(rows, "position in text").values()) == pytest.approx(33 / 22)
    assert sum(row.contribution for row in of(rows, "context seen").values()) == pytest.approx(33 / 22)


def test_texts_with_token_bits_of_one_model_have_no_slices_by_token(pair):
    add_tokens(pair, "a", "g1", [2.0] * 11, range(1, 12))
    comparison, rows = gaps(pair)
    assert not of(rows, "token class")
    answer = gap_answer(comparison, rows, 0.95)
    assert any("No slices by token" in note for note in answer.notes)
    assert "token class" not in dict(answer.titled)


def test_the_smallest_of_many_slices_are_one(pair):
    for at in range(MAX_SLICES + 4):
        pair.text(f"x{at}", "github", 100 + at, "2026-10-20")
        pair.score("a", {f"x{at}": 120.0})
        pair.score("b", {f"x{at}": 100.0})
    pair.connection.execute("UPDATE documents SET licence = document_id")
    _, rows = gaps(pair)
    licences = of(rows, "licence")
    assert len(licences) == MAX_SLICES
    assert licences["others (10)"].text_count == 10
    assert sum(row.contribution for row in licences.values()) == pytest.approx(of(rows, ALL)[ALL].contribution)


def test_p_values_are_adjusted_for_the_number_of_slices(pair):
    _, rows = gaps(pair)
    tested = [row for row in rows if row.p_adjusted is not None and row.dimension != ALL]
    code = of(rows, "source")["github"]
    alone = of(gaps(pair, "github")[1], ALL)[ALL]
    assert (code.difference, code.interval_low) == (alone.difference, alone.interval_low)
    assert alone.p_adjusted < code.p_adjusted <= min(1.0, len(tested) * alone.p_adjusted)

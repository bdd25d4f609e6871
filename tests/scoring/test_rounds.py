"""The order in which texts are scored."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.rounds import rounds_of
from tests.scoring import tiny

COUNTS = st.dictionaries(st.sampled_from(["arxiv", "common_crawl", "github"]), st.integers(1, 30))


def samples(counts):
    return [text for source, count in counts.items() for text in tiny.texts(*["x"] * count, source=source)]


@given(COUNTS, st.integers(1, 8), st.integers(0, 3))
def test_every_text_is_in_one_shard_of_its_source_and_sources_take_turns(counts, size, seed):
    texts = samples(counts)
    rounds = rounds_of(texts, seed, size)
    shards = [shard for some in rounds for shard in some]
    assert sorted(t.document_id for s in shards for t in s.texts) == sorted(t.document_id for t in texts)
    assert [shard.ordinal for shard in shards] == list(range(len(shards)))
    assert all({text.source for text in shard.texts} == {shard.source} for shard in shards)
    for number, some in enumerate(rounds):
        assert [shard.source for shard in some] == sorted(s for s, count in counts.items() if count > number * size)


def test_the_order_is_that_of_the_seed_whatever_order_the_texts_come_in():
    texts = samples({"github": 40, "arxiv": 40})
    order = [shard.texts for some in rounds_of(texts, 7, 5) for shard in some]
    assert [shard.texts for some in rounds_of(texts[::-1], 7, 5) for shard in some] == order
    assert [shard.texts for some in rounds_of(texts, 8, 5) for shard in some] != order
    assert order[0] != sorted(order[0], key=lambda text: text.document_id)


def test_a_text_keeps_its_place_among_the_others_of_its_source():
    texts = samples({"github": 40})
    order = [text for some in rounds_of(texts, 7, 5) for shard in some for text in shard.texts]
    fewer = [text for some in rounds_of(texts[:20], 7, 3) for shard in some for text in shard.texts]
    assert fewer == [text for text in order if text in texts[:20]]

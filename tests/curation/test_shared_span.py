"""Where two texts agree, in characters of the one that was dropped."""

from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from curation.shared_span import Span, longest_shared_span
from curation.shingles import words_of

KEPT = "one two three four five six seven eight nine ten"


def cut(text: str, span: Span | None) -> str:
    assert span is not None
    return text[span.start_char : span.start_char + span.char_count]


def test_the_longest_stretch_is_cut_out_of_the_text_as_it_is_written():
    text = "Zero, one-two THREE four five; and then: Three  four\nfive six seven eight (nine) eleven"
    assert cut(text, longest_shared_span(text, KEPT, 5)) == "Three  four\nfive six seven eight (nine"


def test_the_first_of_equal_stretches_is_taken():
    text = "one two three four five x one two three four five"
    assert longest_shared_span(text, KEPT, 5) == Span(0, len("one two three four five"), 5)


def test_texts_that_share_no_run_have_no_stretch():
    assert longest_shared_span("one two three four x five six seven eight", KEPT, 5) is None
    assert longest_shared_span("", KEPT, 5) is None


def test_a_text_shorter_than_a_run_is_one_stretch():
    assert longest_shared_span("(Short text)", "short text", 5) == Span(1, len("Short text"), 2)


def test_characters_count_as_they_are_where_lower_case_takes_more():
    text = "\u0130\u0130\u0130 one two three four five"
    assert cut(text, longest_shared_span(text, KEPT, 5)) == "one two three four five"


@property_settings(deadline=None)  # the first call compiles
@given(st.text(max_size=60), st.text(max_size=60), st.integers(1, 4))
def test_every_stretch_is_made_of_words_of_the_other(text, other, size):
    span = longest_shared_span(text, other, size)
    if span is not None:
        words = words_of(cut(text, span))
        assert len(words) == span.word_count
        assert set(words) <= set(words_of(other))

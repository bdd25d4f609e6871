"""Which characters are what: runs end to end, whatever the text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.token_classes import NOT_LEXED, classify


def classes(text, kind="web_page", extension=""):
    """Return the pieces of a text by their class, white space left away."""
    found, start = [], 0
    for run in classify(text, kind, extension):
        found.append((run.label.partition(": ")[2] or run.label, text[start : run.end]))
        start = run.end
    return [piece for piece in found if piece[0] != "white space"]


def test_python_is_read_by_its_own_tokenizer():
    text = "def f(x):  # doc\n    return 'é' + f\"{x}\" * 1_0\n"
    assert classes(text, "source_file", "py")[:6] == [
        ("keyword", "def"), ("identifier", "f"), ("punctuation", "("), ("identifier", "x"), ("punctuation", "):"),
        ("comment", "# doc"),
    ]  # fmt: skip
    assert ("string", "'é'") in classes(text, "source_file", "py")
    assert ("number", "1_0") in classes(text, "source_file", "py")


def test_a_docstring_over_several_lines_is_one_string():
    assert classes('"""One.\n\nTwo."""\nx\n', "source_file", "py") == [
        ("string", '"""One.\n\nTwo."""'), ("identifier", "x"),
    ]  # fmt: skip


def test_python_that_its_tokenizer_refuses_is_lexed_all_the_same():
    assert classes("print 'x' # old\nif (", "source_file", "py") == [
        ("name or keyword", "print"), ("string", "'x'"), ("comment", "# old"), ("name or keyword", "if"),
        ("punctuation", "("),
    ]  # fmt: skip


def test_other_code_has_comments_strings_names_and_numbers():
    assert classes('int a = 0x1F; /* b\n c */ s("//");', "source_file", "c") == [
        ("name or keyword", "int"), ("name or keyword", "a"), ("punctuation", "="), ("number", "0x1F"),
        ("punctuation", ";"), ("comment", "/* b\n c */"), ("name or keyword", "s"), ("punctuation", "("),
        ("string", '"//"'), ("punctuation", ");"),
    ]  # fmt: skip


def test_code_of_an_unknown_language_is_said_not_to_be_lexed():
    assert classes("SELECT 1 -- one", "source_file", "sql") == [(NOT_LEXED, "SELECT 1 -- one")]


def test_prose_has_words_numbers_and_punctuation():
    assert classes("Don't pay $5, or $7.50!") == [
        ("word", "Don't"), ("word", "pay"), ("punctuation", "$"), ("number", "5"), ("punctuation", ","), ("word", "or"),
        ("punctuation", "$"), ("number", "7.50"), ("punctuation", "!"),
    ]  # fmt: skip


def test_papers_have_mathematics():
    text = "If $x^2$ then $$\\sum\n\n_i x_i$$ holds; it costs $5 ."
    assert [piece for piece in classes(text, "paper") if piece[0] == "mathematics"] == [
        ("mathematics", "$x^2$"), ("mathematics", "$$\\sum\n\n_i x_i$$"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "extension"), [("paper", ""), ("web_page", ""), *(("source_file", e) for e in ("py", "c", "sh", "zig"))]
)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.text(alphabet="a1 \n\t'\"#/*$\\(\r\f\x00"))
def test_runs_cover_every_text_end_to_end(kind, extension, text):
    runs = classify(text, kind, extension)
    ends = [run.end for run in runs]
    assert ends == sorted(set(ends))
    assert (ends or [0])[-1] == len(text)
    assert all(one.label != other.label for one, other in pairwise(runs))

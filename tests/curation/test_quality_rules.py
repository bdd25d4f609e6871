"""Every quality rule with a text that just passes and one that just fails."""

import pytest

from curation import quality_code as code
from curation import quality_prose as prose
from curation.extract_tex import extract_eprint
from curation.outcomes import Extracted, Rejection
from curation.quality_paper import count_formulas, count_prose_words, is_entry, judge_paper
from curation.token_count import count_tokens
from storage.errors import ConfigError

GOOD = "\n".join(
    [
        "The harbour of Brest was rebuilt after the great storm, and the town paid for most of it.",
        "Boats that had gone out in the morning did not come back before dark with their cod.",
        "Nobody on the quay could say how many nets were lost, or who would mend them.",
        "A new tax on fish was voted in the spring by all but two members of the council.",
        "With that money the long wall, which had stood for a hundred years, got another yard of stone.",
    ]
)


def test_sound_prose_passes(settings):
    assert prose.judge_prose(GOOD, settings.quality) is None


def lines(*parts: tuple[str, int]) -> str:
    return "\n".join(line for line, count in parts for line in [line] * count)


def different(form: str, count: int) -> str:
    return "\n".join(form.format(number) for number in range(count))


def run(words: str, times: int, filler_count: int) -> str:
    """Return a run of words so many times, and other words of one character, none of them twice."""
    others = iter(chr(0x4E00 + n) for n in range(filler_count))
    return " ".join([word for _ in range(times) for word in [*words.split(), next(others)]] + list(others))


@pytest.mark.parametrize(
    ("rule", "passes", "fails", "rejection"),
    [
        (prose.few_words, "a " * 50, "a " * 49, Rejection("too_few_words", "49", "50")),
        (prose.many_words, "a " * 100_000, "a " * 100_001, Rejection("too_many_words", "100001", "100000")),
        (prose.word_length, "abc " * 9, "abc " * 9 + "ab", Rejection("mean_word_length", "2.9", "3..10")),
        (prose.word_length, "a" * 10, "a" * 11, Rejection("mean_word_length", "11", "3..10")),
        (prose.symbols, "a " * 8 + "#a b", "a " * 8 + "#a #b", Rejection("symbol_ratio", "0.2", "0.1")),
        (prose.symbols, "a " * 9 + "b...", "a… " * 2 + "a " * 8, Rejection("symbol_ratio", "0.2", "0.1")),
        (prose.bullets, lines(("- a", 9), ("a", 1)), lines(("• a", 10)), Rejection("bullet_lines", "1", "0.9")),
        (prose.ellipses, lines(("a…", 3), ("a", 7)), lines(("a...", 2), ("a…", 2), ("a", 6)),
         Rejection("ellipsis_lines", "0.4", "0.3")),
        (prose.alphabetic_words, "a1 " * 8 + "1 2", "a1 " * 7 + "1 2 3",
         Rejection("few_alphabetic_words", "0.7", "0.8")),
        (prose.stop_words, "The cod of Brest", "The cod, of. the Brest", Rejection("few_stop_words", "1", "2")),
        (prose.duplicate_lines, different("{}", 7) + lines(("\n0", 3)), different("{}", 6) + lines(("\n0", 4)),
         Rejection("duplicate_lines", "0.4", "0.3")),
        (prose.duplicate_line_chars, "a" * 82 + "\n" + lines(("b" * 9, 2)), "a" * 80 + "\n" + lines(("b" * 10, 2)),
         Rejection("duplicate_line_chars", "0.1", "0.1")),
        (prose.few_sentences, "A. B! “C?” D… E.", "A. B! “C?” D… 1.5 e.g this", Rejection("few_sentences", "4", "5")),
        (prose.top_runs, run("b c", 5, 40), run("b c", 5, 39), Rejection("top_runs", "0.204082", "0.2")),
        (prose.top_runs, run("b c d", 3, 41), run("b c d", 3, 40), Rejection("top_runs", "0.183673", "0.18")),
        (prose.top_runs, run("b c d e", 2, 42), run("b c d e", 2, 41), Rejection("top_runs", "0.163265", "0.16")),
        (prose.duplicate_runs, run("b c d e f", 2, 24), run("b c d e f", 2, 23),
         Rejection("duplicate_runs", "0.151515", "0.15")),
        (prose.duplicate_runs, run("b c d e f g", 2, 31), run("b c d e f g", 2, 30),
         Rejection("duplicate_runs", "0.142857", "0.14")),
        (prose.duplicate_runs, run("a b c d e f g h i j", 2, 80), run("a b c d e f g h i j", 2, 79),
         Rejection("duplicate_runs", "0.10101", "0.1")),
        (prose.lorem_ipsum, "Lorem, ipsum", "A Lorem Ipsum", Rejection("lorem_ipsum")),
        (prose.curly_bracket, "a (set)", "a {set", Rejection("curly_bracket")),
        (prose.terminal_punctuation, lines(("a", 87), ("a.", 13)), lines(("a", 22), ("a?", 3)),
         Rejection("few_terminal_punctuation", "0.12", "0.12")),
        (prose.short_lines, lines(("a" * 29, 66), ("a" * 30, 34)), lines(("a" * 29, 67), ("a" * 30, 33)),
         Rejection("short_lines", "0.67", "0.67")),
    ],
)  # fmt: skip
def test_each_prose_rule_has_its_limit(settings, rule, passes, fails, rejection):
    assert rule(prose.take_apart(passes), settings.quality) is None
    assert rule(prose.take_apart(fails), settings.quality) == rejection


def test_the_first_prose_rule_that_fires_gives_the_reason(settings):
    assert len(prose.RULES) == 17
    assert prose.judge_prose("", settings.quality) == Rejection("too_few_words", "0", "50")
    assert prose.judge_prose(GOOD + " {", settings.quality) == Rejection("curly_bracket")


CODE = '''"""Boats."""
import math


def catch(nets, hours):
    weight = nets * hours
    price = weight * 2
    tax = price / 10
    rest = price - tax
    total = math.floor(rest)
    return total


class Boat:
    name = "Hope"
    port = "Brest"
'''


def judged(text, settings, document_id="file"):
    return code.judge_code(text, document_id, 7, settings.quality)


def test_sound_code_passes(settings):
    assert judged(CODE, settings) is None


@pytest.mark.parametrize(
    ("rule", "passes", "fails", "rejection"),
    [
        (code.little_code, "a" * 200, "a" * 199, Rejection("too_little_code", "199", "200")),
        (code.little_code, "# licence\n\n" * 99 + "a" * 200, "a" * 199 + "\n# licence" * 99,
         Rejection("too_little_code", "199", "200")),
        (code.little_code, "/* licence\n */\n" + "a" * 200, "'''licence\n" + "licence\n" * 99 + "'''\n" + "a" * 199,
         Rejection("too_little_code", "199", "200")),
        (code.data_lines, lines(("1,", 8), ("x", 4)), lines(("1,", 9), ("x", 4)),
         Rejection("data_lines", "0.818182", "0.8")),
        (code.auto_generated, "#\n" * 5 + "# auto-generated", "#\n" * 4 + "# Automatically generated by x",
         Rejection("auto_generated", "automatically generated")),
        (code.long_line, "a\n" + "a" * 1000, "a\n" + "a" * 1001, Rejection("long_line", "1001", "1000")),
        (code.long_mean_line, "a" * 150 + "\n" + "a" * 50, "a" * 150 + "\n" + "a" * 51,
         Rejection("long_mean_line", "100.5", "100")),
        (code.alphanumerics, "a1==", "a1====\n==", Rejection("few_alphanumerics", "0.222222", "0.25")),
        (code.few_assignments, "a == b == c = d", "a == b == c", Rejection("few_assignments", "4", "5")),
    ],
)  # fmt: skip
def test_each_code_rule_has_its_limit(settings, rule, passes, fails, rejection):
    assert rule(code.take_apart(passes, "file", 7), settings.quality) is None
    assert rule(code.take_apart(fails, "file", 7), settings.quality) == rejection


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# unit tests of boats\n" + CODE, "config_or_test"),
        (CODE + "# config\n", "config_or_test"),
        (CODE + "test\n", "config_or_test"),
        (CODE.replace("def ", "de_").replace("class ", "clas_"), "no_keywords"),
    ],
)
def test_config_tests_and_plain_lists_are_dropped_by_a_seeded_share(settings, text, reason):
    drawn = {name: judged(text, settings, name) for name in map(str, range(400))}
    dropped = [name for name, rejection in drawn.items() if rejection is not None]
    assert {drawn[name].reason for name in dropped} == {reason}
    assert 0.62 < len(dropped) / 400 < 0.78
    assert all((code.draw(7, name, reason) < 0.7) == (name in dropped) for name in drawn)
    assert dropped == [name for name in drawn if judged(text, settings, name) is not None], "drawn once and for all"
    assert dropped != [name for name in drawn if code.judge_code(text, name, 8, settings.quality) is not None]


def test_a_file_longer_than_its_mentions_is_no_config(settings):
    # 40 lines allow int(0.05 · 40) = 2 mentions of "config".
    filler = "\n".join(f"value_{n} = {n}" for n in range(41 - CODE.count("\n") - 2))
    text = CODE + "# config\n# config\n" + filler
    assert text.count("\n") == 40
    assert all(judged(text, settings, str(n)) is None for n in range(20))
    assert any(judged(text.replace("Boats.", "config"), settings, str(n)) for n in range(20))


def test_the_code_rules_are_the_papers_and_two_of_ours():
    assert len(code.RULES) == 10


@pytest.mark.parametrize(
    "line",
    ["1, 0x1F, -2.5e3, 1_000,", "'it\\'s', \"b\",", "{'a': [1, None], \"b\": True},", "(u'x', b'y', rb'z');", "  ]  ,"],
)
def test_lines_of_literals_are_data(line):
    assert code._DATA_LINE.fullmatch(line)


@pytest.mark.parametrize("line", ["x = 1", "f(1)", "'a' + b", "'open", "return", "Nonesuch,", "1 + 1", "# 1"])
def test_lines_with_names_or_operators_are_code(line):
    assert not code._DATA_LINE.fullmatch(line)


def test_comments_are_no_code_and_directives_of_c_are():
    assert code.count_code_chars("# if this file\n  // else\nx = 1  # one\n") == len("x = 1  # one")
    assert code.count_code_chars("#include <math.h>\n#define A 1\n") == len("#include <math.h>#define A 1")


@pytest.mark.timeout(20)  # a pattern that goes back takes longer by far
@pytest.mark.parametrize("part", ["'a',", "1", "'", "\\", "-", "rb", " ", "1 1", "'\\"])
def test_lines_that_end_otherwise_are_read_once(part):
    assert not code._DATA_LINE.fullmatch(part * 200_000 + " x")


def test_minified_files_are_told_by_their_lines(settings):
    minified = "function f(a,b){return a+b}" * 40
    assert judged(minified, settings) == Rejection("long_line", str(len(minified)), "1000")


def test_without_a_named_tokenizer_no_tokens_are_counted(settings, monkeypatch):
    monkeypatch.setattr(code, "count_tokens", None)
    assert settings.quality.code_tokenizer == ""
    assert code.chars_per_token(code.take_apart("0 1" * 999, "file", 7), settings.quality) is None


def test_characters_per_token_have_their_limit(settings, shared_data):
    named = str(shared_data / "tokenizers" / "gpt-neo-gpt2-tokenizer.json")
    quality = settings.quality.model_copy(update={"code_tokenizer": named})
    # GPT-2 has one token for " a" and two for "é" of a combining accent.
    passes, fails = "ab " * 100, "\u0e3f\u0e40" * 50
    assert code.chars_per_token(code.take_apart(passes, "file", 7), quality) is None
    rejection = code.chars_per_token(code.take_apart(fails, "file", 7), quality)
    assert rejection is not None
    assert (rejection.reason, rejection.limit_value) == ("few_chars_per_token", "1.5")
    tokens = count_tokens(fails, named)
    at_limit = quality.model_copy(update={"min_chars_per_token": len(fails) / tokens})
    assert code.chars_per_token(code.take_apart(fails, "file", 7), at_limit) is None


def test_a_tokenizer_that_cannot_be_read_ends_the_job_with_its_name(settings, tmp_path):
    broken = tmp_path / "tokenizer.json"
    broken.write_text("{}")
    for path in (tmp_path / "none.json", broken):
        with pytest.raises(ConfigError, match="code_tokenizer"):
            count_tokens("x = 1", str(path))


def paper(word_count: int, formula_count: int) -> str:
    return " ".join(["word"] * word_count + ["$x + word$"] * formula_count)


ENTRIES = [
    "M. Fradkin and M. A. Vasiliev, *Model of Supergravity*, preprint of a long title in many words (1976).",
    "Noether, Emmy. 1921. *Idealtheorie in Ringbereichen.* Mathematische Annalen **83**: 24-66.",
    "Smith et al, On the cod, 2019, arXiv:1901.00001.",
    "Jones, The haddock, pp. 12-19, Harbour Press, London 1999.",
]


def test_papers_need_words_and_formulas(settings):
    assert judge_paper(paper(200, 3), settings.quality) is None
    assert judge_paper(paper(199, 3), settings.quality) == Rejection("too_few_paper_words", "199", "200")
    assert judge_paper(paper(200, 2), settings.quality) == Rejection("few_formulas", "2", "3")


def test_a_bibliography_is_no_prose(settings):
    bibliography = "\n\n" + "\n\n".join(ENTRIES * 20)
    assert judge_paper(paper(200, 3) + bibliography, settings.quality) is None
    assert judge_paper(paper(199, 3) + bibliography, settings.quality) == Rejection("too_few_paper_words", "199", "200")


@pytest.mark.parametrize(
    "paragraph",
    [
        "In 1921 the theory of ideals was changed for good, and we follow this path.",
        "By the theorem of E. Noether the ring has this property.",
        "In 1921 E. Noether found what follows. " + "The proof is long. " * 25,
    ],
)
def test_prose_that_names_years_or_people_is_no_entry_of_a_bibliography(paragraph):
    assert not is_entry(paragraph)


def test_real_papers_have_prose_enough(settings, shared_data):
    for name in ("1801.03879-1.tar.gz", "single-tex.gz", "celerite-ms.tar.gz"):
        content = (shared_data / "arxiv" / "eprint" / name).read_bytes()
        found = extract_eprint(content, None, settings.extraction)
        assert isinstance(found, Extracted)
        assert judge_paper(found.text, settings.quality) is None
        assert 1_000 < count_prose_words(found.text) < len(found.text.split())


def test_formulas_are_counted_in_every_notation():
    assert count_formulas(r"$a$ $$b$$ \(c\) \[d\] \begin{align*}e\end{align*} 5\$ and 6\$") == 5
    assert count_formulas("$$\na + b\n$$ then $x\ny$") == 2
    assert count_formulas(r"a \\[2pt] b \\[2pt] c \] d \[x \\[2pt] y\]") == 1


@pytest.mark.timeout(40)  # searching on from every start takes longer by far
@pytest.mark.parametrize("start", ["\\[", "\\(", "\\\\[2pt] ", "$$$$$ $"])
def test_formulas_that_never_end_are_searched_once(start):
    assert count_formulas(start * 100_000 + r"\begin{align}") >= 1

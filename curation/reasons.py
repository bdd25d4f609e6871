"""Every reason a landed document may end with, declared once: the step that gives it and what it means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """The step that rejects, and one sentence for whoever asks why.

    A defect is one of the program, not of the text; what is off by default needs a setting to be given at all.
    """

    step: str
    explanation: str
    is_defect: bool = False
    is_off_by_default: bool = False


# In the order in which they are asked.
REASONS: dict[str, Reason] = {
    "forgotten": Reason("forget", "This text, another revision of it or its equal was removed by `freshpress forget`."),
    "undecodable": Reason("extract", "The bytes are not text in the character set they declare, or hold NUL bytes."),
    "no_text": Reason("extract", "The extractor found no main text; a measured value names the error it ended with."),
    "not_tex": Reason("extract", "The e-print holds no TeX; the measured value says what it is instead."),
    "unreadable_archive": Reason("extract", "The e-print is damaged before its first readable member."),
    "over_extraction_cap": Reason(
        "extract", "The e-print or its merged TeX passes a cap of [curation.extraction]; the unit names which."
    ),
    "unforeseen_error": Reason(
        "extract", "An error nobody foresaw ended this document's curation; the log says where.", is_defect=True
    ),
    "too_old": Reason("freshness", "A witness dates the text before the window."),
    "after_window": Reason("freshness", "The earliest admissible witness dates the text after the window."),
    "undated": Reason("freshness", "Nothing that may admit a text dates it, only its fetch."),
    "other_language": Reason("language", "The text is in a language that is not asked for."),
    "too_few_words": Reason("quality", "Gopher: the page has too few words to say anything."),
    "too_many_words": Reason("quality", "Gopher: the page is a dump rather than a text."),
    "mean_word_length": Reason("quality", "Gopher: the mean word is too short or too long for prose."),
    "symbol_ratio": Reason("quality", "Gopher: too many hash signs or ellipses per word."),
    "bullet_lines": Reason("quality", "Gopher: nearly every line is a list item."),
    "ellipsis_lines": Reason("quality", "Gopher: too many lines break off with an ellipsis."),
    "few_alphabetic_words": Reason("quality", "Gopher: too few words hold a letter."),
    "few_stop_words": Reason("quality", "Gopher: the common words of English prose are missing."),
    "duplicate_lines": Reason("quality", "Gopher: too many lines repeat earlier ones."),
    "duplicate_line_chars": Reason("quality", "FineWeb: too many characters stand in lines that repeat earlier ones."),
    "lorem_ipsum": Reason("quality", "C4: the page holds placeholder text."),
    "curly_bracket": Reason("quality", "C4: the page holds program code or a template."),
    "few_terminal_punctuation": Reason("quality", "FineWeb: too few lines end as sentences do."),
    "short_lines": Reason("quality", "FineWeb: too many lines are short, as in menus and tables."),
    "few_sentences": Reason("quality", "C4: the page has too few sentences."),
    "top_runs": Reason("quality", "Gopher: one run of 2, 3 or 4 words makes up too much of the page."),
    "duplicate_runs": Reason(
        "quality", "Gopher: runs of 5 to 10 words that stood before make up too much of the page."
    ),
    "too_little_code": Reason(
        "quality", "Too little code to say anything about coding, comments left out; a licence alone has none."
    ),
    "auto_generated": Reason("quality", "CodeParrot: the first lines say that a program wrote the file."),
    "long_line": Reason("quality", "CodeParrot: a line is so long that it is data or minified."),
    "long_mean_line": Reason("quality", "CodeParrot: the mean line is so long that the file is data."),
    "few_alphanumerics": Reason("quality", "CodeParrot: too few characters are letters or digits."),
    "data_lines": Reason("quality", "Nearly all of the file stands in lines of literals: data, not code."),
    "few_chars_per_token": Reason(
        "quality", "CodeParrot: too few characters per token, as in encoded data.", is_off_by_default=True
    ),
    "config_or_test": Reason("quality", "CodeParrot: a configuration or test file, dropped by a seeded draw."),
    "no_keywords": Reason("quality", "CodeParrot: no def, class, for or while, dropped by a seeded draw."),
    "few_assignments": Reason("quality", "CodeParrot: too few equals signs."),
    "too_few_paper_words": Reason(
        "quality", "Formulas and bibliography left out, the paper has too few words: a stub or a failed reading."
    ),
    "few_formulas": Reason("quality", "The paper has too few formulas for one of mathematics."),
    "secret": Reason("secrets", "A credential-like string; the measured value names its detector, never the string."),
    "personal_data": Reason(
        "secrets", "An e-mail or public IP address, where the settings reject them.", is_off_by_default=True
    ),
    "history_exact_duplicate": Reason("exact_duplicate", "The same text, but for case and white space, is in history."),
    "exact_duplicate": Reason("exact_duplicate", "The same text, but for case and white space, has earlier evidence."),
    "history_near_duplicate": Reason("near_duplicate", "A text of history is nearly the same."),
    "near_duplicate": Reason("near_duplicate", "A kept text of earlier evidence is nearly the same."),
    "boilerplate": Reason(
        "boilerplate", "Most of the text stands in lines that many others share and another had first, as in licences."
    ),
    "contaminated": Reason("contamination", "The text repeats an item of a reference set."),
    "over_budget": Reason(
        "sample", "The text, or its segment of neighbouring files, lies beyond its source's budget in seeded order."
    ),
}

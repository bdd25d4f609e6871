"""Which characters of a text are identifiers, comments, words, numbers, mathematics: runs of one class, end to end.

Python is read by its own tokenizer; other code, and Python that it refuses, by one pattern of comments, strings, names
and numbers that knows no grammar. Code of a language whose comments are not known here is one class by itself.
"""

import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

WHITESPACE = "white space"
NOT_LEXED = "code, not lexed"
_SLASH = (
    "c",
    "h",
    "cc",
    "cpp",
    "hpp",
    "cs",
    "java",
    "js",
    "jsx",
    "ts",
    "tsx",
    "go",
    "rs",
    "swift",
    "kt",
    "scala",
    "php",
)
_HASH = ("py", "sh", "rb", "pl", "r", "jl", "yaml", "yml", "toml")
_COMMENTS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(_SLASH, r"//[^\n]*|/\*.*?(?:\*/|\Z)") | dict.fromkeys(_HASH, r"#[^\n]*")
)
_STRING = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
_NUMBER = r"\d[\w.]*"
_NAME = r"[^\W\d]\w*"
# Formulas as the extractor of papers writes them; an amount of money is none, since it does not end in a dollar sign.
_MATH = r"\$\$.+?\$\$|\$(?=\S)[^$\n]+(?:\n[^$\n]+)*\$"
_WORD = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*"
_PROSE_NUMBER = r"\d+(?:[.,]\d+)*"
_PYTHON_CLASSES: Mapping[int, str] = MappingProxyType(
    {tokenize.COMMENT: "comment", tokenize.STRING: "string", tokenize.NUMBER: "number", tokenize.OP: "punctuation"}
)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters of one class: those before `end`, from where the run before it ends."""

    label: str
    end: int


def classify(text: str, kind: str, extension: str) -> list[Run]:
    """Return the runs of a text of this kind (`source_file`, `paper`, `web_page`), by the extension of a file's name.

    >>> [(run.label, run.end) for run in classify("x = 1", "source_file", "py")][:2]
    [('code: identifier', 1), ('code: white space', 2)]
    """
    if kind != "source_file":
        return _labelled("prose", _matched(text, _prose(has_math=kind == "paper"), "punctuation"), len(text))
    if extension == "py" and (found := _python(text)) is not None:
        return _labelled("code", found, len(text))
    if extension not in _COMMENTS:
        return [Run(NOT_LEXED, len(text))] if text else []
    return _labelled("code", _matched(text, _code(extension), "punctuation"), len(text))


def _labelled(domain: str, spans: Iterable[tuple[int, int, str]], length: int) -> list[Run]:
    """Join spans to runs; what lies between them is white space."""
    runs: list[Run] = []
    for end, label in _filled(spans, length):
        name = f"{domain}: {label}"
        if runs and runs[-1].label == name:
            runs.pop()
        runs.append(Run(name, end))
    return runs


def _filled(spans: Iterable[tuple[int, int, str]], length: int) -> Iterator[tuple[int, str]]:
    """Yield where each span ends, and each gap before one; what a span repeats of the ones before it is left away."""
    reached = 0
    for start, end, label in spans:
        if start > reached:
            yield start, WHITESPACE
        if end > reached:
            yield end, label
        reached = max(reached, end)
    if reached < length:
        yield length, WHITESPACE


def _matched(text: str, pattern: re.Pattern[str], rest: str) -> Iterator[tuple[int, int, str]]:
    """Yield what a pattern of named classes finds, and what it passes over as one class more."""
    reached = 0
    for match in pattern.finditer(text):
        if match.start() > reached:
            yield reached, match.start(), rest
        yield match.start(), match.end(), (match.lastgroup or rest).replace("_", " ")
        reached = match.end()
    if reached < len(text):
        yield reached, len(text), rest


def _prose(*, has_math: bool) -> re.Pattern[str]:
    math = rf"(?P<mathematics>{_MATH})|" if has_math else ""
    return re.compile(rf"{math}(?P<word>{_WORD})|(?P<number>{_PROSE_NUMBER})|(?P<white_space>\s+)", re.DOTALL)


def _code(extension: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<comment>{_COMMENTS[extension]})|(?P<string>{_STRING})|(?P<name_or_keyword>{_NAME})"
        rf"|(?P<number>{_NUMBER})|(?P<white_space>\s+)",
        re.DOTALL,
    )


def _python(text: str) -> list[tuple[int, int, str]] | None:
    """Return the spans of Python's own tokens, or None where they are not those of Python."""
    starts = [0, *(match.end() for match in re.finditer("\n", text)), len(text)]
    spans = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            start, end = (
                min(starts[min(row, len(starts)) - 1] + at, len(text)) for row, at in (token.start, token.end)
            )
            if (label := _python_class(token)) and end > start:
                spans.append((start, end, label))
    except (tokenize.TokenError, SyntaxError):
        return None
    return spans


def _python_class(token: tokenize.TokenInfo) -> str | None:
    if token.type == tokenize.NAME:
        return "keyword" if keyword.iskeyword(token.string) else "identifier"
    if token.type == tokenize.ERRORTOKEN:
        return None if token.string.isspace() else "punctuation"
    # From Python 3.12 on an f-string is several tokens.
    if tokenize.tok_name[token.type].startswith("FSTRING"):
        return "string"
    return _PYTHON_CLASSES.get(token.type)

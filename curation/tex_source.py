"""Which TeX file of an e-print is the paper, and the whole of it as one text: inputs merged, comments out."""

import posixpath
import re
from collections.abc import Iterator

from config import ExtractionSettings
from curation.eprint_archive import Members, OverCapError
from curation.outcomes import Rejection

# The paper's own choice, first name first (PAPER.md §1); `ms` is what astronomers' templates say.
MAIN_NAMES = ("main", "paper", "ms", "article", "manuscript")
MAX_INPUT_DEPTH = 30

# No pattern here may look further from one start than to the next one: papers may be hostile.
_DOCUMENT_CLASS = re.compile(r"\\document(?:class|style)\b(?:\[[^\[\]]*\])?\s*\{?\s*(\w*)")
_PART_CLASSES = ("standalone", "subfiles", "minimal")
_INPUT = re.compile(
    r"\\(?:input|include|subfile)(?![A-Za-z])\s*(?:\{([^{}]+)\}|([^\s{}\\%]+))"
    r"|\\bibliography\s*\{[^{}]*\}"
)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
_VERBATIM = re.compile(r"\\(begin|end)\s*\{(?:verbatim|Verbatim|lstlisting|minted|alltt)\*?\}")
_HIDING = re.compile(r"\\(?:(begin|end)\s*\{comment\}|(iffalse|fi)\b)")
_HIDING_ENDS = {"begin": "end", "iffalse": "fi"}
_BODY = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
_TEX_COMMAND = re.compile(r"\\[A-Za-z]{2,}")
_TITLE = re.compile(r"\\title\s*(?:\[[^\[\]]*\])?\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_INPUT_ENCODING = re.compile(r"\\usepackage\s*\[([\w-]+)\]\s*\{inputenc\}")
_INPUTENC_CODECS = {"latin1": "cp1252", "ansinew": "cp1252", "latin2": "iso8859-2", "latin9": "iso8859-15"}


def merge_source(members: Members, settings: ExtractionSettings) -> str | Rejection:
    """Return the paper as one TeX text without comments, or why there is none."""
    texts = {name: decode_tex(content) for name, content in members.items()}
    main = choose_main(texts)
    if main is None:
        return Rejection("not_tex", "text without TeX commands")
    try:
        return _without_hidden("".join(_Merging(texts, main, settings).parts()))
    except OverCapError as error:
        return error.rejection


def choose_main(texts: dict[str, str]) -> str | None:
    """Choose the file that is the paper: opens a document, bears a usual name or a title, is nobody's input."""
    candidates = {name: without_comments(text) for name, text in texts.items() if _may_be_main(name, text)}
    inputs = {_stem(target) for text in candidates.values() for target in _input_names(text)}
    return max(sorted(candidates), key=lambda name: _main_rank(name, candidates[name], inputs), default=None)


def without_comments(text: str) -> str:
    r"""Remove comments, and lines that were nothing else; percent signs in verbatim text and after a backslash stay.

    >>> without_comments("a % b\n% c\n50\\% d")
    'a \n50\\% d'
    """
    return "".join(_uncommented_lines(text))


def document_body(text: str) -> str:
    """Return what stands between the begin and the end of the document, or all of it where neither is said."""
    match = _BODY.search(text)
    return match[1] if match else text


def title_of(text: str) -> str | None:
    """Return the argument of the title command, its own commands out."""
    match = _TITLE.search(text)
    if match is None:
        return None
    words = re.sub(
        r"\\(?:thanks|footnote|vspace|hspace|vskip)\*?\s*\{[^{}]*\}|\\\\|\\[A-Za-z]+\*?|[{}~]", " ", match[1]
    )
    return " ".join(words.split()) or None


def decode_tex(content: bytes) -> str:
    """Decode TeX by UTF-8, else by its inputenc, else as Windows-1252; line ends become one kind."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _INPUT_ENCODING.search(content.decode("latin-1"))
        codec = _INPUTENC_CODECS.get(declared[1], "cp1252") if declared else "cp1252"
        text = content.decode(codec, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Merging:
    """One paper's inputs being followed, under caps: a chain of inputs may be a circle or a bomb."""

    def __init__(self, texts: dict[str, str], main: str, settings: ExtractionSettings) -> None:
        self._texts = texts
        self._by_lower_name = {name.lower(): name for name in sorted(texts, reverse=True)}
        self._main = main
        self._settings = settings
        self._char_count = 0
        self._input_count = 0

    def parts(self) -> Iterator[str]:
        return self._follow(self._main, ())

    def _follow(self, name: str, above: tuple[str, ...]) -> Iterator[str]:
        self._input_count += 1
        if self._input_count > self._settings.max_members:
            raise OverCapError(f"{self._input_count} inputs", f"{self._settings.max_members} inputs")
        text = without_comments(self._texts[name])
        position = 0
        for match in _INPUT.finditer(text):
            target = self._target(match, (*above, name))
            if target is not None:
                yield self._counted(text[position : match.start()])
                yield from self._follow(target, (*above, name))
                position = match.end()
        yield self._counted(text[position:])

    def _target(self, match: re.Match[str], above: tuple[str, ...]) -> str | None:
        asked = _asked(match)
        names = self._bibliographies() if asked is None else _spellings(asked, above[-1], self._main)
        found = next((self._by_lower_name[n.lower()] for n in names if n.lower() in self._by_lower_name), None)
        return None if found in above or len(above) > MAX_INPUT_DEPTH else found

    def _bibliographies(self) -> Iterator[str]:
        yield posixpath.splitext(self._main)[0] + ".bbl"
        yield from sorted(name for name in self._texts if name.lower().endswith(".bbl"))

    def _counted(self, text: str) -> str:
        self._char_count += len(text)
        if self._char_count > self._settings.max_tex_bytes:
            raise OverCapError(f"{self._char_count} characters of TeX", f"{self._settings.max_tex_bytes}")
        return text


def _spellings(asked: str, asker: str, main: str) -> Iterator[str]:
    """Yield the names an input may mean: beside the main file, beside its asker, at the root; with .tex and without."""
    for folder in dict.fromkeys((posixpath.dirname(main), posixpath.dirname(asker), "")):
        path = posixpath.normpath(posixpath.join("/", folder, asked)).lstrip("/")
        yield from (f"{path}.tex", path)


def _may_be_main(name: str, text: str) -> bool:
    ending = posixpath.splitext(name.lower())[1]
    return ending not in {".sty", ".cls", ".bst", ".bib", ".bbl", ".clo", ".def"} and bool(_TEX_COMMAND.search(text))


def _main_rank(name: str, text: str, inputs: set[str]) -> tuple[bool, bool, int, bool, bool, int, int]:
    """Rank a candidate, better is greater."""
    match = _DOCUMENT_CLASS.search(text)
    stem = _stem(name)
    return (
        bool(match) and match[1] not in _PART_CLASSES,  # type: ignore[index]
        stem not in inputs,
        -MAIN_NAMES.index(stem) if stem in MAIN_NAMES else -len(MAIN_NAMES),
        r"\title" in text,
        name.lower().endswith((".tex", ".ltx", ".latex")),
        -name.count("/"),
        len(text),
    )


def _input_names(text: str) -> Iterator[str]:
    yield from (asked for match in _INPUT.finditer(text) if (asked := _asked(match)) is not None)


def _asked(match: re.Match[str]) -> str | None:
    """Return the name of an input, or None where the bibliography is asked for."""
    name = match[1] or match[2]
    return name.strip().strip('"').strip() if name else None


def _stem(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name.strip().lower()))[0]


def _without_hidden(text: str) -> str:
    """Remove comment environments and `iffalse` parts; one that never ends hides nothing."""
    tokens = [(match[1] or match[2], match) for match in _HIDING.finditer(text)]
    last = {token: match.start() for token, match in tokens}
    kept, position, end = [], 0, None
    for token, match in tokens:
        if end is None and last.get(_HIDING_ENDS.get(token, ""), -1) > match.start():
            kept.append(text[position : match.start()])
            end = _HIDING_ENDS[token]
        elif token == end:
            position, end = match.end(), None
    return "".join([*kept, text[position:]])


def _uncommented_lines(text: str) -> Iterator[str]:
    is_verbatim = False
    for line in text.splitlines(keepends=True):
        kept = line if is_verbatim else _COMMENT.sub(r"\1", line)
        for match in _VERBATIM.finditer(kept):
            is_verbatim = match[1] == "begin"
        if kept.strip() or not line.strip():
            yield kept

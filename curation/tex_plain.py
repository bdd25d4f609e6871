"""TeX to plain text without a parser, for papers that pandoc cannot read: coarse, total, never fails.

Formulas, words and section titles stay; commands, labels, figures and tables go.
"""

import re

EXTRACTOR, EXTRACTOR_VERSION = "plain_tex", "2"

# No pattern here looks further from one start than to the next one of its kind: papers may be hostile.
_DROPPED_ENVIRONMENTS = re.compile(
    r"\\begin\{(figure|table|tabular|tikzpicture|picture|algorithm)(\*?)\}(?:(?!\\begin\{\1\2\}).)*?\\end\{\1\2\}",
    re.DOTALL,
)
_DROPPED_COMMANDS = re.compile(
    r"\\(?:label|ref|eqref|cite[a-z]*|bibliography|bibliographystyle|includegraphics|vspace|hspace|input|include"
    r"|pagestyle|thispagestyle|setlength|newcommand|renewcommand|def)\*?(?:\[[^\[\]]*\])*(?:\{[^{}]*\})*"
)
_SECTION = re.compile(r"\\(sub)*(?:section|chapter|paragraph)\*?\s*(?:\[[^\[\]]*\])?\{([^{}]*)\}")
_BEGIN_END = re.compile(r"\\(?:begin|end)\{([a-zA-Z]+\*?)\}(?:\[[^\[\]]*\])?")
_MATH = re.compile(
    r"\$\$.*?\$\$|(?<!\\)\$(?:[^$\\]|\\.)+\$"
    # A line break with a length, \\[2pt], opens no formula.
    r"|(?<!\\)\\\[(?:[^\\]|\\[^\[\]])*+\\\]|(?<!\\)\\\((?:[^\\]|\\[^()])*+\\\)"
    r"|\\begin\{(equation|align|gather|eqnarray|multline|displaymath)(\*?)\}(?:(?!\\begin\{\1\2\}).)*?\\end\{\1\2\}",
    re.DOTALL,
)
_WRAPPED = re.compile(r"\\[a-zA-Z]+\*?\s*\{([^{}]*)\}")
_BARE = re.compile(r"\\[a-zA-Z]+\*?|[{}~]|\\\\")


def detex(body: str) -> str:
    r"""Return the words and formulas of a document body.

    >>> detex("\\section{On sets} Let $x \\in A$, as \\emph{Euler} did.")
    '# On sets\n\nLet $x \\in A$, as Euler did.'
    """
    text = _DROPPED_COMMANDS.sub("", _DROPPED_ENVIRONMENTS.sub("", body))
    text = _SECTION.sub(r"\n\n# \2\n\n", text)
    pieces, position = [], 0
    for match in _MATH.finditer(text):
        pieces += [_unwrapped(text[position : match.start()]), match[0]]
        position = match.end()
    text = "".join([*pieces, _unwrapped(text[position:])])
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", text).strip()


def _unwrapped(prose: str) -> str:
    prose = _BEGIN_END.sub("", prose)
    # Three rounds reach \textbf{\emph{\textsc{x}}}; what is deeper loses its braces below.
    for _ in range(3):
        prose = _WRAPPED.sub(r"\1", prose)
    return _BARE.sub(" ", prose)

r"""A text as numbers, and the table that says which of them are letters of words: lower-cased `\w`, for all of Unicode.

The table makes `re.findall(r"\w+", text.lower())` a matter of one look per character; a test compares the two for
every code point there is.
"""

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

CodePoints = NDArray[np.uint8] | NDArray[np.uint32]

CODE_POINT_COUNT = 0x110000
# The two letters whose lower case is not one code point for one, whatever stands around: İ becomes two, and Σ another
# letter at the end of a word. A text that holds one is lower-cased by Python before it is looked up.
UNTABLED = ("\u0130", "\u03a3")


def code_points_of(text: str) -> CodePoints:
    """Return the code points of a text, in bytes where it is ASCII; what the table cannot lower-case is lower-cased."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    if any(letter in text for letter in UNTABLED):
        text = text.lower()
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@lru_cache(maxsize=1)
def letters() -> NDArray[np.uint32]:
    """Return, for every code point, its lower case plus one where that belongs to a word, else zero."""
    every = np.arange(CODE_POINT_COUNT, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
    for letter in UNTABLED:
        every = every.replace(letter, " ")
    lowered = every.lower()
    table = np.zeros(CODE_POINT_COUNT, dtype=np.uint32)
    codes = np.frombuffer(lowered.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    for run in re.finditer(r"\w+", lowered):
        table[run.start() : run.end()] = codes[run.start() : run.end()] + np.uint32(1)
    return table

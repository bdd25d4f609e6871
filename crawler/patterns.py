"""Patterns for the bytes of the open web: any case, and still as fast as the search for one byte."""

import re


def any_case(words: bytes) -> bytes:
    """Return a pattern that finds ASCII words in any case.

    A flag would do the same and keep the search from jumping to the pattern's first byte: on pages that is ten times
    slower (377 against 37 µs for the meta elements of one).

    >>> any_case(b"<p")
    b'<[Pp]'
    """
    return b"".join(
        b"[%c%c]" % (ord(letter.upper()), ord(letter.lower())) if letter.isalpha() else re.escape(letter)
        for letter in (words[n : n + 1] for n in range(len(words)))
    )

"""Source files are decoded as Python would read them."""

import pytest

from curation.extract_code import extract_code
from curation.outcomes import Extracted, Rejection


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"x = 1\r\ny = 2\rz = 3\n", "x = 1\ny = 2\nz = 3\n"),
        (b"\xef\xbb\xbfx = 'caf\xc3\xa9'\n", "x = 'café'\n"),
        (b"# -*- coding: latin-1 -*-\nx = 'caf\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'café'\n"),
        (b"#!/usr/bin/python\r# coding: cp1252\rx = '\x93'\r", "#!/usr/bin/python\n# coding: cp1252\nx = '“'\n"),
        (b"\x0cpage = 1\n", "\x0cpage = 1\n"),
    ],
)
def test_source_files_are_decoded_by_mark_cookie_or_utf8(content, expected):
    assert extract_code(content, "x.py") == Extracted(expected, "x.py", "source", "1")


@pytest.mark.parametrize(
    ("content", "rejection"),
    [
        (b"x = '\xe9'\n", Rejection("undecodable", "utf-8")),
        (b"# coding: no-such-codec\nx = '\xe9'\n", Rejection("undecodable", "utf-8")),
        (b"# coding: unicode_escape\nx = '\\ud800'\n", Rejection("undecodable", "unicode_escape")),
        (b"# coding: hex\nx = 1\n", Rejection("undecodable", "hex")),
        (b"MZ\0\0", Rejection("undecodable", "NUL bytes")),
        (b"", Rejection("no_text")),
        (b" \r\n\t", Rejection("no_text")),
    ],
)
def test_what_python_could_not_read_is_a_reason(content, rejection):
    assert extract_code(content, None) == rejection

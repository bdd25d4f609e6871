"""Source files are decoded as Python would read them."""

import json

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


NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["# A title"]},
        {
            "cell_type": "code",
            "source": ["import math\n", "%time math.pi\n"],
            "outputs": [{"data": {"image/png": "iVBOR"}}],
        },
        {"cell_type": "code", "source": ""},
        {"cell_type": "code", "source": "!ls\r\nx = 'é'"},
    ],
    "nbformat": 4,
}
CODE_CELLS = "import math\n%time math.pi\n\n!ls\nx = 'é'\n"


def test_notebooks_are_read_as_their_code_cells():
    found = extract_code(json.dumps(NOTEBOOK).encode(), "notes/Try.IPYNB")
    assert found == Extracted(CODE_CELLS, "notes/Try.IPYNB", "notebook", "1")


def test_notebooks_of_format_three_kept_their_cells_in_worksheets():
    cells = [{"cell_type": "code", "input": ["a = 1\n", "b"]}, {"cell_type": "heading", "source": "no"}]
    old = {"worksheets": [{"cells": cells}, {"cells": cells[:1]}], "nbformat": 3}
    found = extract_code(json.dumps(old).encode(), "x.ipynb")
    assert isinstance(found, Extracted)
    assert found.text == "a = 1\nb\n\na = 1\nb\n"


@pytest.mark.parametrize(
    ("content", "measured"),
    [
        (b"x = 1\n", "not a notebook"),
        (b"[1]", "not a notebook"),
        (b"{}", "not a notebook"),
        (b'{"cells": 1}', "not a notebook"),
        (b"[" * 100_000, "not a notebook"),
        (b'{"cells": []}', None),
        (b'{"cells": [1, {"cell_type": "code", "source": [1, null, " "]}]}', None),
        (b'{"worksheets": [{"cells": null}, 2]}', None),
    ],
)
def test_a_notebook_without_code_is_a_reason(content, measured):
    assert extract_code(content, "x.ipynb") == Rejection("no_text", measured)

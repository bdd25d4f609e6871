"""Jupyter notebooks as source: the code cells in their order with a blank line between, outputs and prose left out.

Magics stay, since they are what the author wrote: `%timeit f(x)` and `!pip install x` are lines like any other.
"""

import json
from typing import Any

ENDING = ".ipynb"
EXTRACTOR, EXTRACTOR_VERSION = "notebook", "1"


def code_of(notebook: str) -> str | None:
    r"""Return the code of a notebook of format 2 to 4, or None where it is none.

    >>> code_of('{"cells": [{"cell_type": "code", "source": ["x = 1\\n", "x"]}, {"cell_type": "code", "source": "y"}]}')
    'x = 1\nx\n\ny\n'
    """
    try:
        found = json.loads(notebook)
    except (ValueError, RecursionError):
        return None
    cells = _cells(found)
    if cells is None:
        return None
    sources = [
        _source(cell).strip("\n") for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]
    return "\n\n".join(source for source in sources if source.strip()) + "\n"


def _cells(notebook: Any) -> list[Any] | None:
    """Return the cells; before format 4 they lay in worksheets."""
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return list(notebook["cells"])
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    return [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]


def _source(cell: dict[str, Any]) -> str:
    """Return a cell's lines; before format 4 they were its input."""
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))

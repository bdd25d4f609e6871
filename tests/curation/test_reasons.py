"""Every reason is declared once and explained, and every example in the docstrings holds."""

import ast
import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import curation
from curation.reasons import REASONS

MODULES = sorted(Path(inspect.getfile(curation)).parent.glob("*.py"))
STEPS = (
    "forget", "extract", "freshness", "language", "quality", "secrets",
    "exact_duplicate", "near_duplicate", "boilerplate", "contamination", "sample",
)  # fmt: skip


def emitted() -> set[str]:
    """Collect the first argument of everything that makes a rejection, and the reasons SQL writes."""
    makers = {"Rejection", "exceeds", "falls_short", "reaches", "reaches_down", "_rejected", "_by_draw"}
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers:
                found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    for path in MODULES[0].parent.glob("*.sql"):
        found |= {reason for reason in REASONS if f"'{reason}'" in path.read_text()}
    return found


def test_every_emitted_reason_is_declared():
    assert len(emitted()) > 30
    assert emitted() <= REASONS.keys()


def test_every_declared_reason_is_emitted():
    named_by_keyword = {"near_duplicate", "history_near_duplicate", "contaminated", "over_budget"}
    assert REASONS.keys() == emitted() | named_by_keyword


def test_only_what_no_text_can_bring_about_is_a_defect():
    assert [name for name, reason in REASONS.items() if reason.is_defect] == ["unforeseen_error"]


def test_reasons_stand_in_the_order_of_the_steps():
    steps = [reason.step for reason in REASONS.values()]
    assert list(dict.fromkeys(steps)) == list(STEPS)
    assert steps == sorted(steps, key=STEPS.index)
    assert all(reason.explanation.endswith(".") for reason in REASONS.values())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_examples_in_docstrings_hold(path):
    module = importlib.import_module(f"curation.{path.stem}" if path.stem != "__init__" else "curation")
    assert doctest.testmod(module).failed == 0


def test_every_sql_step_states_its_question_first():
    for path in MODULES[0].parent.glob("*.sql"):
        assert path.read_text().startswith("-- "), path.name

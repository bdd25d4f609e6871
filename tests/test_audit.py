"""The audit of what is installed: unaudited is never called good, and licences are told and held."""

import importlib.util
import json
import subprocess
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture
def script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def answer(script: ModuleType, monkeypatch: pytest.MonkeyPatch, *packages: dict) -> list[str]:
    told = subprocess.CompletedProcess([], 0, json.dumps({"dependencies": packages}), "")
    monkeypatch.setattr(script.subprocess, "run", lambda *_, **__: told)
    return script.audit()


GOOD = {"name": "good", "version": "1", "vulns": []}
HURT = {"name": "hurt", "version": "2", "vulns": [{"id": "CVE-1"}]}
SKIPPED = {"name": "skipped", "skip_reason": "Dependency not found"}


def test_what_nobody_could_be_asked_about_is_not_called_good(script, monkeypatch, capsys):
    assert answer(script, monkeypatch, SKIPPED) == []
    assert "not audited: 1 packages; no advisory source could be reached" in capsys.readouterr().out


def test_a_package_that_was_passed_over_while_others_were_audited_is_a_failure(script, monkeypatch):
    assert answer(script, monkeypatch, GOOD, SKIPPED) == ["skipped was not audited"]


def test_a_known_vulnerability_is_a_failure(script, monkeypatch):
    assert answer(script, monkeypatch, GOOD, HURT) == ["hurt 2: CVE-1"]


def test_no_answer_is_a_failure(script, monkeypatch):
    silent = subprocess.CompletedProcess([], 1, "", "no such file")
    monkeypatch.setattr(script.subprocess, "run", lambda *_, **__: silent)
    assert script.audit() == ["pip-audit gave no answer: no such file"]


@pytest.mark.parametrize(
    ("licence", "is_admitted"),
    [
        ("MIT", True),
        ("LGPL-2.1-or-later", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("AGPL-3.0", False),
        ("unknown", False),
    ],
)
def test_which_licences_are_admitted(script, licence, is_admitted):
    assert script.is_admitted("some-package", licence) == is_admitted


def test_the_licences_of_everything_below_are_told(script):
    found = script.licences()
    assert {"torch", "duckdb", "pypandoc-binary", "twisted"} <= found.keys(), "twisted is needed by scrapy"
    assert "unknown" not in found.values()

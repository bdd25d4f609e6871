# Two commands matter: `make demo` and `make test`. Both need Python 3.11+, make and a package index, nothing else.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := cli.py config.py analysis crawler curation demo schedules scoring storage tests

.PHONY: demo test test-fast check format audit clean

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch .venv/installed

demo: .venv/installed  ## The main job on a small internet of its own, in demo-home/.
	$(BIN)/freshpress demo

test: .venv/installed  ## Every test.
	$(BIN)/python -m pytest

test-fast: .venv/installed  ## The tests of a minute.
	$(BIN)/python -m pytest -m 'not slow'

check: .venv/installed  ## What CI runs before the tests: format, lint, types, architecture, dead code, audit.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/python -m pytest tests/test_architecture.py
	$(MAKE) audit

format: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A known vulnerability fails. A package that no advisory source could be asked about is listed as "could not be audited".
audit: .venv/installed
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip --progress-spinner off

clean:
	rm -rf .venv demo-home .mypy_cache .pytest_cache .ruff_cache

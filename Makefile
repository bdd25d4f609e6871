# Two commands matter: `make demo` and `make test`. Both need Python 3.11+, make and a package index, nothing else.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := cli.py cli_analysis.py cli_options.py cli_registry.py cli_scoring.py cli_upkeep.py config.py analysis bench crawler curation demo schedules scoring storage tests

.PHONY: demo test test-fast soak bench bench-crawl check format audit bench-env clean

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch .venv/installed

demo: .venv/installed  ## The main job on a small internet of its own, in demo-home/.
	$(BIN)/freshpress demo

test: .venv/installed  ## Every test, a file on each core.
	$(BIN)/python -m pytest -n auto --dist loadfile

test-fast: .venv/installed  ## The tests of a minute.
	$(BIN)/python -m pytest -m 'not slow'

soak: .venv/installed  ## Every misbehaviour, kill and spoilt input in full, into docs/operations.md; goes on where it was.
	$(BIN)/python -m bench.soak

bench: bench-env  ## Every bench beside its peers, into docs/performance.md.
	$(BIN)/python -m bench

bench-crawl: .venv/installed  ## The crawlers' rates, and the table of misbehaviours at reduced counts, to the terminal.
	$(BIN)/python -m bench.crawl
	$(BIN)/python -m bench.faults

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

audit: .venv/installed  ## Known vulnerabilities of the pinned versions, and licences of what is needed.
	$(BIN)/python .ci/audit.py

bench-env: .venv/installed  ## What `bench/` measures beside, in the same environment.
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,peers]'

clean:
	rm -rf .venv build demo-home .mypy_cache .pytest_cache .ruff_cache

# Every target does what it needs of the one before; a bare machine needs git, python3 (>= 3.11) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
# For two cores, the smallest machine we promise the time limits for: two of them work while others wait for a server.
# More cores: make test WORKERS=8
WORKERS ?= 4
DOCTESTS := --doctest-modules --doctest-glob='*.md'
PYTEST_PATHS := tests src docs README.md

# Tests start hundreds of processes, and each would compile the house anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test lint types architecture collected unit test-deep docs bench clean
.DEFAULT_GOAL := help

help:
	@echo 'make setup      build .venv with everything in it'
	@echo 'make run        start the server on http://127.0.0.1:5000'
	@echo 'make test       lint, types, architecture, tests, doctests (5 minutes on two cores)'
	@echo 'make test-deep  every property at length, fuzzing, faults, kills (20 minutes)'
	@echo 'make docs       build the documentation into build/site'
	@echo 'make bench      measure'
	@echo 'make clean      remove what was built'

setup: $(STAMP)

# The build tools are pinned like everything else, hence --no-build-isolation.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Hosanna needs Python 3.11 or newer as python3; say make PYTHON=python3.12 if yours has another name.'; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo 'This python3 cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt hatchling editables setuptools
	$(PIP) install --quiet --constraint constraints.txt --use-pep517 --no-build-isolation \
	  --editable '.[server,planning,push,mongo,redis,tracing,testing,docs,dev]'
	@touch $(STAMP)

run: setup
	$(BIN)/hosanna serve

test: setup
	$(MAKE) --jobs=2 lint types architecture collected
	$(MAKE) unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy --strict src examples/*/src

architecture: setup
	$(BIN)/lint-imports

# On one core, beside what the other judges: what pytest makes of the tests' source is there when its workers come.
collected: setup
	@mkdir -p build
	@$(BIN)/python -m pytest --collect-only -qq $(DOCTESTS) -m 'not deep' $(PYTEST_PATHS) >build/collected.txt \
	  || { cat build/collected.txt; exit 1; }

unit: setup
	$(BIN)/python -m pytest --durations 10 $(DOCTESTS) -n $(WORKERS) -m 'not deep' $(PYTEST_PATHS)

test-deep: setup
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest --durations 10 -n $(WORKERS) -m 'deep or hypothesis' tests

docs: setup
	$(BIN)/mkdocs build --strict --quiet
	@echo 'The documentation is in build/site: open build/site/index.html'

bench: setup
	$(BIN)/python bench/run.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

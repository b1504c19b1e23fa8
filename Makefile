# demo: set up, make the sample, build it, open the console · test · lint · bench · fuzz
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo
CUSTOMERS ?= 5000

.PHONY: demo test lint bench fuzz

$(BIN)/huaxiang: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "huaxiang needs Python 3.11 or newer; try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev: $(BIN)/huaxiang
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(BIN)/huaxiang
	@test -f $(DEMO)/huaxiang.yaml || $(BIN)/huaxiang init $(DEMO) --template retailer
	@ls $(DEMO)/data/* >/dev/null 2>&1 || $(BIN)/huaxiang simulate --customers $(CUSTOMERS) --project $(DEMO)
	$(BIN)/huaxiang build --project $(DEMO)
	$(BIN)/huaxiang serve --project $(DEMO)

# The tests start hundreds of interpreters: where the environment forbids it, each would compile every module again.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	$(BIN)/pytest --numprocesses auto --maxprocesses 4

lint: $(VENV)/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: $(VENV)/dev
	$(BIN)/python -m bench

# Half of FUZZ changed definitions, half changed files, and FUZZ door bodies; the same SEED tries the same.
FUZZ ?= 10000
SEED ?= 1
fuzz: $(VENV)/dev
	$(BIN)/python -m tests.fuzz $(FUZZ) $(SEED)

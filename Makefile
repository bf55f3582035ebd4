# Needs python3 (3.11 or newer) and make; everything else is installed into .venv from uv.lock.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
UV := UV_SYSTEM_CERTS=1 UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never $(BIN)/uv
STAMP := .venv/.installed

.PHONY: install demo test test-all lint format build bench clean

install: $(STAMP)

$(STAMP): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else \
	  f"stance needs Python 3.11 or newer, {sys.executable} is {v[0]}.{v[1]}; run make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(UV) sync --quiet --locked --inexact --python $(BIN)/python
	@touch $@

demo: install
	$(BIN)/python -m stance.build surface=false
	$(BIN)/python -m stance.train +experiment=baseline
	$(BIN)/python -m stance.predict model=baseline input=tests/data/article.txt output=models/_runs/demo.csv overwrite=true
	$(BIN)/python -m stance.read model=baseline input=tests/data/article.txt

test: install
	$(BIN)/python -m pytest -n 2

test-all: install
	$(BIN)/python -m pytest -n 2 -m "slow or not slow"

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

build: install
	$(UV) build --quiet

bench: install
	$(UV) sync --quiet --locked --inexact --extra bench --python $(BIN)/python
	$(BIN)/python benchmarks/reading.py

clean:
	rm -rf .venv dist data/built .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

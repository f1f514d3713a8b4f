# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
PIN := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
  --custom-compile-command "make lock"

.PHONY: install demo test soak lint types contracts docs pictures lock clean

install: $(READY_DEV)  ## the product and all that its tests need

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --editable .
	touch $(READY)

$(READY_DEV): $(READY) requirements-dev.lock
	$(PIP) --require-hashes --requirement requirements-dev.lock
	touch $(READY_DEV)

demo: $(READY)  ## start the weak demo shop on loopback, scan it, say where the report lies
	$(BIN)/shopwarden demo

test: install  ## everything that the tests need, then the tests
	sh tests/setup.sh
	$(BIN)/pytest -r s --numprocesses auto --maxprocesses 4 --dist loadfile

soak: install  ## the long runs: a year of nights, 200 kills, long fuzzing
	SOAK=1 $(BIN)/pytest tests/soak

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

contracts: install
	$(BIN)/lint-imports

docs: install  ## regenerate what is generated
	$(BIN)/python -m tools.generate_docs

pictures: install  ## take the pictures in docs/pictures anew (needs Chromium)
	$(BIN)/python -m tests.browser.pictures

lock:  ## pin every requirement, with hashes and without any address (needs uv)
	$(PIN) --output-file requirements.lock pyproject.toml
	$(PIN) --constraint requirements.lock --all-extras --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/browser/node_modules

# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the others.
PYTHON ?= python3
ifeq (new-rule,$(firstword $(MAKECMDGOALS)))  # `make new-rule area/the-problem`: its second word is a name and nothing to make
NAME ?= $(word 2,$(MAKECMDGOALS))
.PHONY: $(NAME)
$(NAME): ; @:
endif
BIN := .venv/bin
READY := .venv/.ready
READY_DEV := .venv/.ready-dev
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
PIN := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
  --custom-compile-command "make lock"
# Two more than there are processors: tests wait for servers. What they start again and again is compiled once.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
# No server, no browser, no other program: what these test is a function of its arguments.
PURE := tests/checks tests/laws tests/reports tests/scanner/platforms tests/scanner/results tests/scanner/rules tests/scanner/scope \
  tests/scanner/settings tests/scanner/text tests/scanner/engine/test_catalogue.py tests/shops tests/tools

.PHONY: help install install-dev demo web check test soak collected lint types contracts graph new-rule docs pictures lock wheel clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1|/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

install: $(READY)  ## the product, for those who use it

install-dev: $(READY_DEV)  ## the product and all that its tests need

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip uninstall --quiet --yes setuptools  # Python 3.11 brings it along; nothing here uses it
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --editable .
	touch $(READY)

$(READY_DEV): $(READY) requirements-dev.lock
	$(PIP) --require-hashes --requirement requirements-dev.lock
	touch $(READY_DEV)

demo: $(READY)  ## start the weak demo shop on loopback, scan it, say where the report lies
	$(BIN)/shopwarden demo

web: $(READY_DEV)  ## the pages in your browser, with the demo shop in them
	$(BIN)/shopwarden web --demo

check: install-dev lint types contracts  ## before each commit, within a minute: lint, types, contracts, pure tests
	$(BIN)/pytest -q -m "not slow" --numprocesses 2 --dist worksteal $(PURE)

test: install-dev  ## everything that the tests need, then the tests
	sh tests/setup.sh
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -r s --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

collected: install-dev  ## import every test; what pytest compiles for that is then there for each of its processes
	@said=$$(PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --collect-only -qq) || { echo "$$said"; exit 1; }

soak: install-dev  ## the long runs: a year of nights, 200 kills, long fuzzing, 20,000 backups at each kind of place
	SOAK=1 $(BIN)/pytest --timeout 0 tests/soak tests/servers/test_backup_matrix.py

lint: install-dev  ## style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev  ## types of what changed since the last time, and of what uses it
	$(BIN)/mypy

contracts: install-dev  ## who may import whom
	$(BIN)/lint-imports

graph: install-dev  ## who does import whom: rooms, arrows, circles
	$(BIN)/python -m tools.import_graph

new-rule: install-dev  ## the skeleton of a rule: make new-rule area/the-problem
	$(BIN)/python -m tools.new_rule $(NAME)

docs: install-dev  ## regenerate what is generated
	$(BIN)/python -m tools.generate_docs

pictures: install-dev  ## take the pictures in docs/pictures anew (needs Chromium)
	$(BIN)/python -m tests.browser.pictures

lock:  ## pin every requirement, with hashes and without any address (needs uv)
	$(PIN) --output-file requirements.lock pyproject.toml
	$(PIN) --constraint requirements.lock --all-extras --group dev --output-file requirements-dev.lock pyproject.toml

wheel: install-dev  ## build the package into dist/ and look at what it says of itself
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

clean:  ## remove what these commands made
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/browser/node_modules

# `make help` lists what there is. Everything runs in .venv; nothing is installed outside of this folder.
# Variables: STACK=dev|staging|prod, PYTHON=python3.11 or newer.

STACK ?= dev
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
SM := $(BIN)/sm
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help up preview plan validate destroy test lint bench clean
MAKEFLAGS += --no-print-directory
.SILENT:

help: ## List the targets
	grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'
	echo; echo "  STACK=$(STACK) chooses the stack: dev, staging or prod"

up: .venv/installed ## Deploy STACK to the offline cloud; run again, it changes nothing
	$(SM) up --stack $(STACK) --cloud offline

preview: .venv/installed ## Show what `make up` would change, by the engine
	$(SM) preview --stack $(STACK) --cloud offline

plan: .venv/installed ## Show what would change and why, in process, within seconds
	$(SM) plan --stack $(STACK)

validate: .venv/installed ## Check settings, patterns and services of STACK
	$(SM) validate --stack $(STACK)

destroy: .venv/installed ## Delete everything that `make up` made
	$(SM) destroy --stack $(STACK) --cloud offline

test: .venv/installed-dev ## Run all tests, with coverage of at least 90 %
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term

lint: .venv/installed-dev ## Check style, types, specs of all stacks, and that generated files are current
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary
	$(SM) validate --all-stacks
	$(SM) schema --check

bench: .venv/installed-dev ## Measure the program, next to its peers where they can be installed
	$(BIN)/python -m benchmarks

clean: ## Remove .venv, the offline cloud and everything else that is not the source
	rm -rf .venv .skymason .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* coverage.xml \
		build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made once, and again when what is required changes. An interrupted install leaves no stamp.
.venv/installed: requirements.txt pyproject.toml
	test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with PYTHON=…" >&2; exit 1; }
	test -x $(BIN)/python || { echo "Making .venv with $(PYTHON) …"; $(PYTHON) -m venv .venv; }
	echo "Installing what requirements.txt pins (once) …"
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --editable .
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	echo "Installing the tools for development (once) …"
	$(PIP) -r requirements-dev.txt
	touch $@

# `make demo` and `make test` work in a fresh clone with python3 (3.11 or newer) with venv, and make.
# The first call makes .venv from requirements-dev.lock; after that nothing here needs the network.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
MAILCLIENTS := .mailclients
WORKERS ?= auto
SEEDS ?= 10
FAULTS_TABLE ?= docs/reliability.md

.PHONY: help demo test long check faults bench format lock mailclients pictures wheel clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "digest needs Python 3.11 or newer; name one with make PYTHON=...")'
	@if command -v uv >/dev/null 2>&1 && \
	    uv venv --quiet --allow-existing --seed --python $(PYTHON) $(VENV) && \
	    uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock && \
	    uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	then :; else \
	    $(PYTHON) -m venv $(VENV) && \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock && \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

demo: $(STAMP)  ## the whole job on sample papers, without network and set-up; writes ./demo/
	@$(BIN)/digest demo

test: $(STAMP)  ## the tests, in parallel and in random order
	$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term

long: $(STAMP)  ## the tests that take their time: a year of the daemon, ten thousand wake-ups
	$(BIN)/pytest -n $(WORKERS) -m long

check: $(STAMP)  ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP)  ## formats the code and mends what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(STAMP)  ## renews requirements-dev.lock (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	    --group dev --python-version 3.11 pyproject.toml -o requirements-dev.lock

faults: $(STAMP)  ## every fault many times; writes docs/reliability.md (needs openssl; minutes)
	$(BIN)/python tests/reliability.py --seeds $(SEEDS) --output $(FAULTS_TABLE)

mailclients: $(MAILCLIENTS)/installed  ## what looks at the mail's page in the tests, from npm (needs node)

$(MAILCLIENTS)/installed: tests/mailclients/package.json tests/mailclients/package-lock.json
	@mkdir -p $(MAILCLIENTS)
	@cp $^ $(MAILCLIENTS)/
	@cd $(MAILCLIENTS) && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

pictures: $(STAMP)  ## the demo's mail as pictures, into docs/ (needs Chromium, pngquant and Roboto)
	$(BIN)/python tests/pictures.py

bench: $(STAMP)  ## what everything costs; writes docs/performance.md (half an hour; SMALL=1: a minute)
ifdef SMALL
	$(BIN)/python -m benchmarks --small
else
	@$(BIN)/python -c 'import matplotlib' 2>/dev/null || \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check 'matplotlib>=3.9,<4'
	$(BIN)/python -m benchmarks
endif

wheel: $(STAMP)  ## the wheel, into dist/
	rm -f dist/arxiv_digest-*.whl
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w dist .

clean:  ## removes what was made
	rm -rf $(VENV) $(MAILCLIENTS) build dist demo .mypy_cache .pytest_cache .ruff_cache .coverage

# `make demo` and `make test` work in a fresh clone with python3 (3.11 or newer) with venv, and make.
# `make demo` makes .venv from requirements.lock, all else from requirements-dev.lock as well; after the
# first call nothing here needs the network.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
STAMP := $(VENV)/installed
MAILCLIENTS := .mailclients
MAILSERVERS := .mailservers
# Many tests wait, so there are more workers than processors.
WORKERS ?= $(shell python3 -c 'import os; print((os.cpu_count() or 1) * 3 // 2)')
SEEDS ?= 10
FAULTS_TABLE ?= docs/reliability.md

.PHONY: help demo test coverage long check faults bench format lock mailclients mailservers pictures wings wheel clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

# A $(VENV) whose making was interrupted is made anew: pip may take half a package for a whole one. Moved
# away first, for of a half-deleted one nobody knows that it is.
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "digest needs Python 3.11 or newer; name one with make PYTHON=...")'
@rm -rf $(VENV).broken
@if [ -e $(VENV)/unfinished ]; then mv $(VENV) $(VENV).broken && rm -rf $(VENV).broken; fi
@mkdir -p $(VENV) && touch $(VENV)/unfinished && rm -f $(READY) $(STAMP)
endef
UV := command -v uv >/dev/null 2>&1 && uv --quiet
PIP := -m pip --disable-pip-version-check -qq
LOCKED := --no-deps --require-hashes -r

# What running needs. There is no command `digest` in it, but `python -m digest` does here; and no pip,
# which takes as long to put there as all the rest: that of $(PYTHON) can fill it, from pip 22.3 on.
$(READY): requirements.lock
	$(install)
	@echo "Installing what digest needs into $(VENV) ..."
	@{ $(UV) venv --allow-existing --python $(PYTHON) $(VENV) && \
	    uv pip install --quiet --python $(BIN)/python $(LOCKED) $< ; } || \
	if $(PYTHON) -m venv --without-pip $(VENV) && \
	    $(PYTHON) $(PIP) --python $(BIN)/python --version >/dev/null 2>&1 ; \
	then $(PYTHON) $(PIP) --python $(BIN)/python install --no-compile $(LOCKED) $< ; \
	else $(PYTHON) -m venv $(VENV) && $(BIN)/python $(PIP) install --no-compile $(LOCKED) $< ; fi
	@rm $(VENV)/unfinished && touch $@

# The same, the tools for development, and the checkout itself as an installed package.
$(STAMP): requirements-dev.lock pyproject.toml | $(READY)
	$(install)
	@echo "Installing what the tests need into $(VENV) ..."
	@{ $(UV) venv --allow-existing --seed --python $(PYTHON) $(VENV) && \
	    uv pip install --quiet --python $(BIN)/python $(LOCKED) $< && \
	    uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; } || \
	{ $(PYTHON) -m venv $(VENV) && $(BIN)/python $(PIP) install $(LOCKED) $< && \
	    $(BIN)/python $(PIP) install --no-deps --no-build-isolation -e . ; }
	@rm $(VENV)/unfinished && touch $(READY) $@

demo: $(READY)  ## the whole job on sample papers, without network and set-up; writes ./demo/
	@$(BIN)/python -m digest demo

test: $(STAMP)  ## the tests, in parallel and in random order
	$(BIN)/pytest -n $(WORKERS)

coverage: $(STAMP)  ## the same tests, and the lines that none of them reaches
	$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term

long: $(STAMP)  ## the tests that take their time: a year of the daemon, ten thousand wake-ups, more kills
	$(BIN)/pytest -n $(WORKERS) -m long

check: $(STAMP)  ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP)  ## formats the code and mends what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

COMPILE := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-header --python-version 3.11 pyproject.toml

lock: $(STAMP)  ## renews requirements-dev.lock, and requirements.lock from it (needs uv)
	$(COMPILE) --group dev -o requirements-dev.lock
	$(COMPILE) --no-annotate --constraints requirements-dev.lock -o requirements.lock

faults: $(STAMP)  ## every fault many times; writes docs/reliability.md (needs openssl; minutes)
	$(BIN)/python tests/support/reliability.py --seeds $(SEEDS) --output $(FAULTS_TABLE)

mailclients: $(MAILCLIENTS)/installed  ## what looks at the mail's page in the tests, from npm (needs node)

$(MAILCLIENTS)/installed: tests/support/mailclients/package.json tests/support/mailclients/package-lock.json
	@mkdir -p $(MAILCLIENTS)
	@cp $^ $(MAILCLIENTS)/
	@cd $(MAILCLIENTS) && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

mailservers: $(MAILSERVERS)/unpacked  ## Exim and OpenSMTPD for the tests, unpacked from Debian's packages (needs apt-get)

$(MAILSERVERS)/unpacked:
	@rm -rf $(MAILSERVERS) && mkdir -p $(MAILSERVERS)/packages
	@cd $(MAILSERVERS)/packages && apt-get download -q exim4-base exim4-daemon-light opensmtpd
	@for package in $(MAILSERVERS)/packages/*.deb; do dpkg -x $$package $(MAILSERVERS)/root; done
	@touch $@

pictures: $(STAMP)  ## the demo's mail as pictures, into docs/ (needs Chromium, pngquant and Roboto)
	$(BIN)/python tests/support/pictures.py

wings: $(STAMP)  ## the picture of the wings in docs/architecture.md, from what the modules import
	$(BIN)/python tests/support/wings.py

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
	rm -rf $(VENV) $(VENV).broken $(MAILCLIENTS) build dist demo .mypy_cache .pytest_cache .ruff_cache .coverage

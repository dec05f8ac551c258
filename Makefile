# One door for people and for CI. `make` alone says what there is.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Whoever forbids Python to keep what it compiled pays for it at each start: two hundred servers in the tests, 0.6 s each.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
export CARGO_TARGET_DIR ?= $(CURDIR)/media/target
# `fast` builds without link-time optimisation; `make bench` and wheels use `release`.
PROFILE ?= fast
HTTP ?= 127.0.0.1:8080
MEDIA ?= 127.0.0.1:7881
DATA ?= data
FUZZ_SECONDS ?= 60
# How often `make torture` ends each of them.
TIMES ?= 50
# Tests that run at a time: two fill two cores. What measures time or memory (the marker `alone`) has the machine to itself.
LANES ?= 2
# Side by side what does not wait for the other; each says what it has to say when it is done.
TOGETHER := $(MAKE) --no-print-directory --jobs $(LANES) --output-sync=target
# For cargo, which would ask the `make` that runs it for its processors.
APART := env -u MAKEFLAGS -u MFLAGS
# What `make bench` passes on, e.g. BENCH='--only join,loss' or BENCH='--docs docs/benchmarks.md'.
BENCH ?=
# Measured when set, rounded down to the next five: raise it, never lower it.
COVERAGE_FLOOR ?= 90

PY_SOURCES := $(shell find signalling recordings sefaw_rtc loadtest -name '*.py' 2>/dev/null)
RUST_SOURCES := $(shell find media -path media/target -prune -o \( -name '*.rs' -o -name 'Cargo.*' \) -print 2>/dev/null)
VIEWER_SOURCES := $(shell find viewer -path viewer/node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: help run setup test test-fast test-rust test-python test-viewer test-system torture check format bench fuzz generate wheel lock audit clean system-packages

help: ## what this file can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup ## set everything up and start a demo server; prints one address and the accounts
	@$(BIN)/sefaw-rtc serve --demo --http $(HTTP) --media $(MEDIA) --data $(DATA)

# ---- setting up -------------------------------------------------------------------------------------------------

setup: $(STAMPS)/prerequisites $(STAMPS)/python $(STAMPS)/plane $(STAMPS)/viewer ## Python environment, media plane, browser app

$(STAMPS)/prerequisites: tools/prerequisites.sh
	@tools/prerequisites.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python: requirements.lock | $(STAMPS)/prerequisites
	@echo "── Python environment (a minute)"
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(STAMPS)/plane: $(RUST_SOURCES) pyproject.toml $(STAMPS)/python
	@echo "── media plane (Rust; the first time two to four minutes)"
	PIP_QUIET=1 $(APART) $(BIN)/maturin develop --profile $(PROFILE) --locked
	touch $@

$(STAMPS)/viewer: $(VIEWER_SOURCES) | $(STAMPS)/prerequisites
	@echo "── browser app"
	cd viewer
	npm ci --silent --no-audit --no-fund
	npm run --silent build
	touch ../$@

# ---- testing ----------------------------------------------------------------------------------------------------

test: ## everything, as CI runs it
	+@$(TOGETHER) setup system-packages
	+$(TOGETHER) check test-rust test-viewer
	$(MAKE) --no-print-directory test-python
	$(MAKE) --no-print-directory test-system

test-fast: setup test-rust test-viewer test-python ## unit, property and simulated tests; no browser

test-rust: $(STAMPS)/python ## the plane: unit, property, simulated
	cd media && $(APART) cargo test --locked --profile $(PROFILE) --workspace --exclude sefaw-media-py --quiet

test-viewer: $(STAMPS)/viewer ## the pages' logic
	cd viewer && npm test --silent

test-python: setup ## server, wire, archive, with coverage floors
	$(BIN)/pytest -q -n $(LANES) -m "not system" --cov --cov-report=term:skip-covered --cov-report=xml:build/coverage.xml --cov-fail-under=$(COVERAGE_FLOOR)

test-system: setup system-packages ## real sockets and real browsers
	$(BIN)/pytest -q -n $(LANES) --dist loadfile --durations=40 -m "system and not alone" tests/system
	$(BIN)/pytest -q -m alone tests/system

system-packages: $(STAMPS)/system-packages
$(STAMPS)/system-packages: tools/system_packages.sh tools/s3_server.sh
	@tools/system_packages.sh
	@tools/s3_server.sh
	@mkdir -p $(STAMPS) && touch $@

# ---- keeping the house ------------------------------------------------------------------------------------------

check: setup ## format, lint, types, boundaries, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m signalling.generate --check
	$(BIN)/pytest -q tests/test_boundaries.py
	(cd media && cargo fmt --all --check && $(APART) cargo clippy --locked --profile $(PROFILE) --workspace --all-targets --quiet -- -D warnings)
	(cd media/fuzz && cargo metadata --locked --format-version 1 >/dev/null)
	(cd viewer && npm run --silent check)

format: setup ## put everything into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	(cd media && cargo fmt --all)
	(cd viewer && npm run --silent format)

generate: $(STAMPS)/python ## docs/wire.md, the browser's types, golden vectors
	$(BIN)/python -m signalling.generate

fuzz: ## every parser of remote bytes, a minute each (FUZZ_SECONDS)
	media/fuzz/run.sh $(FUZZ_SECONDS)

torture: setup ## the server, a disk's power and sealing ended fifty times each (TIMES) at random moments, half an hour
	TORTURE_TIMES=$(TIMES) $(BIN)/pytest -q -s tests/system/test_torture.py
	TORTURE_TIMES=$(TIMES) $(BIN)/pytest -q tests/recordings/test_seal.py -k killed

lock: ## requirements.lock anew from pyproject.toml: what is locked stays where it may (needs uv)
	uv pip compile --quiet --no-header --universal --python-version 3.11 --generate-hashes --no-strip-extras --extra edge --extra pkcs11 --group dev --output-file requirements.lock pyproject.toml

audit: setup ## known vulnerabilities in what we depend on
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock
	cd viewer && npm audit --omit=dev

bench: $(STAMPS)/python $(STAMPS)/viewer ## everything measured (release build), half an hour or more; writes build/bench/
	PIP_QUIET=1 $(BIN)/maturin develop --profile release --locked
	rm -f $(STAMPS)/plane
	(cd media && cargo build --locked --release --package sefaw-swarm)
	$(BIN)/python -m loadtest.bench $(BENCH)

wheel: $(STAMPS)/viewer $(STAMPS)/python ## an installable wheel with plane and pages, in build/wheels/
	$(BIN)/maturin build --release --locked --out build/wheels

clean: ## remove everything that was built
	rm -rf build $(VENV) media/target viewer/node_modules sefaw_rtc/web/static sefaw_rtc/_media*.so

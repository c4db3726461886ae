# The commands of the project. They share one environment, .venv, which grows as targets need it
# and is brought up to date when pyproject.toml or constraints.txt change.

PYTHON ?= python3
VENV   ?= .venv
# test processes
JOBS   ?= 2

BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help verify test test-all versions part lint format docs dist bench proofs lock clean distclean
MAKEFLAGS += --no-print-directory

# Nothing outside the environment takes part.
unexport PYTHONPATH
unexport PYTHONHOME
export PYTHONNOUSERSITE := 1

help: ## show this list
	@echo "usage: make TARGET [PYTHON=python3.12] [JOBS=4]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

verify: $(STAMPS)/core ## install, then prove the compiled weights of parity equal to its program
	@$(BIN)/alta-verify parity_sequential_relative --no-cache

# Each worker takes its files one after another, with what the tests of a file share, and at the end
# those of a slower one.
WORKERS := -n $(JOBS) --dist worksteal

# A test that takes so many seconds fails, and says where it was.
HANGING := -o faulthandler_timeout=900 -o faulthandler_exit_on_timeout=true

test: lint ## lint, then every test except the campaigns
	@$(BIN)/python -m pytest $(WORKERS) -m "not campaign" $(HANGING)

test-all: lint ## lint, then every test, campaigns included, with more generated cases
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-thorough} $(BIN)/python -m pytest $(WORKERS)

# Those that an environment of its own is made for; the main one has the Python that made it.
PYTHONS ?= python3.12 python3.13 python3.14

# What a new Python may break first: how rules and programs are read, and a proof with its check.
PART := tests/alta/lang tests/alta_verify/prove/computes/test_reset.py tests/alta_verify/check/test_main.py

versions: ## a part of the tests with each other Python that is there
	@for python in $(PYTHONS); do \
		version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
			|| { echo "$$python is not there: nothing tested with it"; continue; }; \
		$(MAKE) part PYTHON=$$python VENV=$(VENV)/versions/$$version || exit 1; \
	done

part: $(STAMPS)/core
	@$(PIP) install -qq --constraint constraints.txt beartype pytest pytest-xdist
	@$(BIN)/python -m pytest $(WORKERS) -m "not campaign" $(HANGING) $(PART)

lint: $(STAMPS)/test ## style, format and types
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@$(BIN)/python -m mypy

format: $(STAMPS)/test ## put the code into the house format
	@$(BIN)/python -m ruff check --fix-only
	@$(BIN)/python -m ruff format

docs: $(STAMPS)/docs ## build the documentation into docs/_build/html
	@$(BIN)/python -m sphinx -q -E -n -W --keep-going -d docs/_build/doctrees docs docs/_build/html
	@echo "docs/_build/html/index.html"

dist: $(STAMPS)/release ## build the wheel and the source archive into dist, and check them
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist .
	@$(BIN)/python -m twine check --strict dist/*

bench: $(STAMPS)/test ## run the benchmarks
	@$(BIN)/python -m tests.benchmarks.run $(SECTIONS)

proofs: $(STAMPS)/test ## prove the shipped programs anew, and renew their certificates in proofs/
	@$(BIN)/python -m proofs.regenerate $(NAMES)

# --- the environment ------------------------------------------------------------------------------

$(STAMPS)/venv:
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		command -v $(PYTHON) >/dev/null \
			|| { echo "error: $(PYTHON) is not there; on Debian: apt install python3 python3-venv" >&2; exit 1; }; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			|| { echo "error: Python 3.11 or later is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1); try: make $(or $(MAKECMDGOALS),verify) PYTHON=python3.12" >&2; exit 1; }; \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
			|| { echo "error: $(PYTHON) cannot create virtual environments; on Debian: apt install python3-venv" >&2; exit 1; }; \
		echo "creating $(VENV) with $$($(PYTHON) --version)"; \
		$(PYTHON) -m venv --clear $(VENV); \
	fi
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/core: $(STAMPS)/venv pyproject.toml constraints.txt
	@echo "installing alta-verify and what it needs: some minutes, once; pip says what it is at"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(STAMPS)/test: $(STAMPS)/core
	@echo "installing what the tests need"
	@$(PIP) install --constraint constraints.txt --editable '.[test,lint]'
	@touch $@

$(STAMPS)/docs: $(STAMPS)/core
	@echo "installing what the documentation needs"
	@$(PIP) install --constraint constraints.txt --editable '.[docs]'
	@touch $@

$(STAMPS)/release: $(STAMPS)/core
	@echo "installing what a release needs"
	@$(PIP) install --constraint constraints.txt --editable '.[release]'
	@touch $@

# Resolved for Python 3.11.0, the oldest supported, whose newest versions also serve later ones.
lock: $(STAMPS)/venv ## renew constraints.txt with the newest versions
	@echo "resolving the newest versions"
	@set -e; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
		$(PIP) -qq install '.[dev]' --python-version 3.11.0 --only-binary :all: --ignore-installed \
			--dry-run --target "$$scratch/unused" --report "$$scratch/report.json"; \
		$(BIN)/python -c "$$LOCK" "$$scratch/report.json" >"$$scratch/constraints.txt"; \
		cp "$$scratch/constraints.txt" constraints.txt
	@echo "constraints.txt: $$(grep -c == constraints.txt) packages"

define LOCK
import json, sys
with open(sys.argv[1]) as report:
    found = [item["metadata"] for item in json.load(report)["install"]]
print("# The versions that this release is built and tested with, on Python 3.11 and later.")
print("# Written by 'make lock'.")
for package in sorted(found, key=lambda package: package["name"].lower()):
    if package["name"] != "alta-verify":
        print(package["name"], package["version"], sep="==")
endef
export LOCK

clean: ## remove what was built, and caches
	@rm -rf build dist docs/_build .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
	@find alta alta_verify proofs tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove the environment as well
	@rm -rf $(VENV)

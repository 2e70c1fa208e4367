# Everything that a fresh machine needs beyond Python 3.11 and make is installed
# into .venv from the hashed locks, and .acceptance from npm's.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test acceptance proof lint docs build lock clean

UV_VERSION := 0.13.9
UV_LOCK := --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The locks are complete: nothing is resolved, nothing is built.
PIP_LOCKED := $(PIP) install --require-hashes --no-deps --only-binary :all:
# Children of the tests must not find the checkout beside them either.
PYTEST := FLOWGUARD_TEST_WHEEL=1 PYTHONSAFEPATH=1 $(BIN)/python -m pytest --inline-snapshot=disable
NPM_TOOLS := .acceptance
DEPLOYERS := $(NPM_TOOLS)/deployers
NODE_IS_TOO_OLD := process.versions.node.localeCompare("20.19", "en", {numeric: true}) < 0
# A lock has hashes and no addresses, also not of those who ask for donations.
NO_FUNDING := const f = "package-lock.json", l = JSON.parse(fs.readFileSync(f)); \
	for (const p of Object.values(l.packages)) delete p.funding; \
	fs.writeFileSync(f, JSON.stringify(l, null, 2) + "\n")
SOURCES := $(shell find flowguard -not -path '*/__pycache__*') \
	pyproject.toml $(wildcard README.md CHANGELOG.md) LICENSE
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && exit; done; echo false)

help:  ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.demo $(VENV)/.wheel  ## find what broke a company's staging, in an embedded AWS account
	@$(BIN)/flowguard demo

test: $(VENV)/.dev $(VENV)/.wheel  ## test the wheel; needs Python alone (ARGS="-k name" for some)
	$(PYTEST) --numprocesses 2 $(ARGS)

acceptance: $(VENV)/.dev $(VENV)/.workflows $(VENV)/.wheel $(NPM_TOOLS)/.installed  ## test the wheel and the image against real tools; needs Node.js, Docker and Chromium
	PATH="$(CURDIR)/$(NPM_TOOLS)/node_modules/.bin:$$PATH" tests/acceptance/docker/with-engine \
		env $(PYTEST) tests/acceptance $(ARGS)

proof: $(VENV)/.dev $(VENV)/.workflows $(VENV)/.wheel $(NPM_TOOLS)/.installed $(DEPLOYERS)/.installed  ## test what takes too long for every change; needs what `make acceptance` needs
	PATH="$(CURDIR)/$(DEPLOYERS)/bin:$(CURDIR)/$(NPM_TOOLS)/node_modules/.bin:$$PATH" \
		NODE_PATH="$(CURDIR)/$(DEPLOYERS)/node_modules" tests/acceptance/docker/with-engine \
		env $(PYTEST) tests/proof $(ARGS)

lint: $(VENV)/.dev  ## check style, types, architecture, docstrings and generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@$(BIN)/interrogate --quiet flowguard || { $(BIN)/interrogate -vv flowguard | grep MISSED; exit 1; }
	$(BIN)/python scripts/docs.py --check
	$(BIN)/python benchmarks/page.py --check

docs: $(VENV)/.dev  ## write the pages that are made from the code and the benchmarks
	$(BIN)/python scripts/docs.py
	$(BIN)/python benchmarks/page.py

build: $(VENV)/.dev  ## build the wheel and the source archive into dist/
	rm -rf dist
	$(BIN)/python -m hatchling build

lock: $(BIN)/python  ## resolve the requirements anew
	$(PIP) install uv==$(UV_VERSION)
	$(call compile,requirements-dev.txt,--upgrade --extra action --extra demo --extra kms --extra notify --group dev)
	$(call compile,requirements-demo.txt,--constraint requirements-dev.txt --extra demo --group build)
	$(call compile,requirements.txt,--constraint requirements-dev.txt)
	$(call compile,requirements-setup.txt,--constraint requirements-dev.txt --group build)
	$(call compile,requirements-workflows.txt,--constraint requirements-dev.txt --group workflows)
	$(call compile,requirements-action.txt,--constraint requirements-dev.txt --extra action --extra notify)
	$(BIN)/uv --quiet pip compile tests/proof/requirements.in $(UV_LOCK) --upgrade \
		--output-file tests/proof/requirements.txt
	cd tests/acceptance && npm install --package-lock-only --ignore-scripts
	cd tests/acceptance && node -e '$(NO_FUNDING)'
	cd tests/proof && npm install --package-lock-only --ignore-scripts
	cd tests/proof && node -e '$(NO_FUNDING)'

clean:  ## remove all that was made
	rm -rf $(VENV) $(NPM_TOOLS) dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# $(call compile,LOCK,OPTIONS): one lock for every platform and Python.
define compile
$(BIN)/uv --quiet pip compile pyproject.toml --output-file $(1) $(UV_LOCK) $(2)
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "$(PYTHON) cannot make virtual environments: install python3-venv (Debian, Ubuntu)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.demo: requirements-demo.txt | $(BIN)/python
	$(PIP_LOCKED) --requirement requirements-demo.txt
	@touch $@

# The demo's requirements are among these.
$(VENV)/.dev: requirements-dev.txt | $(BIN)/python
	$(PIP_LOCKED) --requirement requirements-dev.txt
	@touch $(VENV)/.demo $@

$(VENV)/.workflows: requirements-workflows.txt $(VENV)/.dev
	$(PIP_LOCKED) --requirement requirements-workflows.txt
	@touch $@

# Whichever lock was installed, the build backend is in it.
$(VENV)/.wheel: $(SOURCES) $(VENV)/.demo
	@rm -rf $(VENV)/wheel
	$(BIN)/python -m hatchling build --target wheel --directory $(VENV)/wheel
	$(PIP) install --force-reinstall --no-deps --no-index $(VENV)/wheel/*.whl
	@touch $@

$(NPM_TOOLS)/.installed: tests/acceptance/package.json tests/acceptance/package-lock.json
	@node -e '$(NODE_IS_TOO_OLD) && process.exit(1)' 2>/dev/null && command -v npm >/dev/null || { \
		echo "the acceptance tests need npm and Node.js 20.19 or newer" >&2; exit 1; }
	@mkdir -p $(NPM_TOOLS)
	cp $^ $(NPM_TOOLS)
	cd $(NPM_TOOLS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Python's tools come with a Python of their own; only their programs are in PATH.
$(DEPLOYERS)/.installed: tests/proof/package.json tests/proof/package-lock.json tests/proof/requirements.txt | $(NPM_TOOLS)/.installed
	@rm -rf $(DEPLOYERS)
	@mkdir -p $(DEPLOYERS)/bin
	cp tests/proof/package.json tests/proof/package-lock.json $(DEPLOYERS)
	cd $(DEPLOYERS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	$(PYTHON) -m venv $(DEPLOYERS)/python
	$(DEPLOYERS)/python/bin/python -m pip --disable-pip-version-check --quiet install \
		--require-hashes --no-deps --only-binary :all: --requirement tests/proof/requirements.txt
	ln -s ../node_modules/.bin/cdk ../python/bin/aws ../python/bin/sam $(DEPLOYERS)/bin
	@touch $@

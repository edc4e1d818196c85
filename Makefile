# The one list of commands, for people and for CI. `make` alone prints it.
# Only make and Python 3.11 or newer are needed; everything else goes into .venv/.

VENV := .venv
BIN := $(VENV)/bin
ORACLES := .venv-oracles
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
NEEDS := pyproject.toml constraints.txt
PYTHONS := $(PYTHON) python3.11 python3.12 python3.13 python3 python
# the suite runs in this many processes, a file of tests in one of them; pages come last, and there
# a process that has nothing left to do takes tests from the other
JOBS := 2
APART = -n $(JOBS) --dist loadfile
PAGES = -n $(JOBS) --dist worksteal
QUICK := not slow and not gpu
# more words for the command behind a target: make app ARGS="--no-browser --port 5007"
ARGS :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help app test test-slow test-anew test-oracles check bench bench-peers starter messages clean clean-all

help: ## print this list
	@echo "Qazcube: make TARGET [ARGS='...']"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

app: $(VENV)/.ready-app ## install what is missing, prepare the starter data, open the explorer
	$(BIN)/qazcube demo $(ARGS)

# else each process compiles all modules and tests anew
test test-slow test-anew: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.ready-test ## run the tests (pages in Chromium too)
	@$(BROWSER)
	$(if $(ARGS),$(BIN)/python -m pytest $(ARGS),\
	  $(BIN)/python -m pytest $(APART) -m "$(QUICK) and not browser" && \
	  $(BIN)/python -m pytest $(PAGES) -m "$(QUICK) and browser" tests/apps)

test-slow: $(VENV)/.ready-slow ## run the slow tests (JupyterLab, kills, large grids)
	@$(BROWSER)
	$(BIN)/python -m pytest -m slow $(ARGS)

test-anew: $(VENV)/.ready-test ## run the quick tests on random examples that were not tried before
	$(BIN)/python -m pytest $(APART) -m "$(QUICK) and not browser" --hypothesis-profile=anew $(ARGS)

test-oracles: $(ORACLES)/.ready ## compare with SeismoStats, bruces and pycsep, in an environment of their own
	$(ORACLES)/bin/python -m pytest tests/oracles $(ARGS)

check: $(VENV)/.ready-test ## lint, format, types, import contracts, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/messages.py --check

bench: $(VENV)/.ready-test ## measure everything (use a quiet machine, an hour)
	@$(BROWSER)
	$(BIN)/python benchmarks/click.py
	$(BIN)/python benchmarks/map.py
	$(BIN)/python benchmarks/browser.py
	$(BIN)/python benchmarks/forecast.py
	$(BIN)/python benchmarks/earthquakes.py
	$(BIN)/python benchmarks/seismic.py
	$(BIN)/python benchmarks/events.py
	$(BIN)/python benchmarks/anomaly.py
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/landcover.py

bench-peers: $(VENV)/.ready-test ## install other servers in an environment of their own, compare
	$(BIN)/python benchmarks/peers.py $(ARGS)

starter: $(VENV)/.ready-app ## build the packaged starter data anew (needs pip, npm and apt)
	$(BIN)/python scripts/build_starter.py $(ARGS)

messages: $(VENV)/.ready-test ## collect the texts of the interface for translation
	$(BIN)/python scripts/messages.py $(ARGS)

clean: ## remove what the tools left behind; data and environment stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find analysis apps tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean ## also remove .venv and everything in data_cache but its README
	rm -rf $(VENV) $(ORACLES)
	find data_cache -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

# ---- set-up: a stamp per set of packages, remade when the lists of packages change ----

$(VENV)/.ready-app: $(NEEDS) | $(BIN)/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/.ready-test: $(NEEDS) | $(BIN)/python
	$(INSTALL) -e '.[test]'
	@touch $@ $(VENV)/.ready-app

$(VENV)/.ready-slow: $(NEEDS) | $(BIN)/python
	$(INSTALL) -e '.[test,jupyter]'
	@touch $@ $(VENV)/.ready-test $(VENV)/.ready-app

# SeismoStats is under the AGPL: it never enters .venv, and the product never imports it.
$(ORACLES)/.ready: $(NEEDS) | $(BIN)/python
	@[ -x $(ORACLES)/bin/python ] || $(BIN)/python -m venv $(ORACLES)
	$(ORACLES)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	  -e '.[test]' seismostats==1.0.1 bruces==0.5.0 pycsep==0.8.0
	@touch $@

# A version manager may leave names on the path that do not run: so each is tried.
$(BIN)/python:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV)/ with $$($$python --version)"; \
	    $$python -m venv --clear $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	    echo "Python cannot make a virtual environment: see its message above." >&2; exit 1; \
	  fi; \
	done; \
	echo "Qazcube needs Python 3.11 or newer; none of these runs: $(PYTHONS)" >&2; \
	echo "Install one, or name yours: make app PYTHON=/path/to/python3" >&2; exit 1

# Pages are tested in the system's Chromium, else in Playwright's own; tests/apps/conftest.py
# skips these tests where there is none, and fails where CI=true.
define BROWSER
start='from playwright.sync_api import sync_playwright as s; p = s().start(); p.chromium.launch(); p.stop()'; \
if [ -x /usr/bin/chromium ] || $(BIN)/python -c "$$start" >/dev/null 2>&1; then exit 0; fi; \
echo "No Chromium found; asking Playwright for one"; \
if $(BIN)/python -m playwright install chromium 2>/dev/null && $(BIN)/python -c "$$start" >/dev/null 2>&1; then exit 0; fi; \
echo "=================================================================" >&2; \
echo " NO BROWSER: the pages will NOT be tested in Chromium." >&2; \
echo " Install the package 'chromium' of your system, then run this again." >&2; \
echo "=================================================================" >&2; \
[ "$$CI" != true ]
endef

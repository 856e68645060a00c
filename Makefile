# `make run` opens the program on a training practice; `make test` proves it. Both install what they need, once.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
TRAINING := demo-output
JOBS ?= 2
export PYTHONUTF8 := 1

.PHONY: run test test-long setup bench screenshots package lint clean

run: $(VENV)/.ready-run
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
	  exec $(BIN)/medbill --training; \
	else \
	  echo "There is no display: the office day of the training practice runs off-screen instead."; \
	  rm -rf $(TRAINING); \
	  QT_QPA_PLATFORM=offscreen exec $(BIN)/medbill demo --out $(TRAINING) --patients 60; \
	fi

setup: $(VENV)/.ready-run

test: $(VENV)/.ready-test lint
	$(BIN)/python -m pytest -n $(JOBS) -q -m "not long"

test-long: $(VENV)/.ready-test
	$(BIN)/python -m pytest -n $(JOBS) -q -m long --timeout 1800

lint: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready-run
	$(BIN)/medbill bench

screenshots: $(VENV)/.ready-run
	rm -rf screenshots
	QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(BIN)/python -m medbill_desktop screenshots --out screenshots

package:
	@echo "Installers for Windows, macOS and Linux are not made yet; 'pip wheel .' gives the wheel."

# The runtime lock alone is enough to run; the test lock holds the same versions and more.
$(VENV)/.ready-run: packaging/requirements.lock packaging/system-packages.sh pyproject.toml
	packaging/system-packages.sh run
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r packaging/requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.ready-test: $(VENV)/.ready-run packaging/requirements-test.lock
	packaging/system-packages.sh test
	$(PIP) --require-hashes -r packaging/requirements-test.lock
	touch $@

clean:
	rm -rf $(VENV) demo-output screenshots bench.json dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

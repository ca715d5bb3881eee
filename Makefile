PYTHON ?= python3
BIN := .venv/bin
CHROME := chromium chromium-browser google-chrome google-chrome-stable

.PHONY: lab test test-all exercises bench

lab: .venv/lab
	$(BIN)/jupyter lab --allow-root notebooks/00_start_here.ipynb

test: .venv/dev .venv/browser
	$(BIN)/ruff check .
	$(BIN)/python -m pytest tests -m "not slow"
	$(BIN)/python -m pytest -n logical --dist loadfile --nbval notebooks solutions

test-all: test
	$(BIN)/python -m pytest tests -m slow
	$(BIN)/python -m tests.check_mutants

exercises: .venv/dev
	PATH="$(CURDIR)/$(BIN):$$PATH" nbgrader generate_assignment --force --create --assignment='0*'

bench: .venv/lab
	$(BIN)/python tests/bench.py

.venv/lab: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -r requirements.txt
	touch $@

.venv/dev: .venv/lab requirements-dev.txt
	$(BIN)/pip install -r requirements-dev.txt
	touch $@

# The browser tests take a Chromium or Chrome that is there; else Playwright's own; else, as root on Debian, Debian's.
.venv/browser: .venv/dev
	which $(CHROME) | grep -q . || $(BIN)/playwright install chromium || (apt-get update && apt-get install -y chromium)
	touch $@

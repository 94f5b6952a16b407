# Two targets that matter: `make book` builds the book, `make test` checks everything.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: book test data lint serve clean bench bench-page tools

book: $(STAMP)
	$(BIN)/yalu build

test: $(STAMP) lint book
	$(BIN)/python -m pytest -n auto --dist worksteal

data: $(STAMP)
	$(BIN)/yalu data

lint: $(STAMP)
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

# the checker of the HTML, which tests/browser/test_html.py runs with java
tools:
	npm install --silent --ignore-scripts --no-audit --no-fund --prefix _build/tools vnu-jar@26.9.27

bench: $(STAMP)
	$(BIN)/python benchmarks/rerun.py
	$(BIN)/python benchmarks/growth.py

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

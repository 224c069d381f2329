# Needs make and a Python ≥ 3.11 (PYTHON=... names one); everything else goes into .venv.
# ARGS=... is handed on to the command behind a target: make run ARGS="--port 8080", make test ARGS="tests/house -x".
VENV ?= .venv
export VENV PYTHON

python := $(VENV)/bin/python
run_installed := $(VENV)/.installed-run
dev_installed := $(VENV)/.installed-dev
compile := -m uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate --quiet $(ARGS)

.PHONY: help run test check fmt bench torture lock audit clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s%s\n", $$1, $$2 }' Makefile

run: $(run_installed) ## Start it all here: PostgreSQL, Valkey, API, worker, the phone app, a demo program and its story
	@$(python) -m cli app || true
	@exec $(python) -m cli up $(ARGS)

test: $(dev_installed) ## Run the tests, against real servers of their own
	@$(python) -m pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder $(ARGS)

check: $(dev_installed) ## Lint, formatting, types, floors, migration drift, and whether the documents are true
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	$(python) -m pytest --quiet tests/house

fmt: $(dev_installed) ## Format the code and repair what the linter can
	@$(python) -m ruff check --fix-only .
	@$(python) -m ruff format .

bench: $(dev_installed) ## Measure, each figure beside its limit (minutes; ROWS="accept drain" for some of it)
	@$(python) -m bench $(ROWS) $(ARGS)

torture: $(dev_installed) ## Kill, cut and flood it, and count the money afterwards (many minutes)
	@$(python) -m pytest -m torture --timeout 3600 $(ARGS)

lock: $(dev_installed) ## Resolve the pins anew from pyproject.toml (ARGS=--upgrade for the newest)
	@$(python) -m uv --version >/dev/null 2>&1 || $(python) -m pip install --quiet uv
	$(python) $(compile) --extra embedded --extra printer --extra web --output-file requirements/run.txt
	$(python) $(compile) --extra embedded --extra printer --extra web --extra dev --extra bench --constraint requirements/run.txt \
		--output-file requirements/dev.txt

audit: $(dev_installed) ## Ask for known holes in what is pinned, and write build/sbom.json (needs the internet: no answer is no)
	@$(python) -m uv --version >/dev/null 2>&1 || $(python) -m pip install --quiet uv
	@mkdir -p build
	$(python) -m uv tool run pip-audit@2.10.1 --strict --disable-pip --require-hashes --requirement requirements/run.txt \
		--format cyclonedx-json --output build/sbom.json $(ARGS)

clean: ## Remove the virtual environment and caches; the data under .naparnik stays
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(run_installed): requirements/install requirements/run.txt pyproject.toml
	@requirements/install run
	@touch $@

$(dev_installed): requirements/install requirements/dev.txt pyproject.toml
	@requirements/install dev
	@touch $@ $(run_installed)

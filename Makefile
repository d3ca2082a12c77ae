# Everything a person types. `make help` lists it.
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
# What `make setup` installs besides: `make setup EXTRAS=ray` for work on a Ray cluster.
EXTRAS ?=
# Whether `make repro` asks DVC's remote first: `make repro PULL=1`.
PULL ?=
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Neither DVC nor MLflow nor a model hub is to call home.
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export HF_HUB_OFFLINE ?= 1
# DVC reads params.yaml anew for each stage; running Python's collector of cycles less often saves a few per cent of that.
DVC := python -c 'import gc, sys; gc.set_threshold(100000); from dvc.cli import main; sys.exit(main())'
# Threads that spin while they wait take the cores of whatever else runs.
export OMP_WAIT_POLICY ?= PASSIVE

# Columns of `dvc exp show` by how they begin: all go that are no block of params.yaml, but for what is compared first.
UNCOMPARED := (?!(run|sample|datasets|weights|faces|validation|models|retrieval|fusion|score|report)\.)[a-z]|Created|Executor
COMPARED := run\.(dataset|models|fusion)$$|(.*:)?systems\.[^.]*\.(points|map)$$|(.*:)?best_points$$

.DEFAULT_GOAL := help
.PHONY: help setup repro pull push exps test test-unit test-slow test-e2e lint format lock ui docs declare clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) $(EXTRAS:%=$(VENV)/.installed-%) ## install the locked packages into .venv; EXTRAS=ray adds Ray

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes --no-deps -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-%: requirements-%.lock $(STAMP)
	$(PIP) --require-hashes --no-deps -r $<
	touch $@

repro: setup ## run the pipeline: photographs in, competition points out; PULL=1 asks the remote first
	lookalike check
	@echo dvc repro $(if $(PULL),--pull)
	@$(DVC) repro $(if $(PULL),--pull)
	lookalike points

pull: setup ## fetch what a colleague or CI computed, from DVC's remote
	dvc pull --run-cache

push: setup ## give DVC's remote the data, the results, and what they were made of
	dvc push --run-cache

# DVC's own table has a column for every knob of every recipe, every metric and every file of code. This one has what was run, what
# differs among the knobs, and the points.
exps: setup ## compare experiments: the knobs that differ, and the points
	dvc exp show --only-changed --drop '$(UNCOMPARED)' --keep '$(COMPARED)'

ui: setup ## show tracked runs in MLflow, on this machine only
	lookalike track --all
	mlflow ui --backend-store-uri sqlite:///mlflow.db --host 127.0.0.1

docs: setup ## write the references of params and commands from the code
	python -m lookalike.params.reference
	typer lookalike.cli utils docs --name lookalike --title Commands --output docs/cli.md
	python -m tests.pipeline.map

declare: setup ## write the code that every stage imports into dvc.yaml
	python -m tests.pipeline.declare

test: setup ## run every test; a browser is fetched where there is none
	@python -m tests.browser
	python -m pytest -n 2 --dist loadfile

test-unit: setup ## run the tests of daily work: no browser, no pipeline, no other process
	python -m pytest -n 2 --dist loadfile -m "not slow and not e2e and not browser"

test-slow: setup ## run the tests that train, export, or start other programs
	python -m pytest -n 2 --dist loadfile -m slow

test-e2e: setup ## run the tests that drive the pipeline and Chromium
	@python -m tests.browser
	python -m pytest -n 2 --dist loadfile -m "e2e or browser"

lint: setup ## check style and types
	ruff check .
	ruff format --check .
	mypy

format: setup ## put the code in its style
	ruff check --fix .
	ruff format .

# Runs on Linux with Python 3.11; an extra's lock holds only the lines that it adds.
RESOLVE := uv pip compile --quiet pyproject.toml --extra dev --generate-hashes --no-header --no-annotate \
	--python-version 3.11 --python-platform x86_64-manylinux_2_28

lock: setup ## resolve pyproject.toml again into requirements.lock and requirements-ray.lock
	$(RESOLVE) --upgrade --output-file requirements.lock
	$(RESOLVE) --extra ray --constraints requirements.lock | grep -vxFf requirements.lock >requirements-ray.lock

clean: ## remove what the pipeline made, but neither the cache nor datasets of yours
	git clean -Xfdq -e '!/data/raw/*' -e /data/raw/sample -e '!/data/weights/manual' data metrics reports submission

# Everything a person types. `make help` lists it.
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Neither DVC nor MLflow nor a model hub is to call home.
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export HF_HUB_OFFLINE ?= 1
# DVC reads params.yaml anew for each stage; running Python's collector of cycles less often saves a few per cent of that.
DVC := python -c 'import gc, sys; gc.set_threshold(100000); from dvc.cli import main; sys.exit(main())'
# Threads that spin while they wait take the cores of whatever else runs.
export OMP_WAIT_POLICY ?= PASSIVE

.DEFAULT_GOAL := help
.PHONY: help setup repro test test-unit test-slow test-e2e lint format lock ui docs declare clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## install the locked packages into .venv

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

repro: setup ## run the pipeline: photographs in, competition points out
	lookalike check
	@echo dvc repro
	@$(DVC) repro
	lookalike points

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
	python -m pytest -n 2 --dist loadgroup

test-unit: setup ## run the tests of daily work: no browser, no pipeline, no other process
	python -m pytest -n 2 --dist loadgroup -m "not slow and not e2e and not browser"

test-slow: setup ## run the tests that train, export, or start other programs
	python -m pytest -n 2 --dist loadgroup -m slow

test-e2e: setup ## run the tests that drive the pipeline and Chromium
	@python -m tests.browser
	python -m pytest -n 2 --dist loadgroup -m "e2e or browser"

lint: setup ## check style and types
	ruff check .
	ruff format --check .
	mypy

format: setup ## put the code in its style
	ruff check --fix .
	ruff format .

lock: setup ## resolve pyproject.toml again into requirements.lock
	uv pip compile --quiet pyproject.toml --extra dev --generate-hashes --no-header --no-annotate --upgrade \
		--python-version 3.11 --python-platform x86_64-manylinux_2_28 --output-file requirements.lock

clean: ## remove what the pipeline made, but not the cache
	git clean -Xfdq data metrics reports submission

# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# Readable by all: started by root, PostgreSQL runs its executables as another user.
UV_SYNC := umask 022; $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python

# Processes that may not write byte-code compile every import anew and start two to three times slower.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install install-dev lock
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(BIN)/uv: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, found $$($(PYTHON) --version); set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@umask 022; $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.installed: requirements.txt $(BIN)/uv
	@echo "Installing the pinned packages (once; a minute or two) ..."
	@$(UV_SYNC) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@$(UV_SYNC) -r requirements-dev.txt
	@touch $@

install: $(VENV)/.installed ## Create .venv with the pinned packages
install-dev: $(VENV)/.installed-dev ## The same, with the test tools

.PHONY: run stop status
run: $(VENV)/.installed ## Start everything and stay in the foreground; Ctrl-C ends it
	@$(BIN)/python -m compose.launcher run

stop: ## End everything from another shell
	@$(BIN)/python -m compose.launcher stop

status: ## Tell what runs, since when and where
	@$(BIN)/python -m compose.launcher status

lock: $(BIN)/uv ## Resolve pyproject.toml into the three lock files anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command "make lock" --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command "make lock" --extra containers -c requirements.txt pyproject.toml -o requirements-containers.txt

.PHONY: env
env: ## Make compose/.env with random secrets, for the containers
	@$(PYTHON) -m compose.containers.dotenv

.PHONY: dashboards history history-remove bench-monitoring
dashboards: $(VENV)/.installed-dev ## Write Grafana's dashboards anew
	@$(BIN)/python -W ignore::DeprecationWarning -m grafana

STATE := $(abspath $(or $(STATE_DIR),.local))
DATABASE_ADMIN_URL ?= postgresql+psycopg://postgres@/mlflow?host=$(STATE)/postgres&port=$(or $(POSTGRES_PORT),5432)&passfile=$(STATE)/secrets/pgpass_postgres
history: $(VENV)/.installed ## Write a generated year of runs into the running stack; options in HISTORY
	@$(BIN)/python -m pipeline.sample.history --database '$(DATABASE_ADMIN_URL)' $(HISTORY)

history-remove: $(VENV)/.installed ## Remove the generated year
	@$(BIN)/python -m pipeline.sample.history --database '$(DATABASE_ADMIN_URL)' --remove

bench-monitoring: $(VENV)/.installed-dev ## Time every query of the dashboards on 5,000 runs
	@$(BIN)/python -m tests.benchmarks.bench_monitoring

.PHONY: bench-pages
bench-pages: $(VENV)/.installed-dev ## Time the Anomalies page on a million scored rows (about a minute)
	@$(BIN)/python -W ignore -m tests.benchmarks.bench_pages

.PHONY: bench-runs bench-cleanup
bench-runs: $(VENV)/.installed-dev ## Time the Runs page on 500 and on 5,000 runs (about four minutes)
	@$(BIN)/python -W ignore -m tests.benchmarks.bench_runs

bench-cleanup: $(VENV)/.installed-dev ## Time cleanup previews with 5,000 runs (about two minutes)
	@$(BIN)/python -W ignore -m tests.benchmarks.bench_cleanup

.PHONY: bench bench-scale
bench: $(VENV)/.installed-dev ## Compare detection and speed with the plain pipeline (about 20 minutes)
	@$(BIN)/python -m tests.benchmarks.bench_detection
	@$(BIN)/python -m tests.benchmarks.bench_speed

bench-scale: $(VENV)/.installed-dev ## Train and score 1, 3 and 10 million rows (about 15 minutes)
	@$(BIN)/python -m tests.benchmarks.bench_scale

.PHONY: browser lint types test test-fast
browser: # the end-to-end tests drive a real Chromium
	@command -v chromium >/dev/null || { echo "Installing Chromium ..."; \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$SUDO apt-get update -qq && $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || { echo "Chromium is needed by the end-to-end tests and could not be installed; install it and run make test again" >&2; exit 1; }

lint: $(VENV)/.installed-dev ## Check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev ## Check types
	@$(BIN)/mypy

test-fast: $(VENV)/.installed-dev lint types ## Lint, types and the tests that need no stack
	@$(BIN)/python -m pytest tests/unit tests/test_architecture.py

test: $(VENV)/.installed-dev browser lint types ## Set up and run every check and test
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadscope --ignore tests/containers

.PHONY: test-compose
test-compose: $(VENV)/.installed-dev browser ## Build and run the containers and test them (needs a Docker engine)
	@$(BIN)/python -c 'import sys, tests.servers.containers as stack; sys.exit(stack.why_not() or 0)'
	@$(BIN)/python -m pytest -v --screenshot only-on-failure --output .local/screenshots tests/containers

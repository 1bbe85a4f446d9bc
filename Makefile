# What each target does is said by `make help`. The README's commands do not need make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / - /'

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --require-hashes -r requirements/dev.txt
	$(BIN)/pip install -q --no-deps -e .
	touch $@

.PHONY: venv
venv: $(VENV)/.ready  ## make .venv with everything that development needs

.PHONY: lock
lock:  ## resolve requirements/*.txt anew (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade \
	  --extra embedded --extra flower pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade \
	  --extra embedded --extra flower --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade \
	  --extra embedded --extra flower --extra entities -c requirements/run.txt pyproject.toml -o requirements/entities.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade \
	  --extra embedded --extra flower --extra embed -c requirements/run.txt pyproject.toml -o requirements/embed.txt

.PHONY: format
format: venv  ## format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lint
lint: venv  ## ruff, all rules; formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: venv  ## mypy, strict
	$(BIN)/mypy

.PHONY: imports
imports: venv  ## import contracts
	$(BIN)/lint-imports --no-cache

.PHONY: deploy-check
deploy-check: venv  ## compose schema and security, Dockerfile, workflow of the units
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/compose-lint docker-compose.yml
	$(BIN)/hadolint deploy/Dockerfile

.PHONY: test
test: venv  ## all tests, on real servers and workers
	$(BIN)/pytest -q -n 2 --dist loadfile

.PHONY: chaos
chaos: venv  ## a thousand kills, stops, cuts and full servers under load; reads the books (some 15 minutes)
	$(BIN)/python -m tests.chaos --strikes 1000

.PHONY: check
check: lint types imports deploy-check test  ## everything that must be green

.PHONY: run
run: venv  ## the main job on the examples
	$(BIN)/copydesk run examples/

.PHONY: quality
quality: venv  ## quality of fields and body on the dev split against the pinned floors (half a minute)
	$(BIN)/python benchmarks/quality/gate.py
	$(BIN)/python benchmarks/quality/names.py

.PHONY: enrich-quality
enrich-quality: venv  ## language, dates, keyphrases, topics and stories on the dev split against their goals
	$(BIN)/python benchmarks/quality/enrichment.py
	$(BIN)/python benchmarks/quality/stories.py

.PHONY: dedupe-quality
dedupe-quality: venv  ## duplicates, revisions and parts told apart on the dev half of a made stream (half a minute)
	$(BIN)/python benchmarks/dedupe/gate.py

.PHONY: bench-extraction
bench-extraction: venv  ## extractors of the main text side by side; others than trafilatura: see benchmarks/README.md
	$(BIN)/python benchmarks/extraction.py

.PHONY: bench-enrich
bench-enrich: venv  ## enrichers beside libraries that one would take instead: see benchmarks/README.md
	$(BIN)/python benchmarks/enrich.py

.PHONY: bench
bench: venv  ## the benchmark of the whole line
	$(BIN)/python benchmarks/line.py

# The two commands of the README, and the developer's.
SHELL := /bin/bash
PYTHON := .venv/bin/python
UV_COMPILE := .cache/uv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --no-header
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

.PHONY: run build test bench lint types image lock clean

# Installs what is missing and starts everything. Options: make run SERVE="--port 9443"
run: build
	@exec $(PYTHON) manage.py serve $(SERVE)

# Installs what is missing and builds the console.
build:
	@deploy/bootstrap run

# Installs what the tests need and runs the whole suite. Options: make test PYTEST="-k gateway"
test:
	@deploy/bootstrap test
	$(PYTHON) -m pytest $(PYTEST)

# Benchmarks, each beside its reference, as ratios. Options: make bench BENCH="decision"
bench:
	@deploy/bootstrap test
	$(PYTHON) -m tests.benchmarks $(BENCH)

# Everything that reads the code without running it.
lint:
	@deploy/bootstrap test
	@.ci/lint

# Writes the console's types of our REST API anew; .ci/lint says when that is due.
types:
	@deploy/bootstrap test
	$(PYTHON) manage.py spectacular --format openapi-json --file .cache/openapi.json
	cd frontend && PATH="$(CURDIR)/.node/bin:$$PATH" npm run types

# The one image of docker-compose.yml. Options: make image IMAGE="--build-arg BASE=my-debian"
image: build
	docker build -t quarterdeck:latest -f deploy/Dockerfile $(IMAGE) .

# Compiles requirements.txt and tests/requirements.txt from pyproject.toml.
lock:
	@test -x .cache/uv/bin/uv || { python3 -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv; }
	$(UV_COMPILE) pyproject.toml -o requirements.txt
	$(UV_COMPILE) --group dev pyproject.toml -c requirements.txt -o tests/requirements.txt

# Removes everything that was installed or built here; var/, the data, stays.
clean:
	rm -rf .venv .node .cache frontend/node_modules frontend/dist .mypy_cache .ruff_cache .import_linter_cache .pytest_cache

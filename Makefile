# The two commands of the README, and the developer's.
SHELL := /bin/bash
PYTHON := .venv/bin/python
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

.PHONY: run build test bench lint image lock clean

run: build            ## install what is missing and start everything; options: make run SERVE="--port 9443"
	@exec $(PYTHON) manage.py serve $(SERVE)

build:                ## install what is missing and build the console
	@deploy/bootstrap run

test:                 ## install what the tests need and run the whole suite; options: make test PYTEST="-k gateway"
	@deploy/bootstrap test
	$(PYTHON) -m pytest $(PYTEST)

bench:                ## benchmarks, each beside its reference, as ratios
	@deploy/bootstrap test
	$(PYTHON) -m tests.benchmarks $(BENCH)

lint:                 ## what .ci/run checks before the tests
	@deploy/bootstrap test
	@.ci/lint

image: build          ## the one image of docker-compose.yml; options: make image IMAGE="--build-arg BASE=my-debian"
	docker build -t quarterdeck:latest -f deploy/Dockerfile $(IMAGE) .

lock:                 ## compile requirements.txt and tests/requirements.txt from pyproject.toml
	@test -x .cache/uv/bin/uv || { python3 -m venv .cache/uv && .cache/uv/bin/pip install --quiet uv; }
	.cache/uv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  pyproject.toml -o requirements.txt
	.cache/uv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --group dev pyproject.toml -c requirements.txt -o tests/requirements.txt

clean:                ## remove everything that was installed or built here; var/, the data, stays
	rm -rf .venv .node .cache frontend/node_modules frontend/dist .mypy_cache .ruff_cache .import_linter_cache .pytest_cache

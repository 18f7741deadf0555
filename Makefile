# Everything a newcomer needs: `make demo` and `make test` set themselves up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PROJECTS := pyproject.toml backends/loihi/pyproject.toml backends/seneca/pyproject.toml
DISTRIBUTIONS := . backends/loihi backends/seneca
PLUGINS := build/plugins
PLUGIN_PAGES := docs/spinnaker.md docs/truenorth.md
# In the order of the folders: the long files of the chips come before the short ones of the docs, so that both
# processes end together.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 10
PEERS := build/peers
LOWEST := build/lowest

.PHONY: demo test test-all test-peers test-lowest checks plugins docs lint types format hooks wheels clean

$(STAMP): $(PROJECTS) constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev \
		--editable '.[training,tonic]' --editable backends/loihi --editable backends/seneca
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/delaycore run --config demo --out runs/demo

test: checks
	$(PYTEST)
	PYTHONPATH=$(CURDIR)/$(PLUGINS) $(PYTEST) plugins $(PLUGIN_PAGES)

test-all: checks
	$(PYTEST) --thorough
	PYTHONPATH=$(CURDIR)/$(PLUGINS) $(PYTEST) --thorough plugins $(PLUGIN_PAGES)
	PYTHONPATH=$(CURDIR)/$(PLUGINS) $(PYTEST) --thorough -k "spinnaker or truenorth" \
		tests/properties/test_chips.py tests/fuzz/test_program_files.py

# Two at a time: each takes one core.
checks: $(STAMP)
	$(MAKE) --no-print-directory --jobs 2 lint types docs

# The plugins stay outside the environment, so that what a newcomer sees there are the two chips of the project.
plugins: $(STAMP)
	rm -rf $(PLUGINS)
	$(BIN)/python -m pip install --quiet --no-deps --target $(PLUGINS) plugins/spinnaker plugins/truenorth

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/test.yml

docs: $(STAMP)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs site

# Code in all strictness, then tests and scripts, which need not annotate their functions (pyproject.toml).
types: $(STAMP) plugins
	MYPYPATH=plugins/spinnaker:plugins/truenorth $(BIN)/mypy
	MYPYPATH=$(PLUGINS) $(BIN)/mypy --explicit-package-bases \
		conftest.py tests backends/*/tests plugins/*/tests benchmarks scripts

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Checks before every commit, and types before every push.
hooks: $(STAMP)
	$(BIN)/pre-commit install

# Other people's packages, each in an environment of its own; what is missing is a failure.
test-peers: $(PEERS)/frameworks/.installed $(PEERS)/emulators/.installed
	DELAYCORE_EMULATORS=$(CURDIR)/$(PEERS)/emulators/bin/python \
		$(PEERS)/frameworks/bin/python -m pytest --durations 10 tests/peers tests/interop

$(PEERS)/frameworks/.installed: $(PROJECTS) constraints.txt tests/peers/constraints-frameworks.txt
	$(PYTHON) -m venv $(PEERS)/frameworks
	$(PEERS)/frameworks/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(PEERS)/frameworks/bin/python -m pip install --quiet --constraint constraints.txt \
		--constraint tests/peers/constraints-frameworks.txt --group peers \
		--editable '.[training,tonic]' --editable backends/loihi --editable backends/seneca
	# SpikingJelly asks for torchvision and torchaudio, which nothing here uses.
	$(PEERS)/frameworks/bin/python -m pip install --quiet --no-deps \
		--constraint tests/peers/constraints-frameworks.txt spikingjelly
	touch $@

$(PEERS)/emulators/.installed: tests/peers/constraints-emulators.txt
	$(PYTHON) -m venv $(PEERS)/emulators
	$(PEERS)/emulators/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(PEERS)/emulators/bin/python -m pip install --quiet \
		--constraint tests/peers/constraints-emulators.txt brian2-loihi
	touch $@

# The lowest versions that the packages' requirements allow; what old releases deprecate of each other is theirs.
test-lowest:
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct \
		--editable '.[training,tonic]' --editable backends/loihi --editable backends/seneca
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --group test
	$(LOWEST)/bin/python -m pytest -n 2 --dist loadfile -W ignore::DeprecationWarning

wheels: $(STAMP)
	rm -rf dist
	for project in $(DISTRIBUTIONS); do $(BIN)/python -m build --outdir dist $$project || exit 1; done

clean:
	rm -rf $(VENV) build dist runs site .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Everything a newcomer needs: `make demo` and `make test` set themselves up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PROJECTS := pyproject.toml backends/loihi/pyproject.toml backends/seneca/pyproject.toml
BACKENDS := backends/loihi backends/seneca plugins/spinnaker plugins/truenorth
DISTRIBUTIONS := . $(BACKENDS)
PLUGINS := build/plugins
PLUGIN_PAGES := docs/spinnaker.md docs/truenorth.md
# In the order of the folders: the long files of the chips come before the short ones of the docs, so that both
# processes end together.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 10
PEERS := build/peers
LOWEST := $(PEERS)/lowest
UV := $(PEERS)/uv/bin/uv
# Tests of other versions and Pythons: without the folders of torch, long random tests, and what is about this
# repository and its tools.
LIGHT_TESTS := $(filter-out $(addprefix tests/,nn/ training/ experiment/ properties/ fuzz/ peers/ test_habits.py) \
	tests/test_reference_pages.py,$(wildcard tests/*/ tests/test_*.py)) backends plugins \
	$(addprefix --deselect tests/template/test_new_backend.py::test_its_,types_are_checked_strictly_and_hold \
	files_are_short_complete_and_clean)

.PHONY: demo test test-all test-peers test-frameworks test-lowest test-pythons checks plugins docs lint types format hooks wheels clean

$(STAMP): $(PROJECTS) constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev \
		--editable '.[training,cameras,tonic]' --editable backends/loihi --editable backends/seneca
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

# Other people's packages, other versions of them and other Pythons, each in an environment of its own.  What is
# missing is a failure, apart from Pythons, which not every machine has.
test-peers:
	$(MAKE) --no-print-directory test-frameworks
	$(MAKE) --no-print-directory test-lowest
	$(MAKE) --no-print-directory test-pythons

test-frameworks: $(PEERS)/frameworks/.installed $(PEERS)/emulators/.installed wheels
	DELAYCORE_EMULATORS=$(CURDIR)/$(PEERS)/emulators/bin/python DELAYCORE_WHEELS=$(CURDIR)/dist \
		$(PEERS)/frameworks/bin/python -m pytest --durations 10 tests/peers tests/interop

$(PEERS)/frameworks/.installed: $(PROJECTS) constraints.txt tests/peers/constraints-frameworks.txt
	$(PYTHON) -m venv $(PEERS)/frameworks
	$(PEERS)/frameworks/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(PEERS)/frameworks/bin/python -m pip install --quiet --constraint constraints.txt \
		--constraint tests/peers/constraints-frameworks.txt --group peers \
		--editable '.[training,cameras,tonic]' --editable backends/loihi --editable backends/seneca
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

# The lowest versions that the packages ask for, apart from torch, of which pip may find one build alone.  What old
# releases deprecate of each other is theirs.
test-lowest: $(LOWEST)/.installed
	$(LOWEST)/bin/python -m pytest -n 2 --dist loadfile -W ignore::DeprecationWarning --durations 10 \
		$(LIGHT_TESTS) tests/training/test_tensorboard.py tests/experiment/test_recordings.py

$(LOWEST)/.installed: $(addsuffix /pyproject.toml,$(DISTRIBUTIONS)) constraints.txt | $(UV)
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	grep '^torch==' constraints.txt > $(LOWEST)/torch.txt
	printf '%s\n' '-e .[training,cameras,tonic]' $(addprefix ./,$(BACKENDS)) | $(UV) pip compile --quiet \
		--python $(LOWEST)/bin/python --resolution lowest-direct --constraint $(LOWEST)/torch.txt \
		$(addprefix --no-emit-package ,delaycore $(addprefix delaycore-,$(notdir $(BACKENDS)))) \
		--output-file $(LOWEST)/versions.txt -
	$(LOWEST)/bin/python -m pip install --quiet --constraint $(LOWEST)/versions.txt --group test \
		--editable '.[training,cameras,tonic]' $(addprefix --editable ,$(BACKENDS))
	touch $@

$(UV):
	$(PYTHON) -m venv $(PEERS)/uv
	$(PEERS)/uv/bin/python -m pip install --quiet uv

# The parts without torch on the later Pythons that this machine has, on the path or by pyenv.
test-pythons: test-python3.12 test-python3.13

find_python = $(firstword $(shell for python in python$(1) $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$(1).*/bin/python; do \
	$$python -c '' 2>/dev/null && echo $$python; done))

test-python%: | $(UV)
	@if [ -n '$(call find_python,$*)' ]; then \
		$(MAKE) --no-print-directory $(PEERS)/python$*/.installed && \
		$(PEERS)/python$*/bin/python -m pytest -n 2 --dist loadfile --without-torch --durations 10 $(LIGHT_TESTS); \
	else echo 'Python $* is not on this machine: its tests are left out'; fi

$(PEERS)/python%/.installed: $(addsuffix /pyproject.toml,$(DISTRIBUTIONS)) constraints.txt
	$(call find_python,$*) -m venv --clear $(PEERS)/python$*
	$(UV) pip install --quiet --python $(PEERS)/python$*/bin/python --constraint constraints.txt --group light \
		$(addprefix --editable ,$(DISTRIBUTIONS))
	touch $@

wheels: $(STAMP)
	rm -rf dist
	mkdir dist
	for project in $(DISTRIBUTIONS); do \
		$(BIN)/python -m build --no-isolation --outdir dist $$project > dist/log 2>&1 || { cat dist/log; exit 1; }; done
	rm dist/log

clean:
	rm -rf $(VENV) build dist runs site .mypy_cache .ruff_cache .pytest_cache .hypothesis

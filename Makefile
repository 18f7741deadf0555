# Everything a newcomer needs: `make demo` and `make test` set themselves up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PROJECTS := pyproject.toml backends/loihi/pyproject.toml backends/seneca/pyproject.toml
PLUGINS := build/plugins
PLUGIN_PAGES := docs/spinnaker.md docs/truenorth.md

.PHONY: demo test test-all plugins docs lint types format wheels clean

$(STAMP): $(PROJECTS) constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev \
		--editable '.[training]' --editable backends/loihi --editable backends/seneca
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/delaycore run --config demo --out runs/demo

test: lint types docs plugins
	$(BIN)/python -m pytest -n 2 --dist loadfile
	PYTHONPATH=$(CURDIR)/$(PLUGINS) $(BIN)/python -m pytest -n 2 --dist loadfile plugins $(PLUGIN_PAGES)

test-all: lint types docs plugins
	$(BIN)/python -m pytest -n 2 --dist loadfile --thorough
	PYTHONPATH=$(CURDIR)/$(PLUGINS) $(BIN)/python -m pytest -n 2 --dist loadfile --thorough plugins $(PLUGIN_PAGES)

# The plugins stay outside the environment, so that what a newcomer sees there are the two chips of the project.
plugins: $(STAMP)
	rm -rf $(PLUGINS)
	$(BIN)/python -m pip install --quiet --no-deps --target $(PLUGINS) plugins/spinnaker plugins/truenorth

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(STAMP)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs site

types: $(STAMP)
	$(BIN)/mypy
	MYPYPATH=plugins/spinnaker:plugins/truenorth $(BIN)/mypy -p delaycore_spinnaker -p delaycore_truenorth

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheels: $(STAMP)
	for project in . backends/loihi backends/seneca; do $(BIN)/python -m build --wheel --outdir dist $$project || exit 1; done

clean:
	rm -rf $(VENV) dist runs .mypy_cache .ruff_cache .pytest_cache .hypothesis

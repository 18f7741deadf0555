# Everything a newcomer needs: `make demo` and `make test` set themselves up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PROJECTS := pyproject.toml backends/loihi/pyproject.toml backends/seneca/pyproject.toml

.PHONY: demo test test-all docs lint types format wheels clean

$(STAMP): $(PROJECTS) constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev \
		--editable '.[training]' --editable backends/loihi --editable backends/seneca
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/delaycore run --config demo --out runs/demo

test: lint types docs
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-all: lint types docs
	$(BIN)/python -m pytest -n 2 --dist loadfile --thorough

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

docs: $(STAMP)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs site

types: $(STAMP)
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheels: $(STAMP)
	for project in . backends/loihi backends/seneca; do $(BIN)/python -m build --wheel --outdir dist $$project || exit 1; done

clean:
	rm -rf $(VENV) dist runs .mypy_cache .ruff_cache .pytest_cache .hypothesis

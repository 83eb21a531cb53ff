# make demo      train, export, check, and read a demo clip
# make test      lint, type-check and test: what CI runs
# make quick     a minute: the quick tests of dataset, edge_app and house, which need no TensorFlow, screen or broker
# make coverage  which lines and branches of every room do the tests reach?
# make mutate    do the tests notice when the code is wrong? SAMPLE=80 places of each target; SAMPLE=0: every mutant
# make fuzz      hunt for inputs that the app does not survive; TRIES=100 of each kind
# make soak      run the app for MINUTES=30 beside a camera that dies and returns
# make wheel     dist/bayes_edge-*.whl for a device
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Processes that share the tests.
WORKERS ?= 2
SAMPLE ?= 80
TRIES ?= 100
# Which hunts; empty for all.
HUNTS ?=
MINUTES ?= 30

.PHONY: demo test coverage quick lint test-lowest mutate fuzz soak wheel clean

demo: $(INSTALLED)
	$(BIN)/python -m train --model bayesian --out demo/run --force
	$(BIN)/python export/to_tflite.py demo/run --out demo/bundle --force
	$(BIN)/python export/check.py demo/bundle --run demo/run | tee demo/accuracy.txt
	$(BIN)/python -m dataset.scenes --out demo
	$(BIN)/python -m edge_app demo/page.png --bundle demo/bundle --headless --save demo/still.png
	$(BIN)/python -m edge_app demo/clip.mp4 --bundle demo/bundle --headless --save demo/annotated.mp4 --jsonl demo/digits.jsonl
	@echo
	@echo "Annotated video: demo/annotated.mp4"
	@echo "Annotated still: demo/still.png"
	@echo "Accuracy table:  demo/accuracy.txt"

# Measuring branches makes the runtime's tests take twice as long, so only theirs are measured here.
test: lint
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --ignore tests/edge_app/runtime
	$(BIN)/python -m pytest --numprocesses $(WORKERS) tests/edge_app/runtime --cov edge_app/runtime --cov-fail-under 100

coverage: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --cov

quick: $(INSTALLED)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --hypothesis-profile quick \
		-m 'not (slow or window or browser or broker or network)' tests/dataset tests/edge_app tests/house

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The lower bounds of pyproject.toml, tested.
test-lowest: .venv-lowest/.installed
	.venv-lowest/bin/python -m pytest -W default

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make: found Python %d.%d, expected 3.11 or newer; name one with make PYTHON=python3.11" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[train,web,mqtt,sign,fleet,cluster,dev]'
	touch $@

.venv-lowest/.installed: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/pip install --quiet --constraint constraints-lowest.txt --editable '.[train,web,mqtt,sign,fleet,cluster,dev]'
	touch $@

mutate: $(INSTALLED)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[mutate]'
	$(BIN)/python tests/house/mutate.py --sample $(SAMPLE) --workers $(WORKERS)

fuzz: $(INSTALLED)
	$(BIN)/python tests/hunts $(HUNTS) --tries $(TRIES)

soak: $(INSTALLED)
	$(BIN)/python tests/hunts/soak.py --minutes $(MINUTES)

# A left-over build folder would put modules into the wheel that are no more.
wheel: $(INSTALLED)
	rm -rf build
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf .coverage* $(VENV) .venv-lowest demo build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find bayes_edge dataset edge_app export models train tests -name __pycache__ -type d -exec rm -rf {} +

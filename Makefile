# make demo   set everything up, start JupyterLab on an example project, post a webhook to it
# make test   set everything up, run every check and every test (SHUFFLE=7: those of each file in another order)
# make lint   the checks alone
# make test-oldest   one story of a browser in the oldest JupyterLab that we support, on Python 3.13 where it is there
PYTHON = python3
BIN = .build/venv/bin
OLDEST = 4.2.0
# The newest Python that we support where the machine has it, from pyenv for example.
NEWEST = $(or $(shell ls $$HOME/.pyenv/versions/3.13.*/bin/python 2>/dev/null | tail -1),$(shell python3.13 -c \
	"import sys; print(sys.executable)" 2>/dev/null),$(PYTHON))
JLPM = cd labextension && PATH="$(CURDIR)/$(BIN):$$PATH" jlpm
# One more than there are processors: half of the time a test waits for kernels and pages. Each file stays in one of
# them, and on a loaded machine a test may be late once.
WORKERS = $(shell $(PYTHON) -c "import os; print(min(4, os.cpu_count() + 1))")
FRONT_END = $(shell find labextension/src labextension/style labextension/schema labextension/package.json -type f)

demo: .build/installed
	$(BIN)/python -m notebook_automation.demo

test: lint chromium
	$(JLPM) test
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--reruns 1 --reruns-delay 2 $(if $(SHUFFLE),--shuffle $(SHUFFLE))

# A notebook is automated by the form and run, with nothing on the browser's console.
test-oldest: chromium .build/oldest/installed
	JUPYTERLAB_PYTHON="$(CURDIR)/.build/oldest/bin/python" $(BIN)/python -m pytest --reruns 1 \
		tests/ui/test_run_once.py tests/ui/test_automate.py -k "runs_once or context_menu"

.build/oldest/installed: .build/installed
	@echo "Installing the oldest JupyterLab into .build/oldest: it takes a minute or two."
	$(NEWEST) -m venv .build/oldest
	.build/oldest/bin/pip install --quiet --editable . "jupyterlab==$(OLDEST)"
	touch $@

lint: .build/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(JLPM) lint
	$(JLPM) check
	$(JLPM) types:check

.build/installed: pyproject.toml install.json $(FRONT_END)
	@echo "Installing into .build/venv: the first time takes a few minutes."
	$(PYTHON) -m venv .build/venv
	$(BIN)/pip install --editable ".[test]"
	touch $@

# A browser for the user-interface tests: the machine's own, else one from apt, else Playwright's.
chromium: .build/installed
	command -v chromium || command -v google-chrome || ls -d "/Applications/Google Chrome.app" \
	|| { apt-get update -q && apt-get install -q -y --no-install-recommends chromium; } \
	|| $(BIN)/playwright install chromium

clean:
	rm -rf .build labextension/node_modules labextension/lib notebook_automation/labextension \
		notebook_automation/execution/page_scripts

.PHONY: demo test test-oldest lint chromium clean

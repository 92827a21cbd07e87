# Everything a person types. Each target prepares what it needs, and only once.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes

.PHONY: run test check lint format types messages bench attack oracle calibrate lock clean

run: .venv/run.done .venv/assets.done
	@exec $(BIN)/python -m config.serve

test: check
	$(BIN)/python -m tests.side_by_side

check: .venv/test.done .venv/browser.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run --settings config.settings_test
	$(BIN)/python -m config.messages --check

lint: .venv/test.done
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet templates

format: .venv/test.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: .venv/test.done
	$(BIN)/mypy

messages: .venv/test.done
	$(BIN)/python -m config.messages

bench: .venv/test.done
	$(BIN)/python -m bench

attack: .venv/test.done .venv/browser.done
	$(BIN)/python -m bench.attack

oracle: .venv/test.done
	$(BIN)/python -m bench.oracle

calibrate: .venv/test.done
	$(BIN)/python -m bench.calibrate

lock: .venv/test.done
	$(BIN)/python -m config.lock

clean:
	rm -rf .venv assets .chromium .mypy_cache .ruff_cache

# Without one of these marks the last attempt broke off: then .venv is made anew, never patched up.
define ENVIRONMENT
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Headwind needs Python 3.11.")'
@test -e .venv/run.done || test -e .venv/test.done || $(PYTHON) -m venv --clear .venv
endef

.venv/run.done: requirements.txt
	$(ENVIRONMENT)
	$(PIP) -r requirements.txt
	@touch $@

.venv/test.done: requirements-dev.txt
	$(ENVIRONMENT)
	$(PIP) -r requirements-dev.txt
	@touch $@ .venv/run.done

.venv/assets.done: package-lock.json config/assets.py | .venv/run.done
	$(BIN)/python -m config.assets
	@touch $@

.venv/browser.done: package-lock.json config/assets.py | .venv/test.done
	$(BIN)/python -m config.assets --dev
	@touch $@ .venv/assets.done

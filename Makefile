# Duban: `make help` lists the targets. Needs Linux, Python >= 3.11 with venv or pip, and make.
PYTHON ?= python3
BIN := .venv/bin
SYNC := --locked --inexact --compile-bytecode --quiet
# uv from the PATH, else one of our own in a folder of the project
UV = $(shell command -v uv || ls .venv-uv/bin/uv .uv/bin/uv 2>/dev/null | head -n 1)

.PHONY: help uv setup develop demo up test bench lint clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10

uv:
	@if [ -z "$(UV)" ]; then \
		if $(PYTHON) -m venv .venv-uv 2>/dev/null; then .venv-uv/bin/pip install --quiet uv; \
		else rm -rf .venv-uv; $(PYTHON) -m pip install --quiet --target .uv uv; fi; fi

setup: uv  ## set up the locked environment (once; later runs take a second)
	@UV_PYTHON_DOWNLOADS=never $(UV) sync $(SYNC) --no-dev
	@$(BIN)/duban setup

develop: uv
	@UV_PYTHON_DOWNLOADS=never $(UV) sync $(SYNC)
	@$(BIN)/duban setup

demo: setup  ## play the real circular of 2020 from end to end (KEEP=1 leaves the Prefect UI running)
	@$(BIN)/duban demo $(if $(KEEP),--keep)

up: setup  ## start the server, the UI and all schedules for daily use; Ctrl-C stops them
	@$(BIN)/duban up

lint: develop  ## style, types and who may import whom
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports > var/lint-imports.log || { cat var/lint-imports.log; exit 1; }

test: develop  ## the whole suite: SQLite and PostgreSQL, real SMTP, Prefect flows (T=path for a part)
	@$(BIN)/pytest $(if $(T),$(T),-n 2 --dist loadfile)

bench: develop  ## how fast it is, against plain SQL, on both databases (B=name for one; docs/benchmarks.md)
	@$(BIN)/python -W ignore -m benchmarks $(B)

clean:  ## remove the environment and all data of demo and daily use
	rm -rf .venv .venv-uv .uv var

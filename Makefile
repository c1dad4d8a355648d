# Two front doors: `make demo` shows the product, `make test` proves it.
# Each does all of its own set-up (scripts/setup) and uses ports and folders of its own.
# Everything but `build` and `bench` uses the dev profile, so that nothing is compiled twice.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-check test lint build bench ui-sizes check-fresh

target := $(or $(CARGO_TARGET_DIR),target)
annex := $(target)/debug/annex

help:         ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile | expand -t 20

demo:         ## the product in front of a real CRM, on this machine, until Ctrl-C
	@scripts/setup demo
	@cargo build --package annex --bin annex
	@exec $(annex) demo

demo-check:   ## the demo, started, asked, and ended
	@scripts/setup demo
	@cargo build --package annex --bin annex
	@exec $(annex) demo --check

test:         ## every check and every suite
	@scripts/setup test
	@scripts/test

lint:         ## the checks without the suites
	@scripts/setup test
	@scripts/test lint

build:        ## the binary for production: target/release/annex
	@scripts/setup build
	@cargo build --release --package annex --bin annex
	@ls -l $(target)/release/annex

bench:        ## the benchmarks, in the profile of production
	@scripts/setup build
	@cargo bench --workspace --benches

ui-sizes:     ## what the browser part weighs, and the time that it takes of a page
	@scripts/setup test
	@npm run --silent sizes --prefix proxy/ui
	@if [ -e tests/browser/package.json ]; then npm run --silent --if-present times --prefix tests/browser; fi

check-fresh:  ## what a newcomer gets: `make test` in a fresh clone of HEAD
	@scripts/check-fresh

# Everything from a fresh Debian 12 machine: each target does its own set-up, which costs nothing the second time.

CARGO ?= cargo

.PHONY: help setup test demo bench faults mutants lint deny ci

help:
	@echo 'make setup   what tests need: PostgreSQL 15, and the files of three versions of pg_partman'
	@echo 'make test    all tests, on real servers that are gone afterwards'
	@echo 'make demo    the whole story in a throwaway container, or without Docker on a throwaway server'
	@echo 'make bench   measurements'
	@echo 'make faults  everything that can go wrong at every step of a migration'
	@echo 'make mutants small changes to what decides, which some test has to notice'
	@echo 'make lint    format, clippy, documentation: no warning is let through'
	@echo 'make deny    licences, bans and sources of all dependencies'
	@echo 'make ci      what CI runs'

setup:
	@scripts/setup.sh

# nextest runs no documentation tests, and gives each test a process of its own.
test: setup
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		$(CARGO) nextest run --workspace; \
	else \
		$(CARGO) test --workspace --lib --bins --tests --examples; \
	fi
	$(CARGO) test --workspace --doc

# PARTMAN is the version of pg_partman that the demonstration uses: 4.7.2, 5.2.4 or 5.5.0.
demo: PARTMAN ?= 5.2.4
demo: IMAGE ?= partman-test/postgres:15
demo: setup
	@if docker image inspect $(IMAGE) >/dev/null 2>&1; then \
		where='--container-image $(IMAGE)'; \
	else \
		echo 'no Docker Engine with an image $(IMAGE) here: the demonstration plays on a local server' >&2; \
	fi; \
	$(CARGO) run -q -p partman-cli --bin partman -- demo $$where --source "$$(scripts/setup.sh --where)/pg_partman/$(PARTMAN)"

bench: setup
	$(CARGO) bench -q -p partman-core --bench adoption

faults: setup
	$(CARGO) bench -q --profile dev -p partman-core --bench faults

# A few cases of each property, for what one case doesn't notice many seldom do; a case that fails needn't be made small.
# MUTANTS is for more arguments: make mutants MUTANTS='--re Interval::candidates' tries only some.
mutants: MUTANTS ?=
mutants: setup
	@$(CARGO) mutants --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-mutants
	PROPTEST_CASES="$${PROPTEST_CASES:-20}" PROPTEST_MAX_SHRINK_ITERS=0 $(CARGO) mutants --output target $(MUTANTS)

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --workspace

deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deny
	$(CARGO) deny check licenses bans sources

ci: lint test

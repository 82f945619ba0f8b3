# make run: set up what is missing and run the helpline.   make test: set up what is missing and test it.
.PHONY: run setup check test test-postgres test-crash train lock audit clean

run: setup
	@exec .venv/bin/helpline serve

setup:
	@scripts/setup.sh

# Style, types, and which room may import which.
check: setup
	.venv/bin/ruff check bot tests
	.venv/bin/ruff format --check bot tests
	.venv/bin/mypy bot
	.venv/bin/lint-imports
	.venv/bin/helpline content check

# Checks, then all tests. What this machine lacks (browser) is named and skipped; .ci/run lets nothing skip.
test: check train
	.venv/bin/pytest

# The same tests of the flows, the store and the console on a PostgreSQL server (HELPLINE_TEST_DATABASE, default: localhost).
test-postgres: setup
	@scripts/test-postgres.sh

# The real processes, killed with -9 at every step of the way, on SQLite and on PostgreSQL with Redis (ten minutes).
test-crash: setup
	HELPLINE_TEST_ALL=1 .venv/bin/pytest -v -p no:randomly tests/processes/test_crash.py

train: setup
	@.venv/bin/helpline nlu train --if-stale

# Known vulnerabilities of both lock files, from the public advisories (needs the internet).
audit: setup
	@scripts/audit.sh

# Resolve the dependencies anew into both lock files.
lock: setup
	scripts/lock.sh

clean:
	rm -rf .venv .venv-nlu .tools var .pytest_cache .mypy_cache .ruff_cache

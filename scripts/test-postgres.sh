#!/usr/bin/env bash
# Run what touches the database on PostgreSQL, if a server answers; say so and skip where none does (CI: fail).
set -euo pipefail
cd "$(dirname "$0")/.."
export HELPLINE_TEST_DATABASE=${HELPLINE_TEST_DATABASE:-postgresql://127.0.0.1:5432/postgres}
if ! .venv/bin/python -c "import psycopg, os; psycopg.connect(os.environ['HELPLINE_TEST_DATABASE'], connect_timeout=3)" 2>/dev/null; then
    echo "test-postgres: skipped, no PostgreSQL at $HELPLINE_TEST_DATABASE"
    [ -z "${CI:-}" ]
    exit
fi
exec .venv/bin/pytest -m "not sqlite" tests/flows tests/store tests/console tests/test_spool.py

#!/usr/bin/env bash
# Look both lock files up in the public advisories. Exit 1 where something is known, or could not be looked up.
set -uo pipefail
cd "$(dirname "$0")/.."
UV=$(command -v uv || echo .tools/bin/uv)
status=0
for lock in app nlu; do
    echo "audit: requirements/$lock.txt"
    "$UV" tool run pip-audit --requirement "requirements/$lock.txt" --no-deps --disable-pip --progress-spinner off --strict || status=1
done
exit $status

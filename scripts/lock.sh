#!/usr/bin/env bash
# Write the lock files anew from pyproject.toml: exact versions with hashes, for every platform.
set -euo pipefail
cd "$(dirname "$0")/.."
UV=$(command -v uv || echo .tools/bin/uv)
"$UV" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
    --python .venv/bin/python --group dev pyproject.toml --output-file requirements/app.txt
"$UV" pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
    --python .venv-nlu/bin/python --group pyproject.toml:nlu --output-file requirements/nlu.txt

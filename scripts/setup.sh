#!/usr/bin/env bash
# Make both environments from their lock files; does nothing when they are there and the locks have not changed.
#   .venv      the app, Python 3.12 or newer          requirements/app.txt
#   .venv-nlu  Rasa, Python 3.10, a process of its own  requirements/nlu.txt
# Needs Python (any 3.8+, for the first step only) and, the first time, a package index.
set -euo pipefail
cd "$(dirname "$0")/.."

find_uv() {
    if command -v uv >/dev/null 2>&1; then UV=uv; return; fi
    UV=.tools/bin/uv
    [ -x "$UV" ] && return
    echo "setup: fetching uv into .tools"
    python3 -m venv .tools
    .tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"
}

# Print an interpreter of the wanted version: uv's own search, then pyenv's versions, then let uv fetch one.
find_python() {
    local version=$1 found
    if found=$("$UV" python find --no-python-downloads "$version" 2>/dev/null) && "$found" -c '' 2>/dev/null; then
        echo "$found"; return
    fi
    local root=${PYENV_ROOT:-$HOME/.pyenv}
    if command -v pyenv >/dev/null 2>&1; then root=$(pyenv root); fi
    for found in "$root"/versions/"$version"*/bin/python; do
        if [ -x "$found" ]; then echo "$found"; return; fi
    done
    if "$UV" python install --quiet "$version" >/dev/null 2>&1; then "$UV" python find "$version"; return; fi
    echo "setup: no Python $version: install it (for example: apt install python$version, or pyenv install $version)" >&2
    return 1
}

stamp_of() { cat "$1" pyproject.toml | cksum; }

# is_current FOLDER LOCK: was it built from this very lock?
is_current() { [ -f "$1/.stamp" ] && [ "$(cat "$1/.stamp")" = "$(stamp_of "$2")" ]; }

make_environment() { # FOLDER VERSION LOCK
    local python
    find_uv
    python=$(find_python "$2")
    echo "setup: $1 (Python $2) from $3"
    "$UV" venv --quiet --clear --python "$python" "$1"
    # Compiled now: each process that starts would do it again where Python may not write (a read-only place, a setting).
    "$UV" pip sync --quiet --compile-bytecode --python "$1/bin/python" --require-hashes "$3"
}

if ! is_current .venv requirements/app.txt; then
    make_environment .venv 3.12 requirements/app.txt
    "$UV" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    stamp_of requirements/app.txt > .venv/.stamp
fi
if ! is_current .venv-nlu requirements/nlu.txt; then
    make_environment .venv-nlu 3.10 requirements/nlu.txt
    stamp_of requirements/nlu.txt > .venv-nlu/.stamp
fi

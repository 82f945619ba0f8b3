#!/bin/sh
# Become the NLU server with the serving model of a folder: nlu-serve.sh FOLDER [--host ...] [--port ...]
# Needs Python 3.10 of the NLU environment first in PATH and HELPLINE_NLU_TOKEN; no other setting, no secret of the app.
set -eu
folder=$1
shift
model=$(python -c 'import json, sys; print(json.load(open(sys.argv[1]))["model"])' "$folder/current.json")
exec python -m bot.nlu.runtime.serve --model "$folder/$model" "$@"

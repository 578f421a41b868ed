#!/bin/sh
# Starts the process that is named, with secrets read from files where <NAME>_FILE names one.
set -eu
for name in ROADSTEAD_DATABASE_URL ROADSTEAD_REDIS_URL ROADSTEAD_BLOB_S3_ACCESS_KEY ROADSTEAD_BLOB_S3_SECRET_KEY; do
  eval "file=\${${name}_FILE:-}"
  if [ -n "$file" ]; then
    export "$name=$(cat "$file")"
  fi
done
process=$1
shift
if [ ! -f "/roadstead/bin/$process.mjs" ]; then
  echo "there is no process $process" >&2
  exit 2
fi
# The same bounds as beside each other on one machine.
exec node --max-semi-space-size=16 "/roadstead/bin/$process.mjs" "$@"

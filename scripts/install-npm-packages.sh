#!/usr/bin/env bash
# Installs the npm packages of the lockfile, and npm itself from Debian where the machine has none. The version of Node
# does not matter for that: the package `node` brings the one that every npm script here runs on.
set -euo pipefail

"$(dirname "$0")/install-debian-packages.sh" npm=npm

echo "Installing npm packages ..." >&2
log=$(mktemp)
if ! npm ci --no-audit --no-fund >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "npm ci failed; its whole output is in $log." >&2
    exit 1
fi
rm -f "$log"
touch node_modules/.package-lock.json

#!/usr/bin/env bash
# Prints the stacks that are deployed, as a JSON list: all that have a file, but for lab, which each machine has for itself. Prod
# comes first, as in the comment of a pull request.
set -euo pipefail

printf '%s\n' Pulumi.*.yaml | jq --raw-input --null-input --compact-output '
    [inputs | capture("^Pulumi\\.(?<name>[A-Za-z0-9._-]+)\\.yaml$").name | select(. != "lab")] | sort_by([. != "prod", .])'

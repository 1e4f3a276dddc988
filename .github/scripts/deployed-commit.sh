#!/usr/bin/env bash
# Prints the newest commit whose deployment to a stack has succeeded; nothing where there is none.
#
# Environment: as deployments.sh.
set -euo pipefail
# shellcheck source=deployments.sh
source "$(dirname "$0")/deployments.sh"

all=$(deployments)
newest=""
while read -r id sha; do
    [[ -n "$id" ]] || continue
    # A deployment that was started anew is listed by its start, so a newer commit's may follow.
    if [[ -n "$newest" ]] && contains "$newest" "$sha"; then continue; fi
    # Not within a condition, where a failure of the API would count as "no".
    had=$(states "$id")
    if grep --quiet --line-regexp success <<<"$had"; then newest=$sha; fi
done <<<"$all"
[[ -z "$newest" ]] || echo "$newest"

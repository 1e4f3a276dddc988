#!/usr/bin/env bash
# Fails where a newer commit than this one has been deployed, or its deployment has begun, as when a run waited long for
# its approval: going on would take the stack back.
#
# Environment: GITHUB_SHA, and as deployments.sh.
set -euo pipefail
# shellcheck source=deployments.sh
source "$(dirname "$0")/deployments.sh"

all=$(deployments)
while read -r id sha; do
    [[ -n "$id" ]] || continue
    if contains "$GITHUB_SHA" "$sha"; then continue; fi
    # Not within a condition, where a failure of the API would count as "no".
    had=$(states "$id")
    # One that failed may have changed something; one that was never approved has not.
    if grep --quiet --line-regexp --extended-regexp 'in_progress|success' <<<"$had"; then
        echo "::error::Stack $STACK: the deployment $id of commit $sha has begun, and $GITHUB_SHA does not contain that commit." \
            "Deploy the newest commit of main. Where main's history was rewritten, delete that deployment first."
        exit 1
    fi
done <<<"$all"

#!/usr/bin/env bash
# Prints the commit of the last deployment of a stack that succeeded; nothing where there is none among the last hundred.
#
# Environment: STACK, GH_TOKEN, GITHUB_REPOSITORY.
set -euo pipefail

deployments=$(gh api "repos/$GITHUB_REPOSITORY/deployments?environment=$STACK&per_page=100" --jq '.[] | "\(.id) \(.sha)"')
while read -r id sha; do
    [[ -n "$id" ]] || continue
    # A success becomes inactive when another one follows, so its whole history is asked.
    succeeded=$(gh api "repos/$GITHUB_REPOSITORY/deployments/$id/statuses?per_page=100" --jq 'any(.[]; .state == "success")')
    if [[ "$succeeded" == true ]]; then
        echo "$sha"
        exit 0
    fi
done <<<"$deployments"

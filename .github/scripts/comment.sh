#!/usr/bin/env bash
# Puts the reviews of all stacks into one comment of a pull request, which is updated from then on.
# Usage: comment.sh FILE...
#
# The files hold text of the pull request: it goes from file to file, never through a command line.
# Environment: PULL_REQUEST (its number), GH_TOKEN, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_ID.
set -euo pipefail

marker='<!-- php-web-service: preview -->'
# GitHub takes 65536 characters.
longest=60000
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

body=$(mktemp)
trap 'rm -f "$body"' EXIT
cat -- "$@" | jq --raw-input --slurp --arg marker "$marker" --arg run "$run" --argjson longest "$longest" '
    {
        body: (
            $marker + "\n"
            + (if length > $longest then "Cut to what a comment can hold; [the whole text](\($run)).\n\n" else "" end)
            + .[0:$longest]
        )
    }' >"$body"

# Only a comment of ours is ours: anybody may write the marker.
id=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments?per_page=100" --jq \
    ".[] | select(.user.login == \"github-actions[bot]\") | select(.body | startswith(\"$marker\")) | .id" | sed -n 1p)
if [[ -n "$id" ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --input "$body" --jq .html_url
else
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" --input "$body" --jq .html_url
fi

#!/usr/bin/env bash
# Looks for the update plan that a pull request's preview saved for exactly the checked-out tree. It has the tree's hash
# in its name and not a commit's, so it is found after a merge, a squash and a rebase alike.
#
# Environment: STACK, FRESH ("true": find none), GH_TOKEN, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_OUTPUT,
# GITHUB_STEP_SUMMARY. Outputs: name, and where a plan is found, run-id.
set -euo pipefail

tree=$(git rev-parse 'HEAD^{tree}')
name="plan-$STACK-$tree"
echo "name=$name" >>"$GITHUB_OUTPUT"
if [[ "${FRESH:-false}" == true ]]; then
    echo "A fresh plan of $STACK was asked for." >>"$GITHUB_STEP_SUMMARY"
    exit 0
fi

# Whoever opens a pull request from a fork may name an artifact as they like: only runs of this repository's own branches
# count, and only those of the preview.
run_ids=$(gh api "repos/$GITHUB_REPOSITORY/actions/artifacts?name=$name&per_page=100" --jq \
    '.artifacts | sort_by(.created_at) | reverse | .[]
    | select(.expired | not)
    | select(.workflow_run.head_repository_id == .workflow_run.repository_id)
    | .workflow_run.id')
for run_id in $run_ids; do
    path=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$run_id" --jq 'select(.event == "pull_request") | .path')
    if [[ "${path%@*}" == .github/workflows/preview.yaml ]]; then
        echo "run-id=$run_id" >>"$GITHUB_OUTPUT"
        echo "Stack $STACK: the plan [that was reviewed]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$run_id)" \
            "is what will be applied." >>"$GITHUB_STEP_SUMMARY"
        exit 0
    fi
done
echo "Stack $STACK: no preview of exactly this tree is at hand (main moved on, or its artifact has expired)." \
    "What follows is a fresh one." >>"$GITHUB_STEP_SUMMARY"

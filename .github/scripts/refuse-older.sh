#!/usr/bin/env bash
# Fails where a newer commit than this one has been deployed already, as when a run waited long for its approval:
# going on would take the stack back.
#
# Environment: STACK, GITHUB_SHA, GH_TOKEN, GITHUB_REPOSITORY.
set -euo pipefail

deployed=$("$(dirname "$0")/deployed-commit.sh")
[[ -n "$deployed" && "$deployed" != "$GITHUB_SHA" ]] || exit 0
relation=$(gh api "repos/$GITHUB_REPOSITORY/compare/$deployed...$GITHUB_SHA" --jq .status)
if [[ "$relation" != ahead ]]; then
    echo "::error::Stack $STACK has commit $deployed, and this run's is $relation of it. Deploy the newest commit of main."
    exit 1
fi

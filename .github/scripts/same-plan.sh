#!/usr/bin/env bash
# Fails where the artifact is no longer the plan that was shown before the approval.
#
# Environment: ARTIFACT_ID, DIGEST (SHA-256, hexadecimal), STACK, GH_TOKEN, GITHUB_REPOSITORY.
set -euo pipefail

again="Start the deployment by hand with \"fresh\", to see and approve a new plan."
if [[ ! "$ARTIFACT_ID" =~ ^[0-9]+$ || ! "$DIGEST" =~ ^[0-9a-f]{64}$ ]]; then
    echo "::error::Stack $STACK: the plan's artifact ($ARTIFACT_ID) or its digest ($DIGEST) was not handed on. $again"
    exit 1
fi
found=$(gh api "repos/$GITHUB_REPOSITORY/actions/artifacts/$ARTIFACT_ID" --jq 'select(.expired | not) | .digest')
if [[ "$found" != "sha256:$DIGEST" ]]; then
    echo "::error::Stack $STACK: artifact $ARTIFACT_ID was shown with the digest sha256:$DIGEST and has ${found:-expired} now. $again"
    exit 1
fi

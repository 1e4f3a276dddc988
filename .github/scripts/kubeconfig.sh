#!/usr/bin/env bash
# Writes KUBECONFIG_TEXT to a file outside the work tree that only this user may read, for the steps that follow.
set -euo pipefail

if [[ -z "${KUBECONFIG_TEXT:-}" ]]; then
    echo "::error::The job's environment has no secret KUBECONFIG. Add one under Settings, Environments."
    exit 1
fi
umask 077
# The state and each plan have this path: it must be the same in all jobs.
file="$RUNNER_TEMP/kubeconfig"
printf '%s\n' "$KUBECONFIG_TEXT" >"$file"
echo "KUBECONFIG=$file" >>"$GITHUB_ENV"

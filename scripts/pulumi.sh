#!/usr/bin/env bash
# Runs the Pulumi CLI on a stack and the cluster of a kubeconfig context. Makes the stack where there is none yet, and says
# what is missing before anything starts.
#
# Usage: scripts/pulumi.sh COMMAND CONTEXT STACK [OPTION ...]
set -euo pipefail

if [ $# -lt 3 ]; then
    sed -n 's/^# Usage/Usage/p' "$0" >&2
    exit 2
fi
command=$1
context=$2
stack=$3
shift 3

if ! command -v pulumi >/dev/null; then
    echo "The Pulumi CLI is not on PATH. Install it (https://www.pulumi.com/docs/iac/download-install/), log in with" >&2
    echo "'pulumi login' or 'pulumi login --local', and try again. 'make preview STACK=prod' works without it." >&2
    exit 1
fi
if ! pulumi whoami >/dev/null 2>&1; then
    echo "Pulumi has no backend. Run 'pulumi login', or 'pulumi login --local' to keep the state on this machine." >&2
    exit 1
fi
if [ ! -f "Pulumi.$stack.yaml" ]; then
    echo "There is no Pulumi.$stack.yaml. The stacks are:" Pulumi.*.yaml >&2
    exit 2
fi
# Node of the lockfile first: Pulumi's Node packages need 22.12 or newer.
PATH="$PWD/node_modules/.bin:$PATH"
pulumi stack select --create "$stack" >/dev/null

pinned=$(pulumi config get --stack "$stack" --path 'php-web-service:cluster.context' 2>/dev/null || true)
if [ -n "$pinned" ] && [ "$pinned" != "$context" ]; then
    echo "Pulumi.$stack.yaml is for the context $pinned (cluster.context), and this would be $context. Nothing was changed." >&2
    exit 2
fi
# The first of several kubeconfig files decides on the context.
choice=$(mktemp)
trap 'rm -f "$choice"' EXIT
# YAML's single quotes end with no character but their own, which is doubled.
printf "apiVersion: v1\nkind: Config\ncurrent-context: '%s'\n" "${context//\'/\'\'}" >"$choice"
KUBECONFIG="$choice:${KUBECONFIG:-${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}/.kube/config}" pulumi "$command" --stack "$stack" "$@"

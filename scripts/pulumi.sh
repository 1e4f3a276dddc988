#!/usr/bin/env bash
# Runs the Pulumi CLI on a stack, which it makes where there is none yet. Says what is missing before anything starts.
#
# Usage: scripts/pulumi.sh COMMAND --stack STACK [OPTION ...]
set -euo pipefail

if ! command -v pulumi >/dev/null; then
    echo "The Pulumi CLI is not on PATH. Install it (https://www.pulumi.com/docs/iac/download-install/), log in with" >&2
    echo "'pulumi login' or 'pulumi login --local', and try again. 'make preview STACK=prod' works without it." >&2
    exit 1
fi
if ! pulumi whoami >/dev/null 2>&1; then
    echo "Pulumi has no backend. Run 'pulumi login', or 'pulumi login --local' to keep the state on this machine." >&2
    exit 1
fi
stack=$3
if [ ! -f "Pulumi.$stack.yaml" ]; then
    echo "There is no Pulumi.$stack.yaml. The stacks are:" Pulumi.*.yaml >&2
    exit 2
fi
# Node of the lockfile first: Pulumi's Node packages need 22.12 or newer.
PATH="$PWD/node_modules/.bin:$PATH"
pulumi stack select --create "$stack" >/dev/null
exec pulumi "$@"

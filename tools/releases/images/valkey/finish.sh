#!/usr/bin/env bash
# Usage: finish.sh ROOT
set -euo pipefail
root=$1
# shellcheck source=tools/lab/images/common.sh
. "$(dirname "$0")/../../../lab/images/common.sh"

finish_root "$root"
inside "$root" valkey-server --version

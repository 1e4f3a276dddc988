#!/usr/bin/env bash
# Usage: finish.sh ROOT. Envoy as it is released, with the C library that it is linked to.
set -euo pipefail
root=$1
# shellcheck source=tools/lab/images/common.sh
. "$(dirname "$0")/../common.sh"

finish_root "$root"
add_user "$root" envoy 65532
mkdir -p "$root/tmp"
inside "$root" /usr/local/bin/envoy --version

#!/usr/bin/env bash
# Usage: finish.sh ROOT. Traefik as it is released, with the two programs of busybox that the component uses.
set -euo pipefail
root=$1
# shellcheck source=tools/lab/images/common.sh
. "$(dirname "$0")/../common.sh"

finish_root "$root"
add_user "$root" traefik 65532
for name in sh ln; do ln -s busybox "$root/usr/bin/$name"; done
mkdir -p "$root/tmp"
inside "$root" /bin/sh -c 'ln -sfn /nowhere /tmp/link && exec traefik version'
rm "$root/tmp/link"

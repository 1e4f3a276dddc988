#!/usr/bin/env bash
# Usage: finish.sh ROOT. Leaves the one program, which is static.
set -euo pipefail
root=$1

mv "$root/usr/bin/catatonit" "$root/pause"
find "$root" -mindepth 1 -maxdepth 1 -not -name pause -exec rm -rf {} +
chroot "$root" /pause --version

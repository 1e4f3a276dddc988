#!/usr/bin/env bash
# Usage: finish.sh ROOT. Debian's PostgreSQL without what compiles queries, which is most of it; with a user and its programs on PATH.
set -euo pipefail
root=$1
# shellcheck source=tools/lab/images/common.sh
. "$(dirname "$0")/../../../lab/images/common.sh"

finish_root "$root"
add_user "$root" postgres 70
rm -rf "$root"/usr/lib/*/libLLVM* "$root"/usr/lib/llvm* "$root"/usr/lib/postgresql/*/lib/bitcode
ln -sf ../lib/postgresql/17/bin/{initdb,postgres,psql,pg_isready,createdb} "$root/usr/bin/"
inside "$root" postgres --version

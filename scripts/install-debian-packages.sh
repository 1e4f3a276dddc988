#!/usr/bin/env bash
# Installs Debian packages where what they bring is missing. Their services are not started.
#
# Usage: scripts/install-debian-packages.sh [--list] SIGN=PACKAGE ...
#   SIGN    a command, or the path or pattern of a file, which shows that the package is there
#   --list  prints the missing packages and installs nothing
#
# Exit code: 0 all are there, 1 apt-get failed, 3 this is no Debian, or the user is not root and may not become it by sudo
# without a password.
set -euo pipefail

list=false
if [ "${1:-}" = --list ]; then
    list=true
    shift
fi
# A user's PATH often lacks these, and so would the commands in them.
PATH="$PATH:/usr/sbin:/sbin"
missing=()
for pair in "$@"; do
    sign=${pair%%=*}
    case "$sign" in
        /*) compgen -G "$sign" >/dev/null || missing+=("${pair#*=}") ;;
        *) command -v "$sign" >/dev/null || missing+=("${pair#*=}") ;;
    esac
done
if [ "$list" = true ]; then
    echo "${missing[*]}"
    exit 0
fi
[ ${#missing[@]} -eq 0 ] && exit 0

is_root=false
[ "$(id -u)" -ne 0 ] || is_root=true
if ! command -v apt-get >/dev/null || { [ "$is_root" = false ] && ! sudo -n true 2>/dev/null; }; then
    echo "Missing: ${missing[*]}. Install them, or run as root on Debian to have it done." >&2
    exit 3
fi
[ "$is_root" = true ] || exec sudo -n "$0" "$@"

# Debian's packages start their services on installation unless this says no.
policy=/usr/sbin/policy-rc.d
made_policy=false
log=$(mktemp)
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made_policy=true
fi
trap '[ "$made_policy" = false ] || rm -f "$policy"' EXIT

echo "Installing ${missing[*]} ..." >&2
# The lock's time-out is for a machine that has just started and updates itself.
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=120 "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install ${missing[*]}; its whole output is in $log." >&2
    exit 1
fi
rm -f "$log"

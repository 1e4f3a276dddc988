#!/usr/bin/env bash
# Installs Debian packages where what they bring is missing. Their services are not started. Whoever needs a package gets it
# here: this waits for another apt-get, and says why it failed.
#
# Usage: scripts/install-debian-packages.sh [--list] SIGN=PACKAGE ...
#   SIGN     a command, or the path or pattern of a file, which shows that the package is there
#   PACKAGE  its name, or with the least version that will do: "golang-go (>= 2:1.21~)"
#   --list   prints the missing packages and installs nothing
#
# Exit code: 0 all are there, 1 apt-get failed, 3 there is no apt-get, or no right to use it.
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

if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]}. Install them; there is no apt-get here to do it." >&2
    exit 3
fi
if [ "$(id -u)" -ne 0 ]; then
    # The right to become root without a password is as good.
    sudo -n true 2>/dev/null && exec sudo -n "$0" "$@"
    echo "Missing: ${missing[*]}. Install them, or run as root to have it done." >&2
    exit 3
fi

# For a machine that has just started and updates itself.
lock_seconds=120
# One of these at a time: the first to end takes away what keeps services from starting.
exec 9>/run/lock/php-web-service-packages
flock --timeout "$lock_seconds" 9 || {
    echo "Another $0 still runs after $lock_seconds s; ${missing[*]} are not installed." >&2
    exit 1
}

log=$(mktemp)
unneeded=("$log")
trap 'rm -f "${unneeded[@]}"' EXIT

# Debian's packages start their services on installation unless this says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    unneeded+=("$policy")
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

apt_get() {
    LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout="$lock_seconds" "$@" >>"$log" 2>&1
}

echo "Installing ${missing[*]} ..." >&2
# apt-get itself waits for dpkg's lock, but not for that of the lists. Where another thing is wrong with them, the old ones may do.
until apt_get update; do
    tail -n 3 "$log" | grep -q '^E: Could not get lock' && ((SECONDS < lock_seconds)) || break
    sleep 1
done
if ! apt_get satisfy -y --no-install-recommends "${missing[@]}"; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install ${missing[*]}; its whole output is in $log." >&2
    unset 'unneeded[0]'
    exit 1
fi

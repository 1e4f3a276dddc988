#!/usr/bin/env bash
# Installs from Debian what the tests run besides npm packages, where it is missing. Services are not started: the tests
# run nginx and php-fpm themselves.
set -euo pipefail

missing=()
command -v nginx >/dev/null || missing+=(nginx-light)
compgen -G '/usr/sbin/php-fpm*' >/dev/null || missing+=(php-fpm)
command -v unshare >/dev/null || missing+=(util-linux)
command -v ip >/dev/null || missing+=(iproute2)
command -v jq >/dev/null || missing+=(jq)
command -v git >/dev/null || missing+=(git)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "The tests need ${missing[*]}. Install them, or run as root on Debian to have it done." >&2
    exit 1
fi

# Debian's packages start their services on installation unless this says no.
policy=/usr/sbin/policy-rc.d
made_policy=false
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made_policy=true
fi
trap '[ "$made_policy" = false ] || rm -f "$policy"' EXIT

echo "Installing ${missing[*]} ..." >&2
log=$(mktemp)
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install ${missing[*]}; its whole output is in $log." >&2
    exit 1
fi
rm -f "$log"

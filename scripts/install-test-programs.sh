#!/usr/bin/env bash
# Installs from Debian what the tests run besides npm packages, where it is missing. The tests run nginx and php-fpm
# themselves, and look at reports in Chromium.
set -euo pipefail
exec "$(dirname "$0")/install-debian-packages.sh" \
    nginx=nginx-light '/usr/sbin/php-fpm*=php-fpm' unshare=util-linux ip=iproute2 jq=jq git=git chromium=chromium

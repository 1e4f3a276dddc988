#!/usr/bin/env bash
# Installs from Debian what the tests run besides npm packages, where it is missing. The tests run nginx and php-fpm
# themselves, with sessions in Redis, look at reports in Chromium, try the bench's load generator, have promtool check alerts,
# start a control plane with certificates, and run the pods' scripts by Alpine's shell too.
set -euo pipefail

code=0
"$(dirname "$0")/install-debian-packages.sh" \
    nginx=nginx-light '/usr/sbin/php-fpm*=php-fpm' unshare=util-linux ip=iproute2 jq=jq git=git chromium=chromium wrk=wrk \
    busybox=busybox openssl=openssl promtool=prometheus redis-server=redis-server '/usr/lib/php/*/redis.so=php-redis' || code=$?
# 3: it may not. Then the tests themselves say what they miss (tests/helpers/needs.ts).
[ "$code" -ne 3 ] || code=0
exit "$code"

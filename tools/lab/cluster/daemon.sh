#!/usr/bin/env bash
# Becomes a daemon after it has written its own pid file, so that none ever runs without one, whatever happens to
# whoever started it.
#
# Usage: daemon.sh PID_FILE FINGERPRINT COMMAND [ARGUMENT ...]
set -euo pipefail

pid_file=$1
fingerprint=$2
shift 2

# The 22nd field is the start time in ticks since boot. Together with the boot's id it tells this process from a later one
# that got the same pid. The second field is this shell's name and has no space in it.
read -r -a stat <"/proc/$$/stat"
printf '%s %s %s %s\n' "$$" "${stat[21]}" "$(</proc/sys/kernel/random/boot_id)" "$fingerprint" >"$pid_file.new"
mv "$pid_file.new" "$pid_file"
exec "$@"

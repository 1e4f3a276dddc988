#!/usr/bin/env bash
# Usage: finish.sh ROOT. The ingress-nginx controller on Debian's nginx. ROOT already has the controller's programs, its
# /etc/nginx and the template that suits Debian's nginx.
set -euo pipefail
root=$1
here=$(dirname "$0")
# shellcheck source=tools/lab/images/common.sh
. "$here/../common.sh"

finish_root "$root"
add_user "$root" nginx 101
log_to_container "$root"
# Where the controller looks for it.
ln -s ../sbin/nginx "$root/usr/bin/nginx"
rm -rf "$root/etc/nginx/lua/test"
mkdir -p "$root/usr/local/share/lua/5.1"
cp -r "$here/lua/." "$root/usr/local/share/lua/5.1/"
mkdir -p "$root"/etc/ingress-controller/{ssl,auth,geoip,telemetry} "$root/tmp/nginx"
chown -R 101:101 "$root"/{etc/nginx,etc/ingress-controller,tmp/nginx,var/log/nginx}

cp "$here/check.lua" "$root/tmp/check.lua"
inside "$root" luajit /tmp/check.lua
rm "$root/tmp/check.lua"
cp "$here/check.conf" "$root/tmp/check.conf"
inside "$root" nginx -t -c /tmp/check.conf
rm -f "$root"/tmp/{check.conf,nginx.pid}
inside "$root" /nginx-ingress-controller --version >/dev/null

#!/usr/bin/env bash
# Usage: finish.sh ROOT. Makes Debian's nginx look like the official image.
set -euo pipefail
root=$1
# shellcheck source=tools/lab/images/common.sh
. "$(dirname "$0")/../common.sh"

finish_root "$root"
add_user "$root" nginx 101
log_to_container "$root"
# The pods bring a configuration of their own; this one is for running the image by hand.
cat >"$root/etc/nginx/nginx.conf" <<'END'
pid /tmp/nginx.pid;
error_log /dev/stderr;
events {}
http {
    include /etc/nginx/mime.types;
    access_log /dev/stdout;
    client_body_temp_path /tmp/client_body;
    fastcgi_temp_path /tmp/fastcgi;
    proxy_temp_path /tmp/proxy;
    scgi_temp_path /tmp/scgi;
    uwsgi_temp_path /tmp/uwsgi;
    server {
        listen 8080;
        root /usr/share/nginx/html;
    }
}
END
inside "$root" nginx -t
rm -f "$root/tmp/nginx.pid"

#!/usr/bin/env bash
# Usage: finish.sh ROOT. The shop, as a team would bake it into php-fpm's image.
set -euo pipefail
root=$1
# shellcheck source=tools/lab/images/common.sh
. "$(dirname "$0")/../../../lab/images/common.sh"

mkdir -p "$root/srv/shop"
cp -R "$(dirname "$0")"/{public,*.php} "$root/srv/shop"
# Packages of extensions that are not PHP's own bring their settings here, as Debian's phpenmod would link them.
for ini in "$root"/etc/php/*/mods-available/*.ini; do
    priority=$(sed -n 's/^; *priority=//p' "$ini")
    ln -s "${ini#"$root"}" "${ini%/mods-available/*}/fpm/conf.d/${priority:-20}-$(basename "$ini")"
done
for extension in pcntl pdo_pgsql redis; do
    inside "$root" php -m | grep -x "$extension" >/dev/null || {
        echo "php of the image has no $extension." >&2
        exit 1
    }
done

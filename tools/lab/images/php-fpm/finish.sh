#!/usr/bin/env bash
# Usage: finish.sh ROOT. Makes Debian's php-fpm look like the official image.
set -euo pipefail
root=$1
# shellcheck source=tools/lab/images/common.sh
. "$(dirname "$0")/../common.sh"

binary=$(basename "$root"/usr/sbin/php-fpm?.?)
version=${binary#php-fpm}
finish_root "$root"
ln -s "$binary" "$root/usr/sbin/php-fpm"
ln -s "php$version" "$root/usr/bin/php"

# Extensions in the order that their packages ask for ("; priority=20"), as phpenmod would.
extensions="$root/etc/php/$version/fpm/conf.d"
mkdir -p "$extensions"
for ini in "$root/usr/share/php$version"-*/*/*.ini; do
    priority=$(sed -n 's/^; *priority=//p' "$ini")
    ln -s "${ini#"$root"}" "$extensions/${priority:-20}-$(basename "$ini")"
done

mkdir -p "$root/etc/php/$version/cli"
rm -rf "$root/etc/php/$version/cli/conf.d"
ln -s ../fpm/conf.d "$root/etc/php/$version/cli/conf.d"

# As the official image: to the container's output, and a pool with the container's user.
cat >"$root/etc/php/$version/fpm/php-fpm.conf" <<'END'
[global]
daemonize = no
error_log = /proc/self/fd/2
[www]
user = www-data
group = www-data
listen = 9000
clear_env = no
access.log = /proc/self/fd/2
catch_workers_output = yes
pm = dynamic
pm.max_children = 5
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
END
rm -rf "$root/etc/php/$version/fpm/pool.d" "$root/etc/apache2"
inside "$root" php-fpm --test
inside "$root" php -r 'exit(function_exists("posix_kill") ? 0 : 1);'
inside "$root" php-fpm -m | grep -x 'Zend OPcache' >/dev/null || {
    echo "php-fpm of the image has no opcache." >&2
    exit 1
}

#!/usr/bin/env bash
# Usage: finish.sh ROOT. Debian's dokuwiki, as a team would bake it: one folder, and its settings. What it writes is in
# /srv/data, which begins as /srv/first-data.
set -euo pipefail
root=$1
wiki="$root/srv/dokuwiki"

mkdir -p "$root/srv/data"
rm -f "$root"/usr/share/dokuwiki/.htaccess
# Debian's links lead out of the folder; the image has files.
chroot "$root" cp -RL --preserve=timestamps /usr/share/dokuwiki /srv/dokuwiki
rm "$root"/etc/dokuwiki/{acl,users}.auth.php
mv "$root/etc/dokuwiki" "$wiki/conf"
mv "$root/var/lib/dokuwiki/data" "$root/srv/first-data"
sed -i "s#/etc/dokuwiki/#/srv/dokuwiki/conf/#g" "$wiki/inc/preload.php"
sed -i "s#'/var/lib/dokuwiki/data'#'/srv/data'#" "$wiki/conf/dokuwiki.php"
cat >"$wiki/conf/local.php" <<'END'
<?php
$conf['title'] = 'Wiki';
$conf['useacl'] = 1;
$conf['superuser'] = '@admin';
$conf['userewrite'] = 2;
END
cp "$wiki/conf/acl.auth.php.dist" "$wiki/conf/acl.auth.php"
# shellcheck disable=SC2016
hash=$(chroot "$root" php -r 'echo password_hash($argv[1], PASSWORD_BCRYPT);' "$(cat "$(dirname "$0")/password")")
echo "editor:$hash:Editor:editor@example.com:admin,user" >"$wiki/conf/users.auth.php"
chown -R 33:33 "$root/srv/first-data"

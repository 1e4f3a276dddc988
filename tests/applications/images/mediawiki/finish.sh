#!/usr/bin/env bash
# Usage: finish.sh ROOT. Debian's mediawiki, as a team would bake it: one folder, and its settings. The database is in
# /srv/data.
set -euo pipefail
root=$1

# They are off unless the settings name them, and are half of what each pod would copy.
rm -rf "$root"/usr/share/mediawiki/{LocalSettings.php,config,extensions,images,extensions-core,tests} "$root/var/lib/mediawiki"
mkdir -p "$root/srv/data"
# Debian's links lead out of the folder; the image has files.
chroot "$root" cp -RL --preserve=timestamps /usr/share/mediawiki /srv/mediawiki
mkdir "$root/srv/mediawiki/images"
cp "$(dirname "$0")/LocalSettings.php" "$root/srv/mediawiki/"
rm -rf "$root/usr/share/mediawiki"

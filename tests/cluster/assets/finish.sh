#!/usr/bin/env bash
# Usage: finish.sh ROOT. Three releases of an application, each with a style sheet of its own and one that all have.
set -euo pipefail

for release in 1 2 3; do
    public="$1/srv/release-$release/public"
    mkdir -p "$public/build/css"
    cat >"$public/index.php" <<END
<?php
if (\$_SERVER['REQUEST_URI'] === '/healthz') exit('ok');
echo '<link href="/build/css/app.${release}a2b3c4d.css" rel="stylesheet">';
END
    echo "body { order: $release }" >"$public/build/css/app.${release}a2b3c4d.css"
    echo "p { order: 0 }" >"$public/build/all.0a1b2c3d.css"
done

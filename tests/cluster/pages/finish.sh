#!/usr/bin/env bash
# Usage: finish.sh ROOT. Pages that tell what arrives at an application, and answer as applications do.
set -euo pipefail
pages="$1/srv/pages"
mkdir -p "$pages/admin"

cat >"$pages/index.php" <<'END'
<?php
if ($_SERVER['REQUEST_URI'] === '/healthz') exit('ok');
header('Content-Type: application/json');
echo json_encode($_SERVER + ['cookies' => strlen($_SERVER['HTTP_COOKIE'] ?? ''), 'input' => strlen(file_get_contents('php://input'))]);
END
cat >"$pages/admin/index.php" <<'END'
<?php
echo 'the administration';
END
cat >"$pages/headers.php" <<'END'
<?php
for ($i = 0; $i < $_GET['kib']; $i++) header("X-Tag-$i: " . str_repeat('t', 1000));
echo 'tagged';
END
cat >"$pages/upload.php" <<'END'
<?php
echo $_FILES['file']['error'], ' ', $_FILES['file']['size'];
END
cat >"$pages/events.php" <<'END'
<?php
header('Content-Type: text/event-stream');
header('X-Accel-Buffering: no');
foreach (['first', 'last'] as $event) {
    echo "data: $event\n\n";
    ob_flush();
    flush();
    sleep(1);
}
END
printf 'body { color: black }\n%.0s' {1..200} >"$pages/app.css"

<?php

declare(strict_types=1);

/**
 * A small service to try the stack with: a page that tells which pod answered, and the health check that readiness asks.
 * Your own application takes its place with `web.app.source: image` in the stack file.
 */

function healthz(): void
{
    // What the service cannot work without belongs here, as long as it is local and quick. A shared database does not:
    // its failure would take every pod out of service at once.
    header('Content-Type: text/plain');
    header('Cache-Control: no-store');
    echo "ok\n";
}

function page(): void
{
    $e = static fn (string $text): string => htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    $facts = [
        'Pod' => gethostname() ?: 'unknown',
        'PHP' => PHP_VERSION,
        'Request' => ($_SERVER['REQUEST_METHOD'] ?? 'GET') . ' ' . ($_SERVER['REQUEST_URI'] ?? '/'),
        'Request id' => $_SERVER['HTTP_X_REQUEST_ID'] ?? 'none',
        'Worker' => (string) getmypid(),
    ];

    header('Content-Type: text/html; charset=utf-8');
    header('Cache-Control: no-store');
    echo "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>php-web-service</title>\n";
    echo "<meta name=\"color-scheme\" content=\"light dark\">\n";
    echo "<style>body{font:1rem/1.6 system-ui;margin:4rem auto;max-width:40rem;padding:0 1rem}";
    echo "dt{font-weight:600}dd{margin:0 0 .6rem}</style>\n";
    echo "<h1>It answers.</h1>\n<dl>\n";
    foreach ($facts as $name => $value) {
        echo '<dt>' . $e($name) . '</dt><dd>' . $e($value) . "</dd>\n";
    }
    echo "</dl>\n</html>\n";
}

match (parse_url($_SERVER['REQUEST_URI'] ?? '/', PHP_URL_PATH)) {
    '/healthz' => healthz(),
    '/', '/index.php' => page(),
    default => (static function (): void {
        http_response_code(404);
        header('Content-Type: text/plain');
        echo "not found\n";
    })(),
};

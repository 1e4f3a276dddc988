<?php

declare(strict_types=1);

/**
 * A small service to try the stack with: a page that tells which pod answered, the health check that readiness asks, and an
 * answer that proves what arrived and how long it was worked on. Your own application takes its
 * place with `web.app.source: image` in the stack file.
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

/**
 * ?id= comes back, ?allocate_mib= of memory is held meanwhile, ?wait_ms= is waited, ?busy_ms= of CPU time is used up, and
 * ?answer_kib= of empty lines follow.
 */
function echoRequest(): void
{
    header('Cache-Control: no-store');
    $wanted = [];
    foreach (['allocate_mib', 'wait_ms', 'busy_ms', 'answer_kib'] as $name) {
        $wanted[$name] = filter_var($_GET[$name] ?? '0', FILTER_VALIDATE_INT, [
            'options' => ['min_range' => 0, 'max_range' => 3_600_000],
        ]);
        if ($wanted[$name] === false) {
            http_response_code(400);
            header('Content-Type: text/plain');
            echo "$name is a whole number from 0 to 3600000\n";
            return;
        }
    }
    $body = file_get_contents('php://input');
    $held = str_repeat('.', $wanted['allocate_mib'] << 20);
    $waited = wait($wanted['wait_ms']);
    $busy = burn($wanted['busy_ms']);
    header('Content-Type: application/json');
    echo json_encode([
        'id' => is_string($_GET['id'] ?? null) ? $_GET['id'] : '',
        'pod' => gethostname() ?: 'unknown',
        'bytes' => strlen($body),
        'sha1' => sha1($body),
        'allocated_mib' => strlen($held) >> 20,
        'waited_ms' => $waited,
        'busy_ms' => $busy,
    ], JSON_INVALID_UTF8_SUBSTITUTE) . "\n";
    for ($left = $wanted['answer_kib'] << 10; $left > 0; $left -= 65_536) {
        echo str_repeat("\n", min($left, 65_536));
    }
}

/** In slices: SIGQUIT, with which php-fpm is asked to stop, cuts a single sleep short. Returns the milliseconds waited. */
function wait(int $milliseconds): int
{
    $start = hrtime(true);
    while (($left = $milliseconds * 1_000_000 - (hrtime(true) - $start)) > 0) {
        usleep((int) min(50_000, ceil($left / 1000)));
    }
    return intdiv(hrtime(true) - $start, 1_000_000);
}

/** By the worker's own CPU time, so that it is the same load on a busy node. Returns the milliseconds used. */
function burn(int $milliseconds): int
{
    $used = static function (): int {
        $usage = getrusage();
        return ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) * 1000
            + intdiv($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec'], 1000);
    };
    $start = $used();
    while ($used() - $start < $milliseconds) {
        hash('sha256', str_repeat('.', 10_000));
    }
    return $used() - $start;
}

match (parse_url($_SERVER['REQUEST_URI'] ?? '/', PHP_URL_PATH)) {
    '/healthz' => healthz(),
    '/', '/index.php' => page(),
    '/echo' => echoRequest(),
    default => (static function (): void {
        http_response_code(404);
        header('Content-Type: text/plain');
        echo "not found\n";
    })(),
};

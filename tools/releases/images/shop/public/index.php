<?php

declare(strict_types=1);

/** POST /orders places an order and puts a job into the queue, GET /orders reads one. Both answer with their id and who they are. */

require __DIR__ . '/../shop.php';

header('Cache-Control: no-store');
if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/orders') {
    header('Content-Type: text/plain');
    exit("ok\n");
}

$id = (string) ($_GET['id'] ?? '');
wait((int) ($_GET['wait_ms'] ?? 0));
$database = database();
$servedAtMs = $database->query('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)')->fetchColumn();
$column = column(release());
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $database->prepare(
        "INSERT INTO orders (id, $column) VALUES (?, 'placed') ON CONFLICT (id) DO UPDATE SET arrivals = orders.arrivals + 1"
    )->execute([$id]);
    queue()->lPush('jobs', json_encode(['id' => $id, 'milliseconds' => (int) ($_GET['job_ms'] ?? 0)]));
} else {
    $database->query("SELECT id, $column FROM orders ORDER BY placed DESC LIMIT 5")->fetchAll();
}
header('Content-Type: application/json');
echo json_encode(['id' => $id, 'release' => release(), 'servedAtMs' => (int) $servedAtMs]);

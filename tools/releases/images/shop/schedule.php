<?php

declare(strict_types=1);

/** A run of the schedule. For which minute it is due, the CronJob has put into the name of its Job, and so of the pod. */

require __DIR__ . '/shop.php';

preg_match('/-(\d{8,})-[a-z0-9]+$/', (string) gethostname(), $found)
    || throw new RuntimeException(gethostname() . ' is no name of a pod of a CronJob.');
$database = database();
recorded($database, 'runs', ['minute' => $found[1]], static function () use ($database): void {
    $database->query('SELECT count(' . column(release()) . ') FROM orders')->fetchAll();
});

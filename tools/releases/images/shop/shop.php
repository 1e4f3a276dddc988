<?php

declare(strict_types=1);

/** What the shop's page, worker, schedule and migration share. */

function release(): int
{
    return (int) getenv('RELEASE');
}

/** What this release's code needs, and its migration adds. */
function column(int $release): string
{
    return "of_release_$release";
}

function database(): PDO
{
    $dsn = sprintf('pgsql:host=%s;dbname=%s;user=postgres', getenv('DATABASE_HOST'), getenv('DATABASE'));
    return new PDO($dsn, options: [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

/** A number of its own for each of the databases. */
function queue(): Redis
{
    $queue = new Redis();
    $queue->connect((string) getenv('QUEUE_HOST'));
    $queue->select((int) getenv('QUEUE_NUMBER'));
    return $queue;
}

/** In slices: a signal cuts one short. */
function wait(int $milliseconds): void
{
    $until = hrtime(true) + $milliseconds * 1_000_000;
    while (($left = $until - hrtime(true)) > 0) {
        usleep((int) min(50_000, ceil($left / 1000)));
    }
}

/**
 * Does work, and keeps book of its begin and its end.
 *
 * @param array<string, int|string> $what columns of the table beside those that all have
 */
function recorded(PDO $database, string $table, array $what, callable $work): void
{
    $row = [...$what, 'release' => release(), 'pod' => (string) gethostname()];
    $marks = implode(', ', array_fill(0, count($row), '?'));
    $insert = $database->prepare(
        "INSERT INTO $table (" . implode(', ', array_keys($row)) . ") VALUES ($marks) RETURNING number"
    );
    $insert->execute(array_values($row));
    $number = $insert->fetchColumn();
    try {
        $work();
        $error = null;
    } catch (Throwable $thrown) {
        $error = $thrown->getMessage();
    }
    $database->prepare("UPDATE $table SET ended = clock_timestamp(), error = ? WHERE number = ?")
        ->execute([$error, $number]);
    if (isset($thrown)) {
        throw $thrown;
    }
}

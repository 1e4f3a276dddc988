<?php

declare(strict_types=1);

/**
 * Usage: worker.php reserve|pop. Takes jobs from the queue.
 *
 * reserve: a job is taken out of the queue when it is done, and begun again when it is not after RETRY_AFTER_SECONDS: at least
 * once, as the queues of Laravel and Symfony. It hears that it is to end, and does so after the job that it has.
 * pop: what is taken is out of the queue, and what becomes of it nobody knows. It hears of nothing.
 */

require __DIR__ . '/shop.php';

/** Longer than the longest job. */
const RETRY_AFTER_SECONDS = 60;

/** Those that are late are put back, and the next one is reserved. */
const RESERVE = <<<'LUA'
    for _, job in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])) do
        redis.call('ZREM', KEYS[2], job)
        redis.call('RPUSH', KEYS[1], job)
    end
    local job = redis.call('RPOP', KEYS[1])
    if job then redis.call('ZADD', KEYS[2], ARGV[2], job) end
    return job
    LUA;

$isReserving = ($argv[1] ?? '') === 'reserve';
$isOver = false;
if ($isReserving) {
    pcntl_async_signals(true);
    foreach ([SIGQUIT, SIGTERM] as $signal) {
        pcntl_signal($signal, static function () use (&$isOver): void {
            $isOver = true;
        });
    }
}

$database = database();
$queue = queue();
while (!$isOver) {
    $job = $isReserving
        ? $queue->eval(RESERVE, ['jobs', 'reserved', time(), time() + RETRY_AFTER_SECONDS], 2)
        : $queue->rPop('jobs');
    if (!is_string($job)) {
        usleep(100_000);
        continue;
    }
    ['id' => $id, 'milliseconds' => $milliseconds] = json_decode($job, true);
    try {
        recorded($database, 'jobs', ['id' => $id, 'milliseconds' => $milliseconds], static function () use ($database, $id, $milliseconds): void {
            // What it needs of the schema it needs at once.
            $update = $database->prepare('UPDATE orders SET ' . column(release()) . ' = ? WHERE id = ?');
            $update->execute(['begun', $id]);
            wait($milliseconds);
            $update->execute(['done', $id]);
        });
        if ($isReserving) {
            $queue->zRem('reserved', $job);
        }
    } catch (Throwable $error) {
        fwrite(STDERR, "$id: {$error->getMessage()}\n");
    }
}

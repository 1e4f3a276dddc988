<?php

declare(strict_types=1);

/** This release's migration: a column more (expand), and away with those that no code has used for long (contract). */

require __DIR__ . '/shop.php';

/** Whose columns stay: this release's, and those of code that may run still. */
const KEPT_RELEASES = 4;

$database = database();
recorded($database, 'migrations', [], static function () use ($database): void {
    $columns = $database->query("SELECT column_name FROM information_schema.columns WHERE table_name = 'orders'")
        ->fetchAll(PDO::FETCH_COLUMN);
    // It finds done what is done.
    if (in_array(column(release()), $columns, true)) {
        return;
    }
    wait((int) getenv('MIGRATION_MS'));
    if (getenv('MIGRATION') === 'fails') {
        throw new RuntimeException('This migration fails.');
    }
    $database->exec('ALTER TABLE orders ADD COLUMN IF NOT EXISTS ' . column(release()) . ' text');
    foreach ($columns as $column) {
        if (preg_match('/^of_release_(\d+)$/', $column, $found) && (int) $found[1] <= release() - KEPT_RELEASES) {
            $database->exec("ALTER TABLE orders DROP COLUMN IF EXISTS $column");
        }
    }
});

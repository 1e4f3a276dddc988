/**
 * Tries for a lock again and again until the given time, and prints how often it has had it. Fails where another one had it too:
 * lock.test.ts runs several.
 *
 * Usage: node --import tsx tests/lab/lockTaker.ts PATH UNTIL_MILLISECONDS
 */
import { mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";

import { takeLock } from "../../lab/lock";

const [path = "", until = "0"] = process.argv.slice(2);
let times = 0;
while (Date.now() < Number(until)) {
    try {
        takeLock(path);
    } catch {
        continue;
    }
    // Fails where another one is in.
    mkdirSync(`${path}.inside`);
    times++;
    rmdirSync(`${path}.inside`);
    // Every other time as a process that was killed leaves it.
    if (times % 2 === 0) rmSync(path);
    else writeFileSync(path, JSON.stringify({ pid: process.pid, startTicks: "0", bootId: "another" }));
}
process.stdout.write(`${times}\n`);

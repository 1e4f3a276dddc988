/**
 * Takes a lock so many times, against as many others as there are. Fails where another one has it too: lock.test.ts runs
 * several.
 *
 * Usage: node --import tsx tests/tools/lab/lockTaker.ts FOLDER TAKERS TIMES
 */
import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { takeLock } from "../../../tools/lab/lock";

const [folder = "", takers = "", times = ""] = process.argv.slice(2);
const path = join(folder, "lock");
const inside = join(folder, "inside");

// All at once: starting takes longer than the rest.
const isReady = (name: string) => name.startsWith("ready-");
writeFileSync(join(folder, `ready-${process.pid}`), "");
while (readdirSync(folder).filter(isReady).length < Number(takers));

for (let taken = 0; taken < Number(times);) {
    try {
        takeLock(path);
    } catch {
        continue;
    }
    taken++;
    mkdirSync(inside);
    rmdirSync(inside);
    // Every other time as a killed process leaves it.
    if (taken % 2 === 0) rmSync(path);
    else writeFileSync(path, JSON.stringify({ pid: process.pid, startTicks: "0", bootId: "another" }));
}

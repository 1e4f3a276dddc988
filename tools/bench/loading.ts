/**
 * `npm run bench:loading`: how long the program takes to load and to register everything, beside an empty program that
 * only imports @pulumi/kubernetes. Both in turn, in one run, since machines are noisy: the ratio is what counts.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { median } from "../common/median";

const runs = 11;

function seconds(program: string): number {
    const begin = performance.now();
    const { status, stderr } = spawnSync(
        process.execPath,
        ["--import", "tsx", join(__dirname, "loadedProgram.ts"), program],
        { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stderr);
    return (performance.now() - begin) / 1000;
}

seconds("empty");
seconds("prod");
const pairs = Array.from({ length: runs }, () => ({ empty: seconds("empty"), prod: seconds("prod") }));
console.log(`empty program  ${median(pairs.map(({ empty }) => empty))?.toFixed(2)} s`);
console.log(`stack prod     ${median(pairs.map(({ prod }) => prod))?.toFixed(2)} s`);
console.log(
    `ratio          ${median(pairs.map(({ empty, prod }) => prod / empty))?.toFixed(2)} (median of ${runs} pairs)`,
);

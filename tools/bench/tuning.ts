/**
 * `npm run bench:tuning`: the model beside a simulation request by request, advice and schedules on traffic that they do not
 * know, and how long settings take.
 *
 * Usage: npm run bench:tuning -- [waits] [unseen] [schedules] [speed] [--trace FILE]; all of them where none is named. The trace is two
 * weeks or more, by the minute, of some requests a second.
 */
import { parseArgs } from "node:util";

import { readTrace } from "../tuner/traffic/read";
import { benchSchedules } from "./tuning/schedules";
import { benchSpeed } from "./tuning/speed";
import { benchUnseen } from "./tuning/unseen";
import { benchWaits } from "./tuning/waits";

const names = ["waits", "unseen", "schedules", "speed"];

async function main(): Promise<void> {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { trace: { type: "string" } } });
    const strange = positionals.find((name) => !names.includes(name));
    if (strange !== undefined) throw new Error(`${strange}: one of ${names.join(", ")} is needed.`);
    const wanted = positionals.length === 0 ? names : positionals;
    if (wanted.includes("waits")) benchWaits();
    const trace = values.trace === undefined ? undefined : await readTrace(values.trace, undefined);
    if (wanted.includes("unseen")) await benchUnseen(trace);
    if (wanted.includes("schedules")) await benchSchedules(trace);
    if (wanted.includes("speed")) await benchSpeed();
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});

/** Plays an act in the pod's network: {@link file://../pod.ts} has started the pod. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type Act, type ActName, acts } from "./acts";
import { Stage, type Way } from "./stage";

/** What came of an act. */
export interface Played {
    /** Title by title, as each way's play() returned it. */
    readonly seen: Readonly<Record<string, unknown>>;
    /** Why a way came to no end, title by title. */
    readonly failures: Readonly<Record<string, string>>;
    /** What nginx has reported beside the requests. */
    readonly troubles: readonly string[];
}

/**
 * @param quit asks nginx to end
 * @param ended nginx has
 */
export async function playAct(name: ActName, folder: string, quit: () => void, ended: Promise<void>): Promise<Played> {
    const act: Act = acts[name];
    const ways = Object.entries(act.ways);
    const stage = new Stage(folder, ways.length, quit, ended);
    const seen: Record<string, unknown> = {};
    const failures: Record<string, string> = {};
    const playOne = async ([title, way]: readonly [string, Way]) => {
        try {
            seen[title] = await way.play(stage);
        } catch (error) {
            failures[title] = error instanceof Error ? (error.stack ?? error.message) : String(error);
            // The others are not to wait for it.
            stage.arrive();
        }
    };
    if (act.isSerial) for (const each of ways) await playOne(each);
    else await Promise.all(ways.map(playOne));
    return { seen, failures, troubles: troublesIn(readFileSync(join(folder, "nginx.log"), "utf8")) };
}

/** A worker that has crashed, or has left a connection behind. */
const troublesIn = (log: string) =>
    log.split("\n").filter((line) => /exited on signal|open socket .* left|\[emerg\]/.test(line));

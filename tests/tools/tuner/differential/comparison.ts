/** Model and real controller side by side. */
import { play } from "../../../../tools/tuner/scenarios/play";
import type { Scenario } from "../../../../tools/tuner/scenarios/schema";
import { askOracle } from "./oracle";

/** A scenario whose answers are not the same, with the first pair of lines that differs. */
export interface Difference {
    readonly scenario: Scenario;
    /** undefined where one of them says less. */
    readonly model: string | undefined;
    readonly real: string | undefined;
}

interface Waiting {
    readonly scenario: Scenario;
    readonly lines: readonly string[];
    /** What the lines of this scenario begin with. */
    readonly prefix: string;
    position: number;
    difference: Difference | undefined;
}

/** How often a condition was what. */
export interface Seen {
    readonly conditions: Map<string, number>;
}

/**
 * Plays scenarios through both, and collects what is not the same.
 *
 * @param scenarios with names of their own
 * @param seen filled in
 */
export async function differences(
    path: string,
    scenarios: Iterable<Scenario>,
    seen: Seen = { conditions: new Map() },
): Promise<readonly Difference[]> {
    const queue: Waiting[] = [];
    const found: Difference[] = [];

    function* playing(): Iterable<Scenario> {
        for (const scenario of scenarios) {
            const answers = play(scenario);
            for (const { conditions } of answers) {
                for (const [type, value] of Object.entries(conditions ?? {})) {
                    const key = `${type}=${value}`;
                    seen.conditions.set(key, (seen.conditions.get(key) ?? 0) + 1);
                }
            }
            queue.push({
                scenario,
                lines: answers.map((answer) => JSON.stringify(answer)),
                prefix: `{"scenario":${JSON.stringify(scenario.name)},`,
                position: 0,
                difference: undefined,
            });
            yield scenario;
        }
    }
    const finish = ({ scenario, lines, position, difference }: Waiting): void => {
        const missing = { scenario, model: lines[position], real: undefined };
        if (difference !== undefined) found.push(difference);
        else if (position < lines.length) found.push(missing);
    };
    await askOracle(path, playing(), (real) => {
        let waiting = queue[0];
        while (waiting !== undefined && !real.startsWith(waiting.prefix)) {
            finish(waiting);
            queue.shift();
            waiting = queue[0];
        }
        if (waiting === undefined) throw new Error(`The oracle answers what it was not asked: ${real}`);
        const model = waiting.lines[waiting.position++];
        if (model !== real) waiting.difference ??= { scenario: waiting.scenario, model, real };
    });
    for (const waiting of queue) finish(waiting);
    return found;
}

/** Measuring in turn. */

export interface Subject<T> {
    readonly name: string;
    readonly measure: () => Promise<T>;
}

/**
 * Measures every subject once in each round, every other round backwards, so that a machine that becomes slower or faster
 * meanwhile does so for all of them.
 *
 * @returns samples by the subject's name, round by round
 * @throws the signal's reason as soon as it is aborted
 */
export async function inTurn<T>(
    subjects: readonly Subject<T>[],
    rounds: number,
    signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly T[]>> {
    const samples = new Map<string, T[]>(subjects.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
        for (const { name, measure } of round % 2 === 0 ? subjects : [...subjects].reverse()) {
            signal.throwIfAborted();
            const sample = await measure();
            // Ctrl-C has reached the load generator too: what it measured until then is no sample.
            signal.throwIfAborted();
            samples.get(name)?.push(sample);
        }
    }
    return samples;
}

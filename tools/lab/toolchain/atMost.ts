/** Work that many ask for and few may do at once. */

/** Returns a function that runs what it is given, in that order, so many at a time. */
export function atMost(count: number): <T>(work: () => Promise<T>) => Promise<T> {
    let free = count;
    const waiting: (() => void)[] = [];
    return async (work) => {
        if (free > 0) free--;
        else await new Promise<void>((resolve) => waiting.push(resolve));
        try {
            return await work();
        } finally {
            // The place goes on to who has waited longest, or back.
            const next = waiting.shift();
            if (next === undefined) free++;
            else next();
        }
    };
}

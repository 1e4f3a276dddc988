/**
 * Three-valued logic for previews: what is known decides wherever it can; an unknown value counts only where the answer
 * hangs on it. The convention of every generator here: first all that is known, then the first unknown is raised.
 */
import { UnknownFieldError } from "./manifest";

/** Visits every item. What one item leaves unknown does not hide the others; it is raised after them. */
export function* knownFirst<I, O>(items: Iterable<I>, visit: (item: I) => Iterable<O>): Generator<O, void> {
    let unknown: UnknownFieldError | undefined;
    const remember = (error: unknown): void => {
        if (!(error instanceof UnknownFieldError)) throw error;
        unknown ??= error;
    };
    try {
        for (const item of items) {
            try {
                yield* visit(item);
            } catch (error) {
                remember(error);
            }
        }
    } catch (error) {
        remember(error);
    }
    if (unknown !== undefined) throw unknown;
}

/** The items for which the condition holds. */
export function* matching<I>(items: Iterable<I>, condition: (item: I) => boolean): Generator<I, void> {
    yield* knownFirst(items, function* (item) {
        if (condition(item)) yield item;
    });
}

/** True where the condition holds for an item; raises where only an unknown one could make it true. */
export function some<I>(items: Iterable<I>, condition: (item: I) => boolean): boolean {
    return first(matching(items, condition)) !== undefined;
}

/** True where one condition is known to hold; raises where only an unknown one could. */
export function any(...conditions: readonly (() => boolean)[]): boolean {
    return some(conditions, (condition) => condition());
}

/** False where one condition is known to be false; raises where only an unknown one could make it false. */
export function all(...conditions: readonly (() => boolean)[]): boolean {
    return !some(conditions, (condition) => !condition());
}

/** The first one that is known; raises where there is none but an unknown one could be. */
export function first<O>(found: Iterable<O>): O | undefined {
    for (const one of found) return one;
    return undefined;
}

/** All that is known, and the unknown that may hide more. */
export interface Gathered<O> {
    readonly known: readonly O[];
    readonly unknown: UnknownFieldError | undefined;
}

export function gather<O>(found: Iterable<O>): Gathered<O> {
    const known: O[] = [];
    try {
        for (const one of found) known.push(one);
    } catch (error) {
        if (!(error instanceof UnknownFieldError)) throw error;
        return { known, unknown: error };
    }
    return { known, unknown: undefined };
}

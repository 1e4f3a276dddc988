/** How tests went, as the closing lines say it. */

export interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    /** What those that were skipped have missed, each once. */
    readonly missing: readonly string[];
    /** Titles of those that failed, each with the first line of why. */
    readonly failures: readonly string[];
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0, missing: [], failures: [] };

/** What a test has missed, by the title that helpers/needs.ts has given it. */
export function missingIn(title: string): readonly string[] {
    return / \(no ([^()]+)\)$/.exec(title)?.[1]?.split(", ") ?? [];
}

export function sum(all: readonly Counts[]): Counts {
    const total = (key: "passed" | "failed" | "skipped") => all.reduce((before, counts) => before + counts[key], 0);
    return {
        passed: total("passed"),
        failed: total("failed"),
        skipped: total("skipped"),
        missing: [...new Set(all.flatMap(({ missing }) => missing))],
        failures: all.flatMap(({ failures }) => failures),
    };
}

/** Once more at the end of several layers: of long output, often no more than the end is seen. Empty where nothing failed. */
export function failureLines({ failures }: Counts): string {
    return failures.length === 0 ? "" : `\nFailed:\n${failures.map((failure) => `  - ${failure}\n`).join("")}`;
}

/** "33 skipped: no nginx, php-fpm" where any were, and "1828 passed, 0 failed", which is the last line. */
export function closingLines({ passed, failed, skipped, missing }: Counts): string {
    const why = missing.length === 0 ? "" : `: no ${missing.join(", ")}`;
    return `${skipped === 0 ? "" : `${skipped} skipped${why}\n`}${passed} passed, ${failed} failed`;
}

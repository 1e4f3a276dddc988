/** How tests went, as the closing lines say it. */

export interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    /** What those that were skipped have missed, each once. */
    readonly missing: readonly string[];
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0, missing: [] };

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
    };
}

/** "33 skipped: no nginx, php-fpm" where any were, and "1828 passed, 0 failed", which is the last line. */
export function closingLines({ passed, failed, skipped, missing }: Counts): string {
    const why = missing.length === 0 ? "" : `: no ${missing.join(", ")}`;
    return `${skipped === 0 ? "" : `${skipped} skipped${why}\n`}${passed} passed, ${failed} failed`;
}

/** A line diff: the changed lines of a long text with a little context. */

export interface DiffLine {
    readonly sign: " " | "-" | "+";
    readonly text: string;
}

/** Changed lines that lie close together. */
export interface Hunk {
    /** Number of the hunk's first line in the new text, counted from 1. */
    readonly line: number;
    readonly lines: readonly DiffLine[];
}

/** Unchanged lines that are shown before and after each change. */
const contextLines = 2;

/** Above so many pairs of lines the search for a shortest diff is given up: the middle then counts as replaced. */
const mostPairs = 4_000_000;

/** What turns one text into the other; no hunk where they are equal. */
export function diffLines(before: string, after: string): readonly Hunk[] {
    return hunksOf(edits(toLines(before), toLines(after)));
}

function toLines(text: string): readonly string[] {
    const lines = text.split("\n");
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function edits(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
    let start = 0;
    while (start < a.length && start < b.length && a[start] === b[start]) start++;
    let end = 0;
    while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({ sign: " ", text }));
    return [
        ...same(a.slice(0, start)),
        ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
        ...same(a.slice(a.length - end)),
    ];
}

/** Longest common subsequence, by the table of its lengths. */
function middle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
    const removed = (text: string): DiffLine => ({ sign: "-", text });
    const added = (text: string): DiffLine => ({ sign: "+", text });
    if (a.length * b.length > mostPairs) return [...a.map(removed), ...b.map(added)];
    const width = b.length + 1;
    const lengths = new Uint32Array((a.length + 1) * width);
    const length = (i: number, j: number) => lengths[i * width + j] ?? 0;
    for (let i = a.length - 1; i >= 0; i--) {
        for (let j = b.length - 1; j >= 0; j--) {
            lengths[i * width + j] =
                a[i] === b[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
        }
    }
    const lines: DiffLine[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length || j < b.length) {
        const x = a[i];
        const y = b[j];
        if (x !== undefined && x === y) {
            lines.push({ sign: " ", text: x });
            i++;
            j++;
        } else if (x !== undefined && (y === undefined || length(i + 1, j) >= length(i, j + 1))) {
            lines.push(removed(x));
            i++;
        } else if (y !== undefined) {
            lines.push(added(y));
            j++;
        }
    }
    return lines;
}

function hunksOf(lines: readonly DiffLine[]): readonly Hunk[] {
    const isShown = lines.map((_, i) =>
        lines.slice(Math.max(0, i - contextLines), i + contextLines + 1).some((line) => line.sign !== " "),
    );
    const hunks: { line: number; lines: DiffLine[] }[] = [];
    let newLine = 1;
    lines.forEach((line, i) => {
        if (isShown[i] === true) {
            if (i === 0 || isShown[i - 1] !== true) hunks.push({ line: newLine, lines: [] });
            hunks.at(-1)?.lines.push(line);
        }
        if (line.sign !== "-") newLine++;
    });
    return hunks;
}

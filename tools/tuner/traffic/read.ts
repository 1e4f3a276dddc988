/** A trace file, whatever of the known formats it is in. */
import { readAccessLog } from "./accessLog";
import { isCsvHeader, readCsv } from "./csv";
import { contentOf, linesOf, textOf } from "./lines";
import { readSavedAnswer } from "./prometheus";
import type { Traffic } from "./traffic";

/**
 * Reads a CSV file, an access log of ingress-nginx or a saved answer of Prometheus, told apart by how they begin, zipped or
 * not; "-" is standard input.
 *
 * @param upstreamName the service in an access log of several
 * @throws TraceError where it is none of them
 */
export async function readTrace(
    path: string,
    upstreamName: string | undefined,
    signal?: AbortSignal,
): Promise<Traffic> {
    const source = path === "-" ? "standard input" : path;
    const { beginning, bytes } = await contentOf(path);
    if (/^\uFEFF?\s*[{[]\s*("|$)/.test(beginning)) return readSavedAnswer(await textOf(bytes, source), source);
    const batches = linesOf(bytes, source);
    let first: readonly string[] = [];
    for (let hasText = false; !hasText; hasText = first.some((line) => line.trim() !== "")) {
        const next = await batches.next();
        if (next.done === true) break;
        first = [...first, ...next.value];
    }
    const all = prepend(first, batches, signal);
    const firstText = first.find((line) => line.trim() !== "") ?? "";
    return isCsvHeader(firstText) || looksLikeCsv(firstText)
        ? await readCsv(all, source)
        : await readAccessLog(all, source, upstreamName);
}

/** A table without our header: its own message is of more use than that of a bad access log. */
const looksLikeCsv = (line: string): boolean => line === "" || (/[,;\t]/.test(line) && !/[[\]]/.test(line));

async function* prepend<T>(first: T, rest: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
    yield first;
    for await (const each of rest) {
        signal?.throwIfAborted();
        yield each;
    }
}

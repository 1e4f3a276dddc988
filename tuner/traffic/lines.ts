/** Text line by line, without ever holding more than a piece of it. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

import { at, TraceError } from "./traffic";

/** Longer lines are no lines: nginx itself takes at most 32 KiB of a client's headers. */
const longestLine = 65_536;

/** The lines of a file in batches, unzipped where its name ends in .gz; of standard input where the path is "-". */
export function linesOfFile(path: string): AsyncGenerator<readonly string[]> {
    if (path === "-") return linesOf(process.stdin, "standard input");
    const file = createReadStream(path);
    if (!path.endsWith(".gz")) return linesOf(file, path);
    const unzipped = createGunzip();
    file.on("error", (error) => unzipped.destroy(error));
    return linesOf(file.pipe(unzipped), path);
}

/** Line ends are \n or \r\n; a byte order mark is left out. The last line need not have an end. */
export async function* linesOf(
    stream: Readable | AsyncIterable<Uint8Array>,
    source: string,
): AsyncGenerator<readonly string[]> {
    const decoder = new TextDecoder();
    let rest = "";
    let count = 0;
    try {
        for await (const chunk of stream) {
            const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n");
            rest = lines.pop() ?? "";
            count += lines.length;
            if (rest.length > longestLine) {
                throw new TraceError(
                    `${at(source, count + 1)}: the line is longer than ${longestLine} characters. ` +
                        "Is this a text file? A zipped one needs a name that ends in .gz.",
                );
            }
            yield lines.map(withoutCarriageReturn);
        }
    } catch (error) {
        if (error instanceof TraceError) throw error;
        throw new TraceError(`${source} could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    rest += decoder.decode();
    if (rest !== "") yield [withoutCarriageReturn(rest)];
}

const withoutCarriageReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);

/** Text line by line, without ever holding more than a piece of it. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

import { at, TraceError } from "./traffic";

/** Longer lines are no lines: nginx itself takes at most 32 KiB of a client's headers. */
const longestLine = 65_536;

const gzipMagic = [0x1f, 0x8b];

/** What a file holds, told by its beginning and not by its name. */
export interface Content {
    /** Its first bytes as text, at least one where there is any. */
    readonly beginning: string;
    readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Opens a file, or standard input where the path is "-", and unzips it where it is gzip.
 *
 * @throws TraceError where it cannot be read
 */
export async function contentOf(path: string): Promise<Content> {
    const raw = await begun(path === "-" ? process.stdin : createReadStream(path), path);
    if (!gzipMagic.every((byte, i) => raw.first[i] === byte)) return contentFrom(raw);
    return contentFrom(await begun(unzipped(raw.bytes), path));
}

/** Errors of the file end the unzipping too. */
function unzipped(bytes: AsyncIterable<Uint8Array>): Readable {
    const file = Readable.from(bytes);
    const gunzip = createGunzip();
    file.on("error", (error) => gunzip.destroy(error));
    return file.pipe(gunzip);
}

interface Begun {
    readonly first: Uint8Array;
    readonly bytes: AsyncIterable<Uint8Array>;
}

async function begun(stream: AsyncIterable<unknown>, path: string): Promise<Begun> {
    const chunks = stream[Symbol.asyncIterator]();
    let next: IteratorResult<unknown>;
    try {
        next = await chunks.next();
    } catch (error) {
        throw unreadable(path === "-" ? "standard input" : path, error);
    }
    const first = next.done === true ? new Uint8Array() : (next.value as Uint8Array);
    async function* bytes(): AsyncGenerator<Uint8Array> {
        yield first;
        for (let each = await chunks.next(); each.done !== true; each = await chunks.next()) {
            yield each.value as Uint8Array;
        }
    }
    return { first, bytes: bytes() };
}

const contentFrom = ({ first, bytes }: Begun): Content => ({
    beginning: new TextDecoder().decode(first.subarray(0, 1024)),
    bytes,
});

const unreadable = (source: string, error: unknown): TraceError =>
    new TraceError(`${source} could not be read: ${error instanceof Error ? error.message : String(error)}`);

/** All of it as text. */
export async function textOf(bytes: AsyncIterable<Uint8Array>, source: string): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    try {
        for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
    } catch (error) {
        throw unreadable(source, error);
    }
    return text + decoder.decode();
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
                        "Is this a text file?",
                );
            }
            yield lines.map(withoutCarriageReturn);
        }
    } catch (error) {
        if (error instanceof TraceError) throw error;
        throw unreadable(source, error);
    }
    rest += decoder.decode();
    if (rest !== "") yield [withoutCarriageReturn(rest)];
}

const withoutCarriageReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);

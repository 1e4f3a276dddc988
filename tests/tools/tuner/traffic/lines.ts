/** Texts as a trace file's lines arrive. */

/** In pieces of a few bytes, as a slow pipe gives them. */
export async function* bytesOf(text: string, pieceBytes = 7): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; from += pieceBytes) {
        await Promise.resolve();
        yield bytes.subarray(from, from + pieceBytes);
    }
}

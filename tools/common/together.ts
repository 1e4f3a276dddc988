/** Works side by side of which none goes on in vain. */

/**
 * What all of them return. The first failure ends the others by the signal that they get, and is thrown when they have ended:
 * whatever they say, the failure comes last.
 *
 * @param outer ends all of them as well
 */
export async function together<Works extends readonly Promise<unknown>[] | []>(
    start: (signal: AbortSignal) => Works,
    outer?: AbortSignal,
): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
    outer?.throwIfAborted();
    const failed = new AbortController();
    const works = start(outer === undefined ? failed.signal : AbortSignal.any([outer, failed.signal]));
    const all = Promise.all(works);
    all.catch(() => {
        failed.abort(new Error("stopped, since something beside it has failed"));
    });
    await Promise.allSettled(works);
    // It rejects with the first failure.
    return all;
}

/** What access logs of JSON have in common. */

/** Stands for pods that were asked before the last one, where a log names that one alone. */
export const unnamed = "unnamed";

/** The fields of a line; undefined where it is none. */
export function jsonFieldsOf(text: string): object | undefined {
    if (!text.startsWith("{")) return undefined;
    try {
        return JSON.parse(text) as object;
    } catch {
        // A line that its writer was ended in.
        return undefined;
    }
}

/** Names for what is cached: other ingredients, another name. */
import { createHash } from "node:crypto";

/**
 * A short key of all ingredients, in the order given.
 *
 * @param ingredients texts; what is no text goes in as JSON
 */
export function cacheKey(...ingredients: readonly unknown[]): string {
    const hash = createHash("sha256");
    for (const ingredient of ingredients) {
        const text = typeof ingredient === "string" ? ingredient : JSON.stringify(ingredient);
        // With its length, so that no two lists run together to the same text.
        hash.update(`${text.length}:${text}`);
    }
    return hash.digest("hex").slice(0, 16);
}

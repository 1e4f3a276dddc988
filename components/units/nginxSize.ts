/** Sizes as nginx writes them: "8m". */

const unitBytes: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Undefined for what is none. */
export function parseNginxSizeBytes(size: string): number | undefined {
    const [, digits = "", unit = ""] = /^(\d+)([kmg]?)$/.exec(size) ?? [];
    const bytes = unitBytes[unit];
    return digits === "" || bytes === undefined ? undefined : Number(digits) * bytes;
}

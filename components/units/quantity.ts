/** Quantities of Kubernetes ("100m", "90Mi") and of PHP ("64M") as plain numbers, so that budgets can be added up. */

const memoryFactors: Readonly<Record<string, number>> = {
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
};

/**
 * CPU quantity in thousandths of a core: "100m" is 100, "1" and "1000m" are 1000.
 * Returns undefined where the text is no CPU quantity or is not above 0.
 * Finer steps than 1m are refused by the API server, so they are here.
 */
export function parseCpuMillicores(text: string): number | undefined {
    const match = /^(\d+(?:\.\d{1,3})?)(m?)$/.exec(text);
    if (match === null) return undefined;
    const millicores = match[2] === "m" ? Number(match[1]) : Math.round(Number(match[1]) * 1000);
    return Number.isInteger(millicores) && millicores > 0 ? millicores : undefined;
}

/**
 * Memory quantity in bytes: "90Mi" is 94371840.
 * Returns undefined where the text is no memory quantity or is not above 0. "100m" (a tenth of a byte) is one of
 * Kubernetes' classic slips for "100Mi" and is refused.
 */
export function parseMemoryBytes(text: string): number | undefined {
    const match = /^(\d+(?:\.\d+)?)([kMGT]|[KMGT]i)?$/.exec(text);
    if (match === null) return undefined;
    const factor = memoryFactors[match[2] ?? ""];
    if (factor === undefined) return undefined;
    const bytes = Math.floor(Number(match[1]) * factor);
    return bytes > 0 ? bytes : undefined;
}

/** Bytes as a quantity, in whole MiB, rounded up: "90Mi". */
export function formatMemory(bytes: number): string {
    return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}

/**
 * A size as php.ini has it, in bytes: "64M" is 67108864. Returns undefined for what has no unit: some settings take a bare
 * number for bytes, some for megabytes.
 */
export function parsePhpBytes(text: string): number | undefined {
    const match = /^(\d+)([KMG])$/i.exec(text);
    if (match === null) return undefined;
    const [, digits = "", unit = ""] = match;
    return Number(digits) * 2 ** (10 * (1 + "KMG".indexOf(unit.toUpperCase())));
}

/** Kubernetes quantities ("100m", "90Mi") as plain numbers, so that budgets can be added up. */

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

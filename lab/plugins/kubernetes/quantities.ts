/** Kubernetes quantities: "0.5" and "500m" are the same, and the API server writes them its own way. */

const factors: Readonly<Record<string, number>> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** True where both are quantities of the same size. */
export function isSameQuantity(a: unknown, b: unknown): boolean {
    const [x, y] = [sizeOf(a), sizeOf(b)];
    // Compared with a little tolerance: 0.1 * 1000 is not quite 100.
    return x !== undefined && y !== undefined && Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
}

function sizeOf(value: unknown): number | undefined {
    if (typeof value === "number") return value;
    if (typeof value !== "string") return undefined;
    const [, number = "", unit = ""] =
        /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(value) ?? [];
    const factor = factors[unit];
    return number === "" || factor === undefined ? undefined : Number(number) * factor;
}

const quantityMaps = new Set(["limits", "requests", "capacity", "hard", "allocatable", "overhead", "default"]);
const quantityFields = new Set(["averageValue", "sizeLimit", "divisor", "storage"]);

/** True where Kubernetes has a quantity at this path. Elsewhere "1" and "1.0" are different texts. */
export function isQuantityPath(path: readonly (string | number)[]): boolean {
    if (path[0] !== "spec") return false;
    const [parent, key] = path.slice(-2);
    return (
        (typeof parent === "string" && quantityMaps.has(parent)) ||
        (typeof key === "string" && quantityFields.has(key)) ||
        (parent === "target" && key === "value")
    );
}

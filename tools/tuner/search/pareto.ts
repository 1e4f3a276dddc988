/** Settings that no other setting beats in both cost and waiting. */
import type { Figures } from "../plant/figures";
import type { Setting } from "../plant/setting";

export interface Tried {
    readonly setting: Setting;
    readonly figures: Figures;
}

/**
 * By cost, the cheapest first. What waits as long and costs as much as another one is left out.
 *
 * @param wait what is to be small beside cost; higher where requests were lost
 */
export function paretoFront(tried: readonly Tried[], wait: (figures: Figures) => number): readonly Tried[] {
    const byCost = [...tried].sort(
        (a, b) => a.figures.replicaHours - b.figures.replicaHours || wait(a.figures) - wait(b.figures),
    );
    let least = Infinity;
    return byCost.filter(({ figures }) => {
        if (wait(figures) >= least) return false;
        least = wait(figures);
        return true;
    });
}

/**
 * How long requests waited, as a mixture: of what requests wait at the loads of a table, and of waits that are all of one
 * length. Adding costs the same however many requests there are.
 */
import { loads, partOf, stepOf, type WaitTable } from "./waitTable";

/** Neighbouring bins differ by 5 %, which is also how exact a quantile is. */
const binRatio = 1.05;
const leastSeconds = 1e-4;
const bins = 360;
/** Waits that lie evenly between two count as so many. */
const evenSteps = 8;
const logRatio = Math.log(binRatio);
const logLeast = Math.log(leastSeconds);

const binSeconds = Float64Array.from({ length: bins }, (_, bin) => leastSeconds * binRatio ** (bin + 0.5));

function binOf(seconds: number): number {
    const bin = Math.floor((Math.log(seconds) - logLeast) / logRatio);
    return bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
}

/** Requests by played load: of pods in one number, and with waits that are all longer by one factor. */
interface Group {
    readonly place: number;
    readonly factorStep: number;
    readonly factor: number;
    readonly byStep: Float64Array;
}

export class WaitDistribution {
    private readonly groups: Group[] = [];
    private readonly fixed = new Float64Array(bins);
    private hasFixed = false;
    private last: Group | undefined;
    private total = 0;

    constructor(private readonly table: WaitTable) {}

    /**
     * Requests to one of so many pods at a load that lasts.
     *
     * @param place of the number of pods in the table
     * @param factor by how much longer their waits are than the table's
     */
    addStationary(requests: number, place: number, load: number, factor = 1): void {
        this.total += requests;
        if (factor <= 0) return;
        const step = stepOf(load);
        const isLast = step === loads.length - 1;
        const longer = isLast ? (factor * (1 - (loads[step] ?? 0))) / (1 - load) : factor;
        const { byStep } = this.groupOf(place, longer === 1 ? 0 : Math.round(Math.log(longer) / logRatio));
        const part = isLast ? 0 : partOf(load, step);
        if (step >= 0) byStep[step] = (byStep[step] ?? 0) + requests * (1 - part);
        if (!isLast) byStep[step + 1] = (byStep[step + 1] ?? 0) + requests * part;
    }

    private groupOf(place: number, factorStep: number): Group {
        const { last } = this;
        if (last?.place === place && last.factorStep === factorStep) return last;
        this.last = this.find(place, factorStep);
        return this.last;
    }

    private find(place: number, factorStep: number): Group {
        for (const group of this.groups) if (group.place === place && group.factorStep === factorStep) return group;
        const group = { place, factorStep, factor: binRatio ** factorStep, byStep: new Float64Array(loads.length) };
        this.groups.push(group);
        return group;
    }

    /** Requests whose waits lie evenly between two. */
    addEven(requests: number, fromSeconds: number, untilSeconds: number): void {
        this.total += requests;
        this.hasFixed = true;
        for (let step = 0; step < evenSteps; step++) {
            const bin = binOf(fromSeconds + ((untilSeconds - fromSeconds) * (step + 0.5)) / evenSteps);
            this.fixed[bin] = (this.fixed[bin] ?? 0) + requests / evenSteps;
        }
    }

    addAll(other: WaitDistribution): void {
        this.total += other.total;
        for (const { place, factorStep, byStep } of other.groups) {
            const mine = this.groupOf(place, factorStep).byStep;
            for (let step = 0; step < mine.length; step++) mine[step] = (mine[step] ?? 0) + (byStep[step] ?? 0);
        }
        if (!other.hasFixed) return;
        this.hasFixed = true;
        for (let bin = 0; bin < bins; bin++) this.fixed[bin] = (this.fixed[bin] ?? 0) + (other.fixed[bin] ?? 0);
    }

    clear(): void {
        this.groups.length = 0;
        this.last = undefined;
        if (this.hasFixed) this.fixed.fill(0);
        this.hasFixed = false;
        this.total = 0;
    }

    get requests(): number {
        return this.total;
    }

    /** The share of requests, 0 to 1, that waited longer; 0 where there were none. */
    shareAbove(seconds: number): number {
        if (this.total === 0) return 0;
        let above = 0;
        for (const { place, factor, byStep } of this.groups) {
            above += this.table.countAbove(place, byStep, seconds / factor);
        }
        if (this.hasFixed) {
            for (let bin = 0; bin < bins; bin++) if ((binSeconds[bin] ?? 0) > seconds) above += this.fixed[bin] ?? 0;
        }
        return above / this.total;
    }

    /**
     * The wait that `share` of the requests (0 to 1) stay below, within 5 %.
     *
     * @param near where it may well be: two looks are less than a search
     */
    quantileSeconds(share: number, near = 0): number {
        const allowed = 1 - share;
        if (this.shareAbove(0) <= allowed) return 0;
        if (near > 0 && this.shareAbove(near / binRatio) > allowed && this.shareAbove(near * binRatio) <= allowed) {
            return near;
        }
        let low = Math.log(leastSeconds / 10);
        let high = Math.log((binSeconds[bins - 1] ?? 0) * 20);
        for (let round = 0; round < 16; round++) {
            const middle = (low + high) / 2;
            if (this.shareAbove(Math.exp(middle)) > allowed) low = middle;
            else high = middle;
        }
        return Math.exp(high);
    }
}

/**
 * How long requests waited, as a mixture: of exponential waits, counted by their mean, and of waits that are all of one
 * length. Adding costs the same however many requests there are, and memory is fixed.
 */

/** Neighbouring bins differ by 10 %, which is also how exact a quantile is. */
const binRatio = 1.1;
const leastSeconds = 1e-4;
const bins = 180;
/** Waits that lie evenly between two count as so many. */
const evenSteps = 8;
const logRatio = Math.log(binRatio);
const logLeast = Math.log(leastSeconds);

const binSeconds = Float64Array.from({ length: bins }, (_, bin) => leastSeconds * binRatio ** (bin + 0.5));

function binOf(seconds: number): number {
    const bin = Math.floor((Math.log(seconds) - logLeast) / logRatio);
    return bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
}

export class WaitDistribution {
    private readonly exponential = new Float64Array(bins);
    private readonly fixed = new Float64Array(bins);
    private total = 0;

    /** Requests of which `waiting` (0 to 1) wait exponentially with this mean, and the others not at all. */
    addExponential(requests: number, waiting: number, meanSeconds: number): void {
        this.total += requests;
        if (waiting <= 0) return;
        const bin = binOf(meanSeconds);
        this.exponential[bin] = (this.exponential[bin] ?? 0) + requests * waiting;
    }

    /** Requests whose waits lie evenly between two. */
    addEven(requests: number, fromSeconds: number, untilSeconds: number): void {
        this.total += requests;
        for (let step = 0; step < evenSteps; step++) {
            const bin = binOf(fromSeconds + ((untilSeconds - fromSeconds) * (step + 0.5)) / evenSteps);
            this.fixed[bin] = (this.fixed[bin] ?? 0) + requests / evenSteps;
        }
    }

    addAll(other: WaitDistribution): void {
        this.total += other.total;
        for (let bin = 0; bin < bins; bin++) {
            this.exponential[bin] = (this.exponential[bin] ?? 0) + (other.exponential[bin] ?? 0);
            this.fixed[bin] = (this.fixed[bin] ?? 0) + (other.fixed[bin] ?? 0);
        }
    }

    clear(): void {
        this.exponential.fill(0);
        this.fixed.fill(0);
        this.total = 0;
    }

    get requests(): number {
        return this.total;
    }

    /** The share of requests, 0 to 1, that waited longer; 0 where there were none. */
    shareAbove(seconds: number): number {
        if (this.total === 0) return 0;
        let above = 0;
        for (let bin = 0; bin < bins; bin++) {
            const mean = binSeconds[bin] ?? 0;
            const mass = this.exponential[bin] ?? 0;
            if (mass > 0) above += mass * Math.exp(-seconds / mean);
            if (mean > seconds) above += this.fixed[bin] ?? 0;
        }
        return above / this.total;
    }

    /** The wait that `share` of the requests (0 to 1) stay below, within 10 %. */
    quantileSeconds(share: number): number {
        const allowed = 1 - share;
        if (this.shareAbove(0) <= allowed) return 0;
        let low = Math.log(leastSeconds / 10);
        let high = Math.log((binSeconds[bins - 1] ?? 0) * 20);
        for (let round = 0; round < 24; round++) {
            const middle = (low + high) / 2;
            if (this.shareAbove(Math.exp(middle)) > allowed) low = middle;
            else high = middle;
        }
        return Math.exp(high);
    }
}

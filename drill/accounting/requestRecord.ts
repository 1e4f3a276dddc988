/** Every request of a drill, in little memory: what its counts, percentiles and losses are made from. */
import type { RequestResult } from "../load/result";

/** A request that was lost, whole. */
export type LostResult = RequestResult & { readonly error: string };

/** Grows as results come: 72 bytes a request, its id included (300,000 of them, Node 24, 2026-11-24). Those that were lost are kept whole beside it. */
export class RequestRecord {
    private readonly ids: string[] = [];
    private dueAt = new Float64Array(1024);
    private took = new Float64Array(1024);
    private flags = new Uint8Array(1024);
    private readonly losses: LostResult[] = [];

    /** @param startedAtMilliseconds epoch milliseconds of the drill's second 0 */
    constructor(private readonly startedAtMilliseconds: number) {}

    add(result: RequestResult): void {
        const index = this.ids.length;
        if (index === this.flags.length) this.grow();
        this.ids.push(result.id);
        this.dueAt[index] = this.secondsOf(result.shouldHaveBeenSentAtMilliseconds);
        this.took[index] = result.tookMilliseconds;
        this.flags[index] = (result.isLong ? isLong : 0) | (result.isLost ? isLost : 0);
        if (result.isLost) this.losses.push({ ...result, error: result.error ?? "" });
    }

    /** In the order in which their results came. */
    get lost(): readonly LostResult[] {
        return this.losses;
    }

    get size(): number {
        return this.ids.length;
    }

    /** Seconds since the drill began. */
    secondsOf(epochMilliseconds: number): number {
        return (epochMilliseconds - this.startedAtMilliseconds) / 1000;
    }

    *[Symbol.iterator](): Generator<RecordedRequest> {
        for (let index = 0; index < this.ids.length; index++) {
            const flags = this.flags[index] ?? 0;
            yield {
                id: this.ids[index] ?? "",
                sentAtSeconds: this.dueAt[index] ?? 0,
                tookMilliseconds: this.took[index] ?? 0,
                isLong: (flags & isLong) !== 0,
                isLost: (flags & isLost) !== 0,
            };
        }
    }

    private grow(): void {
        const larger = <A extends Float64Array | Uint8Array>(from: A, to: A): A => {
            to.set(from);
            return to;
        };
        const length = this.flags.length * 2;
        this.dueAt = larger(this.dueAt, new Float64Array(length));
        this.took = larger(this.took, new Float64Array(length));
        this.flags = larger(this.flags, new Uint8Array(length));
    }
}

const isLong = 1;
const isLost = 2;

export interface RecordedRequest {
    readonly id: string;
    /** When it should have been sent, since the drill began. */
    readonly sentAtSeconds: number;
    /** From then on. */
    readonly tookMilliseconds: number;
    readonly isLong: boolean;
    readonly isLost: boolean;
}

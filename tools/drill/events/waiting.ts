/** What a drill waits for: until when, and in words. */
import { told, until } from "../../common/until";
import type { Observer } from "../observe/observer";
import type { Workload } from "../variants/variant";

/** The longest drain there is, and the slowest autoscaler. */
export const settleSeconds = 600;

/** What is waited for at the moment, of which there may be several at once. */
export class Pending {
    private readonly texts = new Set<{ readonly text: string }>();

    /** Returns what the work does; until then the text is pending. */
    async during<T>(text: string, work: Promise<T>): Promise<T> {
        const entry = { text };
        this.texts.add(entry);
        try {
            return await work;
        } finally {
            this.texts.delete(entry);
        }
    }

    toString(): string {
        return this.texts.size === 0 ? "its next step" : [...this.texts].map(({ text }) => text).join(" and ");
    }
}

export function areSettled(observer: Observer, variants: readonly Workload[]): boolean {
    return variants.every((variant) => {
        const { isSettled, desired, minReplicas } = observer.of(variant).state;
        // A new Deployment has one pod until its autoscaler sees it.
        return isSettled && minReplicas > 0 && desired >= minReplicas;
    });
}

/** "none 2 of 2 pods ready, ours 1 of 2 pods ready and 1 ending". */
export function podsInWords(observer: Observer, variants: readonly Workload[]): string {
    return variants
        .map((variant) => {
            const { ready, desired, terminatingPods } = observer.of(variant).state;
            const ending = terminatingPods.length === 0 ? "" : ` and ${terminatingPods.length} ending`;
            return `${variant.name} ${ready} of ${desired} pods ready${ending}`;
        })
        .join(", ");
}

/** Returns when all variants have the pods that they should have, and no others: a drill must not begin in the middle of a rollout. */
export async function untilSettled(
    observer: Observer,
    variants: readonly Workload[],
    say: (line: string) => void,
    signal: AbortSignal,
): Promise<void> {
    const pending = () => `all pods to be there: ${podsInWords(observer, variants)}`;
    const settled = until(() => areSettled(observer, variants), { seconds: settleSeconds, pending, signal });
    await told(settled, pending, say);
}

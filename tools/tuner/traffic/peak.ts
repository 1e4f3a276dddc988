/** Is the busiest moment of a trace one that was, and one that can be served? */
import type { Plant } from "../plant/plant";
import { mostReplicasAtAll, replicasAtPeak } from "../search/candidates";
import { describeTime, tickSeconds, TraceError, type Traffic } from "./traffic";

/** So many times the median is worth a sentence; and so many are a mistake, unless somebody says how many replicas it is worth. */
const muchAboveMedian = 50;
const tooFarAboveMedian = 200;

/**
 * Sentences on a peak that is out of the ordinary.
 *
 * @param mostReplicas as the operator stated it
 * @throws TraceError where more pods would be needed for it than there can be, or where it is no peak but a mistake
 */
export function notesOnPeak(traffic: Traffic, plant: Plant, mostReplicas?: number): readonly string[] {
    const { requestsPerSecond, startSeconds } = traffic;
    const busy = requestsPerSecond.filter((rate) => rate > 0).sort();
    const median = busy[busy.length >> 1] ?? 0;
    let at = 0;
    for (let i = 0; i < requestsPerSecond.length; i++) {
        if ((requestsPerSecond[i] ?? 0) > (requestsPerSecond[at] ?? 0)) at = i;
    }
    const peak = requestsPerSecond[at] ?? 0;
    const found =
        `${describeTime(startSeconds + at * tickSeconds)}: ${Math.round(peak)} requests/s, ` +
        `${Math.round(peak / median)} times the trace's median`;
    const needed = replicasAtPeak(traffic, plant);
    if (needed > mostReplicasAtAll) {
        throw new TraceError(
            `${found}. ${needed} full pods would be needed; a stack has at most ${mostReplicasAtAll}. Where it is a mistake of ` +
                "a counter, leave its row out; otherwise give pods more CPU.",
        );
    }
    if (peak > tooFarAboveMedian * median && mostReplicas === undefined) {
        throw new TraceError(
            `${found}. Where it is a mistake of a counter, leave its row out; where it was so, --most-replicas says how many ` +
                `replicas it is worth. It needs ${needed} full pods.`,
        );
    }
    return [
        ...(peak > muchAboveMedian * median
            ? [`${found}. Where it is a mistake of a counter, leave its row out.`]
            : []),
        ...(mostReplicas !== undefined && needed > mostReplicas
            ? [`${found}: ${needed} full pods would be needed, and --most-replicas allows ${mostReplicas}.`]
            : []),
    ];
}

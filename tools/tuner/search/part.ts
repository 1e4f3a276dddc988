/** Of a long trace, or a large service, settings are tried on a part; what is chosen is then played on all of it. */
import { tickSeconds, type Traffic } from "../traffic/traffic";

const dayTicks = 86_400 / tickSeconds;
const longestTicks = 14 * dayTicks;

/** Microseconds that one setting may take on the part, and what a tick costs, by measurement. */
const mostMicroseconds = 400_000;
const tickMicroseconds = 1;
const podMicroseconds = 0.05;

/** Ticks around the busiest one, from the first to before the second; undefined where all of the trace is looked at. */
export function partToExplore(traffic: Traffic, pods: number): readonly [number, number] | undefined {
    const { requestsPerSecond } = traffic;
    const able = Math.floor(mostMicroseconds / (tickMicroseconds + podMicroseconds * pods));
    const ticks = Math.min(longestTicks, Math.max(dayTicks, able));
    if (requestsPerSecond.length <= ticks) return undefined;
    let peak = 0;
    for (let i = 0; i < requestsPerSecond.length; i++) {
        if ((requestsPerSecond[i] ?? 0) > (requestsPerSecond[peak] ?? 0)) peak = i;
    }
    const first = Math.min(requestsPerSecond.length - ticks, Math.max(0, peak - (ticks >> 1)));
    return [first, first + ticks];
}

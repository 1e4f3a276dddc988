/** Why a request was lost, as far as its pod's life tells. */
import type { PodLife } from "../model";

/** @param pod the last one that was asked; undefined where none is known */
export function mechanismOf(pod: PodLife | undefined, sentAtSeconds: number, endedAtSeconds: number): string {
    if (pod === undefined) return "no pod was asked, or none is known";
    const { readyAtSeconds, terminatingAtSeconds, goneAtSeconds } = pod;
    if (readyAtSeconds === undefined || sentAtSeconds < readyAtSeconds) return "its pod was not ready yet";
    if (sentAtSeconds - readyAtSeconds < 5 && terminatingAtSeconds === undefined) {
        return "its pod had been ready for less than 5 s";
    }
    if (terminatingAtSeconds === undefined || endedAtSeconds < terminatingAtSeconds) return "its pod was serving";
    const lateSeconds = Math.round(endedAtSeconds - terminatingAtSeconds);
    if (goneAtSeconds !== undefined && sentAtSeconds > goneAtSeconds) return "its pod was gone";
    return sentAtSeconds < terminatingAtSeconds
        ? `its pod was told to end while it ran, and cut it ${lateSeconds} s later`
        : `its pod was ending already, for ${lateSeconds} s when it was lost`;
}

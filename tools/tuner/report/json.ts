/** The result for programs. */
import { changesOf } from "../search/changes";
import { tickSeconds } from "../traffic/traffic";
import { busyWorkersAdvice, headline, reasons, scheduleAdvice, sensitivities, sizingAdvice } from "./words";
import type { Tuning } from "./tuning";

/** Grows by keys that are added; a change of what there is counts it up. */
const formatVersion = 2;

/** Units last, as everywhere; shares are 0 to 1. */
export function jsonReport(tuning: Tuning): string {
    const {
        search,
        schedule,
        sizing,
        stack,
        traceName,
        traffic,
        trafficScale,
        plant,
        pricePerReplicaHour,
        currency,
        notes,
    } = tuning;
    const { recommendation, current, front, objective, bounds } = search;
    const report = {
        formatVersion,
        stack,
        trace: {
            name: traceName,
            scale: trafficScale,
            startSeconds: traffic.startSeconds,
            seconds: traffic.requestsPerSecond.length * tickSeconds,
            notes,
        },
        // JSON has no Infinity.
        plant: { ...plant, cpuLimitCores: plant.cpuLimitCores === Infinity ? null : plant.cpuLimitCores },
        objective: objective.text,
        bounds,
        pricePerReplicaHour: pricePerReplicaHour ?? null,
        currency: currency ?? null,
        current,
        recommendation: {
            ...recommendation,
            changes: changesOf(current.setting, recommendation.setting),
            headline: headline(tuning),
            reasons: reasons(tuning),
            sensitivitySentences: sensitivities(tuning),
        },
        front,
        limits: search.limits,
        heldOut: search.heldOut ?? null,
        busyWorkers: search.busyWorkers === undefined ? null : { ...search.busyWorkers, ...busyWorkersAdvice(tuning) },
        schedule: schedule === undefined ? null : { ...schedule, sentence: scheduleAdvice(tuning)?.sentence },
        sizing:
            sizing === undefined
                ? null
                : { ...sizing, ...sizingAdvice(tuning), lines: Object.fromEntries(sizing.lines) },
        exploredShare: search.exploredShare,
        settingsTried: search.tried.length,
    };
    return `${JSON.stringify(report, undefined, 2)}\n`;
}

/**
 * A recording of one HorizontalPodAutoscaler: what its controller read, and what it made of it. The first line of the file is
 * the header, every other one holds what has changed since the one before.
 */
import { z } from "zod";

import { WrongInputError } from "../../common/commandLine";
import type { HorizontalPodAutoscalerSpec } from "../controller";
import { milliValue } from "../controller/quantity";

const quantity = z.string().refine((value) => !Number.isNaN(milliValue(value)), { error: "is no quantity" });
const amounts = z.record(z.string(), quantity);

const header = z.strictObject({
    /** Namespace and name. */
    hpa: z.string(),
    /** "2026-11-24T13:06:12.160Z". */
    recordedAt: z.iso.datetime(),
    /** What happened meanwhile, in words. */
    note: z.string().optional(),
    /** "v1.34.4". */
    kubernetes: z.string(),
    /** So often the cluster was asked: what changed is seen so much later at most. */
    intervalSeconds: z.number(),
});
export type Header = z.infer<typeof header>;

const pod = z.strictObject({
    phase: z.enum(["Pending", "Running", "Succeeded", "Failed", "Unknown"]),
    /** Of the condition Ready; missing where there is none. */
    ready: z.enum(["True", "False", "Unknown"]).optional(),
    /** When `ready` last changed. */
    transitionSeconds: z.int().optional(),
    startSeconds: z.int().optional(),
    deleting: z.literal(true).optional(),
    containers: z.array(
        z.strictObject({
            name: z.string(),
            kind: z.enum(["sidecar", "init"]).optional(),
            requests: amounts,
        }),
    ),
    podRequests: amounts.optional(),
    overhead: amounts.optional(),
});
export type RecordedPod = z.infer<typeof pod>;

const sample = z.strictObject({
    timestampSeconds: z.int(),
    windowMilliseconds: z.int(),
    /** Usage by container. */
    containers: z.record(z.string(), amounts),
});
export type RecordedSample = z.infer<typeof sample>;

const status = z.strictObject({
    desiredReplicas: z.int(),
    lastScaleSeconds: z.int().optional(),
    /** "True/ValidMetricFound" by type. */
    conditions: z.record(z.string(), z.strictObject({ is: z.string(), transitionSeconds: z.int() })),
    /** By metric of the spec, per cent; null where it has none. */
    utilizations: z.array(z.int().nullable()),
});
export type RecordedStatus = z.infer<typeof status>;

const spec = z.custom<HorizontalPodAutoscalerSpec>(
    (value) => typeof value === "object" && value !== null && "maxReplicas" in value,
    { error: "is no spec of a HorizontalPodAutoscaler" },
);

const change = z.strictObject({
    /** When the cluster was asked, on this machine's clock. */
    atMilliseconds: z.int(),
    spec: spec.optional(),
    status: status.optional(),
    /** `spec.replicas` and `status.replicas` of the scale. */
    replicas: z.int().optional(),
    statusReplicas: z.int().optional(),
    /** By name; null: gone. */
    pods: z.record(z.string(), pod.nullable()).optional(),
    /** By pod; null: gone. */
    samples: z.record(z.string(), sample.nullable()).optional(),
    /** Whether the resource metrics API answers with an error. */
    failResourceMetrics: z.boolean().optional(),
    /** By name of an External metric of the spec, a value for each series; null: an error. None in a recording without such metrics. */
    externalMetrics: z.record(z.string(), z.array(quantity).nullable()).optional(),
});
export type Change = z.infer<typeof change>;

/** All that is known at a time. */
export interface State {
    readonly atMilliseconds: number;
    readonly spec: HorizontalPodAutoscalerSpec;
    readonly status: RecordedStatus;
    readonly replicas: number;
    readonly statusReplicas: number;
    readonly pods: Readonly<Record<string, RecordedPod>>;
    readonly samples: Readonly<Record<string, RecordedSample>>;
    readonly failResourceMetrics: boolean;
    readonly externalMetrics: Readonly<Record<string, readonly string[] | null>>;
}

export interface Recording {
    readonly header: Header;
    /** At least one, oldest first. */
    readonly states: readonly [State, ...State[]];
}

/** A recording that cannot be replayed. */
export class RecordingError extends WrongInputError {}

/**
 * @param fileName for messages
 * @throws RecordingError
 */
export function parseRecording(content: string, fileName: string): Recording {
    const [first, ...rest] = content
        .split("\n")
        .map((text, i) => ({ text, where: `${fileName}:${i + 1}` }))
        .filter(({ text }) => text !== "");
    if (first === undefined) throw new RecordingError(`${fileName} is empty. npm run record writes a recording.`);
    const states: State[] = [];
    for (const { text, where } of rest) {
        const before = states.at(-1);
        const state = { externalMetrics: {}, ...before, ...applied(before, parseLine(change, text, where)) };
        if (!isWhole(state)) throw new RecordingError(`${where} has no whole state, as the first change has to.`);
        states.push(state);
    }
    const [start, ...later] = states;
    if (start === undefined) throw new RecordingError(`${fileName} has nothing but a header. Record it anew.`);
    return { header: parseLine(header, first.text, first.where), states: [start, ...later] };
}

function parseLine<T>(schema: z.ZodType<T>, text: string, where: string): T {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new RecordingError(`${where} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new RecordingError(
        parsed.error.issues.map(({ path, message }) => `${where}: ${path.join(".")}: ${message}`).join("\n"),
    );
}

function applied(before: State | undefined, { pods, samples, ...others }: Change): Partial<State> {
    return {
        ...others,
        ...(pods && { pods: patched(before?.pods ?? {}, pods) }),
        ...(samples && { samples: patched(before?.samples ?? {}, samples) }),
    } as Partial<State>;
}

function patched<T>(before: Readonly<Record<string, T>>, patch: Readonly<Record<string, T | null>>): Record<string, T> {
    const entries = Object.entries({ ...before, ...patch });
    return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== null));
}

const keys = [
    "spec",
    "status",
    "replicas",
    "statusReplicas",
    "pods",
    "samples",
    "failResourceMetrics",
    "externalMetrics",
] as const;

function isWhole(state: Partial<State>): state is State {
    return keys.every((key) => state[key] !== undefined);
}

/** What leads from one state to the next; undefined where nothing but the time differs. */
export function changeBetween(before: State | undefined, after: State): Change | undefined {
    const changed = keys.flatMap((key): [string, unknown][] => {
        if (before === undefined) return [[key, after[key]]];
        if (isSame(before[key], after[key])) return [];
        return [[key, key === "pods" || key === "samples" ? patchBetween(before[key], after[key]) : after[key]]];
    });
    if (changed.length === 0) return undefined;
    return { atMilliseconds: after.atMilliseconds, ...Object.fromEntries(changed) };
}

function patchBetween(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): object {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return Object.fromEntries(
        names.filter((name) => !isSame(before[name], after[name])).map((name) => [name, after[name] ?? null]),
    );
}

/** Both were made by the same code, so that keys are in the same order. */
function isSame(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}

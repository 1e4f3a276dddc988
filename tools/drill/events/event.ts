/** What a drill does to the cluster while it counts. */
import type { Api } from "../../common/kubernetes/api";
import type { Controller } from "../cluster/controllers";
import type { SecondController } from "../cluster/secondController";
import type { Observer } from "../observe/observer";
import type { Happened, WorkloadState } from "../observe/workloadRecord";
import type { PulumiStack } from "../variants/pulumiStack";
import type { Variant } from "../variants/variant";

/** What an event works with. */
export interface Scene {
    readonly api: Api;
    /** Runs kubectl on the drilled cluster; returns what it prints. */
    readonly kubectl: (...args: readonly string[]) => Promise<string>;
    readonly variants: readonly Variant[];
    readonly observer: Observer;
    /** Before the variants. */
    readonly controller: Controller;
    /** Further requests that burn CPU, for every variant, until {@link endStep}. */
    readonly beginStep: () => void;
    readonly endStep: () => void;
    /** Of nginx: the image that it has, and one that it may have too. Only the one where the cluster has no other. */
    readonly images: readonly string[];
    /** Command that restarts an API server and returns when it is told; undefined where there is none. */
    readonly restartApiServer: (() => Promise<void>) | undefined;
    /** The stack's settings, for what is none of a variant's alone. */
    readonly stack: Pick<PulumiStack, "get" | "set" | "up">;
    /** Undefined where there is none. */
    readonly secondController: SecondController | undefined;
    /** How long metrics-server stays away. Seconds. */
    readonly metricsOutageSeconds: number;
    /** Polls until all hold; rejects after the time with what was pending, and what the pods are like. */
    readonly until: (seconds: number, pending: string, holds: () => boolean) => Promise<void>;
    /** Does the work, which takes a while and ends by itself; who asks meanwhile hears that it is pending. */
    readonly during: <T>(pending: string, work: Promise<T>) => Promise<T>;
    readonly pause: (seconds: number) => Promise<void>;
    /** To be done when the drill ends before the event has done it itself. Returns what does it now. */
    readonly undo: (what: string, work: () => Promise<void>) => () => Promise<void>;
}

/** What one variant was like before and after an event, and what happened to its pods between. */
export interface Change extends Happened {
    readonly before: WorkloadState;
    readonly after: WorkloadState;
}

export interface DrillEvent {
    /** Of the command line and of report.json. */
    readonly name: string;
    /** For people. */
    readonly title: string;
    /** In words, and the number of requests. */
    readonly mayLose: { readonly text: string; readonly atMost: number };
    /** Why it cannot be done here; undefined where it can. */
    readonly whyNot?: (scene: Scene) => string | undefined;
    readonly run: (scene: Scene) => Promise<void>;
    /** Whether a variant was touched as the title says: else the figures prove nothing. A sentence where it was not. */
    readonly doubt: (change: Change) => string | undefined;
}

/** An event that is over. */
export interface EventTime {
    readonly event: DrillEvent;
    /** Seconds of the drill. */
    readonly fromSeconds: number;
    readonly untilSeconds: number;
    /** By variant. */
    readonly changes: ReadonlyMap<string, Change>;
    /** Why it is not what its title says; undefined where it is. */
    readonly failure: string | undefined;
}

export const nothing = { text: "0", atMost: 0 } as const;

/** Doubts that a pod was replaced. */
export function unlessAllReplaced({ before, after }: Change): string | undefined {
    const kept = before.pods.filter((name) => after.pods.includes(name));
    return kept.length === 0 ? undefined : `${kept.join(", ")} was not replaced`;
}

export function unlessPodsEnded({ endedPods }: Change): string | undefined {
    return endedPods > 0 ? undefined : "no pod ended";
}

/** Of events that are none of the pods' matter. */
export function noDoubt(): undefined {
    return undefined;
}

export function eachVariant(scene: Scene, work: (variant: Variant) => Promise<void>): Promise<unknown> {
    return Promise.all(
        scene.variants.map((variant) => scene.during(`the change of ${variant.name} to be made`, work(variant))),
    );
}

/** Goes through the events, one after the other. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Cleanup } from "../../common/cleanup";
import type { Api } from "../../common/kubernetes/api";
import type { Kubectl } from "../cluster/kubectl";
import type { LoadOfVariants } from "../loadOfVariants";
import type { Observer } from "../observe/observer";
import type { Variant } from "../variants/variant";
import type { Change, DrillEvent, EventTime, Scene } from "./event";

export interface RunOptions {
    readonly api: Api;
    readonly kubectl: Kubectl;
    readonly observer: Observer;
    readonly variants: readonly Variant[];
    readonly events: readonly DrillEvent[];
    readonly cleanup: Cleanup;
    readonly load: LoadOfVariants;
    /** As in {@link Scene}. */
    readonly images: readonly string[];
    readonly restartApiServer: (() => Promise<void>) | undefined;
    readonly metricsOutageSeconds: number;
    /** Before the first event and after the last. */
    readonly quietSeconds: number;
    /** Seconds since the drill began. */
    readonly clock: () => number;
    /** Says how it goes, a line each. */
    readonly say: (line: string) => void;
    /** Ends the drill early. */
    readonly signal: AbortSignal;
}

/** Characters. */
const mostOfFailure = 300;

/** The longest drain there is, and the slowest autoscaler. */
const settleSeconds = 600;

/**
 * Goes through the events. Each lasts until the last pod that it has ended is gone, so that what is lost belongs to the
 * event that was going on.
 *
 * @throws where the load fails, or the signal comes. An event that fails is told of in the report: what was counted until then
 * stays true.
 */
export async function goThroughEvents(options: RunOptions): Promise<readonly EventTime[]> {
    const { variants, observer, clock, say } = options;
    const scene = sceneOf(options);
    const done: EventTime[] = [];
    await scene.pause(options.quietSeconds);
    for (const event of options.events) {
        const whyNot = event.whyNot?.(scene);
        if (whyNot !== undefined) {
            say(`${event.name}: left out, since ${whyNot}`);
            continue;
        }
        say(`${event.name}: ${event.title}`);
        const fromSeconds = clock();
        const before = new Map(variants.map((variant) => [variant.name, observer.of(variant).state]));
        const failure = await failureOf(async () => {
            await event.run(scene);
            await scene.until(settleSeconds, "the last pods to be gone", () =>
                variants.every((variant) => isSettled(observer, variant)),
            );
        }, options);
        const untilSeconds = clock();
        const changes = new Map(
            variants.map((variant) => {
                const record = observer.of(variant);
                const change: Change = {
                    before: before.get(variant.name) ?? record.state,
                    after: record.state,
                    ...record.between(fromSeconds, untilSeconds),
                };
                return [variant.name, change];
            }),
        );
        done.push({ event, fromSeconds, untilSeconds, changes, failure });
        say(`  ${Math.round(untilSeconds - fromSeconds)} s${failure === undefined ? "" : `, failed: ${failure}`}`);
    }
    await scene.pause(options.quietSeconds);
    return done;
}

/** What went wrong; undefined where nothing did. */
async function failureOf(work: () => Promise<void>, { load, signal }: RunOptions): Promise<string | undefined> {
    try {
        await work();
        return undefined;
    } catch (error) {
        signal.throwIfAborted();
        load.check();
        // What a command printed may be long; its log has all of it.
        return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").slice(0, mostOfFailure);
    }
}

/** Returns when all variants have the pods that they should have, and no others: a drill must not begin in the middle of a rollout. */
export async function untilSettled(
    observer: Observer,
    variants: readonly Variant[],
    signal: AbortSignal,
): Promise<void> {
    await until(
        settleSeconds,
        "all pods to be there",
        () => variants.every((each) => isSettled(observer, each)),
        signal,
    );
}

function isSettled(observer: Observer, variant: Variant): boolean {
    const { isSettled, desired, minReplicas } = observer.of(variant).state;
    // A new Deployment has one pod until its autoscaler sees it.
    return isSettled && minReplicas > 0 && desired >= minReplicas;
}

/** Polls until it holds; rejects after the time, or with the signal. */
async function until(seconds: number, pending: string, holds: () => boolean, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    while (!holds()) {
        if (performance.now() > deadline) throw new Error(`After ${seconds} s the drill still waits for ${pending}.`);
        await sleep(100, undefined, { signal });
    }
}

function sceneOf(options: RunOptions): Scene {
    const { signal, cleanup } = options;
    const pause = async (seconds: number) => {
        await sleep(seconds * 1000, undefined, { signal });
    };
    let rollouts = 0;
    return {
        ...options,
        takeImage: () => {
            rollouts += 1;
            return options.images[rollouts % options.images.length] ?? "";
        },
        beginStep: () => {
            options.load.beginStep();
        },
        endStep: () => {
            options.load.endStep();
        },
        pause,
        until: (seconds, pending, holds) =>
            until(
                seconds,
                pending,
                () => {
                    options.load.check();
                    return holds();
                },
                signal,
            ),
        undo: (what, work) => cleanup.add(what, work),
    };
}

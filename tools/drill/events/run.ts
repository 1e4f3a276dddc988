/** Goes through the events, one after the other. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Cleanup } from "../../common/cleanup";
import type { Api } from "../../common/kubernetes/api";
import { told, until } from "../../common/until";
import type { Controller } from "../cluster/controllers";
import type { Kubectl } from "../cluster/kubectl";
import type { SecondController } from "../cluster/secondController";
import type { LoadOfVariants } from "../loadOfVariants";
import type { Observer } from "../observe/observer";
import type { Variant } from "../variants/variant";
import type { Change, DrillEvent, EventTime, Scene } from "./event";
import { areSettled, Pending, podsInWords, settleSeconds } from "./waiting";

export interface RunOptions {
    readonly api: Api;
    readonly kubectl: Kubectl;
    readonly observer: Observer;
    readonly controller: Controller;
    readonly variants: readonly Variant[];
    readonly events: readonly DrillEvent[];
    readonly cleanup: Cleanup;
    readonly load: Pick<LoadOfVariants, "beginStep" | "endStep">;
    /** As in {@link Scene}. */
    readonly images: readonly string[];
    readonly restartApiServer: (() => Promise<void>) | undefined;
    readonly stack: Scene["stack"];
    readonly secondController: SecondController | undefined;
    readonly metricsOutageSeconds: number;
    /** Before the first event and after the last. */
    readonly quietSeconds: number;
    /** Seconds since the drill began. */
    readonly clock: () => number;
    /** Says how it goes, a line each. */
    readonly say: (line: string) => void;
    /** Ends the drill early: Ctrl-C, or a load that is not what it should be. */
    readonly signal: AbortSignal;
    /** Between two lines about one event. Seconds; default 30. */
    readonly tellSeconds?: number;
}

/** Characters. */
const mostOfFailure = 300;

/**
 * Goes through the events. Each lasts until the last pod that it has ended is gone, so that what is lost belongs to the
 * event that was going on.
 *
 * @throws the signal's reason. An event that fails is told of in the report: what was counted until then stays true.
 */
export async function goThroughEvents(options: RunOptions): Promise<readonly EventTime[]> {
    const { variants, observer, clock, say } = options;
    const pending = new Pending();
    const scene = sceneOf(options, pending);
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
        const work = async () => {
            await event.run(scene);
            await scene.until(settleSeconds, "the last pods to be gone", () => areSettled(observer, variants));
        };
        const inWords = () => `${pending.toString()}; ${podsInWords(observer, variants)}`;
        const failure = await failureOf(told(work(), inWords, say, options.tellSeconds), options.signal);
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
async function failureOf(work: Promise<void>, signal: AbortSignal): Promise<string | undefined> {
    try {
        await work;
        return undefined;
    } catch (error) {
        signal.throwIfAborted();
        // What a command printed may be long; its log has all of it.
        return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").slice(0, mostOfFailure);
    }
}

function sceneOf(options: RunOptions, pending: Pending): Scene {
    const { cleanup, observer, variants, restartApiServer, signal } = options;
    const pause = async (seconds: number) => {
        // It fails with no more than that it was aborted.
        await sleep(seconds * 1000, undefined, { signal }).catch(() => {
            signal.throwIfAborted();
        });
    };
    return {
        ...options,
        beginStep: () => {
            options.load.beginStep();
        },
        endStep: () => {
            options.load.endStep();
        },
        kubectl: (...args) => pending.during(`kubectl ${args.slice(0, 3).join(" ")}`, options.kubectl(...args)),
        restartApiServer:
            restartApiServer === undefined
                ? undefined
                : () => pending.during("the API server to be back", restartApiServer()),
        pause: (seconds) => pending.during(`${seconds} s to pass`, pause(seconds)),
        during: (text, work) => pending.during(text, work),
        until: async (seconds, text, holds) => {
            const inWords = () => `${text} (${podsInWords(observer, variants)})`;
            await pending.during(text, until(holds, { seconds, pending: inWords, signal }));
        },
        undo: (what, work) => cleanup.add(what, work),
    };
}

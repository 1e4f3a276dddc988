/** Three copies of the stack under the same requests, phase by phase. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Cleanup } from "../../common/cleanup";
import { cpuFirst } from "../../common/cpuFirst";
import type { Api } from "../../common/kubernetes/api";
import { paths } from "../../common/kubernetes/objects";
import { makeOwnNamespace } from "../../common/kubernetes/ownNamespace";
import { repositoryRoot } from "../../common/paths";
import { told, until } from "../../common/until";
import type { Kubectl } from "../cluster/kubectl";
import { untilSettled } from "../events/waiting";
import { Load, type RequestResult, type Stream } from "../load";
import { Observer } from "../observe/observer";
import { type Phase, phases, sizing } from "./load";
import { type Outcome, outcomeOf, type PhaseTime, streamName } from "./outcome";
import { type WaitingStack, writeManifests } from "./stacks";

export interface WaitingRun {
    readonly api: Api;
    readonly kubectl: Kubectl;
    readonly stacks: readonly WaitingStack[];
    readonly url: string;
    readonly vegetaPath: string;
    /** Whether the cluster is on this machine, beside which the clients get their CPU first. */
    readonly isLab: boolean;
    readonly outFolder: string;
    readonly cleanup: Cleanup;
    readonly say: (line: string) => void;
    readonly signal: AbortSignal;
}

const deadlineSeconds = 10;

/** @throws the signal's reason; where a load generator fails, or pods do not come */
export async function runWaiting(run: WaitingRun): Promise<readonly Outcome[]> {
    const { api, stacks, cleanup, say, signal } = run;
    const startedAt = performance.now();
    const clock = () => (performance.now() - startedAt) / 1000;
    const observer = new Observer(api, clock);
    cleanup.add("stop watching", () => {
        observer.stop();
        return Promise.resolve();
    });
    const variants = stacks.map((stack) => ({ ...stack, name: stack.signal }));
    for (const stack of variants) {
        await told(
            makeOwnNamespace(api, stack.namespace, "drill", cleanup),
            () => `namespace ${stack.namespace} to be made anew`,
            say,
        );
        await run.kubectl("apply", "--server-side", `--filename=${writeManifests(stack, run.outFolder)}`);
        observer.watch(stack);
    }
    say("Waiting for the pods.");
    await untilSettled(observer, variants, say, signal);
    await told(
        untilMeasured(run),
        () => "each autoscaler to have its figures, which Prometheus reads late at first",
        say,
    );

    const stopRecording = record(run);
    const results = new Map<string, RequestResult[]>(variants.map(({ name }) => [name, []]));
    const loads = variants.map(({ name, host }) => {
        const load = new Load({
            vegetaPath: run.vegetaPath,
            isFirst: run.isLab,
            url: run.url,
            host,
            streams: [],
            onResult: (result) => results.get(name)?.push(result),
        });
        cleanup.add(`stop the load of ${name}`, () => load.kill());
        return { name, load };
    });
    const times: PhaseTime[] = [];
    for (const phase of phases) {
        say(`${phase.title}: ${phase.seconds} s`);
        times.push({ phase, fromSeconds: clock() });
        for (const { name, load } of loads) for (const stream of streamsOf(name, phase)) load.add(stream);
        await sleep(phase.seconds * 1000, undefined, { signal });
        for (const variant of variants) {
            const { desired, ready } = observer.of(variant).state;
            const lost = results.get(variant.name)?.filter(({ isLost }) => isLost).length ?? 0;
            say(`  ${variant.name}: ${ready} of ${desired} pods, ${lost} lost`);
        }
    }
    await told(Promise.all(loads.map(({ load }) => load.ended())), () => "the last answers", say);
    await stopRecording();
    return variants.map((variant) => {
        const { replicas } = observer.of(variant);
        const pods = observer.of(variant).pods(new Map());
        return outcomeOf(
            { signal: variant.signal, results: results.get(variant.name) ?? [], pods, replicas },
            times,
            sizing,
        );
    });
}

/** Until Prometheus has heard of new pods the kubelet takes its time to tell it of its configuration. */
const measuredSeconds = 300;

interface Measured {
    readonly spec: { readonly metrics: readonly { readonly type: string }[] };
    readonly status?: { readonly currentMetrics?: readonly { readonly type: string }[] | null };
}

async function untilMeasured({ api, stacks, signal }: WaitingRun): Promise<void> {
    const isMeasured = async ({ namespace, autoscalerName }: WaitingStack) => {
        const { spec, status } = await api.get<Measured>(`${paths.autoscalers(namespace)}/${autoscalerName}`);
        // One without a figure has no type there.
        const types = new Set(status?.currentMetrics?.map(({ type }) => type));
        return spec.metrics.every(({ type }) => types.has(type));
    };
    await until(async () => (await Promise.all(stacks.map(isMeasured))).every(Boolean), {
        seconds: measuredSeconds,
        pollMilliseconds: 1000,
        pending: () => `figures in the status of ${stacks.map(({ autoscalerName }) => autoscalerName).join(", ")}`,
        signal,
    });
}

const streamsOf = (signal: WaitingStack["signal"], phase: Phase): readonly Stream[] =>
    phase.requests.map((requests, i) => ({
        name: streamName(signal, phase, i),
        ...requests,
        seconds: phase.seconds,
        deadlineSeconds,
    }));

/** Records the autoscaler of both figures, as npm run record does. Returns what ends it. */
function record({ stacks, outFolder, cleanup, isLab }: WaitingRun): () => Promise<void> {
    const both = stacks.find(({ signal }) => signal === "both");
    if (both === undefined) throw new Error("No stack is scaled by both figures.");
    const command = [
        join(repositoryRoot, "node_modules/.bin/tsx"),
        join(repositoryRoot, "tools/tuner/recording/recordCli.ts"),
        "--namespace",
        both.namespace,
        "--out",
        join(outFolder, "recording.ndjson"),
        "--note",
        "make drill-waiting",
    ];
    const [program = "", ...args] = isLab ? cpuFirst(command) : command;
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], detached: true });
    const closed = once(child, "close");
    return cleanup.add("stop recording", async () => {
        if (child.exitCode === null) child.kill("SIGINT");
        await closed;
    });
}

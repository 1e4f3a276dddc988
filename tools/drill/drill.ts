/** A whole drill: finds what is there, brings the baselines beside it, drills them, and puts the report together. */
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";

import { version as providerVersion } from "@pulumi/kubernetes/package.json";

import type { Cleanup } from "../common/cleanup";
import { run } from "../common/commands";
import { Api } from "../common/kubernetes/api";
import { makeOwnNamespace } from "../common/kubernetes/ownNamespace";
import { startProxy } from "../common/kubernetes/proxy";
import { told } from "../common/until";
import type { Arguments } from "./arguments";
import { requireCarried } from "./atRest";
import { allControllers, controllerOfKind, kindOf } from "./cluster/controllers";
import { clusterFacts, nginxImages } from "./cluster/facts";
import { kubectlOf } from "./cluster/kubectl";
import { secondControllerOf } from "./cluster/secondController";
import { giveBackLeftovers } from "./cluster/takenAway";
import { goThroughEvents } from "./events/run";
import { untilSettled } from "./events/waiting";
import { ensureVegeta } from "./load";
import { LoadOfVariants } from "./loadOfVariants";
import type { Report } from "./model";
import { Observer } from "./observe/observer";
import { assemble } from "./result/assemble";
import { baselineNamespace } from "./variants/baseline";
import { deployBaseline } from "./variants/baselineVariant";
import { deployedStack } from "./variants/ours";
import { PulumiStack } from "./variants/pulumiStack";
import type { Variant } from "./variants/variant";

export interface DrillOptions {
    /** Everything that this adds is to be undone by the caller, whether or not it succeeds. */
    readonly cleanup: Cleanup;
    /** Says how it goes, a line each. */
    readonly say: (line: string) => void;
    readonly signal: AbortSignal;
}

/** Of an API server that is restarted. */
const restartSeconds = 300;

/** @throws where the drill cannot be done, {@link NotCarriedError} where the load is not carried; the signal's reason */
export async function drill(args: Arguments, { cleanup, say, signal: interruption }: DrillOptions): Promise<Report> {
    const failure = new AbortController();
    const signal = AbortSignal.any([interruption, failure.signal]);
    const outFolder = resolve(args.outFolder);
    mkdirSync(outFolder, { recursive: true });
    const vegetaPath = await ensureVegeta(say);
    const proxy = await startProxy(args.context);
    cleanup.add("stop kubectl proxy", async () => {
        proxy.stop();
        return Promise.resolve();
    });
    const api = new Api(proxy.url);
    await giveBackLeftovers(api, say);
    const startedAt = Date.now();
    const clock = () => (Date.now() - startedAt) / 1000;
    const observer = new Observer(api, clock);
    cleanup.add("stop watching", async () => {
        observer.stop();
        return Promise.resolve();
    });

    const stack = new PulumiStack({
        stack: args.stack,
        stackFile: resolve(args.stackFile),
        context: args.context,
        folder: outFolder,
        signal,
        isLab: args.isLab,
    });
    const kind = kindOf(stack.get("ingressController", ["kind"]));
    const controller = controllerOfKind(kind);
    // Before the load: what was used until then is no matter of it.
    const cpuRecord = observer.readCpu(controller);
    const isRolling = () => observer.of({ name: "ours" }).state.revisions.length > 1;
    const {
        variant: ours,
        objects,
        longestRequestSeconds,
    } = await told(deployedStack(api, stack, isRolling), () => "pulumi stack output, and the stack's objects", say);
    const secondController =
        args.secondController === undefined ? undefined : secondControllerOf(args.secondController);
    if (secondController !== undefined) {
        // After the stack's, which brings the controller back where it is gone.
        cleanup.add("lead requests to the stack's own ingress controller", () => secondController.leadBack(kind));
    }
    cleanup.add("bring the stack back to its file", () => stack.restore());
    const loadOptions = { ...args, longestRequestSeconds, vegetaPath, startedAt };
    const tryLoad = async (tried: readonly Variant[]) => {
        say(
            `Trying whether the load of ${tried.map(({ name }) => name).join(", ")} is carried, with nothing disturbed.`,
        );
        await requireCarried({ ...loadOptions, variants: tried, variantCount: args.baselines.length + 1 }, signal);
    };
    // Before the baselines, which a machine that is too slow takes minutes to start.
    await tryLoad([ours]);
    const variants: Variant[] = [];
    for (const baseline of args.baselines) {
        signal.throwIfAborted();
        const namespace = baselineNamespace(baseline);
        const made = makeOwnNamespace(api, namespace, "drill", cleanup);
        await told(made, () => `namespace ${namespace} to be made anew`, say);
        variants.push(await deployBaseline(api, baseline, objects));
    }
    variants.push(ours);
    for (const variant of variants) observer.watch(variant);
    say(`Waiting for the pods of ${variants.map(({ name }) => name).join(", ")}.`);
    await untilSettled(observer, variants, say, signal);

    if (variants.length > 1) await tryLoad(variants);
    const loadFromMs = Date.now();
    const load = new LoadOfVariants({
        ...loadOptions,
        variants,
        onFailure: (error) => {
            failure.abort(error);
        },
    });
    cleanup.add("stop the load", () => load.kill());
    const { restartApiServer } = args;
    for (const each of secondController === undefined ? [controller] : allControllers) {
        observer.readIngressLogs(each, (entry) => {
            load.onIngressLog(entry);
        });
    }
    const images = await nginxImages(api, objects.deployment, args.nextImage);
    const events = await goThroughEvents({
        api,
        kubectl: kubectlOf(args.context, signal),
        observer,
        controller,
        variants,
        events: args.events,
        cleanup,
        load,
        images,
        restartApiServer:
            restartApiServer === undefined
                ? undefined
                : async () => {
                      await run("sh", ["-c", restartApiServer], { timeoutSeconds: restartSeconds });
                  },
        stack,
        secondController,
        metricsOutageSeconds: args.metricsOutageSeconds,
        quietSeconds: 10,
        clock,
        say,
        signal,
    });
    const { images: imagesInPlay, ...cluster } = await clusterFacts(api, objects.deployment, controller, images);
    say("The last requests may end.");
    await told(load.stop(), () => "the last answers", say);
    return assemble({
        startedAt,
        seconds: clock(),
        command: args.command,
        machine: {
            cores: cpus().length,
            isLab: args.isLab,
            ...cluster,
            software: [
                ...imagesInPlay,
                `Pulumi ${(await run("pulumi", ["version"])).trim()}`,
                `@pulumi/kubernetes ${providerVersion}`,
            ],
        },
        load: load.description,
        controllerCpuSeconds: cpuRecord.secondsBetween(loadFromMs, Date.now()),
        variants,
        recordOf: (variant) => observer.of(variant),
        accountOf: ({ name }) => load.accountOf(name),
        events,
    });
}

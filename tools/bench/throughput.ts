/**
 * `make bench`: what the way we run nginx and php-fpm costs in requests per second. Every figure stands beside the one it
 * is compared with, both measured in turn in one run, since machines are noisy: the ratios are what counts.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { dirname, join } from "node:path";

import { Cleanup } from "../common/cleanup";
import { interruptedCode, interruption, runCommand } from "../common/commandLine";
import { run } from "../common/commands";
import { Api } from "../common/kubernetes/api";
import { makeOwnNamespace } from "../common/kubernetes/ownNamespace";
import { startProxy } from "../common/kubernetes/proxy";
import { repositoryRoot } from "../common/paths";
import { told } from "../common/until";
import { TerminalProgress } from "../lab/progress";
import { build } from "../lab/steps/build";
import { readArguments, usage, type Arguments } from "./throughput/arguments";
import { create, deployedStack, readyController } from "./throughput/cluster";
import { machine } from "./throughput/machine";
import { longestSeconds, remedy, whyTooLong } from "./throughput/pace";
import { benchConfigMap, benchNamespace, benchOwner } from "./throughput/objects";
import { hostPart, ingressPart, startPod, workersPart, type Bench } from "./throughput/parts";
import { areTargetsMet, type Comparison, type Report, type Sweep } from "./throughput/result";
import { text } from "./throughput/text";

async function main(args: readonly string[]): Promise<number> {
    const options = readArguments(args);
    const interrupted = interruption(() => {
        say("\nInterrupted: what was made is removed.");
    });
    const deadline = AbortSignal.timeout(longestSeconds * 1000);
    const cleanup = new Cleanup();
    let report: Report | undefined;
    try {
        report = await bench(options, cleanup, AbortSignal.any([interrupted, deadline]));
    } catch (error) {
        if (deadline.aborted) say(`Not done after ${longestSeconds} s. ${remedy}`);
        else if (!interrupted.aborted) say(error instanceof Error ? error.message : String(error));
    }
    const failures = await cleanup.run(say);
    for (const failure of failures) say(`Not removed: ${failure}`);
    if (interrupted.aborted) return interruptedCode;
    if (report === undefined) return 1;

    process.stdout.write(`\n${text(report)}`);
    if (options.outPath !== undefined) {
        mkdirSync(dirname(options.outPath), { recursive: true });
        writeFileSync(options.outPath, `${JSON.stringify(report, undefined, 2)}\n`);
        say(options.outPath);
    }
    return areTargetsMet(report) && failures.length === 0 ? 0 : 1;
}

async function bench(options: Arguments, cleanup: Cleanup, signal: AbortSignal): Promise<Report> {
    if (getPriority() !== 0) throw new Error("The bench runs without nice: the pods would have none, and win.");
    const date = new Date().toISOString();
    const begun = performance.now();
    const secondsSince = (from: number) => (performance.now() - from) / 1000;
    const packages = ["wrk=wrk", "nsenter=util-linux", "chrt=util-linux"];
    await run(join(repositoryRoot, "scripts/install-debian-packages.sh"), packages, { signal });
    const { images } = await build(new TerminalProgress(), { signal });
    const archiveOf = (reference: string) => {
        const image = images.find((each) => each.reference === reference);
        if (image === undefined) throw new Error(`${reference} is none of the lab's images.`);
        return image.archivePath;
    };
    const facts = await machine(say, signal);
    const proxy = await startProxy(undefined);
    cleanup.add("stop kubectl proxy", () => {
        proxy.stop();
        return Promise.resolve();
    });
    const api = new Api(proxy.url);
    const [stack, controller] = await Promise.all([deployedStack(api), readyController(api)]);
    const made = makeOwnNamespace(api, benchNamespace, benchOwner, cleanup);
    await told(made, () => `namespace ${benchNamespace} to be made anew`, say);
    for (const configMap of stack.configMaps) await create(api, benchConfigMap(configMap));

    const { parts, rounds, seconds, connections, workers } = options;
    const load = { connections, seconds };
    const common: Bench = { api, stack, controller, load, rounds, cleanup, say, signal };
    const comparisons: Comparison[] = [];
    const sweeps: Sweep[] = [];
    if (parts.includes("host") || parts.includes("ingress")) {
        const starting = performance.now();
        const pod = await startPod(common);
        const tooLong = whyTooLong(options, secondsSince(starting), secondsSince(begun));
        if (tooLong !== undefined) throw new Error(tooLong);
        if (parts.includes("host")) comparisons.push(...(await hostPart(common, pod, archiveOf)));
        if (parts.includes("ingress")) comparisons.push(...(await ingressPart(common, pod)));
    }
    if (parts.includes("workers")) sweeps.push(...(await workersPart(common, workers)));
    return {
        date,
        command: options.command,
        machine: facts,
        load: { ...load, rounds },
        comparisons,
        sweeps,
    };
}

function say(line: string): void {
    process.stderr.write(`${line}\n`);
}

runCommand(main, usage);

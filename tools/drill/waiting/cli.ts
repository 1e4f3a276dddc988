/** The command behind `make drill-waiting`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";

import { Cleanup } from "../../common/cleanup";
import {
    interruptedCode,
    interruption,
    parseOptions,
    readInput,
    runCommand,
    UsageError,
} from "../../common/commandLine";
import { Api } from "../../common/kubernetes/api";
import { startProxy } from "../../common/kubernetes/proxy";
import { kubectlOf } from "../cluster/kubectl";
import { ensureVegeta } from "../load";
import { goalsOf, type Outcome } from "./outcome";
import { markdown, type WaitingReport } from "./report";
import { runWaiting } from "./run";
import { signals, waitingStack } from "./stacks";

const usage = `Usage: tools/drill/waiting/cli.ts --url URL --stack-file FILE [options]

Brings the stack to the cluster three times, in namespaces of their own, scaled on CPU and busy workers, on CPU alone, and on busy
workers alone, and counts what requests lose and wait in steps of requests that wait, and one of requests that compute. Ten minutes.

  --url URL           where the cluster's ingress controller answers
  --stack-file FILE   of a stack that scales on busy workers, of which pods, monitoring and images are taken
  --context CONTEXT   of the kubeconfig (default: the current one)
  --lab               the cluster is the lab, on this machine
  --out FOLDER        report.md, report.json and the autoscaler's recording (default out/drill-waiting)

Exit code: 0 as it should be, 1 not, or failed, 2 wrong usage, 130 interrupted`;

interface Arguments {
    readonly url: string;
    readonly stackFile: string;
    readonly context: string | undefined;
    readonly isLab: boolean;
    readonly outFolder: string;
}

function readArguments(args: readonly string[]): Arguments {
    const text = { type: "string" } as const;
    const { values } = parseOptions({
        args: [...args],
        options: { url: text, "stack-file": text, context: text, lab: { type: "boolean", default: false }, out: text },
    });
    const { url, "stack-file": stackFile, context, lab, out = "out/drill-waiting" } = values;
    if (url === undefined || !URL.canParse(url)) {
        throw new UsageError("--url is missing, or is none: it names where the cluster's ingress controller answers.");
    }
    if (stackFile === undefined) throw new UsageError("--stack-file is missing: it names the stack's file.");
    return { url, stackFile, context, isLab: lab, outFolder: resolve(out) };
}

async function main(args: readonly string[]): Promise<number> {
    const options = readArguments(args);
    const text = readInput(options.stackFile);
    const signal = interruption(() => {
        say("\nInterrupted: what was brought to the cluster is removed.");
    });
    const cleanup = new Cleanup();
    let isAsItShould = false;
    try {
        const report = await reportOf(options, text, { cleanup, signal });
        isAsItShould = goalsOf(report.outcomes).every(({ isMet }) => isMet);
        write(report, options.outFolder);
    } catch (error) {
        if (!signal.aborted) say(error instanceof Error ? error.message : String(error));
    }
    const failures = await cleanup.run(say);
    for (const failure of failures) say(`Not removed: ${failure}`);
    if (signal.aborted) return interruptedCode;
    return isAsItShould && failures.length === 0 ? 0 : 1;
}

interface Surroundings {
    readonly cleanup: Cleanup;
    readonly signal: AbortSignal;
}

async function reportOf(options: Arguments, text: string, { cleanup, signal }: Surroundings): Promise<WaitingReport> {
    const { url, context, isLab, outFolder } = options;
    mkdirSync(outFolder, { recursive: true });
    const vegetaPath = await ensureVegeta(say);
    // One after the other: the program runs in this process.
    const stacks = [];
    for (const each of signals) stacks.push(await waitingStack("lab", text, each));
    const proxy = await startProxy(context);
    cleanup.add("stop kubectl proxy", () => {
        proxy.stop();
        return Promise.resolve();
    });
    const api = new Api(proxy.url);
    const kubectl = kubectlOf(context, signal);
    const startedAt = new Date().toISOString();
    const { gitVersion } = await api.get<{ readonly gitVersion: string }>("/version");
    const outcomes: readonly Outcome[] = await runWaiting({
        api,
        kubectl,
        stacks,
        url,
        vegetaPath,
        isLab,
        outFolder,
        cleanup,
        say,
        signal,
    });
    return { startedAt, command: "make drill-waiting", kubernetesVersion: gitVersion, cores: cpus().length, outcomes };
}

function write(report: WaitingReport, folder: string): void {
    const table = markdown(report);
    writeFileSync(join(folder, "report.json"), `${JSON.stringify(report)}\n`);
    writeFileSync(join(folder, "report.md"), table);
    process.stdout.write(`\n${table}\n${join(folder, "report.md")}\n`);
}

function say(line: string): void {
    process.stderr.write(`${line}\n`);
}

runCommand(main, usage);

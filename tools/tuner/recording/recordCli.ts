/** `npm run -s record`: records what the HPA controller of a cluster reads, and what it makes of it. */
import { appendFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { interruption, parseOptions, runCommand, UsageError } from "../../common/commandLine";
import { startProxy } from "../../common/kubernetes/proxy";
import { findHpa, type Get, Recorder } from "./recorder";
import type { Header } from "./recording";

const usage = `Usage: npm run -s record -- --namespace NAMESPACE --out FILE.ndjson [OPTIONS]

Asks a cluster once a second for a HorizontalPodAutoscaler, its pods, their metrics and the scale, and writes down what has
changed, until Ctrl-C. It changes nothing in the cluster. npm run -s replay compares the recording with the model.

  --hpa NAME          needed where the namespace has several
  --seconds N         ends by itself
  --context CONTEXT   of the kubeconfig (default: the current one)
  --note TEXT         what happens meanwhile, for the reader

Exit code: 0 done, 1 failed, 2 wrong usage`;

const intervalSeconds = 1;
/** A request that hangs must not end the recording. */
const requestMilliseconds = 5000;

interface Arguments {
    readonly namespace: string;
    readonly outPath: string;
    readonly hpaName: string | undefined;
    readonly seconds: number;
    readonly context: string | undefined;
    readonly note: string | undefined;
}

function readArguments(args: readonly string[]): Arguments {
    const text = { type: "string" } as const;
    const options = { namespace: text, out: text, hpa: text, seconds: text, context: text, note: text };
    const { values } = parseOptions({ args: [...args], options });
    const { namespace, out, hpa, seconds = "Infinity", context, note } = values;
    if (namespace === undefined) throw new UsageError("--namespace is missing: it names that of the HPA.");
    if (out === undefined) throw new UsageError("--out is missing: it names the file to write.");
    if (!(Number(seconds) > 0)) throw new UsageError(`--seconds ${seconds}: it takes a number above 0.`);
    return { namespace, outPath: out, hpaName: hpa, seconds: Number(seconds), context, note };
}

async function main(args: readonly string[]): Promise<number> {
    const { namespace, outPath, hpaName, seconds, context, note } = readArguments(args);
    const interrupted = interruption();
    const proxy = await startProxy(context);
    try {
        const get: Get = (path) => getJson(proxy.url + path);
        const hpa = await findHpa(get, namespace, hpaName);
        const recorder = await Recorder.of(get, namespace, hpa);
        const { gitVersion } = await get<{ readonly gitVersion: string }>("/version");
        const header: Header = {
            hpa: `${namespace}/${hpa.metadata.name}`,
            recordedAt: new Date().toISOString(),
            ...(note !== undefined && { note }),
            kubernetes: gitVersion,
            intervalSeconds,
        };
        writeFileSync(outPath, `${JSON.stringify(header)}\n`);
        console.error(`Recording ${header.hpa} to ${outPath}. Ctrl-C ends it.`);
        await recordUntil(recorder, outPath, Date.now() + seconds * 1000, interrupted);
    } finally {
        proxy.stop();
    }
    return 0;
}

async function recordUntil(recorder: Recorder, outPath: string, end: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && Date.now() < end) {
        const now = Date.now();
        try {
            const change = await recorder.next(now);
            if (change !== undefined) appendFileSync(outPath, `${JSON.stringify(change)}\n`);
        } catch (error) {
            console.error(`${new Date(now).toISOString()} ${error instanceof Error ? error.message : String(error)}`);
        }
        const rest = now + intervalSeconds * 1000 - Date.now();
        await sleep(Math.max(0, rest), undefined, { signal }).catch(() => undefined);
    }
}

async function getJson<T>(url: string): Promise<T> {
    const response = await fetch(url, { signal: AbortSignal.timeout(requestMilliseconds) });
    if (!response.ok) throw new Error(`GET ${new URL(url).pathname}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
}

runCommand(main, usage);

/** The command line of a drill. */
import { parseOptions, UsageError } from "../common/commandLine";
import { allEvents, shortEvents } from "./events";
import type { DrillEvent } from "./events/event";
import { allBaselines, type Baseline } from "./variants/baseline";

export const usage = `Usage: drill/cli.ts --url URL --stack STACK [options]

Counts the requests that a service loses while its cluster moves.

  --url URL               where the service answers, as a client reaches it
  --stack STACK           Pulumi stack that deployed it; pulumi must be logged in
  --stack-file FILE       its file (default Pulumi.STACK.yaml)
  --context CONTEXT       kubeconfig context (default: the current one)
  --short                 a few events of the full drill, about four minutes
  --events A,B            these: ${allEvents.map(({ name }) => name).join(", ")}
  --baselines A,B         beside the stack, in namespaces of their own: none, write-up (default: both with --lab, else no)
  --rate N                requests per second for each variant (default 70)
  --long-rate N           long ones beside them, per second (default 0.5)
  --step-rate N           further ones in scale-out, each with 12 ms of CPU (default 22)
  --next-image IMAGE      another php-fpm image to roll out (default: another name of the same one that the nodes have)
  --restart-apiserver CMD shell command that restarts an API server and returns when it is back
  --metrics-outage N      seconds without metrics-server (default 300)
  --out FOLDER            report.json, report.html and logs (default drill/out)
  --lab                   it is the lab of this machine: do not ask
  --yes                   do not ask

Exit code: 0 promise kept, 1 broken or failed, 2 wrong usage, 130 interrupted`;

export interface Arguments {
    readonly url: string;
    readonly stack: string;
    readonly stackFile: string;
    readonly context: string | undefined;
    readonly events: readonly DrillEvent[];
    readonly baselines: readonly Baseline[];
    readonly requestsPerSecond: number;
    readonly longRequestsPerSecond: number;
    readonly stepRequestsPerSecond: number;
    readonly nextImage: string | undefined;
    readonly restartApiServer: string | undefined;
    readonly metricsOutageSeconds: number;
    readonly outFolder: string;
    readonly isLab: boolean;
    /** That repeats it. */
    readonly command: string;
    /** Nobody is asked before the cluster is touched. */
    readonly isAgreed: boolean;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

/** @throws {UsageError} */
export function readArguments(args: readonly string[]): Arguments {
    const { values } = parseOptions({
        args: [...args],
        options: {
            url: text,
            stack: text,
            "stack-file": text,
            context: text,
            short: flag,
            events: text,
            baselines: text,
            rate: text,
            "long-rate": text,
            "step-rate": text,
            "next-image": text,
            "restart-apiserver": text,
            "metrics-outage": text,
            out: text,
            lab: flag,
            yes: flag,
        },
    });
    const { url, stack, short, lab } = values;
    if (url === undefined || !URL.canParse(url) || !/^https?:/.test(url)) {
        throw new UsageError(`--url ${url ?? "is missing"}: it takes an address such as http://127.0.0.1:8088/.`);
    }
    if (stack === undefined) throw new UsageError("--stack is missing: the drill changes a stack by pulumi up.");
    return {
        url,
        stack,
        stackFile: values["stack-file"] ?? `Pulumi.${stack}.yaml`,
        context: values.context,
        events:
            values.events === undefined ? (short ? shortEvents : allEvents) : named(allEvents, "event", values.events),
        baselines:
            values.baselines === undefined
                ? lab
                    ? allBaselines
                    : []
                : named(allBaselines, "baseline", values.baselines),
        requestsPerSecond: positive("rate", values.rate, 70),
        longRequestsPerSecond: positive("long-rate", values["long-rate"], 0.5),
        stepRequestsPerSecond: positive("step-rate", values["step-rate"], 22),
        nextImage: values["next-image"],
        restartApiServer: values["restart-apiserver"],
        metricsOutageSeconds: positive("metrics-outage", values["metrics-outage"], 300),
        outFolder: values.out ?? "drill/out",
        isLab: lab,
        command: lab ? "make drill" : `npx tsx drill/cli.ts ${args.join(" ")}`,
        isAgreed: lab || values.yes,
    };
}

function positive(option: string, value: string | undefined, otherwise: number): number {
    if (value === undefined) return otherwise;
    const number = Number(value);
    if (!Number.isFinite(number) || number <= 0)
        throw new UsageError(`--${option} ${value}: it takes a number above 0.`);
    return number;
}

function named<T extends { readonly name: string }>(all: readonly T[], kind: string, names: string): readonly T[] {
    return names
        .split(",")
        .filter((name) => name !== "")
        .map((name) => {
            const found = all.find((each) => each.name === name);
            if (found !== undefined) return found;
            throw new UsageError(`There is no ${kind} ${name}. There are ${all.map((each) => each.name).join(", ")}.`);
        });
}

/** The command line of a drill. */
import { dirname } from "node:path";

import { parseOptions, UsageError } from "../common/commandLine";
import type { SecondControllerCommands } from "./cluster/secondController";
import { allEvents, namedEvents, shortEvents } from "./events";
import type { DrillEvent } from "./events/event";
import type { Page } from "./load";
import { ratesWithin } from "./load/stream";
import { fullRates } from "./loadOfVariants";
import type { Rates } from "./model";
import { allBaselines, type Baseline } from "./variants/baseline";

export const usage = `Usage: tools/drill/cli.ts --url URL --stack STACK [options]
       tools/drill/cli.ts --report FILE [--out FOLDER]

Counts the requests that a service loses while its cluster moves.

  --url URL               where the service answers, as a client reaches it
  --stack STACK           Pulumi stack that deployed it; pulumi must be logged in
  --stack-file FILE       its file (default Pulumi.STACK.yaml)
  --context CONTEXT       kubeconfig context (default: the current one)
  --request PATH          GETs of this page, where the application has no /echo; without long requests and slow clients
  --expect TEXT           what a right answer to --request has in it
  --short                 a few events of the full drill, about four minutes
  --events A,B            these: ${allEvents.map(({ name }) => name).join(", ")};
                          or, which a drill has where they are named alone, ${namedEvents.map(({ name }) => name).join(", ")}
  --baselines A,B         beside the stack, in namespaces of their own: none, write-up (default: both with --lab, else no)
  --rate N                requests per second for each variant (default ${fullRates.requestsPerSecond}); take fewer on a slow machine
  --long-rate N           long ones beside them, per second (default ${fullRates.longRequestsPerSecond})
  --slow-rate N           of each kind of slow client, per second: readers, writers, idle connections (default ${fullRates.slowRequestsPerSecond})
  --step-rate N           further ones in scale-out, each with 12 ms of CPU (default ${fullRates.stepRequestsPerSecond})
  --next-image IMAGE      another nginx image to roll out (default: another one of its repository that the nodes have)
  --restart-apiserver CMD shell command that restarts an API server and returns when it is back
  --second-controller CMD shell command that readies another ingress controller, and prints its settings for the stack file (JSON)
  --lead-to CMD           shell command that has new connections go to the controller of the kind that follows: DNS, a load balancer
  --metrics-outage N      seconds without metrics-server (default 300)
  --out FOLDER            report.json, report.html and logs (default out/drill)
  --report FILE           draws a report.json again, beside it or into --out, and drills nothing
  --lab                   it is the lab of this machine: do not ask
  --yes                   do not ask

Exit code: 0 promise kept, 1 broken, in doubt or failed, 2 wrong usage, 130 interrupted`;

export interface Arguments extends Rates {
    readonly url: string;
    readonly stack: string;
    readonly stackFile: string;
    readonly context: string | undefined;
    /** Asked instead of /echo. */
    readonly page: Page | undefined;
    readonly events: readonly DrillEvent[];
    readonly baselines: readonly Baseline[];
    readonly nextImage: string | undefined;
    readonly restartApiServer: string | undefined;
    readonly secondController: SecondControllerCommands | undefined;
    readonly metricsOutageSeconds: number;
    readonly outFolder: string;
    readonly isLab: boolean;
    readonly args: readonly string[];
    /** That repeats it. */
    readonly command: string;
    /** Nobody is asked before the cluster is touched. */
    readonly isAgreed: boolean;
}

/** A report that is drawn again. */
export interface Redrawing {
    readonly reportPath: string;
    readonly outFolder: string;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
/** Options that say what is drilled, whatever the cluster. */
export const whatIsDone = {
    request: text,
    expect: text,
    short: flag,
    events: text,
    baselines: text,
    rate: text,
    "long-rate": text,
    "slow-rate": text,
    "step-rate": text,
    "metrics-outage": text,
} as const;

/** @throws {UsageError} */
export function readCommand(args: readonly string[]): Arguments | Redrawing {
    const { values } = parse(args);
    const { report, out, ...others } = values;
    if (report === undefined) return readArguments(args);
    const given = Object.entries(others).filter(([, value]) => Boolean(value));
    if (given.length > 0) throw new UsageError(`--report goes with --out alone, not with --${given[0]?.[0] ?? ""}.`);
    return { reportPath: report, outFolder: out ?? dirname(report) };
}

function parse(args: readonly string[]) {
    return parseOptions({
        args: [...args],
        options: {
            report: text,
            url: text,
            stack: text,
            "stack-file": text,
            context: text,
            ...whatIsDone,
            "next-image": text,
            "restart-apiserver": text,
            "second-controller": text,
            "lead-to": text,
            out: text,
            lab: flag,
            yes: flag,
        },
    });
}

/** @throws {UsageError} */
export function readArguments(args: readonly string[]): Arguments {
    const { values } = parse(args);
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
        page: pageOf(values.request, values.expect),
        events:
            values.events === undefined
                ? short
                    ? shortEvents
                    : allEvents
                : named([...allEvents, ...namedEvents], "event", values.events),
        baselines:
            values.baselines === undefined
                ? lab
                    ? allBaselines
                    : []
                : named(allBaselines, "baseline", values.baselines),
        requestsPerSecond: rate("rate", values.rate, fullRates.requestsPerSecond),
        longRequestsPerSecond: rate("long-rate", values["long-rate"], fullRates.longRequestsPerSecond),
        slowRequestsPerSecond: rate("slow-rate", values["slow-rate"], fullRates.slowRequestsPerSecond),
        stepRequestsPerSecond: rate("step-rate", values["step-rate"], fullRates.stepRequestsPerSecond),
        nextImage: values["next-image"],
        restartApiServer: values["restart-apiserver"],
        secondController: secondController(values["second-controller"], values["lead-to"]),
        metricsOutageSeconds: positive("metrics-outage", values["metrics-outage"], 300),
        outFolder: values.out ?? "out/drill",
        isLab: lab,
        args,
        command: commandOf(args),
        isAgreed: lab || values.yes,
    };
}

/** The command with another rate. */
export function commandAt({ args }: Pick<Arguments, "args">, requestsPerSecond: number): string {
    const others = args.filter((arg, i) => !/^--rate(=|$)/.test(arg) && args[i - 1] !== "--rate");
    return commandOf([...others, "--rate", String(requestsPerSecond)]);
}

function commandOf(args: readonly string[]): string {
    // All that Makefile adds by itself comes before it.
    const lab = args.indexOf("--lab");
    if (lab === -1) return `npx tsx tools/drill/cli.ts ${args.join(" ")}`;
    const own = args.slice(lab + 1);
    const variables = ["KUBERNETES", "CONTROLLER"].flatMap((name) => {
        const value = process.env[name] ?? "";
        return value === "" ? [] : [`${name}=${value}`];
    });
    return ["make drill", ...variables, ...(own.length === 0 ? [] : [`ARGS="${own.join(" ")}"`])].join(" ");
}

function pageOf(path: string | undefined, expected: string | undefined): Page | undefined {
    if (path === undefined && expected === undefined) return undefined;
    if (path === undefined) throw new UsageError("--expect goes with --request.");
    if (!/^\/[^\s#]*$/.test(path)) throw new UsageError(`--request ${path}: it takes a path such as /shop?lang=en.`);
    if (expected === undefined || expected === "") {
        throw new UsageError("--expect is missing: a right answer to --request is told by a text that it has in it.");
    }
    return { path, expected };
}

function secondController(ready: string | undefined, lead: string | undefined): SecondControllerCommands | undefined {
    if (ready === undefined && lead === undefined) return undefined;
    if (ready === undefined || lead === undefined)
        throw new UsageError("--second-controller and --lead-to go together.");
    return { ready, lead };
}

function rate(option: string, value: string | undefined, otherwise: number): number {
    const number = positive(option, value, otherwise);
    const [least, most] = ratesWithin;
    if (number >= least && number <= most) return number;
    throw new UsageError(`--${option} ${value}: it takes a number from ${least} to ${most}.`);
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

/** The command behind `npm run -s exec`: runs a command of the application in the cluster, beside the pods that serve. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:os";

import { parseOptions, runCommand, UsageError } from "../common/commandLine";
import { run, started } from "../common/commands";
import { until } from "../common/until";
import { placeOf } from "../render/place";
import { readStackFile } from "../render/stackFile";
import { podBeside, type ServiceDeployment } from "./pod";

const usage = `Usage: npm run -s exec -- --stack STACK [--context CONTEXT] [--] [COMMAND [ARGUMENT...]]

  COMMAND            runs in a pod of its own that gets no traffic, with php-fpm's image, user, environment, folders and
                     limits; the pod is removed at the end. Default: sh
  --stack STACK      the service of Pulumi.STACK.yaml, as it is deployed
  --context CONTEXT  of the kubeconfig; else cluster.context of the stack file, else the current one

Exit code: the command's; 1 where it did not start, 2 wrong usage`;

/** For an image that the node has to pull. */
const startSeconds = 300;

async function main(args: readonly string[]): Promise<number> {
    const { values, positionals } = parseOptions({
        args: [...args],
        options: { stack: { type: "string" }, context: { type: "string" } },
        allowPositionals: true,
    });
    if (values.stack === undefined) throw new UsageError("--stack is missing: which stack?");
    const place = placeOf(values.stack, readStackFile(values.stack));
    const context = values.context ?? place.context;
    const kubectl = ["--namespace", place.namespace, ...(context === undefined ? [] : ["--context", context])];
    const deployment = await deployedService(kubectl, place.namespace);
    const name = `${deployment.metadata.name}-exec-${randomBytes(3).toString("hex")}`;
    const interruption = interrupted();
    try {
        await run("kubectl", [...kubectl, "create", "--filename=-"], {
            input: JSON.stringify(podBeside(deployment, name)),
        });
        await untilReady(kubectl, name, interruption);
        const command = positionals.length === 0 ? ["sh"] : positionals;
        return await exec([...kubectl, "exec", ...attachment(), name, "--", ...command], interruption);
    } finally {
        await run("kubectl", [...kubectl, "delete", "pod", name, "--ignore-not-found", "--wait=false"]);
    }
}

async function deployedService(kubectl: readonly string[], namespace: string): Promise<ServiceDeployment> {
    const selector = "--selector=app.kubernetes.io/component=php-web-service";
    const list = await run("kubectl", [...kubectl, "get", "deployments", selector, "--output=json"]);
    const [deployment, ...others] = (JSON.parse(list) as { items: readonly ServiceDeployment[] }).items;
    if (deployment === undefined) throw new Error(`There is no service in namespace ${namespace} yet: pulumi up.`);
    if (others.length > 0)
        throw new Error(
            `There are ${others.length + 1} services in namespace ${namespace}, and it is not clear which is meant.`,
        );
    return deployment;
}

/** Aborted by Ctrl-C and the like, so that the pod is removed all the same. At a terminal the command itself gets what is typed. */
function interrupted(): AbortSignal {
    const controller = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => {
            controller.abort(new Error(`Ended by ${signal}.`));
        });
    }
    return controller.signal;
}

interface Reason {
    readonly reason?: string;
    readonly message?: string;
}

interface Pod {
    readonly status: {
        readonly conditions?: readonly ({ readonly type: string; readonly status: string } & Reason)[];
        readonly containerStatuses?: readonly {
            readonly ready: boolean;
            readonly state: { readonly waiting?: Reason; readonly terminated?: Reason };
        }[];
    };
}

const describe = ({ reason = "", message = "" }: Reason = {}) => [reason, message].filter(Boolean).join(": ");

async function untilReady(kubectl: readonly string[], name: string, signal: AbortSignal): Promise<void> {
    let pending = "";
    const wait = { pending: () => pending, seconds: startSeconds, pollMilliseconds: 500, signal };
    await until(async () => {
        const { status } = JSON.parse(
            await run("kubectl", [...kubectl, "get", "pod", name, "--output=json"], { signal }),
        ) as Pod;
        const [container] = status.containerStatuses ?? [];
        const { waiting, terminated } = container?.state ?? {};
        if (terminated !== undefined) throw new Error(`Pod ${name} did not start. ${describe(terminated)}`);
        const unscheduled = status.conditions?.find(
            ({ type, status: is }) => type === "PodScheduled" && is === "False",
        );
        pending = `pod ${name} to start (${describe(waiting ?? unscheduled)})`;
        return container?.ready === true;
    }, wait);
}

/** With a terminal, where there is one at both ends. */
function attachment(): readonly string[] {
    return process.stdin.isTTY && process.stdout.isTTY ? ["--stdin", "--tty"] : ["--stdin"];
}

async function exec(args: readonly string[], interruption: AbortSignal): Promise<number> {
    const child = await started("kubectl", () => spawn("kubectl", args, { stdio: "inherit" }));
    interruption.addEventListener("abort", () => child.kill());
    return await new Promise((resolve) => {
        child.on("close", (code, signal) => {
            resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
        });
    });
}

runCommand(main, usage);

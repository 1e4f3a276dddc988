/** The command behind `make up`, `make down`, `make status`, `make url`, `make kubeconfig`, `make drill` and `make bench`. */
import { spawn, type ChildProcess } from "node:child_process";

import { interruptedCode, parseOptions, runCommand, UsageError } from "../common/commandLine";
import { started } from "../common/commands";
import { restartControlPlaneDaemon } from "./cluster/cluster";
import { controlPlaneTools } from "./cluster/controlPlane";
import { InterruptedError, isPulumiRunning } from "./engine";
import { addOnNames, addOnsToRun, askedAddOns } from "./addOns";
import { askedController, controllerNames, defaultController } from "./controller";
import { defaultFrontDoorPort, frontDoorPort } from "./frontDoor";
import { kubernetesOfLab, kubernetesToRun } from "./kubernetes";
import { checkLock, release, withLock } from "./lock";
import { statePaths } from "./paths";
import { chartsPort } from "./preflight";
import { TerminalProgress } from "./progress";
import { controllerToRun, labStack, readLabStackFile, stackEnvironment, writeStackFile } from "./stack";
import { build } from "./steps/build";
import { whileServing } from "./steps/charts";
import { down } from "./steps/down";
import { leadToKind, readySecondController } from "./steps/secondController";
import { serviceAddress } from "./steps/service";
import { status } from "./steps/status";
import { checkMachine, up, type UpResult } from "./steps/up";
import {
    askedKubernetes,
    defaultKubernetes,
    ensureTools,
    isToolName,
    kubernetesMinors,
    type ToolName,
} from "./toolchain";

const usage = `Usage: tools/lab/cli.ts COMMAND

  up [--port PORT]  starts the lab, or what of it does not run, and brings stack lab to it
  build [PROGRAM..] makes what the lab needs, or the programs named, and starts nothing
  down              removes the lab
  status            prints what runs
  url               prints where the service answers
  kubeconfig        prints the path of the kubeconfig
  exec -- COMMAND   runs a command for which pulumi and kubectl work on the lab, and nobody else does meanwhile
  restart-apiserver ends the API server and starts it again
  second-controller readies a second ingress controller, and prints what ingressController.alongside is to be for it
  lead-to KIND      has the front door lead new connections to the ingress controller of that kind

Environment: KUBERNETES (${kubernetesMinors.join(", ")}) is what up starts and build makes. Without it a lab keeps what it runs, and a new one is of
${defaultKubernetes}. A newer one is an upgrade of the lab; before an older one it has to be removed.
CONTROLLER (${controllerNames.join(", ")}) is the ingress controller, likewise; without it a new lab has ${defaultController}. A lab keeps its own:
before another one it has to be removed.
WITH (${addOnNames.join(", ")}) is what the cluster gets beside the service, and keeps.

Exit code: 0 done, 1 failed or the lab is down, 2 wrong usage, 130 interrupted`;

async function main(args: readonly string[]): Promise<number> {
    const { command, programs, kind, port, further } = readArguments(args);
    switch (command) {
        case "up":
            return await runUp(port);
        case "build":
            if (programs.length > 0) await ensureTools(programs, new TerminalProgress());
            else
                await build(new TerminalProgress(), {
                    kubernetes: askedKubernetes(),
                    controller: askedController(),
                    addOns: askedAddOns(),
                });
            return 0;
        case "down":
            requireRoot();
            await withLock(() => down(new TerminalProgress()));
            return 0;
        case "status": {
            requireRoot();
            const { text, isUp } = await status();
            process.stdout.write(text);
            return isUp ? 0 : 1;
        }
        case "url":
            process.stdout.write(`${serviceAddress(readLabStackFile(), portOfLab()).url}\n`);
            return 0;
        case "kubeconfig":
            portOfLab();
            process.stdout.write(`${statePaths.kubeconfig}\n`);
            return 0;
        case "exec":
            return await runInLab(further);
        case "restart-apiserver":
            portOfLab();
            await restartControlPlaneDaemon(
                "kube-apiserver",
                await ensureTools(controlPlaneTools, new TerminalProgress(), { kubernetes: kubernetesOfLab() }),
            );
            return 0;
        case "second-controller": {
            portOfLab();
            const settings = await readySecondController(controllerToRun(), new TerminalProgress());
            process.stdout.write(`${JSON.stringify(settings)}\n`);
            return 0;
        }
        case "lead-to":
            portOfLab();
            await leadToKind(
                controllerToRun(),
                kind,
                (await ensureTools(["kubectl"], new TerminalProgress(), { kubernetes: kubernetesOfLab() })).kubectl,
            );
            return 0;
        case undefined:
            throw new UsageError("No command.");
        default:
            throw new UsageError(`There is no command ${command}.`);
    }
}

/** The lab's folder is root's, and to others there would seem to be no lab. */
function requireRoot(): void {
    if (process.getuid?.() !== 0) throw new Error("The lab is root's. Run it as root: sudo make ...");
}

function portOfLab(): number {
    requireRoot();
    const port = frontDoorPort();
    if (port === undefined) throw new Error("The lab is down. make up starts it.");
    return port;
}

interface Arguments {
    readonly command: string | undefined;
    /** Of the command build. */
    readonly programs: readonly ToolName[];
    /** Of the command lead-to. */
    readonly kind: string;
    readonly port: number;
    /** What follows "--". */
    readonly further: readonly string[];
}

function readArguments(allArgs: readonly string[]): Arguments {
    const end = allArgs.indexOf("--");
    const [args, further] = end === -1 ? [allArgs, []] : [allArgs.slice(0, end), allArgs.slice(end + 1)];
    const { values, positionals } = parseOptions({
        args: [...args],
        options: { port: { type: "string" } },
        allowPositionals: true,
    });
    const [command, ...rest] = positionals;
    const [kind = "", ...programs] = command === "lead-to" ? rest : ["", ...rest];
    if (command === "lead-to" && kind === "") throw new UsageError("lead-to takes the kind of an ingress controller.");
    if (command !== "build" && programs.length > 0) {
        throw new UsageError(`One command at a time, not ${positionals.join(" ")}.`);
    }
    const unknown = programs.filter((name) => !isToolName(name));
    if (unknown.length > 0) throw new UsageError(`tools/lab/toolchain makes no ${unknown.join(", ")}.`);
    const port = values.port === undefined ? defaultFrontDoorPort : Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
        throw new UsageError(`--port ${values.port ?? ""}: a port is a number from 1 to 65535.`);
    }
    if ((command === "exec") !== further.length > 0) {
        throw new UsageError("exec, and nothing else, takes a command to run after --.");
    }
    return { command, programs: programs.filter(isToolName), kind, port, further };
}

async function runUp(port: number): Promise<number> {
    const began = performance.now();
    const progress = new TerminalProgress();
    checkLock();
    const kubernetes = kubernetesToRun();
    const controller = controllerToRun();
    const addOns = addOnsToRun();
    await checkMachine(port, progress);
    const result = await withLock(() => {
        const interruption = new AbortController();
        for (const signal of ["SIGINT", "SIGTERM"] as const) {
            process.on(signal, () => {
                interrupt(interruption);
            });
        }
        return up({ port, kubernetes, controller, addOns, progress, signal: interruption.signal });
    }).catch((error: unknown) => {
        if (error instanceof InterruptedError) return undefined;
        throw error;
    });
    if (result === undefined) return interruptedCode;
    process.stdout.write(farewell(result, (performance.now() - began) / 1000));
    return 0;
}

/** Returns the command's exit code. It finds what it works on in LAB_URL, LAB_STACK and LAB_STACK_FILE. */
async function runInLab([command = "", ...args]: readonly string[]): Promise<number> {
    const port = portOfLab();
    const { tools, chartsFolder } = await build(new TerminalProgress());
    const stackFile = readLabStackFile();
    return await withLock(() =>
        whileServing(chartsFolder, chartsPort, async () => {
            const child = await started(command, () =>
                spawn(command, [...args], {
                    stdio: "inherit",
                    env: {
                        ...process.env,
                        ...stackEnvironment(tools),
                        LAB_URL: serviceAddress(stackFile, port).url,
                        LAB_STACK: labStack,
                        LAB_STACK_FILE: writeStackFile(stackFile),
                    },
                }),
            );
            // The command ends in its own order, then this one. Ctrl-C has reached it already.
            process.on("SIGINT", () => undefined);
            process.on("SIGTERM", () => child.kill("SIGTERM"));
            return await exitCodeOf(child);
        }),
    );
}

function exitCodeOf(child: ChildProcess): Promise<number> {
    return new Promise((resolve) => {
        child.on("exit", (code) => {
            resolve(code ?? 1);
        });
    });
}

/**
 * Daemons do not hear Ctrl-C and stay as they are; the engine, where it runs, gets to write its state; everything else may
 * end wherever it is, since the next run looks at what there is.
 */
function interrupt(interruption: AbortController): void {
    process.stderr.write("\nInterrupted. make up goes on from here, make down removes it.\n");
    if (isPulumiRunning()) {
        interruption.abort();
        return;
    }
    release();
    process.exit(interruptedCode);
}

function farewell({ url, kubectl }: UpResult, seconds: number): string {
    return `
${url} answers, after ${seconds.toFixed(0)} s.

Try next:
  curl -i ${url}
  export KUBECONFIG=$(make -s kubeconfig)
  ${kubectl} --namespace web get pods,hpa
  a change in Pulumi.lab.yaml or in app/, then make up again: no request is lost on the way
  make status, and make down when you are done
`;
}

runCommand(main, usage);

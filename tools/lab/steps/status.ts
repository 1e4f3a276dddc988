/** `make status`: what runs. */
import { clusterStatuses } from "../cluster/cluster";
import { addOnsToRun } from "../addOns";
import type { DaemonStatus } from "../cluster/supervisor";
import { kubernetesOfLab } from "../kubernetes";
import { frontDoorHealth, frontDoorPort, frontDoorStatus } from "../frontDoor";
import { controllerToRun, readLabStackFile } from "../stack";
import { serviceAddress, statusOf } from "./service";

/** Returns the report, and whether all is well. */
export async function status(): Promise<{ readonly text: string; readonly isUp: boolean }> {
    const daemons = [...clusterStatuses(), ...frontDoorStatus()];
    const port = frontDoorPort();
    if (daemons.length === 0) return { text: "The lab is down. make up starts it.\n", isUp: false };

    const controller = controllerToRun();
    const lines = [
        [`Kubernetes ${kubernetesOfLab()}`, controller, ...addOnsToRun()].join(", "),
        ...daemons.map(describe),
    ];
    const checks = Object.entries(await frontDoorHealth()).map(([node, health]) => `${node} ${health}`);
    if (checks.length > 0) lines.push(`front door's health checks: ${checks.join(", ")}`);
    let answers = false;
    if (port !== undefined) {
        const address = serviceAddress(readLabStackFile(controller), port);
        const answer = await statusOf(address).catch((error: unknown) => String(error));
        answers = answer === 200;
        lines.push(`${address.url} answers: ${answer}`);
    }
    const isUp = answers && daemons.every(({ isRunning }) => isRunning);
    if (!isUp) lines.push("Not all is well: make up starts again what is missing.");
    return { text: `${lines.join("\n")}\n`, isUp };
}

function describe({ name, isRunning, pid, logPath }: DaemonStatus): string {
    return `${name.padEnd(26)}${(isRunning ? `pid ${pid}` : "ENDED").padEnd(14)}${logPath}`;
}

/** What the lab needs of the machine, checked before anything is started. */
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";

import { run } from "../../common/commands";
import { controllersWithheld, missingControllers } from "../cluster/cgroups";
import { clusterStatuses } from "../cluster/cluster";
import { hostInterface, labRange } from "../cluster/network";
import { frontDoorPort } from "../frontDoor";
import { cacheFolder, stateFolder } from "../paths";
import { inotifyProblem, kernelProblems, loadModules } from "./kernel";

export { kernelProblems } from "./kernel";

/** Programs and images take 0.9 GB; Go's modules and its build cache, on the same disk by default, the rest. */
const coldCacheGigabytes = 10;
const warmCacheGigabytes = 1;
/** Two nodes' images, unpacked, with etcd and logs: 0.8 GB after an hour. */
const stateGigabytes = 3;
/** All of the lab's processes together take 2.9 GB at most, shared pages counted twice. */
const memoryGigabytes = 3;

/** As `ingressController.chart.repository` of Pulumi.lab.yaml has it. */
export const chartsPort = 18879;

/** One line each, with how to mend it. Empty where nothing is missing. */
export async function problemsOfMachine(wantedPort: number): Promise<readonly string[]> {
    if (process.platform !== "linux") return [`The lab needs Linux; this is ${process.platform}. ${elsewhere}`];
    if (process.getuid?.() !== 0) {
        return [`The lab needs root, for namespaces and mounts. Run sudo make up. ${elsewhere}`];
    }
    await loadModules();
    const found = [
        ...(await kernelProblems()),
        cgroupProblem(),
        diskProblem(
            cacheFolder,
            existsSync(cacheFolder) ? warmCacheGigabytes : coldCacheGigabytes,
            "PHP_WEB_SERVICE_CACHE=another folder",
        ),
        diskProblem(stateFolder, stateGigabytes, "another disk mounted there"),
        // What a lab that runs already takes is not taken twice.
        ...(clusterStatuses().some(({ isRunning }) => isRunning) ? [] : [memoryProblem(), inotifyProblem()]),
        await portProblem(wantedPort, "the front door", "make up PORT=8081"),
        await portProblem(chartsPort, "the charts", "end that program"),
        await addressProblem(),
    ];
    return found.filter((problem) => problem !== undefined);
}

const elsewhere = "On any other machine: make up CONTEXT=... deploys to a cluster that you have.";

function cgroupProblem(): string | undefined {
    const missing = missingControllers();
    if (missing.length > 0) {
        return (
            `No control groups for ${missing.join(", ")} are mounted below /sys/fs/cgroup. ` +
            "Mount them; in a container, start it with the host's control groups."
        );
    }
    const withheld = controllersWithheld();
    if (withheld.length === 0) return undefined;
    return (
        `The control groups below /sys/fs/cgroup may not limit ${withheld.join(", ")}: the group at their top has processes ` +
        "of its own, as in a container. Start the container with systemd as its first process, or with the host's control " +
        "groups (docker run --cgroupns=host)."
    );
}

function diskProblem(folder: string, gigabytes: number, mend: string): string | undefined {
    const { bavail, bsize } = statfsSync(nearestFolder(folder));
    const free = (bavail * bsize) / 1e9;
    if (free >= gigabytes) return undefined;
    return `${folder} has ${free.toFixed(1)} GB free, and the lab needs ${gigabytes} GB there. Make room, or: ${mend}.`;
}

/** The folder itself, or what of its path is there already. */
function nearestFolder(folder: string): string {
    return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

function memoryProblem(): string | undefined {
    const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    const available = Number(kilobytes) / 1e6;
    if (available >= memoryGigabytes) return undefined;
    return `${available.toFixed(1)} GB of memory are available, and the lab needs ${memoryGigabytes} GB. End something large.`;
}

async function portProblem(port: number, what: string, mend: string): Promise<string | undefined> {
    if ((await isFree(port)) || frontDoorPort() === port) return undefined;
    return `127.0.0.1:${port}, for ${what}, is taken by another program (ss -tlnp shows which). Mend: ${mend}.`;
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.on("error", () => {
            resolve(false);
        });
        server.listen(port, "127.0.0.1", () => {
            server.close(() => {
                resolve(true);
            });
        });
    });
}

/** Whether somebody else has the addresses of the lab, or a part of them. */
async function addressProblem(): Promise<string | undefined> {
    const routes = await run("ip", ["route", "show", "root", labRange]).catch(() => "");
    const foreign = routes.split("\n").filter((line) => line !== "" && !line.includes(` dev ${hostInterface} `));
    if (foreign.length === 0) return undefined;
    return (
        `The machine has a route into ${labRange}, whose addresses the lab uses: ${foreign.join("; ").trim()}. ` +
        "End the network that it belongs to."
    );
}

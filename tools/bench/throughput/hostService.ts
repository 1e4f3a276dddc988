/**
 * The containers of a pod as plain processes of this machine: programs from the same images, by chroot, with the same
 * configuration, in no network, process or control group of their own. A mount namespace is all they get, which costs
 * nothing when it is there and leaves no mount behind when they end; and as much CPU beside others as the lab's pods.
 */
import { spawn, type ChildProcess } from "node:child_process";
import {
    chmodSync,
    closeSync,
    fchownSync,
    mkdirSync,
    mkdtempSync,
    openSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { lastLines, run } from "../../common/commands";
import type { ConfigMap, PodSpec } from "../../common/kubernetes/objects";
import { podsWeight } from "../../lab/cluster/cgroups";
import { answers } from "./answers";
import { configFiles, fullContainersOf, type FullContainer } from "./container";

const readySeconds = 15;
const stopSeconds = 5;
/** Of one image, in each of two steps. */
const unpackSeconds = 60;

/** As the container runtime sets it. */
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** By which a session weighs beside the lab's own programs what the lab's pods weigh: each step is a factor of 1.25. */
const autogroupNice = -Math.round(Math.log(podsWeight) / Math.log(1.25));

const enter = `root=$1 user=$2
shift 2
[ ! -w /proc/self/autogroup ] || echo ${autogroupNice} >/proc/self/autogroup
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
exec chroot --userspec="$user:$user" "$root" "$@"`;

export interface HostService {
    readonly url: string;
    readonly stop: () => Promise<void>;
}

/**
 * Starts the containers in their order.
 *
 * @param archiveOf path of an image's OCI archive
 * @param healthPath what answers with 200 when all of it works
 */
export async function startHostService(
    pod: PodSpec,
    configMaps: readonly ConfigMap[],
    archiveOf: (image: string) => string,
    healthPath: string,
): Promise<HostService> {
    const containers = fullContainersOf(pod);
    const ports = containers.flatMap((container) => (container.ports ?? []).map(({ containerPort }) => containerPort));
    for (const port of ports) await requireFree(port);
    const folder = mkdtempSync(join(tmpdir(), "php-web-service-bench-"));
    chmodSync(folder, 0o755);
    const processes: HostProcess[] = [];
    const stop = async () => {
        // nginx first, as in the pod.
        for (const each of [...processes].reverse()) await each.stop();
        rmSync(folder, { recursive: true, force: true });
    };
    try {
        for (const container of containers) {
            const root = join(folder, container.name);
            await unpack(container.image, archiveOf(container.image), root);
            writeFiles(root, configFiles(container, pod, configMaps));
            processes.push(new HostProcess(container, root, join(folder, `${container.name}.log`)));
        }
        const port = ports.at(-1) ?? 0;
        const url = `http://127.0.0.1:${port}`;
        const deadline = performance.now() + readySeconds * 1000;
        while (!(await answers({ url }, healthPath))) {
            const ended = processes.find((each) => each.hasEnded);
            if (ended !== undefined || performance.now() > deadline) {
                const logs = (ended === undefined ? processes : [ended]).map((each) => each.log());
                throw new Error(`${url}${healthPath} does not answer with 200 on this machine:\n${logs.join("\n")}`);
            }
            await sleep(100);
        }
        return { url, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

class HostProcess {
    private readonly child: ChildProcess;

    constructor(
        private readonly container: FullContainer,
        root: string,
        private readonly logPath: string,
    ) {
        const { command, env = [], securityContext } = container;
        const user = securityContext.runAsUser;
        // A file that the user may open again, as nginx does with /dev/stdout.
        const log = openSync(logPath, "a");
        fchownSync(log, user, user);
        this.child = spawn("unshare", ["--mount", "bash", "-euc", enter, "enter", root, String(user), ...command], {
            stdio: ["ignore", log, log],
            env: { PATH: path, ...Object.fromEntries(env.map(({ name, value }) => [name, value])) },
            // Ctrl-C is for the bench, which then ends them in order.
            detached: true,
        });
        closeSync(log);
    }

    get hasEnded(): boolean {
        return this.child.exitCode !== null || this.child.signalCode !== null;
    }

    log(): string {
        return `${this.container.name}: ${lastLines(readFileSync(this.logPath, "utf8"), 10)}`;
    }

    async stop(): Promise<void> {
        this.signal("SIGTERM");
        const deadline = performance.now() + stopSeconds * 1000;
        while (!this.hasEnded && performance.now() < deadline) await sleep(50);
        this.signal("SIGKILL");
    }

    /** To the whole group, since a master that is killed leaves its workers. */
    private signal(signal: NodeJS.Signals): void {
        if (this.child.pid === undefined) return;
        try {
            process.kill(-this.child.pid, signal);
        } catch {
            // The last of them has ended.
        }
    }
}

async function unpack(image: string, archive: string, root: string): Promise<void> {
    const layout = `${root}-layout`;
    mkdirSync(layout);
    const bound = { timeoutSeconds: unpackSeconds };
    await run("tar", ["--extract", "--file", archive, "--directory", layout], bound);
    await run("umoci", ["raw", "unpack", "--image", `${layout}:${image}`, root], bound);
    rmSync(layout, { recursive: true });
    // In the pod it is an emptyDir.
    chmodSync(join(root, "tmp"), 0o1777);
}

function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(files)) {
        mkdirSync(join(root, dirname(file)), { recursive: true });
        writeFileSync(join(root, file), onLoopback(text));
    }
}

/** Configuration with the listeners that a pod has on all of its addresses on loopback: nobody else is to reach them here. */
export function onLoopback(text: string): string {
    return text
        .replace(/^(\s*listen(?: =)? )(\d+)(?![\d.])/gm, "$1127.0.0.1:$2")
        .replace(/^(\s*listen )\[::\]:/gm, "$1[::1]:");
}

/** Another program there would be measured in the service's place. */
function requireFree(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.on("error", () => {
            reject(
                new Error(
                    `127.0.0.1:${port} is taken (ss -tlnp shows by whom), and the bench needs it. End that program.`,
                ),
            );
        });
        server.listen(port, "127.0.0.1", () => {
            server.close(() => {
                resolve();
            });
        });
    });
}

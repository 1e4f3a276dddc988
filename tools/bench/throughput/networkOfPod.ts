/** A way into a pod's network from the machine that its node runs on. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Path of the pod's network namespace.
 *
 * @throws where no process of the pod runs
 */
export function networkOfPod(uid: string, procFolder = "/proc"): string {
    const pid = readdirSync(procFolder)
        .filter((name) => /^\d+$/.test(name))
        .find((name) => {
            try {
                // With the cgroup driver systemd, the hyphens are underscores.
                return readFileSync(`${procFolder}/${name}/cgroup`, "utf8").replaceAll("_", "-").includes(`pod${uid}`);
            } catch {
                // It has ended meanwhile.
                return false;
            }
        });
    if (pid === undefined) throw new Error(`No process of the pod ${uid} runs on this machine.`);
    return `${procFolder}/${pid}/ns/net`;
}

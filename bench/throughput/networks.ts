/** Where the networks of the lab's nodes and pods are on this machine, for programs that are to run in them. */
import { readdirSync, readFileSync } from "node:fs";

export { namespacePath as networkOfNode } from "../../lab/cluster/network";

/**
 * Path of a pod's network namespace.
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

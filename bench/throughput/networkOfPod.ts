/** A way into a pod's network from the machine that its node runs on. */
import { readdirSync, readFileSync } from "node:fs";

/** A process of the pod; undefined where its node is another machine. */
export function pidInPod(uid: string, procFolder = "/proc"): number | undefined {
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
    return pid === undefined ? undefined : Number(pid);
}

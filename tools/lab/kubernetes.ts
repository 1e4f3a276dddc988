/** Which Kubernetes the lab runs: KUBERNETES in the environment asks for one, and a lab remembers its own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { versionAtLeast } from "../../components/units/imageReference";
import { statePaths } from "./paths";
import { askedKubernetes, defaultKubernetes, isKubernetesMinor, type KubernetesMinor } from "./toolchain/catalogue";

/**
 * What `make up` is to start: what KUBERNETES asks for, else what the lab runs already, else the default. One that is newer
 * than the lab's is an upgrade.
 *
 * @param notePath where the lab's is noted
 * @throws where it is older than what the lab runs
 */
export function kubernetesToRun(notePath: string = statePaths.kubernetes): KubernetesMinor {
    const noted = read(notePath);
    const wanted = askedKubernetes(knownOr(noted, defaultKubernetes));
    if (noted !== undefined && !versionAtLeast(numbers(wanted), numbers(noted))) {
        throw new Error(
            `The lab runs Kubernetes ${noted}, and ${wanted} cannot read all that a newer one has stored. ` +
                "Run make down first.",
        );
    }
    return wanted;
}

/** What the lab runs; the default where there is no lab. */
export function kubernetesOfLab(): KubernetesMinor {
    return knownOr(read(statePaths.kubernetes), defaultKubernetes);
}

/** Notes it, before anything of it is started. */
export function noteKubernetes(version: KubernetesMinor, notePath: string = statePaths.kubernetes): void {
    mkdirSync(dirname(notePath), { recursive: true, mode: 0o700 });
    writeFileSync(notePath, `${version}\n`);
}

function read(path: string): string | undefined {
    return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

/** Of a lab that another checkout has made, the version may be one that this one does not have. */
function knownOr(version: string | undefined, otherwise: KubernetesMinor): KubernetesMinor {
    return version !== undefined && isKubernetesMinor(version) ? version : otherwise;
}

function numbers(version: string): readonly number[] {
    return version.split(".").map(Number);
}

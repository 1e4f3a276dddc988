/** Programs that the machine has already. What is on PATH wins where its version suits. */
import { meets, programOnPath, type Requirement } from "../../common/build/onPath";
import { versionAtLeast } from "../../../components/units/imageReference";
import { officialPlugin, plugins } from "../plugins/official";
import type { KubernetesMinor, ToolName } from "./catalogue";

/** Programs that people have; the others are the lab's own matter. */
const requirements = (kubernetes: KubernetesMinor): Readonly<Partial<Record<ToolName, Requirement>>> => ({
    // Not older than the SDK in package.json.
    pulumi: { versionArguments: ["version"], suits: (v) => v[0] === 3 && versionAtLeast(v, [3, 259, 0]) },
    // Kubernetes promises one minor version to either side of the apiserver's.
    kubectl: {
        versionArguments: ["version", "--client"],
        suits: (v) => v[0] === 1 && Math.abs((v[1] ?? 0) - Number(kubernetes.split(".")[1])) <= 1,
    },
});

/** @param kubernetes that is at work with it */
export function isSuitable(name: ToolName, output: string, kubernetes: KubernetesMinor): boolean {
    const requirement = requirements(kubernetes)[name];
    return requirement !== undefined && meets(requirement, output);
}

/**
 * Absolute path of a program that the machine has, with a version that suits; undefined where there is none.
 *
 * @param kubernetes that is at work with it
 */
export async function suitableOnPath(name: ToolName, kubernetes: KubernetesMinor): Promise<string | undefined> {
    // The engine's own way to find plugins, which has the version in a folder's name.
    if (name === "pulumi-resource-kubernetes") return officialPlugin(plugins.kubernetes);
    const requirement = requirements(kubernetes)[name];
    return requirement === undefined ? undefined : programOnPath(name, requirement);
}

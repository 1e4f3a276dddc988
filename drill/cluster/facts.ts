/** What a cluster is like. */
import type { Api, KubernetesObject } from "./api";
import type { Deployment } from "./objects";

interface Node extends KubernetesObject {
    readonly status: { readonly images?: readonly { readonly names?: readonly string[] }[] };
}

export async function clusterFacts(api: Api): Promise<{ readonly kubernetesVersion: string; readonly nodes: number }> {
    const [{ gitVersion }, nodes] = await Promise.all([
        api.get<{ readonly gitVersion: string }>("/version"),
        api.list<Node>("/api/v1/nodes"),
    ]);
    return { kubernetesVersion: gitVersion, nodes: nodes.length };
}

/** Another tag of php-fpm's image that every node has already; undefined where there is none. */
export async function otherImageName(api: Api, { spec }: Deployment): Promise<string | undefined> {
    const containers = [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers];
    const image = containers.find(({ name }) => name === "php-fpm")?.image;
    if (image === undefined) return undefined;
    const nodes = await api.list<Node>("/api/v1/nodes");
    const others = nodes.map(({ status }) =>
        (status.images ?? [])
            .map(({ names = [] }) => names)
            .filter((names) => names.includes(image))
            .flat()
            .filter((name) => name !== image && !name.includes("@")),
    );
    return others[0]?.find((name) => others.every((names) => names.includes(name)));
}

/** What a cluster is like. */
import type { Api, KubernetesObject } from "../../common/kubernetes/api";
import { containerOf, paths, type Deployment } from "../../common/kubernetes/objects";

interface Node extends KubernetesObject {
    readonly status: { readonly images?: readonly { readonly names?: readonly string[] }[] };
}

export async function clusterFacts(api: Api): Promise<{ readonly kubernetesVersion: string; readonly nodes: number }> {
    const [{ gitVersion }, nodes] = await Promise.all([
        api.get<{ readonly gitVersion: string }>("/version"),
        api.list<Node>(paths.nodes),
    ]);
    return { kubernetesVersion: gitVersion, nodes: nodes.length };
}

/**
 * php-fpm's image, and another one.
 *
 * @param next the other one. Where undefined: another tag of the same image that every node has; there may be none
 * @throws where our Deployment is not of nginx and php-fpm
 */
export async function imagesOf(api: Api, { spec }: Deployment, next: string | undefined): Promise<readonly string[]> {
    const { image } = containerOf(spec.template.spec, "php-fpm");
    const other = next ?? (await otherTag(api, image));
    return other === undefined ? [image] : [image, other];
}

async function otherTag(api: Api, image: string): Promise<string | undefined> {
    const nodes = await api.list<Node>(paths.nodes);
    const others = nodes.map(({ status }) =>
        (status.images ?? [])
            .map(({ names = [] }) => names)
            .filter((names) => names.includes(image))
            .flat()
            .filter((name) => name !== image && !name.includes("@")),
    );
    return others[0]?.find((name) => others.every((names) => names.includes(name)));
}

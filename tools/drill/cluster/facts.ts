/** What a cluster is like. */
import type { Api } from "../../common/kubernetes/api";
import { containerOf, paths, type Deployment, type KubernetesObject } from "../../common/kubernetes/objects";
import { parseImageReference } from "../../../components/units/imageReference";
import type { Controller } from "./controllers";

interface Node extends KubernetesObject {
    readonly status: { readonly images?: readonly { readonly names?: readonly string[] }[] };
}

interface PodOfImages extends KubernetesObject {
    readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

export interface ClusterFacts {
    readonly kubernetesVersion: string;
    readonly nodes: number;
    /** Of the stack's, the ingress controller's and metrics-server's pods, by the longest tag that a node knows: "lab.local/nginx:1.30.6". */
    readonly images: readonly string[];
}

/** @param further images that the drill brings */
export async function clusterFacts(
    api: Api,
    { spec }: Deployment,
    controller: Controller,
    further: readonly string[],
): Promise<ClusterFacts> {
    const podsOf = (selector: string) =>
        api.list<PodOfImages>(`/api/v1/pods?labelSelector=${encodeURIComponent(selector)}`);
    const [{ gitVersion }, nodes, ...others] = await Promise.all([
        api.get<{ readonly gitVersion: string }>("/version"),
        api.list<Node>(paths.nodes),
        podsOf(controller.selector),
        podsOf("k8s-app=metrics-server"),
    ]);
    const { containers, initContainers = [] } = spec.template.spec;
    const used = [...containers, ...initContainers, ...others.flat().flatMap((pod) => pod.spec.containers)];
    const images = [...used.map(({ image }) => image), ...further].map((image) => longestName(nodes, image));
    return { kubernetesVersion: gitVersion, nodes: nodes.length, images: [...new Set(images)].sort() };
}

/** A tag "1.30" may stand for "1.30.6". */
function longestName(nodes: readonly Node[], image: string): string {
    const names = nodes.flatMap(({ status }) => namesOf(status.images)).find((each) => each.includes(image)) ?? [];
    return [image, ...names].reduce((a, b) => (b.length > a.length ? b : a));
}

/** Of each image, without those by digest. */
function namesOf(images: Node["status"]["images"] = []): readonly (readonly string[])[] {
    return images.map(({ names = [] }) => names.filter((name) => !name.includes("@")));
}

/**
 * nginx's image, and another one.
 *
 * @param next the other one. Where undefined: of the same repository, one that every node has, and there may be none. Another
 * version before another tag of the same
 * @throws where our Deployment is not of nginx and php-fpm
 */
export async function nginxImages(
    api: Api,
    { spec }: Deployment,
    next: string | undefined,
): Promise<readonly string[]> {
    const { image } = containerOf(spec.template.spec, "nginx");
    const other = next ?? otherImage(await api.list<Node>(paths.nodes), image);
    return other === undefined ? [image] : [image, other];
}

function otherImage(nodes: readonly Node[], image: string): string | undefined {
    const repositoryOf = (name: string) => parseImageReference(name)?.repository;
    const onNodes = nodes.map(({ status }) => namesOf(status.images));
    const isOnEach = (name: string) => onNodes.every((images) => images.flat().includes(name));
    const [versions, tags] = [false, true].map((ofTheSame) =>
        onNodes
            .flat()
            .filter((names) => names.includes(image) === ofTheSame)
            .flat()
            .find((name) => name !== image && repositoryOf(name) === repositoryOf(image) && isOnEach(name)),
    );
    return versions ?? tags;
}

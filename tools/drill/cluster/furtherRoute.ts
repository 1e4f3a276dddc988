/**
 * A route of the drill's own beside each variant's: on the same hosts to the same pods, by a path that nobody asks for. What is
 * changed in it the controller has to take over, and no other request may notice.
 */
import type { Api } from "../../common/kubernetes/api";
import { paths, type HttpRoute, type Ingress, type KubernetesObject } from "../../common/kubernetes/objects";

/** What says that a route is a drill's own; the next one removes what one that was killed has left. */
const label = "drill/further-route";
const objectName = "drill-further-route";

/** In all namespaces. */
const everywhere = {
    ingresses: "/apis/networking.k8s.io/v1/ingresses",
    httpRoutes: "/apis/gateway.networking.k8s.io/v1/httproutes",
} as const;

/** Makes it, or changes its path. */
export async function putFurtherRoute(api: Api, namespace: string, path: string): Promise<void> {
    const [ingress] = await routes<Ingress>(api, paths.ingresses(namespace));
    if (ingress !== undefined) {
        await api.apply(`${paths.ingresses(namespace)}/${objectName}`, furtherIngress(ingress, path));
        return;
    }
    const [httpRoute] = await routes<HttpRoute>(api, paths.httpRoutes(namespace));
    if (httpRoute === undefined) throw new Error(`Namespace ${namespace} has neither an Ingress nor an HTTPRoute.`);
    await api.apply(`${paths.httpRoutes(namespace)}/${objectName}`, furtherHttpRoute(httpRoute, path));
}

/** Returns whether there were any. */
export async function removeFurtherRoutes(api: Api): Promise<boolean> {
    const ofDrill = `?labelSelector=${encodeURIComponent(label)}`;
    const found = await Promise.all([
        all(api, `${everywhere.ingresses}${ofDrill}`, paths.ingresses),
        all(api, `${everywhere.httpRoutes}${ofDrill}`, paths.httpRoutes),
    ]);
    for (const path of found.flat()) await api.delete(path);
    return found.flat().length > 0;
}

async function all(api: Api, path: string, pathOf: (namespace: string) => string): Promise<readonly string[]> {
    const list = await api.find<{ readonly items: readonly KubernetesObject[] }>(path);
    return (list?.items ?? []).map(({ metadata: { namespace = "", name } }) => `${pathOf(namespace)}/${name}`);
}

/** None where the cluster does not know their kind. */
async function routes<T extends KubernetesObject>(api: Api, path: string): Promise<readonly T[]> {
    const list = await api.find<{ readonly items: readonly T[] }>(path);
    return (list?.items ?? []).filter(({ metadata }) => metadata.labels?.[label] === undefined);
}

const metadataOf = ({ metadata: { namespace } }: KubernetesObject) => ({
    name: objectName,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { [label]: "true" },
});

function furtherIngress(ingress: Ingress, path: string) {
    const { ingressClassName, rules = [] } = ingress.spec;
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: metadataOf(ingress),
        spec: {
            ...(ingressClassName === undefined ? {} : { ingressClassName }),
            rules: rules.map(({ host, http }) => ({
                ...(host === undefined ? {} : { host }),
                http: { paths: [{ ...http?.paths[0], path }] },
            })),
        },
    };
}

function furtherHttpRoute(route: HttpRoute, path: string) {
    const { rules = [], ...spec } = route.spec;
    const backendRefs = rules.find((rule) => rule.backendRefs !== undefined)?.backendRefs ?? [];
    return {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: metadataOf(route),
        spec: {
            ...spec,
            rules: [{ matches: [{ path: { type: "PathPrefix", value: path } }], backendRefs }],
        },
    };
}

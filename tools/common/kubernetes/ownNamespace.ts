/** Namespaces that a tool makes for a while, and removes with all that is in them. */
import type { Cleanup } from "../cleanup";
import type { Api } from "./api";
import { paths, type KubernetesObject } from "./objects";

const ownerLabel = "app.kubernetes.io/part-of";

/**
 * Makes the namespace, anew where a run that was killed has left it.
 *
 * @param owner value of a label that tells it from somebody else's of that name
 * @param cleanup gets its removal
 * @throws where the name is taken by somebody else's
 */
export async function makeOwnNamespace(api: Api, name: string, owner: string, cleanup: Cleanup): Promise<void> {
    const present = await api.find<KubernetesObject>(paths.namespace(name));
    if (present !== undefined) {
        if (present.metadata.labels?.[ownerLabel] !== owner) {
            throw new Error(
                `Namespace ${name} is there already, without the label ${ownerLabel}=${owner}: it is somebody else's ` +
                    "and left alone. Remove it, or take another cluster.",
            );
        }
        await api.deleteNamespace(name);
    }
    cleanup.add(`remove namespace ${name}`, () => api.deleteNamespace(name));
    await api.apply(paths.namespace(name), {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { [ownerLabel]: owner } },
    });
}

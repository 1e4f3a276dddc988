/** Which paths the API server has for which kinds. */
import { at, listAt, textAt, type Value } from "../rpc/values";
import { ApiError, type KubeClient } from "./client";

export interface Kind {
    readonly apiVersion: string;
    readonly kind: string;
}

export interface ApiResource extends Kind {
    /** Path segment of its objects, such as "deployments". */
    readonly plural: string;
    readonly isNamespaced: boolean;
}

export class Discovery {
    private readonly versions = new Map<string, Promise<readonly Value[]>>();

    constructor(private readonly client: KubeClient) {}

    /** Undefined where the API server does not know the kind. What it did not know is asked again: CRDs come later. */
    async find({ apiVersion, kind }: Kind): Promise<ApiResource | undefined> {
        const isSought = (resource: Value) =>
            at(resource, "kind") === kind && textAt(resource, "name")?.includes("/") === false;
        const known = (await this.resources(apiVersion)).find(isSought);
        if (known === undefined) this.versions.delete(apiVersion);
        const plural = textAt(known, "name");
        return plural === undefined
            ? undefined
            : { apiVersion, kind, plural, isNamespaced: at(known, "namespaced") === true };
    }

    private resources(apiVersion: string): Promise<readonly Value[]> {
        const known = this.versions.get(apiVersion);
        if (known !== undefined) return known;
        const asked = this.client
            .get(versionPath(apiVersion))
            .then((list) => listAt(list, "resources"))
            .catch((error: unknown) => {
                this.versions.delete(apiVersion);
                if (error instanceof ApiError && error.isNotFound) return [];
                throw error;
            });
        this.versions.set(apiVersion, asked);
        return asked;
    }
}

export function versionPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of the objects of a kind in a namespace. */
export function collectionPath(resource: ApiResource, namespace: string | undefined): string {
    const scope = resource.isNamespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
    return `${versionPath(resource.apiVersion)}${scope}/${resource.plural}`;
}

export function objectPath(resource: ApiResource, namespace: string | undefined, name: string): string {
    return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

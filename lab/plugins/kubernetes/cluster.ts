/** Objects in the cluster: reading, server-side apply, deletion. */
import { UnsupportedError } from "../rpc/errors";
import { textAt, type Properties } from "../rpc/values";
import { ApiError, type KubeClient } from "./client";
import { Discovery, objectPath, type ApiResource, type Kind } from "./discovery";
import { annotation, annotations, nameOf, namespaceOf } from "./objects";
import { mayTakeOver } from "./ownership";

/** The API server does not know the kind: its CRD is missing, or its name is wrong. */
export class UnknownKindError extends Error {
    constructor({ apiVersion, kind }: Kind) {
        super(
            `The API server knows no ${kind} of ${apiVersion}. Create its CustomResourceDefinition first ` +
                "(dependsOn), or mend apiVersion and kind.",
        );
    }
}

export interface ApplyOptions {
    readonly fieldManager: string;
    /** Nothing is stored; the answer is what would be. */
    readonly dryRun: boolean;
}

const deletionPolicies: Readonly<Record<string, string>> = { orphan: "Orphan", background: "Background" };

export class Cluster {
    readonly discovery: Discovery;

    constructor(readonly client: KubeClient) {
        this.discovery = new Discovery(client);
    }

    async resourceOf(object: Properties): Promise<ApiResource> {
        const kind = kindOf(object);
        const resource = await this.discovery.find(kind);
        if (resource === undefined) throw new UnknownKindError(kind);
        return resource;
    }

    async pathOf(object: Properties): Promise<string> {
        return objectPath(await this.resourceOf(object), namespaceOf(object), nameOf(object) ?? "");
    }

    /** The live object of this kind, namespace and name; undefined where there is none. */
    async find(object: Properties): Promise<Properties | undefined> {
        return this.client.find(await this.pathOf(object));
    }

    /** Returns the object as the API server has it then. */
    async apply(object: Properties, { fieldManager, dryRun }: ApplyOptions): Promise<Properties> {
        const path = await this.pathOf(object);
        const send = (force: boolean) =>
            this.client.send("PATCH", path, {
                body: object,
                contentType: "application/apply-patch+yaml",
                query: {
                    fieldManager,
                    force: String(force),
                    fieldValidation: "Strict",
                    ...(dryRun ? { dryRun: "All" } : {}),
                },
            });
        try {
            return await send(annotation(object, annotations.patchForce) === "true");
        } catch (error) {
            if (!(error instanceof ApiError) || !error.isConflict) throw error;
            if (mayTakeOver(error.causes)) return send(true);
            throw new Error(
                `${error.message}\nAnother manager has set these fields. Let it have them (ignoreChanges), take them ` +
                    `once (annotation ${annotations.patchForce}: "true"), or undo what it did.`,
                { cause: error },
            );
        }
    }

    /** Asks for the deletion. Does not wait for it; nothing where there is no such object. */
    async remove(object: Properties): Promise<void> {
        const policy = annotation(object, annotations.deletionPropagationPolicy)?.toLowerCase() ?? "";
        const path = await this.pathOf(object);
        try {
            await this.client.send("DELETE", path, {
                body: {
                    apiVersion: "v1",
                    kind: "DeleteOptions",
                    propagationPolicy: deletionPolicies[policy] ?? "Foreground",
                },
            });
        } catch (error) {
            if (!(error instanceof ApiError && error.isNotFound)) throw error;
        }
    }
}

export function kindOf(object: Properties): Kind {
    const apiVersion = textAt(object, "apiVersion");
    const kind = textAt(object, "kind");
    if (apiVersion === undefined || kind === undefined) throw new Error("The object has no apiVersion or no kind.");
    return { apiVersion, kind };
}

/** Resources of the package that are not one object of their own. */
export function refuseUnsupported(token: string, object: Properties): void {
    const [, , type = ""] = token.split(":");
    if (type === `${textAt(object, "kind") ?? ""}Patch`) {
        throw new UnsupportedError(`${type}, which changes an object that is not the stack's own,`);
    }
    if (type.endsWith("List") && object["items"] !== undefined) {
        throw new Error(`${type} is a list, which cannot be created. Create its items.`);
    }
}

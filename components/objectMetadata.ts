/** What the metadata of every object has that a component makes. */
import { createHash } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

/** What the objects of one service have in common. */
export interface ObjectMetadata extends Owned {
    readonly namespace: pulumi.Output<string>;
    readonly labels: Readonly<Record<string, string>>;
}

/** An object that has its component's name, and not one that Pulumi gives. */
export type NamedMetadata = ObjectMetadata & { readonly name: string };

interface Owned {
    readonly annotations: Readonly<Record<string, string>>;
}

/** The API server takes no longer ones. */
const longestFieldManager = 128;

/**
 * Adds to an object's metadata who applies it: one field manager for all that a stack makes, "project/stack". An object
 * that an engine had begun when it was killed is thereby the next engine's own, and another stack that makes an object of
 * the same name is refused, as the annotation itself would differ. docs/decisions/0015-names-are-fixed.md
 */
export function owned<T extends object>(metadata: T & Partial<Owned>): T & Owned {
    const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
    const fieldManager = stack.length <= longestFieldManager ? stack : createHash("sha256").update(stack).digest("hex");
    return { ...metadata, annotations: { ...metadata.annotations, "pulumi.com/patchFieldManager": fieldManager } };
}

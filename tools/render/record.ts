/** Runs the program without an engine and records what it registers. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { repositoryRoot } from "../common/paths";
import { project } from "../../settings/project";
import { signatureKey } from "../common/wireValues";
import type { StackConfig } from "./stackFile";

/** A resource as the program registered it. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly custom: boolean;
    /** Options as the program and its components gave them: parent, ignoreChanges, dependsOn, ... */
    readonly options: pulumi.CustomResourceOptions & pulumi.ComponentResourceOptions;
    /** Type and name of the parent; undefined for the stack itself. */
    readonly parent: { readonly type: string; readonly name: string } | undefined;
}

export interface Recording {
    readonly resources: readonly Registered[];
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** `require`, since a program runs when it is loaded, and must be loaded anew for each stack. */
const load = createRequire(__filename);

/**
 * Runs index.ts for a stack and records every registration. Names that the provider would give are made here from the
 * object's content, so that a changed ConfigMap has another name here too.
 *
 * Not for two stacks at once: Pulumi keeps its state in the process. Throws what the program throws.
 */
export async function record(stack: string, config: StackConfig, preview = false): Promise<Recording> {
    return await recordProgram(stack, config, preview, async () => {
        Reflect.deleteProperty(load.cache, join(repositoryRoot, "index.ts"));
        return await Promise.resolve(load("../../index") as Record<string, unknown>);
    });
}

/** As record, for any program: a function that makes resources and returns the stack's outputs. */
export async function recordProgram(
    stack: string,
    config: StackConfig,
    preview: boolean,
    program: () => Promise<Record<string, unknown>>,
): Promise<Recording> {
    const registrations: Omit<Registered, "options" | "parent">[] = [];
    const options = new Map<string, Pick<Registered, "options" | "parent">>();
    const key = (type: string, name: string) => `${type}::${name}`;

    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs, custom, id }) => {
                // What is looked for is no object of the program's.
                if (id !== undefined && id !== "") return { id, state: { metadata: { name: id } } };
                registrations.push({ type, name, inputs: inputs as Record<string, unknown>, custom: custom ?? false });
                return { id: `${name}-id`, state: withName(type, name, inputs as Record<string, unknown>) };
            },
            call: ({ token }) => {
                throw new Error(`The program calls ${token}, which needs an engine.`);
            },
        },
        project,
        stack,
        preview,
    );
    pulumi.runtime.setAllConfig({ ...config.values }, [...config.secretKeys]);

    let refusal: { readonly error: unknown } | undefined;
    const outputs = await pulumi.runtime.runInPulumiStack(async () => {
        pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
            const parent = opts.parent as (pulumi.Resource & { __pulumiType?: string; __name?: string }) | undefined;
            options.set(key(type, name), {
                options: opts,
                parent:
                    parent?.__pulumiType === undefined || parent.__pulumiType === "pulumi:pulumi:Stack"
                        ? undefined
                        : { type: parent.__pulumiType, name: parent.__name ?? "" },
            });
            return undefined;
        });
        try {
            return await program();
        } catch (error) {
            // Pulumi's stack has several promises that would reject with it, and nobody waits for all of them.
            refusal = { error };
            return {};
        }
    });
    // Registrations go on after the program's last line.
    await pulumi.runtime.disconnect();
    if (refusal !== undefined) throw refusal.error;

    return {
        resources: registrations
            .filter(({ type }) => type !== "pulumi:pulumi:Stack")
            .map((registration) => ({
                ...registration,
                ...(options.get(key(registration.type, registration.name)) ?? { options: {}, parent: undefined }),
            })),
        outputs: outputs ?? {},
    };
}

/** What the Kubernetes provider does with an object without a name. */
function withName(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
    if (!type.startsWith("kubernetes:")) return inputs;
    const metadata = (inputs["metadata"] ?? {}) as Record<string, unknown>;
    return { ...inputs, metadata: { ...metadata, name: metadata["name"] ?? automaticName(type, name, inputs) } };
}

/** What is not named is replaced with every change, so its name's end follows from its content. */
export function automaticName(type: string, name: string, inputs: Readonly<Record<string, unknown>>): string {
    const identity = JSON.stringify([type, name, inputs]);
    return `${name}-${createHash("sha256").update(identity).digest("hex").slice(0, 8)}`;
}

/** True for what Pulumi marks as secret. */
export function isSecret(value: unknown): boolean {
    return typeof value === "object" && value !== null && signatureKey in value;
}

/** What a rule is. The rules themselves are in rules/, check.ts runs them. */
import type { PolicyConfigSchema } from "@pulumi/policy";

import type { KubeObject } from "./manifest";

/** A rule's configuration, as it stands in the file for `--policy-pack-config`, without enforcementLevel. */
export type RuleConfig = Readonly<Record<string, unknown>>;

export interface Rule {
    readonly name: string;
    readonly description: string;
    readonly enforcementLevel: "mandatory" | "advisory";
    /**
     * object: the object alone decides; judged as it is registered, before anything is changed.
     * stack: other objects decide too; judged at the end of a preview or an update.
     */
    readonly scope: "object" | "stack";
    readonly configSchema?: PolicyConfigSchema;
    /** True where the rule has a say about this object. */
    readonly appliesTo: (object: KubeObject, cluster: readonly KubeObject[]) => boolean;
    /**
     * What is wrong with an object that the rule applies to: what was found, what is needed, and how to mend it.
     * First all that is known, then the first unknown is raised (known.ts).
     */
    readonly problems: (object: KubeObject, cluster: readonly KubeObject[], config: RuleConfig) => Iterable<string>;
}

/** A number of the configuration, or its default. */
export function configuredNumber(config: RuleConfig, key: string, defaultValue: number): number {
    const value = config[key];
    return typeof value === "number" ? value : defaultValue;
}

/** Runs the rules on plain objects, one object at a time: what one leaves unknown never hides another's violation. */
import { gather } from "./known";
import { kubeObject, objectsIn, UnknownFieldError, type KubeObject, type PolicyObject } from "./manifest";
import type { Rule, RuleConfig } from "./rule";
import { rules } from "./rules";

export interface Violation {
    /** The rule's name. */
    readonly policy: string;
    /** The object, such as "Deployment shop/web". */
    readonly resource: string;
    readonly message: string;
    readonly enforcementLevel: Rule["enforcementLevel"];
}

/** What a rule says about one object. */
export interface Judgement {
    readonly messages: readonly string[];
    /** Why that may not be all: a value that this preview does not know, and on which the rest hangs. */
    readonly unknown: UnknownFieldError | undefined;
}

/** Judges one object by one rule. */
export function judge(
    rule: Rule,
    object: KubeObject,
    cluster: readonly KubeObject[],
    config: RuleConfig = {},
): Judgement {
    let doubtfulApplication: UnknownFieldError | undefined;
    try {
        if (!rule.appliesTo(object, cluster)) return { messages: [], unknown: undefined };
    } catch (error) {
        if (!(error instanceof UnknownFieldError)) throw error;
        doubtfulApplication = error;
    }
    const { known: messages, unknown } = gather(rule.problems(object, cluster, config));
    if (doubtfulApplication === undefined) return { messages, unknown };
    // Whether the rule applies matters only to an object that it could find fault with.
    const isFlawless = messages.length === 0 && unknown === undefined;
    return { messages: [], unknown: isFlawless ? undefined : doubtfulApplication };
}

/** Configuration by rule name. */
export type RuleConfigs = Readonly<Record<string, RuleConfig>>;

/** The violations of plain Kubernetes manifests. Unknown values (manifest.ts) cause none, and hide none of other objects. */
export function checkManifests(resources: readonly PolicyObject[], configs: RuleConfigs = {}): Violation[] {
    const cluster = resources.flatMap(objectsIn).map((resource) => kubeObject(resource));
    return rules.flatMap((rule) =>
        cluster.flatMap((object) =>
            judge(rule, object, cluster, configs[rule.name]).messages.map((message) => ({
                policy: rule.name,
                resource: object.label,
                message,
                enforcementLevel: rule.enforcementLevel,
            })),
        ),
    );
}

/** Between the rules and @pulumi/policy: resources in, reports out. */
import { runtime } from "@pulumi/pulumi";
import {
    UnknownValueError,
    type PolicyResource,
    type ReportViolation,
    type ResourceValidationArgs,
    type ResourceValidationPolicy,
    type StackValidationPolicy,
} from "@pulumi/policy";

import { judge } from "./check";
import { kubeObject, objectsIn, unknownValue, type KubeObject, type Origin } from "./manifest";
import type { Rule, RuleConfig } from "./rule";

// The published types of @pulumi/policy name this class and leave its declaration out.
const FrameworkUnknownError = UnknownValueError as unknown as new (sentinel: string, path: readonly string[]) => Error;

/** What could not be judged. Being of the framework's kind, it is shown as an advisory and fails nothing. */
class UndecidedError extends FrameworkUnknownError {
    constructor(undecided: readonly string[]) {
        super(runtime.unknownValue, []);
        this.message = `it judged everything but ${undecided.join("; ")}`;
    }
}

/** What the two kinds of policies are given alike. */
type Registered = Pick<ResourceValidationArgs & PolicyResource, "type" | "props" | "opts" | "urn" | "name">;

/**
 * The Kubernetes objects out of a Pulumi resource: one, or a List's, or none. A patch (DeploymentPatch) is none: it says
 * nothing of the fields that it leaves alone.
 */
export function fromResource(resource: Registered, origin: Pick<Origin, "observed"> = {}): readonly KubeObject[] {
    const token = /^kubernetes:([^:]+):([^:]+)$/.exec(resource.type);
    if (token === null) return [];
    const [, tokenVersion = "", tokenKind = ""] = token;
    const fields = plainFields(resource.props);
    const kind = typeof fields["kind"] === "string" ? fields["kind"] : tokenKind;
    if (tokenKind === `${kind}Patch`) return [];
    const apiVersion = fields["apiVersion"];
    const manifest = {
        ...fields,
        apiVersion: typeof apiVersion === "string" ? apiVersion : tokenVersion.replace(/^core\//, ""),
        kind,
        ignoreChanges: resource.opts.ignoreChanges,
    };
    const objects = objectsIn(manifest);
    // The type and the name of a List are not those of its items.
    const ofItself = objects[0] === manifest ? { type: resource.type, name: resource.name } : {};
    return objects.map((object) => kubeObject(object, { ...origin, urn: resource.urn, ...ofItself }));
}

/** A copy out of the framework's proxies, which raise an error where an unknown value is read. */
function plainFields(proxy: object): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.keys(proxy).map((key) => [key, plainValue(() => Reflect.get(proxy, key))]));
}

function plainValue(read: () => unknown): unknown {
    let value: unknown;
    try {
        value = read();
    } catch (error) {
        if (!(error instanceof FrameworkUnknownError)) throw error;
        return unknownValue;
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
        const list: readonly unknown[] = value;
        return Array.from({ length: list.length }, (_, i) => plainValue(() => list[i]));
    }
    return plainFields(value);
}

/**
 * The inputs of the resources that were registered so far, by URN.
 *
 * The engine gives stack policies the resources' outputs, which for Kubernetes are the live objects: replicas as an
 * autoscaler left them, maxUnavailable 25% where the program said nothing. What the program asked for is given to
 * resource policies only, when a resource is registered; so these note it down for the stack policies.
 */
export class RegisteredInputs {
    private readonly objects = new Map<string, readonly KubeObject[]>();

    note(args: ResourceValidationArgs): readonly KubeObject[] {
        const objects = fromResource(args);
        this.objects.set(args.urn, objects);
        return objects;
    }

    /** A stack's objects: as they were registered, or as observed where no registration was seen (`--target`). */
    of(resources: readonly PolicyResource[]): readonly KubeObject[] {
        return resources.flatMap(
            (resource) => this.objects.get(resource.urn) ?? fromResource(resource, { observed: true }),
        );
    }
}

/** A rule as a policy of the pack. */
export function toPolicy(rule: Rule, inputs: RegisteredInputs): ResourceValidationPolicy | StackValidationPolicy {
    const { name, description, enforcementLevel, configSchema } = rule;
    const policy = { name, description, enforcementLevel, ...(configSchema === undefined ? {} : { configSchema }) };
    if (rule.scope === "object") {
        return {
            ...policy,
            validateResource(args, reportViolation) {
                report(rule, inputs.note(args), args.getConfig(), reportViolation);
            },
        };
    }
    return {
        ...policy,
        validateStack(args, reportViolation) {
            report(rule, inputs.of(args.resources), args.getConfig(), reportViolation);
        },
    };
}

/** Reports every known violation, and after them what could not be judged. */
function report(
    rule: Rule,
    cluster: readonly KubeObject[],
    config: RuleConfig,
    reportViolation: ReportViolation,
): void {
    const undecided: string[] = [];
    for (const object of cluster) {
        const { messages, unknown } = judge(rule, object, cluster, config);
        for (const message of messages) reportViolation(`${object.label}: ${message}`, object.origin.urn);
        if (unknown !== undefined) undecided.push(`${object.label}, for want of ${unknown.field}`);
    }
    if (undecided.length > 0) throw new UndecidedError(undecided);
}

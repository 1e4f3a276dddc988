/**
 * What a workload's drain budget is, read from the objects alone, and whether its sum holds. How long a withdrawal has to be,
 * and whether a pod needs one, the policies judge; what they do not read is php-fpm's configuration.
 */
import type { Manifest } from "../render/manifests";
import { nameOf, namespaceOf, nameStem } from "./objects";
import { at, isObject, numberAt, objectAt, textAt } from "./values";
import { container, graceSeconds, podTemplate, workloadKind } from "./workload";
import { longestRequestAnnotation, queueAnnotation, transferAnnotation } from "../../components/specs/names";

/** The parts of the sum, all in seconds. A part is absent where no object tells it. */
export interface DrainParts {
    /** nginx's preStop sleep. */
    readonly withdrawalSeconds?: number;
    /** A request's way through nginx. */
    readonly transferSeconds?: number;
    /** Its wait for a worker of php-fpm. */
    readonly queueSeconds?: number;
    readonly longestRequestSeconds?: number;
    /** php-fpm's process_control_timeout. */
    readonly phpFpmSeconds?: number;
    /** What the grace period leaves over; below 0 where it is too short. Absent where a part is. */
    readonly slackSeconds?: number;
    /** terminationGracePeriodSeconds. */
    readonly graceSeconds: number;
    /** Why the sum does not hold, as sentences. */
    readonly faults: readonly string[];
}

/** The drain budget of a workload; undefined where it neither states a longest request nor withdraws an nginx. */
export function readDrain(workload: Manifest, manifests: readonly Manifest[]): DrainParts | undefined {
    if (workloadKind(workload) === undefined) return undefined;
    const withdrawal = numberAt(container(workload, "nginx"), "lifecycle", "preStop", "sleep", "seconds");
    const annotated = (name: string) => toSeconds(textAt(podTemplate(workload), "metadata", "annotations", name));
    const longest = annotated(longestRequestAnnotation);
    const transfer = annotated(transferAnnotation);
    const queue = annotated(queueAnnotation);
    if (withdrawal === undefined && longest === undefined) return undefined;
    const phpFpm = processControlTimeoutSeconds(workload, manifests);
    const grace = graceSeconds(workload);
    const slack =
        withdrawal === undefined || longest === undefined || phpFpm === undefined
            ? undefined
            : grace - withdrawal - (transfer ?? 0) - (queue ?? 0) - longest - phpFpm;
    const parts = {
        ...(withdrawal === undefined ? {} : { withdrawalSeconds: withdrawal }),
        ...(transfer === undefined ? {} : { transferSeconds: transfer }),
        ...(queue === undefined ? {} : { queueSeconds: queue }),
        ...(longest === undefined ? {} : { longestRequestSeconds: longest }),
        ...(phpFpm === undefined ? {} : { phpFpmSeconds: phpFpm }),
        ...(slack === undefined ? {} : { slackSeconds: slack }),
        graceSeconds: grace,
    };
    return { ...parts, faults: faultsOf(parts) };
}

function faultsOf(parts: Omit<DrainParts, "faults">): readonly string[] {
    const { withdrawalSeconds, longestRequestSeconds, phpFpmSeconds, slackSeconds } = parts;
    const faults: string[] = [];
    if (withdrawalSeconds === undefined) faults.push("It cannot be added up: nginx has no preStop sleep.");
    if (longestRequestSeconds === undefined) {
        faults.push(
            `It cannot be added up: the pod template states no longest request (annotation ${longestRequestAnnotation}).`,
        );
    }
    if (phpFpmSeconds === undefined) {
        faults.push(
            "No ConfigMap of the pod sets process_control_timeout: php-fpm's default of 0 ends its workers at once.",
        );
    } else if (phpFpmSeconds === 0) {
        faults.push("process_control_timeout is 0: php-fpm ends its workers at once.");
    }
    if (slackSeconds !== undefined && slackSeconds < 0) {
        faults.push(`The grace period of ${parts.graceSeconds} s is ${-slackSeconds} s shorter than its parts.`);
    } else if (slackSeconds === 0) {
        faults.push("No slack is left: the kubelet needs a moment between nginx's end and php-fpm's stop signal.");
    }
    return faults;
}

/** Reads the timeout from the ConfigMaps that the pod uses; undefined where none of them sets it. */
function processControlTimeoutSeconds(workload: Manifest, manifests: readonly Manifest[]): number | undefined {
    const names = configMapNames(podTemplate(workload));
    const candidates = manifests.filter(
        (manifest) => manifest.kind === "ConfigMap" && namespaceOf(manifest) === namespaceOf(workload),
    );
    const exact = candidates.filter((manifest) => names.has(nameOf(manifest)));
    // A preview may not know the name of a ConfigMap that is yet to be made.
    const stems = new Set([...names].map(nameStem));
    const close = candidates.filter((manifest) => stems.has(nameStem(nameOf(manifest))));
    for (const group of [exact, close, names.size === 0 ? [] : candidates]) {
        for (const manifest of group) {
            for (const text of Object.values(objectAt(manifest, "data"))) {
                const value =
                    typeof text === "string"
                        ? /^[ \t]*process_control_timeout[ \t]*=[ \t]*(\S+)/m.exec(text)?.[1]
                        : undefined;
                if (value !== undefined) return toSeconds(value);
            }
        }
    }
    return undefined;
}

/** Every ConfigMap that a pod template refers to: volumes, projected volumes, envFrom and env. */
export function configMapNames(template: unknown): ReadonlySet<string> {
    const names = new Set<string>();
    const visit = (value: unknown): void => {
        if (Array.isArray(value)) {
            value.forEach(visit);
            return;
        }
        if (!isObject(value)) return;
        for (const key of ["configMap", "configMapRef", "configMapKeyRef"]) {
            const name = textAt(value, key, "name");
            if (name !== undefined) names.add(name);
        }
        Object.values(value).forEach(visit);
    };
    visit(at(template, "spec"));
    return names;
}

/** "5", "5s", "2m" as php-fpm and the annotation write times; undefined for anything else. */
function toSeconds(text: string | undefined): number | undefined {
    const match = /^(\d+)([smhd]?)$/.exec(text?.trim() ?? "");
    if (match?.[1] === undefined) return undefined;
    const factors: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };
    return Number(match[1]) * (factors[match[2] ?? "s"] ?? 1);
}

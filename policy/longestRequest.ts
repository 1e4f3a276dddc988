/** The longest request that is promised: by a workload's annotation, or by a rule's configuration. */
import { longestRequestAnnotation } from "../components/specs/podTemplate";
import { podTemplateOf } from "./cluster";
import type { Field, KubeObject } from "./manifest";
import { configuredNumber, type RuleConfig } from "./rule";

const defaultLongestRequestSeconds = 30;

/** The configuration of the rules that count with the longest request. */
export const longestRequestSchema = {
    longestRequestSeconds: {
        type: "number",
        minimum: 0,
        default: defaultLongestRequestSeconds,
        description: `The longest request, in seconds. The annotation ${longestRequestAnnotation} overrides it.`,
    },
} as const;

export interface LongestRequest {
    readonly seconds: number;
    /** Who says so, for messages. */
    readonly source: string;
}

/** The template's annotation counts first: it is what its pods were made with. */
export function longestRequestAnnotationOf(workload: KubeObject): Field {
    const onTemplate = podTemplateOf(workload).at("metadata", "annotations", longestRequestAnnotation);
    return onTemplate.exists ? onTemplate : workload.root.at("metadata", "annotations", longestRequestAnnotation);
}

/** undefined where the annotation is no number of seconds above 0 in digits. */
export function longestRequestOf(workload: KubeObject, config: RuleConfig): LongestRequest | undefined {
    const annotation = longestRequestAnnotationOf(workload);
    if (!annotation.exists) {
        return {
            seconds: configuredNumber(config, "longestRequestSeconds", defaultLongestRequestSeconds),
            source: "longestRequestSeconds of this policy",
        };
    }
    const text = annotation.text ?? "";
    const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
    return seconds > 0 ? { seconds, source: `annotation ${longestRequestAnnotation}` } : undefined;
}

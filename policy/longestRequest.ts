/** The longest request that is promised: by a workload's annotations, or by a rule's configuration. */
import { podTemplateOf } from "./cluster";
import type { Field, KubeObject } from "./manifest";
import { configuredNumber, type RuleConfig } from "./rule";
import { longestRequestAnnotation, queueAnnotation, transferAnnotation } from "../components/specs/names";

/** What a request may take beside its work: its wait for a worker, and its way through the server. Nothing where absent. */
const besideAnnotations = [queueAnnotation, transferAnnotation] as const;

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
    /** From a request's first byte to its last, what it waits included. */
    readonly seconds: number;
    /** Who says so, for messages. */
    readonly source: string;
}

/** The template's annotation counts first: it is what its pods were made with. */
function annotationOf(workload: KubeObject, name: string): Field {
    const onTemplate = podTemplateOf(workload).at("metadata", "annotations", name);
    return onTemplate.exists ? onTemplate : workload.root.at("metadata", "annotations", name);
}

/** True where the workload itself states its longest request. */
export function statesLongestRequest(workload: KubeObject): boolean {
    return annotationOf(workload, longestRequestAnnotation).exists;
}

/** In digits; a request without work promises nothing. */
function secondsOf(name: string, { text = "" }: Field): number | undefined {
    const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return seconds > 0 || (seconds === 0 && name !== longestRequestAnnotation) ? seconds : undefined;
}

/** undefined where an annotation is no number of seconds: {@link whyNoLongestRequest}. */
export function longestRequestOf(workload: KubeObject, config: RuleConfig): LongestRequest | undefined {
    const annotation = annotationOf(workload, longestRequestAnnotation);
    const own = annotation.exists
        ? secondsOf(longestRequestAnnotation, annotation)
        : configuredNumber(config, "longestRequestSeconds", defaultLongestRequestSeconds);
    const beside = besideAnnotations.flatMap((name) => {
        const field = annotationOf(workload, name);
        return field.exists ? [{ name, seconds: secondsOf(name, field) }] : [];
    });
    if (own === undefined) return undefined;
    let seconds = own;
    let source = annotation.exists ? `annotation ${longestRequestAnnotation}` : "longestRequestSeconds of this policy";
    for (const part of beside) {
        if (part.seconds === undefined) return undefined;
        seconds += part.seconds;
        if (part.seconds > 0) source += `, and ${part.seconds} s by annotation ${part.name}`;
    }
    return { seconds, source };
}

/** Which annotation is no number of seconds, and how to mend it; undefined where each one is. */
export function whyNoLongestRequest(workload: KubeObject): string | undefined {
    const names = [longestRequestAnnotation, ...besideAnnotations];
    const name = names.find((one) => {
        const field = annotationOf(workload, one);
        return field.exists && secondsOf(one, field) === undefined;
    });
    if (name === undefined) return undefined;
    return (
        `The annotation ${name} is "${annotationOf(workload, name).text ?? ""}". It takes a number of seconds` +
        `${name === longestRequestAnnotation ? " above 0" : ""} as a text, such as "40".`
    );
}

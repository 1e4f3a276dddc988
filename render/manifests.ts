/** Kubernetes objects as plain data, and as a multi-document YAML file. */
import { parseAllDocuments, stringify } from "yaml";

/** A Kubernetes object as it stands in a YAML file. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: {
        readonly name?: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly [field: string]: unknown;
}

/** One file of many documents, in the given order. Long texts are never folded: a diff shows their lines as they are. */
export function toYaml(manifests: readonly Manifest[]): string {
    return manifests
        .map((manifest) => `---\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })}`)
        .join("");
}

/** Reads what toYaml wrote. Throws where the text is no YAML. */
export function fromYaml(text: string): readonly Manifest[] {
    return parseAllDocuments(text).flatMap((document) => {
        const error = document.errors[0];
        if (error !== undefined) throw error;
        const value = document.toJS() as Manifest | null;
        return value === null ? [] : [value];
    });
}

/** Kubernetes objects as plain data, and as a multi-document YAML file. */
import { Document, parseAllDocuments, visit } from "yaml";

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
    return manifests.map((manifest) => `---\n${documentOf(manifest).toString({ lineWidth: 0 })}`).join("");
}

/** What {@link Document} of version 1.1 leaves without quotes though some reader takes it for no text. */
const noTextToSome = /^(0o[0-7]+|=)$/;

/** Every text stays one: kubectl reads YAML 1.1, where `on` is true and 024 is 20, and other programs read 1.2. */
function documentOf(manifest: Manifest): Document {
    const document = new Document(manifest, { version: "1.1", aliasDuplicateObjects: false });
    visit(document, {
        Scalar: (_, scalar) => {
            if (typeof scalar.value === "string" && noTextToSome.test(scalar.value)) scalar.type = "QUOTE_DOUBLE";
        },
    });
    return document;
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

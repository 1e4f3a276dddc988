/** A JSON Schema of the stack files, for editors: completion, and a line below what is wrong. */
import { z } from "zod";

import { project } from "./project";
import { secretsSchema, settingsSchema } from "./schema";

export const stackFileSchemaPath = "docs/stack.schema.json";

type Schema = z.core.JSONSchema.BaseSchema;

/** The text of the file. Rules that concern several keys are the program's alone. */
export function stackFileSchema(): string {
    const sections = { ...settingsSchema.shape, secrets: secretsSchema.describe("Environment of php-fpm.") };
    const names = Object.keys(sections);
    const references = Object.fromEntries(
        names.flatMap((name) => [`${project}:${name}`, name].map((key) => [key, { $ref: `#/definitions/${name}` }])),
    );
    const text = { type: "string" };
    const schema = {
        $schema: "http://json-schema.org/draft-07/schema#",
        title: `Stack file of ${project}`,
        description: "Written by npm run docs.",
        type: "object",
        additionalProperties: false,
        properties: {
            config: {
                type: ["object", "null"],
                additionalProperties: false,
                properties: references,
                // Other programs' and providers'.
                patternProperties: { [`^(?!${project}:)[^:]+:`]: {} },
            },
            encryptionsalt: text,
            encryptedkey: text,
            secretsprovider: text,
            environment: {},
        },
        definitions: Object.fromEntries(
            Object.entries(sections).map(([name, section]) => [
                name,
                { ...schemaOf(section), type: ["object", "null"] },
            ]),
        ),
    };
    return `${JSON.stringify(schema, (_, value: unknown) => readable(value), 2)}\n`;
}

/** An encrypted value, as Pulumi writes it. */
const ciphertext = {
    type: "object",
    properties: { secure: { type: "string" } },
    required: ["secure"],
    additionalProperties: false,
    description: "Set by: pulumi config set --secret --path secrets.NAME",
};

function schemaOf(section: z.ZodType): Schema {
    const { $schema: _, ...schema } = z.toJSONSchema(section, {
        target: "draft-7",
        io: "input",
        override: ({ zodSchema, jsonSchema }) => {
            if (zodSchema === secretsSchema.valueType) Object.assign(jsonSchema, ciphertext);
        },
    });
    return schema;
}

/** What is allowed goes into the text that editors show; that a section may be left out is no news. */
function readable(value: unknown): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const { allowed, description, default: stated, ...rest } = value as Schema;
    const words = [description, typeof allowed === "string" ? `Allowed: ${allowed}.` : undefined];
    return {
        ...rest,
        ...(words.some((word) => word) ? { description: words.filter((word) => word).join(" ") } : {}),
        ...(stated === undefined || JSON.stringify(stated) === "{}" ? {} : { default: stated }),
    };
}

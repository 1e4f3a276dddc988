/** docs/settings.md: every key of a stack file, from the schema that checks it. */
import { z } from "zod";

import { project } from "./project";
import { defaultAutoscaling, settingsSchema } from "./schema";
import { allKeys, describeAllowed, hasKeysOfAnother, schemaAt, type SchemaKey } from "./schemaTree";

const { minReplicas, maxReplicas, targetCPUUtilizationPercentage } = defaultAutoscaling;

const introduction = `# Settings

Every key of a stack file (\`Pulumi.STACK.yaml\`), written by \`npm run docs\` from the schema that checks it.

\`\`\`yaml
config:
  ${project}:web:
    host: www.example.com
    autoscaling:
      minReplicas: 3
\`\`\`

or \`pulumi config set --path web.autoscaling.minReplicas 3\`. Unknown keys, values out of range and settings that
contradict each other are refused before anything changes, all of a file at once. An editor with a YAML language server
completes and underlines them by [a JSON Schema](stack.schema.json), which each stack file names in its first line.

Without \`web.replicas\` and \`web.autoscaling\` the autoscaler is on, from ${minReplicas} to ${maxReplicas} pods at
${targetCPUUtilizationPercentage} %.
`;

const secrets = `## secrets

Environment variables of php-fpm by name, each value encrypted:
\`pulumi config set --secret --path secrets.DB_PASSWORD\`. They reach php-fpm through a Secret; a new value is a rolling
update. In plain text they are refused.
`;

/** The whole page. */
export function settingsReference(): string {
    const sections = Object.keys(settingsSchema.shape).map((section) => {
        const rows = allKeys(settingsSchema)
            .filter(({ path, schema }) => path.startsWith(`${section}.`) && !isSection(schema))
            .map(row);
        return [`## ${section}`, "", "| key | allowed | default | meaning |", "|---|---|---|---|", ...rows, ""].join(
            "\n",
        );
    });
    return [introduction, ...sections, secrets].join("\n");
}

/** A map with fixed keys has no row of its own: its keys have. */
function isSection(schema: z.ZodType): boolean {
    const bare = schemaAt(schema, []);
    return bare instanceof z.ZodObject && !hasKeysOfAnother(bare);
}

function row({ path, description, defaultValue, optional, schema }: SchemaKey): string {
    const bare = schemaAt(schema, []);
    const isListOfMaps = bare instanceof z.ZodArray && isSection(bare.element as z.ZodType);
    const stated = defaultValue === undefined ? (optional ? "" : "required") : `\`${JSON.stringify(defaultValue)}\``;
    const cells = [`\`${path}\``, isListOfMaps ? "a list of maps" : describeAllowed(bare), stated, description ?? ""];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("*.", "\\*.")).join(" | ")} |`;
}

/** `npm run docs`: writes what is in docs/ of the settings anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { settingsReference } from "./reference";
import { stackFileSchema, stackFileSchemaPath } from "./stackFileSchema";

for (const [path, text] of [
    ["docs/settings.md", settingsReference()],
    [stackFileSchemaPath, stackFileSchema()],
] as const) {
    writeFileSync(join(__dirname, "..", path), text);
    console.log(path);
}

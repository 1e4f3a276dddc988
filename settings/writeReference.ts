/** `npm run docs`: writes docs/settings.md anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { settingsReference } from "./reference";

const path = join(__dirname, "..", "docs", "settings.md");
writeFileSync(path, settingsReference());
console.log("docs/settings.md");

/** `npm run golden`: writes the golden manifests anew. Read the diff before you commit it: it is what reviewers see. */
import { writeFileSync } from "node:fs";

import { goldenNames, goldenPath, goldenText } from "./golden";

async function main(): Promise<void> {
    for (const stack of goldenNames) {
        writeFileSync(goldenPath(stack), await goldenText(stack));
        console.log(`tests/golden/${stack}.yaml`);
    }
}

void main();

import { readFileSync } from "node:fs";

import { expect } from "chai";

import { stacks } from "../helpers/stacks";
import { goldenPath, goldenText } from "./golden";

describe("golden manifests", () => {
    for (const stack of stacks) {
        it(`shows every object of stack ${stack} as it is now (npm run golden writes it anew)`, async () => {
            expect(await goldenText(stack)).to.equal(readFileSync(goldenPath(stack), "utf8"));
        });
    }
});

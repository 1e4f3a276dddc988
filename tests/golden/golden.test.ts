import { globSync, readFileSync } from "node:fs";

import { expect } from "chai";

import { goldenNames, goldenPath, goldenText } from "./golden";

describe("golden manifests", () => {
    for (const stack of goldenNames) {
        it(`shows every object of stack ${stack} as it is now (npm run golden writes it anew)`, async () => {
            expect(await goldenText(stack)).to.equal(readFileSync(goldenPath(stack), "utf8"));
        });
    }

    it("are of no stack that is gone", () => {
        expect(globSync("*.yaml", { cwd: __dirname }).sort()).to.deep.equal(
            goldenNames.map((stack) => `${stack}.yaml`),
        );
    });
});

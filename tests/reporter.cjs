// mocha's spec reporter, closed by the lines of counts.ts. tests/layers.ts adds the layers up.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");
const { closingLines, missingIn, none, sum } = require("./counts.ts");

module.exports = class extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        this.skipped = [];
        runner.on("pending", ({ title }) => {
            this.skipped.push({ ...none, skipped: 1, missing: missingIn(title) });
        });
    }

    epilogue() {
        super.epilogue();
        const { passes: passed, failures: failed } = this.stats;
        const counts = sum([{ ...none, passed, failed }, ...this.skipped]);
        const countsPath = process.env.TEST_COUNTS_FILE;
        if (countsPath === undefined) console.log(closingLines(counts));
        else writeFileSync(countsPath, JSON.stringify(counts));
    }
};

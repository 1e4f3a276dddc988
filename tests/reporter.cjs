// mocha's spec reporter, closed by the lines of counts.ts. tests/layers.ts adds the layers up.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");
const { closingLines, missingIn, none, sum } = require("./counts.ts");

function firstLine(error) {
    return String(error?.message ?? error).split("\n")[0];
}

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
        const failures = this.failures.map((test) => `${test.titlePath().join(": ")}: ${firstLine(test.err)}`);
        const counts = sum([{ ...none, passed, failed, failures }, ...this.skipped]);
        const countsPath = process.env.TEST_COUNTS_FILE;
        if (countsPath === undefined) console.log(closingLines(counts));
        else writeFileSync(countsPath, JSON.stringify(counts));
    }
};

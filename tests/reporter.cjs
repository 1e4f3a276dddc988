// mocha's spec reporter, closed by one line that counts: "123 passed, 0 failed". tests/layers.ts adds the layers up.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
    epilogue() {
        super.epilogue();
        const { passes: passed, failures: failed } = this.stats;
        const countsPath = process.env.TEST_COUNTS_FILE;
        if (countsPath === undefined) console.log(`${passed} passed, ${failed} failed`);
        else writeFileSync(countsPath, JSON.stringify({ passed, failed }));
    }
};

// mocha's spec reporter, closed by one line that counts: "123 passed, 0 failed".
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
    epilogue() {
        super.epilogue();
        const { passes, failures, pending } = this.stats;
        const skipped = pending === 0 ? "" : `, ${pending} skipped`;
        console.log(`${passes} passed, ${failures} failed${skipped}`);
    }
};

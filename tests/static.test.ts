/** Types, lint and format of the whole project. Started at once, so that they run beside the other tests. */
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../tools/common/paths";
import { spawned } from "./helpers/spawned";

const start = (command: string, ...args: readonly string[]) =>
    spawned(join(repositoryRoot, "node_modules", ".bin", command), ...args);

describe("the source", () => {
    const checks = {
        "has no type errors (tsc)": start("tsc", "--project", "."),
        "passes the linter (eslint)": start(
            "eslint",
            "--cache",
            "--cache-location=node_modules/.cache/eslint/",
            "--max-warnings",
            "0",
            ".",
        ),
        "is formatted (prettier; npm run format mends it)": start(
            "prettier",
            "--cache",
            "--check",
            "--log-level",
            "warn",
            ".",
        ),
    };
    for (const [name, check] of Object.entries(checks)) {
        it(name, async function () {
            this.timeout(180_000);
            const { code, stdout, stderr } = await check;
            expect(code, stdout + stderr).to.equal(0);
        });
    }
});

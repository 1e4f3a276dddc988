import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { expect } from "chai";

import { until } from "../../../tools/common/until";
import { PulumiStack } from "../../../tools/drill/variants/pulumiStack";

/**
 * A `pulumi` that writes down each call with the stack file that it got, and takes as long as the file `seconds` says. Like
 * the real one, it ends in order on SIGINT, and takes a moment for it.
 */
const fakePulumi = (folder: string) => `#!/bin/bash
cd ${folder}
trap 'trap "echo interrupted again >> calls" INT; echo interrupted >> calls; kill $!; sleep 0.5; exit 130' INT
while [ $# -gt 0 ]; do case $1 in --config-file) file=$2;; up) command=up;; esac; shift; done
echo "$command begins with $(tr -d '\\n ' < "$file")" >> calls
sleep "$(cat seconds)" & wait $!
echo "$command ends" >> calls
`;

describe("the stack that is drilled", () => {
    let folder: string;
    const path = process.env["PATH"];

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        writeFileSync(join(folder, "pulumi"), fakePulumi(folder), { mode: 0o755 });
        writeFileSync(join(folder, "seconds"), "0");
        writeFileSync(join(folder, "Pulumi.dev.yaml"), "config:\n  php-web-service:web: {host: a.test}\n");
        process.env["PATH"] = `${folder}${delimiter}${path ?? ""}`;
    });

    afterEach(() => {
        process.env["PATH"] = path;
        rmSync(folder, { recursive: true });
    });

    const stack = (context?: string, signal = new AbortController().signal) =>
        new PulumiStack({
            stack: "dev",
            stackFile: join(folder, "Pulumi.dev.yaml"),
            folder: outFolder(),
            context,
            signal,
        });
    const outFolder = () => mkdtempSync(join(folder, "out-"));
    const untilCalled = (text: string) =>
        until(() => existsSync(join(folder, "calls")) && calls().some((call) => call.startsWith(text)), {
            seconds: 10,
            pending: () => text,
        });
    const calls = () => readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");

    it("is brought back to its file", async () => {
        const drilled = stack();
        drilled.set("web", ["replicas"], 3);
        await drilled.up();
        await drilled.restore();
        const file = "config:php-web-service:web:{host:a.test";
        expect(calls().filter((call) => call.includes("begins"))).to.deep.equal([
            `up begins with ${file},replicas:3}`,
            `up begins with ${file}}`,
        ]);
    });

    it("is brought back on the cluster that was drilled, whichever its file names", async () => {
        const drilled = stack("mine");
        await drilled.up();
        await drilled.restore();
        for (const call of calls().filter((each) => each.includes("begins"))) expect(call).to.include("context:mine");
    });

    it("is left alone where nothing was changed", async () => {
        await stack().restore();
        expect(() => calls()).to.throw(/ENOENT/);
    });

    it("is brought back only when an update that was going on has ended, which has it locked", async () => {
        writeFileSync(join(folder, "seconds"), "20");
        const drilled = stack();
        const failed = drilled.up().catch((error: unknown) => error);
        await untilCalled("up begins");
        writeFileSync(join(folder, "seconds"), "0");
        await drilled.restore();
        expect(await failed).to.be.instanceOf(Error);
        expect(calls().map((call) => call.replace(/ with .*/, ""))).to.deep.equal([
            "up begins",
            "interrupted",
            "up begins",
            "up ends",
        ]);
    });

    it("is changed no more once the drill ends: the update that goes on is interrupted once, and none begins but the restoring", async () => {
        writeFileSync(join(folder, "seconds"), "20");
        const ending = new AbortController();
        const drilled = stack(undefined, ending.signal);
        const failed = drilled.up().then(
            () => "done",
            () => "failed",
        );
        await untilCalled("up begins");
        writeFileSync(join(folder, "seconds"), "0");
        ending.abort(new Error("too slow"));
        await untilCalled("interrupted");
        const restored = drilled.restore();
        expect(await failed).to.equal("failed");
        expect(await drilled.up().catch((error: unknown) => (error as Error).message)).to.equal("too slow");
        await restored;
        expect(calls().map((call) => call.replace(/ with .*/, ""))).to.deep.equal([
            "up begins",
            "interrupted",
            "up begins",
            "up ends",
        ]);
    });
});

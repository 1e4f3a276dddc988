import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { sleep } from "../../../tools/common/commands";
import { makeOf } from "../../../tools/league/make";

describe("tools/league/make.ts", function () {
    this.timeout(20_000);
    let folder: string;
    let logPath: string;
    let printed: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        logPath = join(folder, "make.log");
        printed = "";
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    /** Instead of make, a script. */
    const make = (script: string) => {
        const program = join(folder, "make");
        writeFileSync(program, `#!/bin/bash\n${script}\n`);
        chmodSync(program, 0o755);
        return makeOf((text) => (printed += text), program);
    };

    it("prints and keeps what the goal prints, and tells its exit code", async () => {
        const code = await make('echo "$@"; echo wrong >&2; exit 3')(["drill", "ARGS=--short --rate 10"], { logPath });
        expect(code).to.equal(3);
        for (const text of [printed, readFileSync(logPath, "utf8")]) {
            expect(text.split("\n"))
                .to.include("--no-print-directory drill ARGS=--short --rate 10")
                .and.include("wrong");
        }
    });

    it("adds to the log", async () => {
        for (const text of ["one", "two"]) await make(`echo ${text}`)([], { logPath });
        expect(readFileSync(logPath, "utf8")).to.equal("one\ntwo\n");
    });

    it("keeps from it what would have it work elsewhere than on the lab", async () => {
        const given = { CONTEXT: "prod", STACK: "prod", ARGS: "--table", MAKEFLAGS: "n", PORT: "8099" };
        const before = Object.keys(given).map((name) => [name, process.env[name]] as const);
        Object.assign(process.env, given);
        try {
            await make('echo "[$CONTEXT$STACK$ARGS$MAKEFLAGS] $PORT"')([], { logPath });
        } finally {
            for (const [name, value] of before) {
                if (value === undefined) Reflect.deleteProperty(process.env, name);
                else process.env[name] = value;
            }
        }
        expect(printed).to.equal("[] 8099\n");
    });

    it("interrupts all that runs in it, once, and waits for its end", async () => {
        const interruption = new AbortController();
        const script = `
            trap "echo outer" INT
            bash -c 'trap "echo inner; exit 0" INT; echo ready; for i in $(seq 100); do sleep 0.1; done'
            echo done
            exit 130`;
        const ended = make(script)([], { logPath, signal: interruption.signal });
        while (!printed.includes("ready")) await sleep(0.05);
        interruption.abort();
        expect(await ended).to.equal(130);
        expect(printed.match(/inner|outer|done/g)).to.have.members(["inner", "outer", "done"]);
    });

    it("begins nothing once it is interrupted", async () => {
        expect(await make("echo begun")([], { logPath, signal: AbortSignal.abort() })).to.equal(130);
        expect(printed).to.equal("");
    });
});

import { spawn } from "node:child_process";

import { expect } from "chai";

import { runLogged } from "../../../tools/common/build/runLogged";
import { MissingProgramError, run, runToEnd, started } from "../../../tools/common/commands";
import { withPathEntries } from "../../helpers/pathEntries";

describe("tools/common/commands", () => {
    it("says in words that there is no such program, whatever the search for it ends with", async () => {
        await withPathEntries("pulumi", async (entries) => {
            for (const [code, entry] of Object.entries(entries)) {
                for (const start of [
                    () => runToEnd("pulumi", [], { env: { PATH: entry } }),
                    () => runLogged(["pulumi"], { cwd: "/", env: { PATH: entry }, logPath: "/dev/null" }),
                ]) {
                    const error: unknown = await start().catch((reason: unknown) => reason);
                    expect(error, code).to.be.instanceOf(MissingProgramError);
                    expect(error).to.have.nested.property("cause.code", code);
                    expect(error)
                        .to.have.property("message")
                        .that.equals("There is no pulumi on PATH that this user may run.");
                }
            }
        });
    });

    it("says nothing of PATH where a path is named, and how to get it where that is known", async () => {
        const start = started("/no/helm", () => spawn("/no/helm"), "Install it.");
        const error: unknown = await start.catch((reason: unknown) => reason);
        expect(error).to.have.property("message", "There is no /no/helm that this user may run. Install it.");
    });

    it("leaves other errors as they are", async () => {
        const error: unknown = await runToEnd("true", ["\0"]).catch((reason: unknown) => reason);
        expect(error).to.have.property("code", "ERR_INVALID_ARG_VALUE");
    });

    it("finds a program behind an entry of PATH that cannot be searched", async () => {
        await withPathEntries("true", async (entries) => {
            const path = [...Object.values(entries), process.env["PATH"]].join(":");
            expect(await run("true", [], { env: { PATH: path } })).to.equal("");
        });
    });

    it("ends a command that takes too long with all that it has started, and tells what it has said", async () => {
        const begun = performance.now();
        const message = await run("sh", ["-c", "echo draining; sleep 20; :"], { timeoutSeconds: 0.3 }).catch(
            (error: unknown) => (error as Error).message,
        );
        expect(message).to.equal("sh -c echo draining; sleep 20; : has not ended after 0.3 s: draining");
        expect(performance.now() - begun).to.be.below(5000);
        expect(await run("echo", ["in time"], { timeoutSeconds: 20 })).to.equal("in time\n");
    });

    it("tells the signal's reason, and not that it took too long", async () => {
        const ending = new AbortController();
        const running = run("sleep", ["20"], { signal: ending.signal, timeoutSeconds: 20 });
        setTimeout(() => {
            ending.abort(new Error("Ctrl-C"));
        }, 200);
        expect(await running.catch((error: unknown) => (error as Error).message)).to.equal("Ctrl-C");
    });
});

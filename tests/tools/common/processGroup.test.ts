import { spawn } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";

import { runLogged } from "../../../tools/common/build/runLogged";
import { CommandError, run, runToEnd, sleep } from "../../../tools/common/commands";
import { isRunning, stillRunning } from "../../helpers/processes";
import { ProgramFolder } from "../../helpers/programFolder";

/** A tree of processes, all of whose pids are in a file. */
const tree = `
    pid() { echo $BASHPID >>"$TEST/pids"; }
    (pid; exec sleep 300) &
    pid
    bash -c "echo \\$\\$ >>$TEST/pids; sleep 300"
    echo "goes on"; sleep 300`;

describe("a command that a signal ends", () => {
    let programs: ProgramFolder;
    beforeEach(() => {
        programs = new ProgramFolder(["bash", "sleep"]);
        programs.add("tree", tree);
    });
    afterEach(() => {
        programs.remove();
    });

    const env = () => ({ PATH: programs.path });
    const treePath = () => join(programs.path, "tree");

    async function pidsOfTree(count = 3): Promise<readonly number[]> {
        while (programs.lines("pids").length < count) await sleep(0.02);
        const pids = programs.lines("pids").map(Number);
        for (const pid of pids) expect(isRunning(pid)).to.equal(true);
        return pids;
    }

    const failureOf = (work: Promise<unknown>) =>
        work.then(
            () => undefined,
            (error: unknown) => error,
        );

    it("ends with all that it has started, which have ended when its end is told", async () => {
        const controller = new AbortController();
        const failure = failureOf(run(treePath(), [], { env: env(), signal: controller.signal }));
        const pids = await pidsOfTree();
        const reason = new Error("something else failed");
        controller.abort(reason);
        expect(await failure).to.equal(reason);
        expect(pids.filter(isRunning)).to.deep.equal([]);
    });

    it("ends within a second where it listens", async () => {
        programs.add("tree", `echo $$ >>"$TEST/pids"; bash -c 'echo $$ >>"'$TEST'/pids"; exec sleep 300'`);
        const controller = new AbortController();
        const logPath = join(programs.folder, "log");
        const options = { cwd: programs.folder, env: env(), logPath, signal: controller.signal };
        const failure = failureOf(runLogged([treePath()], options));
        const pids = await pidsOfTree(2);
        const began = performance.now();
        controller.abort(new Error("something else failed"));
        expect(await failure).to.have.property("message", "something else failed");
        expect(performance.now() - began).to.be.lessThan(1000);
        expect(pids.filter(isRunning)).to.deep.equal([]);
    });

    it("gets the time to remove its temporary files", async () => {
        programs.add("tree", `trap 'echo removed >"$TEST/tidy"; exit' INT; echo $$ >"$TEST/pids"; sleep 300 & wait`);
        const controller = new AbortController();
        const failure = failureOf(run(treePath(), [], { env: env(), signal: controller.signal }));
        await pidsOfTree(1);
        controller.abort();
        await failure;
        expect(programs.lines("tidy")).to.deep.equal(["removed"]);
    });

    it("ends where it does not listen at all", async () => {
        programs.add("tree", `trap '' INT TERM; echo $$ >"$TEST/pids"; while true; do sleep 1; done`);
        const controller = new AbortController();
        const failure = failureOf(run(treePath(), [], { env: env(), signal: controller.signal }));
        const pids = await pidsOfTree(1);
        controller.abort();
        await failure;
        expect(pids.filter(isRunning)).to.deep.equal([]);
    });

    it("ends when the process that began it is killed", async () => {
        const parent = spawn(process.execPath, ["--import", "tsx", join(__dirname, "parent.ts"), treePath()], {
            stdio: ["ignore", "ignore", "inherit"],
            env: { ...process.env, TREE_PATH: programs.path },
        });
        const pids = await pidsOfTree();
        parent.kill("SIGKILL");
        expect(await stillRunning(() => pids.filter(isRunning), 4)).to.deep.equal([]);
    });

    it("ends as ever where there is no signal", async () => {
        const { signal } = new AbortController();
        expect(await run("sh", ["-c", "cat; echo two"], { input: "one\n", signal })).to.equal("one\ntwo\n");
        const output = await runToEnd("sh", ["-c", "echo why >&2; exit 3"], { signal });
        expect(output).to.deep.equal({ code: 3, stdout: "", stderr: "why\n" });
        expect(await failureOf(run("/nonesuch", [], { signal }))).to.have.property("code", 127);
    });

    it("is not begun where the signal was before", async () => {
        await failureOf(run(treePath(), [], { env: env(), signal: AbortSignal.abort() }));
        await sleep(0.2);
        expect(programs.lines("pids")).to.deep.equal([]);
    });
});

describe("the message of a command that failed", () => {
    it("has its last lines, and no colon where there is none", () => {
        expect(new CommandError(["tar", "x"], 1, "why\n").message).to.equal("tar x ended with 1:\nwhy");
        expect(new CommandError(["tar", "x"], 1, "\n").message).to.equal("tar x ended with 1.");
    });

    it("has what was printed elsewhere, where nothing was printed as an error", async () => {
        const failure = await run("sh", ["-c", "echo why; echo >&2; exit 1"]).catch((error: unknown) => error);
        expect((failure as Error).message).to.match(/ended with 1:\nwhy$/);
    });
});

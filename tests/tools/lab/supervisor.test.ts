import { chmodSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { run, sleep } from "../../../tools/common/commands";
import { ownProcess, isSameProcess } from "../../../tools/lab/cluster/processes";
import { Supervisor, type Daemon } from "../../../tools/lab/cluster/supervisor";
import { needs } from "../../helpers/needs";
import { isRunning } from "../../helpers/processes";

describe("the supervisor of the lab's daemons", () => {
    let folder: string;
    let supervisor: Supervisor;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "supervisor-test-"));
        supervisor = new Supervisor(join(folder, "daemons"));
    });

    afterEach(async () => {
        await supervisor.stop("sleeper", 0);
        rmSync(folder, { recursive: true });
    });

    const sleeper = (change: Partial<Daemon> = {}): Daemon => ({
        name: "sleeper",
        command: "/bin/sleep",
        args: ["60"],
        isReady: () => Promise.resolve(true),
        readySeconds: 5,
        ...change,
    });

    /** A daemon that says something and ends. */
    const failing = (script: string): Daemon => {
        const path = join(folder, "failing");
        writeFileSync(path, `#!/bin/sh\n${script}\n`);
        chmodSync(path, 0o755);
        return sleeper({ command: path, args: [], isReady: () => Promise.resolve(false) });
    };

    const messageOf = (work: Promise<unknown>): Promise<string> =>
        work.then(
            () => "none",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );

    it("starts a daemon once, and knows it again", async () => {
        expect(await supervisor.ensure(sleeper())).to.equal("started");
        const pid = supervisor.pidOf("sleeper");
        const later = new Supervisor(join(folder, "daemons"));
        expect(await later.ensure(sleeper())).to.equal("running");
        expect(later.pidOf("sleeper")).to.equal(pid);
        expect(later.statuses()).to.deep.equal([
            { name: "sleeper", isRunning: true, pid, logPath: join(folder, "daemons/sleeper.log") },
        ]);
    });

    it("starts it anew when its arguments, its configuration or its health has changed", async () => {
        await supervisor.ensure(sleeper());
        const pids = [supervisor.pidOf("sleeper")];
        for (const change of [{ args: ["61"] }, { configuration: ["a line"] }, { configuration: ["another"] }]) {
            expect(await supervisor.ensure(sleeper(change))).to.equal("started");
            pids.push(supervisor.pidOf("sleeper"));
        }
        expect(new Set(pids).size).to.equal(4);
        for (const pid of pids.slice(0, -1)) expect(!isRunning(pid), String(pid)).to.equal(true);
    });

    it("starts it anew when it has died", async () => {
        await supervisor.ensure(sleeper());
        process.kill(supervisor.pidOf("sleeper"), "SIGKILL");
        await sleep(0.2);
        expect(supervisor.statuses().map(({ isRunning }) => isRunning)).to.deep.equal([false]);
        expect(() => supervisor.pidOf("sleeper")).to.throw("sleeper does not run");
        expect(await supervisor.ensure(sleeper())).to.equal("started");
    });

    it("prepares what a daemon needs, but only before it starts", async () => {
        let prepared = 0;
        const daemon = sleeper({
            beforeStart: () => {
                prepared += 1;
                return Promise.resolve();
            },
        });
        await supervisor.ensure(daemon);
        await supervisor.ensure(daemon);
        expect(prepared).to.equal(1);
    });

    it("tells a health check since when the daemon has run", async () => {
        const began = Date.now();
        let startedAt = new Date(0);
        await supervisor.ensure(
            sleeper({
                isReady: (since) => {
                    startedAt = since;
                    return Promise.resolve(true);
                },
            }),
        );
        expect(startedAt.getTime()).to.be.within(began - 100, Date.now());
    });

    it("says how the log ends where a daemon ends before it is ready", async () => {
        const message = await messageOf(supervisor.ensure(failing('echo "the port is taken" >&2; exit 3')));
        expect(message).to.match(/^sleeper ended before it was ready\. Its log \S+ ends with:\nthe port is taken$/);
    });

    it("says so where a daemon is not ready in time, and takes an error of its health check for a no", async () => {
        const notReady = { isReady: () => Promise.reject(new Error("refused")), readySeconds: 0.2 };
        const message = await messageOf(supervisor.ensure(sleeper(notReady)));
        expect(message).to.match(/^sleeper is not ready after 0\.2 s \(refused\)\. Its log \S+ is empty\.$/);
    });

    it("adds the last words of its other logs where a daemon is not ready in time", async () => {
        const log = join(folder, "further.log");
        writeFileSync(log, "no container runtime\n");
        const daemon = sleeper({
            isReady: () => Promise.resolve(false),
            readySeconds: 0.2,
            furtherLogPaths: [log, join(folder, "none.log")],
        });
        const words = `Its log ${log} ends with:\nno container runtime\nIt has no log at ${folder}/none.log.`;
        expect(await messageOf(supervisor.ensure(daemon))).to.include(words);
    });

    describe("as root", () => {
        before(needs("root"));

        const procOf = (file: string) => `/proc/${supervisor.pidOf("sleeper")}/${file}`;
        // Not before what starts it in its way has become it.
        const isReady = () => Promise.resolve(readFileSync(procOf("comm"), "utf8") === "sleep\n");

        it("gives a CPU to a daemon that is first before all others", async () => {
            await supervisor.ensure(sleeper({ isFirst: true, isReady }));
            const policy = await run("/usr/bin/chrt", ["--pid", String(supervisor.pidOf("sleeper"))]);
            expect(policy)
                .to.match(/SCHED_RR$/m)
                .and.to.match(/priority: 1$/m);
        });

        it("has no daemon wait behind the pods", async () => {
            await supervisor.ensure(sleeper({ isReady }));
            const path = procOf("autogroup");
            expect(existsSync(path) ? readFileSync(path, "utf8") : "nice -12").to.match(/nice -12$/m);
        });

        it("runs a daemon in the network namespace that it names", async () => {
            const path = join(folder, "namespace");
            writeFileSync(path, "");
            await run("unshare", [`--net=${path}`, "true"]);
            try {
                await supervisor.ensure(sleeper({ networkNamespace: path, isReady }));
                const own = readlinkSync(procOf("ns/net"));
                expect(own).to.match(/^net:/).and.not.to.equal(readlinkSync("/proc/self/ns/net"));
            } finally {
                await run("umount", [path]);
            }
        });
    });

    it("waits no longer where it is told so, and leaves the daemon", async () => {
        const told = new AbortController();
        const notReady = sleeper({ isReady: () => Promise.resolve(false), readySeconds: 60 });
        const message = messageOf(supervisor.ensure(notReady, told.signal));
        await sleep(0.3);
        told.abort(new Error("the other node has failed"));
        expect(await message).to.equal("the other node has failed");
        expect(isRunning(supervisor.pidOf("sleeper"))).to.equal(true);
    });

    it("ends a daemon, by force where it does not listen", async () => {
        const path = join(folder, "deaf");
        writeFileSync(path, "#!/bin/bash\ntrap '' TERM\nwhile true; do sleep 0.1; done\n");
        chmodSync(path, 0o755);
        await supervisor.ensure(sleeper({ command: path, args: [] }));
        const pid = supervisor.pidOf("sleeper");
        await supervisor.stop("sleeper", 0.3);
        expect(!isRunning(pid)).to.equal(true);
        expect(supervisor.statuses()).to.deep.equal([]);
    });

    it("never ends a process that got a daemon's pid later", async () => {
        await supervisor.ensure(sleeper());
        const pid = supervisor.pidOf("sleeper");
        const pidPath = join(folder, "daemons/sleeper.pid");
        const text = readFileSync(pidPath, "utf8");
        // As if the daemon had started at another time, or in another boot.
        const [, ticks = "", boot = ""] = text.split(" ");
        for (const other of [text.replace(ticks, "1"), text.replace(boot, "another-boot")]) {
            writeFileSync(pidPath, other);
            expect(supervisor.statuses().map(({ isRunning }) => isRunning)).to.deep.equal([false]);
            await supervisor.stop("sleeper", 0);
            expect(existsSync(`/proc/${pid}`)).to.equal(true);
        }
        writeFileSync(pidPath, text);
    });

    it("tells one process from another", () => {
        const own = ownProcess();
        expect(own.pid).to.equal(process.pid);
        expect(isSameProcess(own)).to.equal(true);
        expect(isSameProcess({ ...own, startTicks: "1" })).to.equal(false);
        // The largest pid that Linux gives is one less.
        expect(isSameProcess({ ...own, pid: 4_194_304 })).to.equal(false);
    });
});

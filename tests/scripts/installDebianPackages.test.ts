import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { runToEnd, type Output } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { ProgramFolder } from "../helpers/programFolder";

describe("scripts/install-debian-packages.sh", () => {
    let programs: ProgramFolder;

    beforeEach(() => {
        programs = new ProgramFolder(["bash", "chmod", "env", "flock", "grep", "mktemp", "rm", "sleep", "tail"]);
        programs.add("id", "echo 0");
        // With what it writes outside of /tmp in the test's folder.
        let script = readFileSync(join(repositoryRoot, "scripts/install-debian-packages.sh"), "utf8");
        for (const path of ["/usr/sbin/policy-rc.d", "/run/lock/php-web-service-packages"]) {
            expect(script).to.include(path);
            script = script.replaceAll(path, join(programs.folder, path.split("/").at(-1) ?? ""));
        }
        programs.add("install", script);
    });

    afterEach(() => {
        programs.remove();
    });

    const policy = () => join(programs.folder, "policy-rc.d");

    /** What apt-get does for each of its commands. */
    function addAptGet(update: string, satisfy = ""): void {
        programs.add(
            "apt-get",
            `echo "$*" >>"$TEST/calls"
            case "$*" in *" update") ${update} ;; *" satisfy "*) ${satisfy} ;; esac
            exit 0`,
        );
    }

    const install = (...args: readonly string[]): Promise<Output> =>
        runToEnd(join(programs.path, "install"), args, { env: { PATH: programs.path, TMPDIR: programs.folder } });

    it("installs what is missing, waiting for dpkg's lock, and leaves no policy and no log behind", async () => {
        addAptGet("", `[ -x "${policy()}" ] || echo "services start" >>"$TEST/calls"`);
        const result = await install("bash=bash", "nonesuch-1=golang-go (>= 2:1.21~)", "/nonesuch/*=haproxy");
        expect(result).to.include({ code: 0, stdout: "" });
        const [update, satisfy, ...others] = programs.lines("calls");
        expect(update).to.equal("-o DPkg::Lock::Timeout=120 update");
        expect(satisfy).to.equal(
            "-o DPkg::Lock::Timeout=120 satisfy -y --no-install-recommends golang-go (>= 2:1.21~) haproxy",
        );
        expect(others).to.deep.equal([]);
        expect(readdirSync(programs.folder)).to.have.members(["bin", "calls", "php-web-service-packages"]);
    });

    it("waits for another one that has the lists", async () => {
        const locked = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)";
        addAptGet(`[ -e "$TEST/seen" ] || { echo >"$TEST/seen"; echo "${locked}" >&2; exit 100; }`);
        expect(await install("nonesuch-1=haproxy")).to.include({ code: 0 });
        const commands = programs.lines("calls").map((line) => line.split(" ")[2]);
        expect(commands).to.deep.equal(["update", "update", "satisfy"]);
    });

    it("goes on with the lists that are there where they cannot be updated", async () => {
        addAptGet('echo "E: The repository is not signed." >&2; exit 100');
        expect(await install("nonesuch-1=haproxy")).to.include({ code: 0 });
        expect(programs.lines("calls")).to.have.length(2);
    });

    it("says why apt-get failed and where all of it is", async () => {
        addAptGet("", 'echo "E: You do not have enough free space."; exit 100');
        const { code, stderr } = await install("nonesuch-1=haproxy");
        expect(code).to.equal(1);
        const [why, what] = stderr.trimEnd().split("\n").slice(-2);
        expect(why).to.equal("E: You do not have enough free space.");
        const log = /^apt-get could not install haproxy; its whole output is in (\S+)\.$/.exec(what ?? "")?.[1] ?? "";
        expect(readFileSync(log, "utf8")).to.include(why);
        expect(existsSync(policy())).to.equal(false);
    });

    it("keeps services from starting for each of two at once", async () => {
        addAptGet("", `sleep 0.3; [ -e "${policy()}" ] || echo "services start" >>"$TEST/calls"`);
        await Promise.all([install("nonesuch-1=haproxy"), install("nonesuch-2=containerd")]);
        expect(programs.lines("calls")).to.have.length(4);
    });

    it("says what is missing to those who cannot install it", async () => {
        programs.add("id", "echo 1000");
        const { code, stderr } = await install("nonesuch-1=haproxy");
        expect(stderr).to.match(/^Missing: haproxy\. .* no apt-get /);
        addAptGet("");
        const asUser = await install("nonesuch-1=haproxy");
        expect(asUser.stderr).to.match(/^Missing: haproxy\. .* run as root /);
        expect([code, asUser.code]).to.deep.equal([3, 3]);
        expect(programs.lines("calls")).to.deep.equal([]);
    });

    it("does it as root where that takes no password", async () => {
        addAptGet("");
        programs.add("id", '[ -n "${IS_ROOT:-}" ] && echo 0 || echo 1000');
        programs.add("sudo", 'shift; [ "$1" = true ] || IS_ROOT=yes exec "$@"');
        expect(await install("nonesuch-1=haproxy")).to.include({ code: 0 });
        expect(programs.lines("calls")).to.have.length(2);
    });
});

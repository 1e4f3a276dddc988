/** What of the checks before a lab can be tried anywhere. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { run } from "../../../tools/common/commands";
import { controllersWithheld, makeNodeGroup, takeBackControllers } from "../../../tools/lab/cluster/cgroups";
import { refusals, trialScript, type Need } from "../../../tools/lab/preflight/kernel";

describe("the trial of the kernel", () => {
    const needs: readonly Need[] = [
        { what: "air", trial: "true", module: "air" },
        { what: "water", trial: "echo 'no $water here.' >&2; false", module: "br_water" },
        { what: "fire", trial: "exit 3" },
        { what: "earth", trial: "true && true" },
    ];

    it("names each need that is refused, with the kernel's reason and a remedy, and goes on to the others", async () => {
        const problems = refusals(needs, await run("bash", ["-c", trialScript(needs)]));
        expect(problems).to.deep.equal([
            "The kernel refuses nodes water: no $water here. Load it with modprobe br_water; where there is no such " +
                "module, install the whole kernel (on Debian linux-image-amd64 or -arm64) and start that; in a container, " +
                "run it privileged, on a machine whose kernel has it.",
            "The kernel refuses nodes fire: . In a container, run it privileged, on a machine whose kernel has it.",
        ]);
    });

    it("finds nothing where nothing is refused", async () => {
        const granted = needs.filter(({ what }) => ["air", "earth"].includes(what));
        expect(refusals(granted, await run("bash", ["-c", trialScript(granted)]))).to.deep.equal([]);
    });
});

/**
 * A hierarchy of version 2 as ordinary files: what is written is seen, what the kernel would make of it is not. The
 * emulated machine shows that (make test-machine).
 */
describe("control groups of version 2", () => {
    let top: string;
    let note: string;
    const control = "cgroup.subtree_control";
    const read = (...path: readonly string[]) => readFileSync(join(top, ...path), "utf8");

    beforeEach(() => {
        top = mkdtempSync(join(tmpdir(), "cgroup2-test-"));
        note = join(top, "noted/controllers.json");
        for (const group of ["", "php-web-service-lab", "php-web-service-lab/node-1"]) {
            mkdirSync(join(top, group), { recursive: true });
            writeFileSync(join(top, group, "cgroup.controllers"), "cpuset cpu io memory hugetlb pids\n");
            writeFileSync(join(top, group, control), "");
            writeFileSync(join(top, group, "cpu.weight"), "100\n");
        }
        writeFileSync(join(top, control), "memory pids\n");
    });

    afterEach(() => {
        rmSync(top, { recursive: true });
    });

    it("hands each controller down to the node, those that pods do not need too, and weighs the pods", () => {
        makeNodeGroup({ path: top, version: 2 }, "node-1", note);
        const all = ["+cpuset", "+cpu", "+io", "+memory", "+hugetlb", "+pids", ""].join("\n");
        expect(read(control)).to.equal(`memory pids\n${all}`);
        expect(read("php-web-service-lab", control)).to.equal(all);
        expect(read("php-web-service-lab/node-1", control)).to.equal(all);
        expect(read("php-web-service-lab/cpu.weight")).to.equal("300");
        expect(read("php-web-service-lab/node-1/cpu.weight")).to.equal("100\n");
    });

    it("takes back at the top what was not handed down before the lab, however often it was started", () => {
        makeNodeGroup({ path: top, version: 2 }, "node-1", note);
        writeFileSync(join(top, control), "cpuset cpu io memory hugetlb pids\n");
        makeNodeGroup({ path: top, version: 2 }, "node-1", note);
        writeFileSync(join(top, control), "cpuset cpu io memory hugetlb pids\n");
        takeBackControllers(top, note);
        expect(read(control)).to.equal("cpuset cpu io memory hugetlb pids\n-cpuset\n-cpu\n-io\n-hugetlb\n");
    });

    it("are told apart where the kernel hands down nothing, as in a container without systemd", () => {
        expect(controllersWithheld([{ path: top, version: 2 }])).to.deep.equal(["cpu", "cpuset"]);
        writeFileSync(join(top, control), "cpuset cpu memory pids\n");
        expect(controllersWithheld([{ path: top, version: 2 }])).to.deep.equal([]);
        expect(controllersWithheld([{ path: top, version: 1 }])).to.deep.equal([]);
    });
});

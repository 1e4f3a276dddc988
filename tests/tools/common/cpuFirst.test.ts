import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

import { expect } from "chai";

import { raiseSession } from "../../../tools/common/cpuFirst";
import { needs } from "../../helpers/needs";

describe("a session that is raised", () => {
    before(needs("root"));

    it("weighs as much as the lab's cluster, where sessions have a weight", () => {
        const child = spawn("sleep", ["10"], { detached: true, stdio: "ignore" });
        try {
            const path = `/proc/${child.pid ?? 0}/autogroup`;
            raiseSession(child.pid ?? 0);
            expect(existsSync(path) ? readFileSync(path, "utf8") : "nice -12").to.match(/nice -12$/m);
        } finally {
            child.kill();
        }
    });

    it("is none where its process has ended", () => {
        expect(() => {
            raiseSession(2 ** 30);
        }).to.not.throw();
    });
});

describe("threads of a process that comes first", () => {
    before(needs("root"));

    const script = `
        const { raiseThreads } = require("./tools/common/cpuFirst");
        const { readdirSync, readFileSync } = require("node:fs");
        const { Worker } = require("node:worker_threads");
        const worker = new Worker("setInterval(() => undefined, 1000)", { eval: true });
        worker.once("online", () => {
            raiseThreads();
            const tasks = readdirSync("/proc/self/task");
            const stats = tasks.map((task) => readFileSync("/proc/self/task/" + task + "/stat", "utf8"));
            console.log(JSON.stringify(stats.map((text) => Number(text.split(") ").at(-1).split(" ")[38]))));
            worker.terminate();
        });`;
    const policiesOf = (prefix: readonly string[]) => {
        const [program, ...args] = [...prefix, process.execPath, "--import", "tsx", "--eval", script];
        return JSON.parse(execFileSync(program, args, { encoding: "utf8" })) as readonly number[];
    };

    it("come first as well, and those of others do not", () => {
        const raised = policiesOf(["/usr/bin/chrt", "--reset-on-fork", "--rr", "1"]);
        expect(raised.length).to.be.above(5);
        expect(new Set(raised)).to.deep.equal(new Set([2]));
        expect(new Set(policiesOf([]))).to.deep.equal(new Set([0]));
    });
});

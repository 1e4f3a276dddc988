import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { run } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { check, type Verdict } from "../../tools/releases/check";
import { fromNdjson } from "../../tools/releases/history";
import { Lab } from "./lab";

/** `make drill-releases ARGS="--releases 3"`, into a folder of this test's own. */
describe("releases of a shop, on a real cluster under load, beside the usual way", function () {
    this.timeout(600_000);
    let folder: string;
    let ours: Verdict;
    let usual: Verdict;
    let lab: Lab;

    before(async () => {
        lab = await Lab.open();
        folder = mkdtempSync(join(tmpdir(), "php-web-service-releases-"));
        await run("make", ["--silent", "drill-releases", `ARGS=--releases 3 --out ${folder}`], { cwd: repositoryRoot });
        const history = fromNdjson(readFileSync(join(folder, "history.ndjson"), "utf8"));
        [ours, usual] = [check(history, "ours"), check(history, "usual")];
    });

    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("lose no request and no job, and half a release never serves: one was killed, one failed, one had a node drained", () => {
        expect(ours.breaches).to.deep.equal([]);
        expect(ours.releases).to.equal(3);
        expect(ours.requests).to.be.above(500);
        expect(ours.jobs).to.be.above(250);
        expect(ours.runsDue).to.be.above(0);
        expect(ours.jobsBegunAgain).to.equal(0);
    });

    it("lose jobs the usual way: their workers are killed, or are there before the migration", () => {
        expect(usual.breaches.filter(({ reason }) => reason !== undefined)).to.not.be.empty;
    });

    it("leave the cluster as it was", async () => {
        expect(await lab.kubectl("get", "namespaces", "--output=name")).to.not.include("drill-");
        expect((await lab.kubectl("get", "jobs,cronjobs", "--namespace=web", "--output=name")).trim()).to.equal("");
        const nodes = await lab.json<{ readonly items: readonly { readonly spec: object }[] }>("get", "nodes");
        for (const { spec } of nodes.items) expect(spec).to.not.have.property("unschedulable");
    });
});

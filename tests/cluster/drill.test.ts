import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { run } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { takenAwayAnnotation } from "../../tools/drill/cluster/takenAway";
import type { Report } from "../../tools/drill/model";
import { Lab } from "./lab";

/** `make drill ARGS=--short`, into a folder of this test's own. */
describe("the promise, on a real cluster under load, beside the settings that break it", function () {
    this.timeout(900_000);
    let folder: string;
    let report: Report;
    let lab: Lab;
    let leftNode: string;

    before(async () => {
        lab = await Lab.open();
        await leaveAsKilledDrill();
        folder = mkdtempSync(join(tmpdir(), "php-web-service-drill-"));
        await run("make", ["--silent", "drill", `ARGS=--short --out ${folder}`], { cwd: repositoryRoot });
        report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as Report;
    });

    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    const leaveAsKilledDrill = async () => {
        [leftNode = ""] = (await lab.kubectl("get", "nodes", "--output=name")).split("\n");
        await lab.kubectl("annotate", leftNode, `${takenAwayAnnotation}=cordoned`);
        await lab.kubectl("cordon", leftNode);
        await lab.kubectl("create", "namespace", "drill-none");
        await lab.kubectl("label", "namespace", "drill-none", "app.kubernetes.io/part-of=drill");
    };

    const variant = (name: string) => {
        const found = report.variants.find((each) => each.name === name);
        if (found === undefined) throw new Error(`The report has no variant ${name}.`);
        return found;
    };

    it("proves something: every event happened, the baselines lost what they lose", () => {
        expect(report.doubts).to.deep.equal([]);
        // Each of its two events takes at least 50 s.
        expect(variant("ours").totals.requests).to.be.above(100 * report.load.requestsPerSecond);
        expect(variant("ours").totals.longRequests).to.be.above(50);
        expect(variant("ours").totals.slowClientRequests).to.be.above(20);
    });

    it("this project loses no request, and no pod's end is hidden by a second try", () => {
        expect(variant("ours").lostRequests).to.deep.equal([]);
        expect(variant("ours").totals).to.include({ lost: 0, retried: 0 });
    });

    it("the usual recipe loses requests that run long: php-fpm ends its workers when it is told to stop", () => {
        const { lostRequests, totals } = variant("write-up");
        expect(totals.longLost).to.be.above(0);
        const mechanisms = lostRequests.filter(({ isLong }) => isLong).map(({ mechanism }) => mechanism);
        expect(mechanisms.some((text) => text.includes("was told to end while it ran"))).to.equal(true);
    });

    it("without lifecycle settings, short ones are lost as well, or saved by the ingress's second try alone", () => {
        const { totals } = variant("none");
        // In four minutes the second try may save every one. The full drill always has some that it does not.
        expect(totals.lost - totals.longLost + totals.retried).to.be.above(0);
    });

    it("leaves the cluster as a drill finds it, and gives back what one that was killed had left", async () => {
        const node = await lab.json<{ metadata: { annotations: object }; spec: object }>("get", leftNode);
        expect(node.spec).to.not.have.property("unschedulable");
        expect(node.metadata.annotations).to.not.have.property(takenAwayAnnotation);
        expect(await lab.kubectl("get", "namespaces", "--output=name")).to.not.include("drill-");
    });
});

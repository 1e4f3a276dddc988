/** Files of releases before on the real cluster: each page finds its own at every pod, while releases are rolled out and after. */
import { chmodSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { phpFpm, type ImageRecipe } from "../../tools/lab/images/recipes";
import { Lab } from "./lab";

/** With three releases of an application. */
const releases: ImageRecipe = {
    ...phpFpm,
    name: "releases",
    // The official image has it too.
    packages: [...phpFpm.packages, "findutils"],
    version: { fixed: "1.0" },
    finish: [...phpFpm.finish, "tests/cluster/assets/finish.sh"],
};

const claim = "assets";
const capacity = { storage: "1Gi" };
const access = { accessModes: ["ReadWriteMany"], storageClassName: "" };

const pageSeconds = 15;
/** Of a pod with these settings: 5 + 1 + 5 + 1 + 1. */
const graceSeconds = 13;

const style = (release: number) => `/build/css/app.${release}a2b3c4d.css`;
const shared = "/build/all.0a1b2c3d.css";

describe("files of releases before on a real cluster", function () {
    this.timeout(300_000);
    let lab: Lab;
    let image: string;
    let folder: string;

    before(async function () {
        this.timeout(600_000);
        lab = await Lab.open();
        image = await lab.importImage(releases);
        // Both nodes are this machine, so that a folder of it is shared as a file server's would be.
        folder = mkdtempSync(join("/var/tmp", "php-web-service-assets-"));
        chmodSync(folder, 0o777);
        await lab.apply(
            {
                apiVersion: "v1",
                kind: "PersistentVolume",
                metadata: { name: claim },
                spec: { ...access, capacity, persistentVolumeReclaimPolicy: "Retain", hostPath: { path: folder } },
            },
            {
                apiVersion: "v1",
                kind: "PersistentVolumeClaim",
                metadata: { name: claim, namespace: "web" },
                spec: { ...access, volumeName: claim, resources: { requests: capacity } },
            },
        );
    });

    after(async () => {
        await lab.deploy();
        await lab.kubectl("delete", "--namespace=web", `persistentvolumeclaim/${claim}`);
        await lab.kubectl("delete", "persistentvolume", claim);
        rmSync(folder, { recursive: true });
    });

    const deploy = (release: number) =>
        lab.deploy((web) => {
            web["longestRequestSeconds"] = 5;
            web["drain"] = { endpointWithdrawalSeconds: 5, queueSeconds: 1, phpFpmStopSeconds: 1, slackSeconds: 1 };
            web["phpFpm"] = { ...(web["phpFpm"] as object), image };
            web["app"] = {
                source: "phpFpmImage",
                documentRoot: `/srv/release-${release}/public`,
                keptAssets: { claim, paths: ["build"], pageSeconds },
            };
        });

    const kept = () => globSync("*/*/files/**/*.css", { cwd: folder }).map((path) => path.replace(/^.*\/files/, ""));

    /** What pods send, several times so that each of them is asked. */
    const asked = async (path: string) => {
        const answers = await Promise.all(Array.from({ length: 30 }, () => lab.ask(path)));
        return [...new Set(answers.map(({ status, body }) => `${status} ${status === 200 ? body.trim() : ""}`))];
    };

    let retiredAt = 0;

    it("are there for pages of the old and of the new release while it is rolled out, and after it", async () => {
        await deploy(1);
        expect(await asked(style(1))).to.deep.equal(["200 body { order: 1 }"]);
        expect(await asked(style(2))).to.deep.equal(["404 "]);
        expect(kept()).to.have.members([style(1), shared]);

        const pages = new Set<string>();
        const seen = await lab.watch(
            async () => {
                const { status, body } = await lab.ask("/");
                const href = /href="([^"]+)"/.exec(body)?.[1] ?? body;
                pages.add(href);
                // All that any browser may have by now, at whatever pod.
                const files = await Promise.all([...pages, ...pages, shared].map((path) => lab.ask(path)));
                return [status, ...files.map((file) => file.status)];
            },
            () => deploy(2),
        );
        expect([...pages]).to.deep.equal([style(1), style(2)]);
        expect(seen.flat().filter((status) => status !== 200)).to.deep.equal([]);
        retiredAt = Date.now();
        expect(await lab.ask("/").then(({ body }) => body)).to.include(style(2));
        expect(await asked(style(1))).to.deep.equal(["200 body { order: 1 }"]);
        expect(await asked(style(2))).to.deep.equal(["200 body { order: 2 }"]);
    });

    it("go when their time is over, with the next release, whose own and the last one's stay", async () => {
        const seconds = pageSeconds + graceSeconds + 1 - (Date.now() - retiredAt) / 1000;
        await sleep(Math.max(seconds, 0));
        await deploy(3);
        expect(kept()).to.have.members([style(2), style(3), shared]);
        expect(await asked(style(1))).to.deep.equal(["404 "]);
        expect(await asked(style(2))).to.deep.equal(["200 body { order: 2 }"]);
        expect(await asked(style(3))).to.deep.equal(["200 body { order: 3 }"]);
    });

    it("come back with their release", async () => {
        await deploy(1);
        expect(await asked(style(1))).to.deep.equal(["200 body { order: 1 }"]);
        expect(await asked(style(3))).to.deep.equal(["200 body { order: 3 }"]);
        expect(kept()).to.include.members([style(1), style(3), shared]);
    });
});

import { expect } from "chai";

import { Cleanup } from "../../../tools/common/cleanup";
import type { Api } from "../../../tools/common/kubernetes/api";
import { makeOwnNamespace } from "../../../tools/common/kubernetes/ownNamespace";
import {
    giveBackLeftovers,
    giveMetricsServerBack,
    giveNodeBack,
    schedulableNodes,
    takeMetricsServer,
    takeNode,
} from "../../../tools/drill/cluster/takenAway";

const metricsServer = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server";
const node = (name: string) => `/api/v1/nodes/${name}`;

type Json = Readonly<Record<string, unknown>>;

/** As a merge patch does it. */
function merged(target: Json, patch: Json): Json {
    const changed = Object.entries(patch).map(([key, value]) => [
        key,
        value !== null && typeof value === "object" ? merged((target[key] ?? {}) as Json, value as Json) : value,
    ]);
    return without(null, { ...target, ...(Object.fromEntries(changed) as Json) });
}

function without(unwanted: unknown, object: Json): Json {
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== unwanted));
}

/** Objects by their path. */
class Objects {
    constructor(public byPath: Readonly<Record<string, Json>>) {}

    readonly api = {
        get: (path: string) => Promise.resolve(this.byPath[path]),
        find: (path: string) => Promise.resolve(this.byPath[path]),
        list: (path: string) =>
            Promise.resolve(
                Object.entries(this.byPath).flatMap(([each, object]) => (each.startsWith(`${path}/`) ? [object] : [])),
            ),
        patch: (path: string, patch: Json) => {
            this.set(path, merged(this.byPath[path] ?? {}, patch));
            return Promise.resolve();
        },
        apply: (path: string, object: Json) => {
            this.set(path, object);
            return Promise.resolve();
        },
        deleteNamespace: (name: string) => {
            this.byPath = without(this.byPath[`/api/v1/namespaces/${name}`], this.byPath) as Record<string, Json>;
            return Promise.resolve();
        },
    } as unknown as Api;

    set(path: string, object: Json): void {
        this.byPath = { ...this.byPath, [path]: object };
    }

    specs(): readonly unknown[] {
        return Object.values(this.byPath).map(({ spec }) => spec);
    }
}

describe("what a drill takes away from a cluster", () => {
    let objects: Objects;
    let said: string[];
    const say = (line: string) => said.push(line);

    beforeEach(() => {
        said = [];
        objects = new Objects({
            [node("a")]: { metadata: { name: "a" }, spec: {} },
            [node("b")]: { metadata: { name: "b" }, spec: { unschedulable: true } },
            [metricsServer]: { metadata: { name: "metrics-server" }, spec: { replicas: 2 } },
        });
    });

    it("is given back as it was", async () => {
        const before = objects.specs();
        await takeNode(objects.api, "a");
        await takeMetricsServer(objects.api);
        expect(objects.specs()).to.deep.equal([{ unschedulable: true }, { unschedulable: true }, { replicas: 0 }]);
        expect(await schedulableNodes(objects.api)).to.deep.equal([]);
        await giveNodeBack(objects.api, "a");
        await giveMetricsServerBack(objects.api);
        expect(objects.specs()).to.deep.equal(before);
        expect(JSON.stringify(objects.byPath)).to.not.include("taken-away");
    });

    it("a drill that was killed leaves it away; the next one gives it back, and says so", async () => {
        const before = objects.specs();
        await takeNode(objects.api, "a");
        await takeMetricsServer(objects.api);
        await giveBackLeftovers(objects.api, say);
        expect(objects.specs()).to.deep.equal(before);
        expect(said).to.have.length(2);
        expect(said.join()).to.match(/Node a is uncordoned.*metrics-server is started/);
    });

    it("what somebody else has cordoned or scaled to none is left as it is", async () => {
        objects.set(metricsServer, { metadata: {}, spec: { replicas: 0 } });
        const before = structuredClone(objects.byPath);
        await giveBackLeftovers(objects.api, say);
        await giveMetricsServerBack(objects.api);
        expect(objects.byPath).to.deep.equal(before);
        expect(said).to.deep.equal([]);
    });

    it("metrics-server that is away already keeps the replicas of the first time", async () => {
        await takeMetricsServer(objects.api);
        await takeMetricsServer(objects.api);
        await giveMetricsServerBack(objects.api);
        expect(objects.byPath[metricsServer]?.["spec"]).to.deep.equal({ replicas: 2 });
    });

    it("a cluster without metrics-server has nothing to give back", async () => {
        await giveBackLeftovers(new Objects({}).api, say);
        expect(said).to.deep.equal([]);
    });
});

describe("a namespace of a tool's own", () => {
    const path = "/api/v1/namespaces/drill-none";
    const make = async (present?: Json) => {
        const objects = new Objects(present === undefined ? {} : { [path]: present });
        const cleanup = new Cleanup();
        await makeOwnNamespace(objects.api, "drill-none", "drill", cleanup);
        return { objects, cleanup };
    };

    it("is made, and removed with the rest", async () => {
        const { objects, cleanup } = await make();
        expect(objects.byPath).to.have.property(path);
        expect(await cleanup.run()).to.deep.equal([]);
        expect(objects.byPath).to.deep.equal({});
    });

    it("is made anew where a run that was killed has left it", async () => {
        const left = { metadata: { labels: { "app.kubernetes.io/part-of": "drill" }, uid: "old" } };
        const { objects } = await make(left);
        expect(JSON.stringify(objects.byPath)).to.not.include("old");
    });

    it("that is somebody else's is left alone, with its name and the way out", async () => {
        const theirs = { metadata: { labels: {} } };
        const error = await make(theirs).then(
            () => undefined,
            (reason: unknown) => reason as Error,
        );
        expect(error?.message).to.match(
            /^Namespace drill-none is there already.*Remove it, or take another cluster\.$/,
        );
    });
});

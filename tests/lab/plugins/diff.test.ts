import { expect } from "chai";

import { changesBetween, parsePath, pathText, pruned, withoutIgnored } from "../../../lab/plugins/kubernetes/diff";
import { isSameQuantity } from "../../../lab/plugins/kubernetes/quantities";
import { replacingChanges } from "../../../lab/plugins/kubernetes/replacement";
import { unknownText, type Properties } from "../../../lab/plugins/rpc/values";

const changes = (old: Properties, wanted: Properties) =>
    Object.fromEntries(changesBetween(old, wanted).map(({ path, kind }) => [pathText(path), kind]));

describe("the difference between what is there and what is wanted", () => {
    it("is told field by field", () => {
        expect(
            changes(
                { a: 1, b: { c: "x", d: "y" }, e: [{ f: 1 }, { f: 2 }], g: [1, 2] },
                { a: 2, b: { c: "x" }, e: [{ f: 1 }, { f: 3 }, { f: 4 }], g: [1], h: {} },
            ),
        ).to.deep.equal({
            a: "update",
            "b.d": "delete",
            "e[1].f": "update",
            "e[2]": "add",
            "g[1]": "delete",
            h: "add",
        });
    });

    it("is an update where the new value is unknown, or of another type", () => {
        expect(changes({ a: 1, b: [1] }, { a: unknownText, b: "x", c: unknownText })).to.deep.equal({
            a: "update",
            b: "update",
            c: "add",
        });
    });

    it("is none between two forms of a quantity, where Kubernetes has one", () => {
        const resources = (cpu: string | number, memory: string) => ({
            spec: { containers: [{ resources: { limits: { cpu, memory } } }] },
        });
        expect(changes(resources("500m", "1Gi"), resources(0.5, "1024Mi"))).to.deep.equal({});
        expect(changes(resources("500m", "1Gi"), resources("501m", "1Gi"))).to.deep.equal({
            "spec.containers[0].resources.limits.cpu": "update",
        });
        const env = (value: string) => ({ spec: { containers: [{ env: [{ name: "SIZE", value }] }] } });
        expect(changes(env("1"), env("1.0"))).to.deep.equal({ "spec.containers[0].env[0].value": "update" });
    });

    it("looks only at what the old inputs name", () => {
        const live = {
            spec: { replicas: 3, paused: true, ports: [{ port: 80, protocol: "TCP" }, { port: 90 }] },
            status: {},
        };
        const inputs = { spec: { replicas: 2, ports: [{ port: 80 }] } };
        expect(pruned(live, inputs)).to.deep.equal({ spec: { replicas: 3, ports: [{ port: 80 }, { port: 90 }] } });
    });

    it("takes zero and emptiness, which the API server leaves out, as they were sent", () => {
        const inputs = { minReadySeconds: 0, limits: {}, args: [], paused: false, image: "x" };
        expect(pruned({}, inputs)).to.deep.equal({ minReadySeconds: 0, limits: {}, args: [], paused: false });
    });

    it("does without what the program ignores", () => {
        const found = changesBetween({ spec: { replicas: 1, a: { b: 1 } } }, { spec: { replicas: 2, a: { b: 2 } } });
        const left = (...ignored: string[]) => withoutIgnored(found, ignored).map(({ path }) => pathText(path));
        expect(left("spec.replicas")).to.deep.equal(["spec.a.b"]);
        expect(left("spec.replicas", "spec.a")).to.deep.equal([]);
        expect(left("spec.a.b.c")).to.deep.equal(["spec.replicas", "spec.a.b"]);
    });

    it("has paths as the engine writes them", () => {
        for (const text of [
            "spec.ports[0].name",
            'metadata.labels["app.kubernetes.io/name"]',
            'a["b[0]"].c',
            'a["x\\"y."]',
        ]) {
            expect(pathText(parsePath(text))).to.equal(text);
        }
        expect(parsePath("containers[*].image")).to.deep.equal(["containers", "*", "image"]);
    });
});

describe("quantities", () => {
    const same: readonly (readonly [unknown, unknown])[] = [
        ["1", 1],
        ["0.1", "100m"],
        ["1e3", "1k"],
        ["1Gi", "1024Mi"],
        ["1.5Gi", "1536Mi"],
        ["1000n", "1u"],
    ];
    for (const [a, b] of same) {
        it(`${String(a)} is ${String(b)}`, () => {
            expect(isSameQuantity(a, b)).to.equal(true);
        });
    }

    const different: readonly (readonly [unknown, unknown])[] = [
        ["1G", "1Gi"],
        ["100m", "100M"],
        ["x", "x"],
        ["1", undefined],
        ["1 Gi", "1Gi"],
    ];
    for (const [a, b] of different) {
        it(`${String(a)} is not ${String(b)}, or is no quantity`, () => {
            expect(isSameQuantity(a, b)).to.equal(false);
        });
    }
});

describe("a change that Kubernetes allows in a new object only", () => {
    const replacing = (kind: { apiVersion: string; kind: string }, old: Properties, wanted: Properties) =>
        replacingChanges(kind, changesBetween(old, wanted)).map(({ path }) => pathText(path));
    const deployment = { apiVersion: "apps/v1", kind: "Deployment" };
    const selector = (app: string) => ({ spec: { selector: { matchLabels: { app } }, replicas: 1 } });

    it("is one of the name or the namespace, whatever the kind", () => {
        expect(
            replacing({ apiVersion: "x/v1", kind: "X" }, { metadata: { name: "a" } }, { metadata: { name: "b" } }),
        ).to.deep.equal(["metadata.name"]);
    });

    it("is one of a part of such a field, or of something that has it in it", () => {
        expect(replacing(deployment, selector("a"), selector("b"))).to.deep.equal(["spec.selector.matchLabels.app"]);
        expect(replacing(deployment, {}, selector("b"))).to.deep.equal(["spec"]);
        expect(replacing(deployment, { spec: { replicas: 1 } }, { spec: { replicas: 2 } })).to.deep.equal([]);
    });

    it("is one of the data of ConfigMaps and Secrets", () => {
        const data = (value: string) => ({ data: { key: value } });
        for (const kind of ["ConfigMap", "Secret"]) {
            expect(replacing({ apiVersion: "v1", kind }, data("a"), data("b"))).to.deep.equal(["data.key"]);
        }
    });

    it("finds fields of containers by any index", () => {
        const pod = (image: string) => ({ spec: { containers: [{ name: "a" }, { image }] } });
        expect(replacing({ apiVersion: "v1", kind: "Pod" }, pod("a"), pod("b"))).to.deep.equal([
            "spec.containers[1].image",
        ]);
    });
});

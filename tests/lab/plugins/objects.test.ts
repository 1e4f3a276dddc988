import { expect } from "chai";

import {
    fieldManagerOf,
    idOf,
    normalized,
    parseId,
    withName,
    type Naming,
} from "../../../lab/plugins/kubernetes/objects";
import { mayTakeOver, withIgnoredFields } from "../../../lab/plugins/kubernetes/ownership";
import { fromState, toState } from "../../../lab/plugins/kubernetes/state";
import { secret, unknownText, type Properties } from "../../../lab/plugins/rpc/values";

const naming: Naming = { resourceName: "web", mode: "default", proposedName: "", randomSeed: new Uint8Array([1]) };
const autonamed = { annotations: { "pulumi.com/autonamed": "true" } };

describe("names of objects", () => {
    it("are made of the resource's name where the program gives none, and marked as such", () => {
        const { metadata } = withName({}, undefined, naming) as { metadata: Properties };
        expect(metadata["name"]).to.match(/^web-[0-9a-f]{8}$/);
        expect(metadata["annotations"]).to.deep.equal(autonamed.annotations);
    });

    it("are the same for the same seed, so that a plan and its execution agree", () => {
        expect(withName({}, undefined, naming)).to.deep.equal(withName({}, undefined, naming));
        const another = { ...naming, randomSeed: new Uint8Array([2]) };
        expect(withName({}, undefined, naming)).to.not.deep.equal(withName({}, undefined, another));
    });

    it("stay what Pulumi made them", () => {
        const old = { metadata: { name: "web-1", ...autonamed } };
        expect(withName({}, old, naming)).to.deep.equal(old);
    });

    it("are made anew where the program stops giving one", () => {
        expect(idOf(withName({}, { metadata: { name: "given" } }, naming))).to.match(/^web-/);
    });

    it("are left alone where the program gives them, also where they are not known yet", () => {
        for (const name of ["given", unknownText]) {
            const object = { metadata: { name } };
            expect(withName(object, { metadata: { name: "web-1", ...autonamed } }, naming)).to.equal(object);
        }
    });

    it("follow pulumi:autonaming of the project", () => {
        expect(idOf(withName({}, undefined, { ...naming, mode: "propose", proposedName: "web" }))).to.equal("web");
        expect(() => withName({}, undefined, { ...naming, mode: "disabled" })).to.throw("set metadata.name");
    });

    it("by generateName are refused", () => {
        expect(() => withName({ metadata: { generateName: "x" } }, undefined, naming)).to.throw("generateName");
    });

    it("are ids with the namespace, or alone", () => {
        expect(parseId("a/b")).to.deep.equal({ namespace: "a", name: "b" });
        expect(parseId("b")).to.deep.equal({ namespace: undefined, name: "b" });
        expect(idOf({ metadata: { namespace: "a", name: "b" } })).to.equal("a/b");
    });
});

describe("inputs in the form that is sent", () => {
    it("have nothing that is null or that only the API server writes", () => {
        expect(
            normalized({ kind: "X", metadata: { name: "a", uid: "u", resourceVersion: "1" }, spec: { a: null, b: 1 } }),
        ).to.deep.equal({ kind: "X", metadata: { name: "a" }, spec: { b: 1 } });
    });

    it("have a Secret's texts as data, all of it secret", () => {
        const inputs = {
            apiVersion: "v1",
            kind: "Secret",
            data: { a: "QQ==" },
            stringData: { b: secret("B"), c: unknownText },
        };
        expect(normalized(inputs)).to.deep.equal({
            apiVersion: "v1",
            kind: "Secret",
            data: secret({ a: "QQ==", b: "Qg==", c: unknownText }),
        });
        expect(normalized({ apiVersion: "v1", kind: "Secret", stringData: unknownText })["data"]).to.deep.equal(
            secret(unknownText),
        );
    });
});

describe("the state of an object", () => {
    it("has the live object, the inputs, and no secret in plain text", () => {
        const inputs = {
            apiVersion: "v1",
            kind: "Secret",
            data: secret({ a: "QQ==" }),
            metadata: { name: secret("n") },
        };
        const live = { apiVersion: "v1", kind: "Secret", data: { a: "QQ==" }, metadata: { name: "n", uid: "u" } };
        const state = toState({ inputs, live, initialApiVersion: "v1", fieldManager: "me" });
        expect(state).to.deep.include({ data: secret({ a: "QQ==" }), __inputs: inputs, __fieldManager: "me" });
        expect(state["metadata"]).to.deep.equal({ name: secret("n"), uid: "u" });
        const read = fromState(state);
        expect(read.live).to.deep.equal(live);
        expect(read.inputs).to.deep.include({ data: { a: "QQ==" } });
        expect(fieldManagerOf({}, state)).to.equal("me");
        expect(fieldManagerOf({}, undefined)).to.match(/^pulumi-kubernetes-[0-9a-f]{8}$/);
    });
});

describe("a field that the program ignores", () => {
    const live = (...managers: string[]): Properties => ({
        metadata: {
            managedFields: managers.map((manager) => ({ manager, fieldsV1: { "f:spec": { "f:replicas": {} } } })),
        },
        spec: { replicas: 7 },
    });
    const inputs = { spec: { replicas: 3, paused: false } };
    const applied = (object: Properties) => withIgnoredFields(inputs, object, ["spec.replicas"], "me")["spec"];

    it("is left out where another manager owns it: sending it would be a conflict", () => {
        expect(applied(live("kube-controller-manager"))).to.deep.equal({ paused: false });
    });

    it("is sent as it is in the cluster where it is ours: leaving it out would take it away", () => {
        expect(applied(live("me"))).to.deep.equal({ replicas: 7, paused: false });
        expect(applied(live("me", "kube-controller-manager"))).to.deep.equal({ replicas: 7, paused: false });
    });

    it("is sent as it is in the cluster where nobody owns it", () => {
        expect(applied(live())).to.deep.equal({ replicas: 7, paused: false });
    });

    it("keeps the old input where the cluster has none", () => {
        expect(applied({})).to.deep.equal({ replicas: 3, paused: false });
    });
});

describe("a conflict between managers", () => {
    const cause = (manager: string) => ({ message: `conflict with "${manager}" using apps/v1: .spec.replicas` });

    it("goes for us where the other one is a hand at kubectl", () => {
        expect(mayTakeOver([cause("kubectl-edit"), cause("kubectl-client-side-apply")])).to.equal(true);
    });

    it("is told where any other is a controller, or unknown", () => {
        expect(mayTakeOver([cause("kubectl-edit"), cause("kube-controller-manager")])).to.equal(false);
        expect(mayTakeOver([{ message: "?" }])).to.equal(false);
        expect(mayTakeOver([])).to.equal(false);
    });
});

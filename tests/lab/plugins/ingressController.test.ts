import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { controllerValues } from "../../../lab/plugins/kubernetes-ingress-nginx/controllerValues";
import { releaseInputs } from "../../../lab/plugins/kubernetes-ingress-nginx/releaseInputs";
import { secret, unknownText, type Properties, type Value } from "../../../lab/plugins/rpc/values";
import { root } from "../../../render/stackFile";

describe("the Release of an IngressController", () => {
    it("has the chart and the repository of the official component, unless the program says others", () => {
        expect(releaseInputs({})).to.deep.include({
            chart: "ingress-nginx",
            repositoryOpts: { repo: "https://kubernetes.github.io/ingress-nginx" },
        });
        expect(
            releaseInputs({ helmOptions: { chart: "oci://x/y", repositoryOpts: { repo: "" }, version: "1.2.3" } }),
        ).to.deep.include({ chart: "oci://x/y", repositoryOpts: { repo: "" }, version: "1.2.3" });
    });

    it("has the component's inputs as values, which win over those of helmOptions as a whole", () => {
        const inputs = {
            controller: { kind: "DaemonSet" },
            fullnameOverride: "edge",
            helmOptions: { values: { controller: { replicaCount: 9 }, further: true } },
        };
        expect(releaseInputs(inputs)["values"]).to.deep.equal({
            controller: { kind: "DaemonSet" },
            fullnameOverride: "edge",
            further: true,
        });
    });

    const output: Properties = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: "x" };
    const refused: Readonly<Record<string, Value>> = {
        Outputs: output,
        secrets: secret("x"),
        "unknown values": unknownText,
    };
    for (const [what, value] of Object.entries(refused)) {
        it(`is refused ${what} in the controller's values, as by the official component`, () => {
            expect(() => releaseInputs({ controller: { config: { key: value } } })).to.throw(
                'copying input "controller"',
            );
        });
    }

    it("is refused a value that the official component would drop", () => {
        expect(() => releaseInputs({ controller: { ingressClass: "nginx" } })).to.throw("controller.ingressClass");
    });

    it("knows the controller's values that the package's types have", () => {
        const types = readFileSync(
            join(root, "node_modules/@pulumi/kubernetes-ingress-nginx/types/input.d.ts"),
            "utf8",
        );
        const [, body = ""] = /export interface ControllerArgs \{\n(.*?)\n\}/s.exec(types) ?? [];
        const names = [...body.matchAll(/^ {4}(\w+)\?:/gm)].map(([, name]) => name);
        expect(names).to.have.members([...controllerValues]);
    });
});

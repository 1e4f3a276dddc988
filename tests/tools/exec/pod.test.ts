import { readFileSync } from "node:fs";

import { expect } from "chai";

import { longestSeconds, podBeside, type ServiceDeployment } from "../../../tools/exec/pod";
import { fromYaml } from "../../../tools/render/manifests";
import { goldenPath } from "../../golden/golden";

interface Pod {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: Readonly<Record<string, unknown>> & {
        readonly containers: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
    };
}

const deployment = fromYaml(readFileSync(goldenPath("prod"), "utf8")).find(
    ({ kind, metadata }) => kind === "Deployment" && metadata?.name === "web",
) as unknown as ServiceDeployment;
const served = deployment.spec.template.spec as {
    readonly initContainers: Pod["spec"]["containers"];
    readonly volumes: readonly { readonly name: string }[];
    readonly securityContext: object;
};
const { metadata, spec } = podBeside(deployment, "web-exec-1") as Pod;

describe("the pod that a command runs in", () => {
    it("is php-fpm's container alone, with its image, environment, folders, limits and rights, which waits", () => {
        const phpFpm = served.initContainers.find(({ name }) => name === "php-fpm");
        const [container, ...others] = spec.containers;
        expect(others).to.deep.equal([]);
        expect(spec).to.not.have.property("initContainers");
        for (const field of ["image", "env", "volumeMounts", "resources", "securityContext"]) {
            expect(container?.[field], field).to.deep.equal(phpFpm?.[field]).and.not.equal(undefined);
        }
        expect(container?.["command"]).to.deep.equal(["sleep", String(longestSeconds)]);
        for (const field of ["restartPolicy", "ports", "livenessProbe"]) {
            expect(phpFpm).to.have.property(field);
            expect(container).to.not.have.property(field);
        }
    });

    it("has the pods' folders and rights, none of their labels, and an end of its own", () => {
        // nginx' own are not there.
        expect(spec["volumes"]).to.deep.equal(served.volumes.filter(({ name }) => !name.startsWith("nginx-")));
        expect(spec["securityContext"]).to.deep.equal(served.securityContext);
        expect(Object.keys(metadata.labels)).to.deep.equal(["app.kubernetes.io/managed-by"]);
        expect(spec).to.include({ restartPolicy: "Never", activeDeadlineSeconds: longestSeconds });
    });

    it("is refused for a Deployment that has no php-fpm", () => {
        const other = {
            metadata: { name: "other", namespace: "web" },
            spec: { template: { spec: { containers: [] } } },
        };
        expect(() => podBeside(other, "other-exec-1")).to.throw("Deployment other has no container php-fpm.");
    });
});

import { expect } from "chai";

import { unknownValue, type PolicyObject } from "../../../policy/manifest";
import { phpFpmOutlivesNginx } from "../../../policy/rules/phpFpmOutlivesNginx";
import { nginx, phpFpm, podSpec, verdict, webStack, webStackWith } from "../stack";

const nginxContainer = { name: "nginx", image: "nginx:1.30.4" };
const phpFpmContainer = { name: "php-fpm", image: "php:8.4.24-fpm" };
const sidecar = { restartPolicy: "Always" };

const withPod = (spec: object): readonly PolicyObject[] => webStackWith("Deployment", podSpec, spec);
const violations = (objects: readonly PolicyObject[]) => verdict(phpFpmOutlivesNginx, objects).violations;

describe("php-fpm-outlives-nginx", () => {
    it("passes where php-fpm is nginx's sidecar", () => {
        expect(violations(webStack())).to.deep.equal([]);
    });

    it("refuses two main containers", () => {
        const [message, ...others] = violations(withPod({ containers: [nginxContainer, phpFpmContainer] }));
        expect(others).to.deep.equal([]);
        expect(message).to.include("container php-fpm (php-fpm) is a main container beside container nginx");
        expect(message).to.include("move it to initContainers with restartPolicy: Always");
    });

    it("refuses nginx as the sidecar of php-fpm", () => {
        const pod = { initContainers: [{ ...nginxContainer, ...sidecar }], containers: [phpFpmContainer] };
        expect(violations(withPod(pod))).to.have.length(1);
    });

    it("wants php-fpm first where both are sidecars", () => {
        const [first, second] = [
            { ...phpFpmContainer, ...sidecar },
            { ...nginxContainer, ...sidecar },
        ];
        const app = { name: "app", image: "app:1.0" };
        expect(violations(withPod({ initContainers: [first, second], containers: [app] }))).to.deep.equal([]);
        expect(violations(withPod({ initContainers: [second, first], containers: [app] }))[0]).to.include(
            "is a native sidecar after container nginx",
        );
    });

    it("has nothing to say of one without the other, or of a plain init container", () => {
        expect(violations(withPod({ containers: [phpFpmContainer] }))).to.deep.equal([]);
        expect(violations(withPod({ containers: [nginxContainer] }))).to.deep.equal([]);
        expect(violations(withPod({ initContainers: [nginxContainer], containers: [phpFpmContainer] }))).to.deep.equal(
            [],
        );
    });

    it("passes a main container that sleeps until nginx is through", () => {
        const pod = (seconds: number) => {
            const lifecycle = { preStop: { sleep: { seconds } } };
            return withPod({
                containers: [
                    { ...nginxContainer, lifecycle: { preStop: { sleep: { seconds: 10 } } } },
                    { ...phpFpmContainer, lifecycle },
                ],
            });
        };
        // 10 s preStop + 40 s longest request
        expect(violations(pod(50))).to.deep.equal([]);
        expect(violations(pod(49))).to.have.length(1);
    });

    it("refuses a sidecar's hook that acts before nginx is through", () => {
        const withHook = (command: readonly string[]) =>
            violations(webStackWith("Deployment", [...phpFpm, "lifecycle", "preStop"], { exec: { command } }));
        expect(withHook(["kill", "-QUIT", "1"])[0]).to.include(
            'does more than sleep ("kill -QUIT 1" after 0 s). Sidecars\' hooks run at the very beginning',
        );
        expect(withHook(["sh", "-c", "sleep 49; kill -QUIT 1"])).to.have.length(1);
        expect(withHook(["sh", "-c", "sleep 50; kill -QUIT 1"])).to.deep.equal([]);
        expect(withHook(["sleep", "20"])).to.deep.equal([]);
    });

    it("leaves Jobs alone, which serve nobody", () => {
        const spec = { containers: [nginxContainer, phpFpmContainer] };
        expect(violations([{ apiVersion: "batch/v1", kind: "Job", spec: { template: { spec } } }])).to.deep.equal([]);
    });

    it("is undecided where a sidecar's kind is unknown, and no more", () => {
        const objects = webStackWith("Deployment", [...phpFpm, "restartPolicy"], unknownValue);
        expect(verdict(phpFpmOutlivesNginx, objects)).to.deep.equal({
            violations: [],
            undecided: [
                "Deployment shop/web: spec.template.spec.initContainers[0].restartPolicy of Deployment shop/web",
            ],
        });
    });

    it("tells a container by its name where its image is unknown", () => {
        const objects = webStackWith("Deployment", [...nginx, "image"], unknownValue);
        expect(verdict(phpFpmOutlivesNginx, objects).violations).to.deep.equal([]);
        const broken = withPod({ containers: [nginxContainer, phpFpmContainer, { name: "x", image: unknownValue }] });
        expect(verdict(phpFpmOutlivesNginx, broken).violations).to.have.length(1);
    });
});

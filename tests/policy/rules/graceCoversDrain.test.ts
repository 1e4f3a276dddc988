import { expect } from "chai";

import { unknownValue, type PolicyObject } from "../../../policy/manifest";
import { graceCoversDrain } from "../../../policy/rules/graceCoversDrain";
import { change, nginx, phpFpm, podSpec, verdict, webStack, webStackWith, without, type Path } from "../stack";
import { longestRequestAnnotation } from "../../../components/specs/names";

const grace: Path = [...podSpec, "terminationGracePeriodSeconds"];
const preStop: Path = [...nginx, "lifecycle", "preStop"];
const annotations: Path = ["spec", "template", "metadata", "annotations"];

const violations = (objects: readonly PolicyObject[], config = {}): readonly string[] =>
    verdict(graceCoversDrain, objects, config).violations;

const broken = (path: Path, value: unknown): readonly string[] => violations(webStackWith("Deployment", path, value));

describe("grace-covers-drain", () => {
    it("passes where the grace period covers preStop and the longest request", () => {
        expect(violations(webStack())).to.deep.equal([]);
        expect(broken(grace, 50)).to.deep.equal([]);
    });

    it("shows the sum where it does not", () => {
        const [message, ...others] = broken(grace, 49);
        expect(others).to.deep.equal([]);
        expect(message).to.equal(
            "Deployment shop/web: terminationGracePeriodSeconds is 49, but 10 s preStop of container nginx + 40 s longest " +
                "request (annotation php-web-service/longest-request-seconds) = 50 s: the kubelet would kill requests " +
                "1 s before they are done. Set it to 50 or more, or promise a shorter longest request.",
        );
    });

    it("takes an absent grace period for Kubernetes' 30 s", () => {
        expect(broken(grace, undefined)[0]).to.include(
            "terminationGracePeriodSeconds is 30 (Kubernetes' default, as the pod names none)",
        );
    });

    it("counts the sleeps of exec hooks", () => {
        expect(broken(preStop, { exec: { command: ["/bin/sleep", "30"] } })[0]).to.include(
            "30 s preStop of container nginx",
        );
        expect(broken(preStop, { exec: { command: ["sh", "-c", "sleep 25"] } })[0]).to.include("= 65 s");
    });

    it("takes the longest request from the workload's annotation, and else from the configuration", () => {
        const plain = webStackWith("Deployment", annotations, undefined);
        expect(violations(plain)).to.deep.equal([]);
        expect(violations(plain, { longestRequestSeconds: 51 })[0]).to.include(
            "51 s longest request (longestRequestSeconds of this policy) = 61 s",
        );
        const onWorkload = change(plain, "Deployment", ["metadata", "annotations"], {
            [longestRequestAnnotation]: "60",
        });
        expect(violations(onWorkload)[0]).to.include("60 s longest request (annotation");
    });

    it("refuses an annotation that is no number of seconds", () => {
        for (const text of ["40s", "0x28", "4e1", "", " 40", "-40", "Infinity", "0", 40]) {
            expect(broken([...annotations, longestRequestAnnotation], text)[0]).to.include("It takes a number");
        }
    });

    it("adds what a request waits and what it is on its way, where the workload says so", () => {
        const withBeside = (queue: string, transfer?: string, graceSeconds = 60) =>
            violations(
                change(
                    webStackWith("Deployment", [...annotations, "php-web-service/queue-seconds"], queue),
                    "Deployment",
                    [...annotations, "php-web-service/transfer-seconds"],
                    transfer,
                ).map((object) =>
                    object.kind === "Deployment" ? change([object], "Deployment", grace, graceSeconds)[0]! : object,
                ),
            );
        expect(withBeside("10", "0")).to.deep.equal([]);
        expect(withBeside("10")).to.deep.equal([]);
        expect(withBeside("10", "60", 120)).to.deep.equal([]);
        expect(withBeside("10", "0", 59)[0]).to.include(
            "50 s longest request (annotation php-web-service/longest-request-seconds, and 10 s by annotation " +
                "php-web-service/queue-seconds) = 60 s",
        );
        expect(withBeside("10", "60", 119)[0]).to.include("php-web-service/transfer-seconds) = 120 s");
        expect(withBeside("soon")[0]).to.include(
            'The annotation php-web-service/queue-seconds is "soon". It takes a number of seconds as a text',
        );
        expect(withBeside("10", "-1")[0]).to.include("The annotation php-web-service/transfer-seconds is");
    });

    it("lets a sidecar's hook run beside the others", () => {
        const hook: Path = [...phpFpm, "lifecycle", "preStop"];
        expect(broken(hook, { sleep: { seconds: 60 } })).to.deep.equal([]);
        expect(broken(hook, { sleep: { seconds: 61 } })[0]).to.include("61 s preStop of container php-fpm = 61 s");
    });

    it("counts the longest request for a sidecar that the Service sends to", () => {
        const facade = change(
            webStackWith("Deployment", [...phpFpm, "lifecycle", "preStop"], { sleep: { seconds: 30 } }),
            "Service",
            ["spec", "ports", 0, "targetPort"],
            9000,
        );
        expect(violations(facade)[0]).to.include("30 s preStop of container php-fpm + 40 s longest request");
    });

    it("demands a preStop hook of the container that gets the traffic", () => {
        const [message, ...others] = broken([...nginx, "lifecycle"], undefined);
        expect(others).to.deep.equal([]);
        expect(message).to.include("The container nginx gets the traffic and has no preStop hook");
        expect(message).to.include("for 5 s after the pod's deletion");
        expect(message).to.include("Set lifecycle.preStop.sleep.seconds to 5 or more");
    });

    it("demands a sleep as long as proxies may still send", () => {
        expect(broken([...preStop, "sleep", "seconds"], 4)[0]).to.include(
            "sleeps 4 s, but proxies may still send for 5 s",
        );
        expect(broken([...preStop, "sleep", "seconds"], 5)).to.deep.equal([]);
        expect(violations(webStack(), { endpointWithdrawalSeconds: 12 })[0]).to.include("sleeps 10 s");
    });

    it("cannot tell what another command does, and says so", () => {
        const [message, ...others] = broken(preStop, { exec: { command: ["/wait-shutdown"] } });
        expect(others).to.deep.equal([]);
        expect(message).to.include('provably sleeps 0 s and goes on with "/wait-shutdown". This policy cannot tell');
        expect(message).to.include('In a script put "sleep 5;" first.');
        expect(broken(preStop, { httpGet: { path: "/drain", port: 80 } })[0]).to.include('"httpGet"');
    });

    it("refuses a stop that waits for no request, until the last one is through", () => {
        const stopAfter = (script: string) => broken(preStop, { exec: { command: ["sh", "-c", script] } });
        expect(stopAfter("sleep 10; nginx -s stop")[0]).to.include('runs "nginx -s stop" after 10 s');
        expect(stopAfter("sleep 10; nginx -s quit; sleep 34; kill -9 1")[0]).to.include('runs "kill -9 1" after 44 s');
        // 5 s withdrawal + 40 s longest request
        expect(stopAfter("sleep 10; nginx -s quit; sleep 35; kill -9 1")).to.deep.equal([]);
    });

    it("counts a drain inside the hook once", () => {
        const drain = (seconds: number) =>
            broken(preStop, { exec: { command: ["sh", "-c", `sleep 10; nginx -s quit; sleep ${seconds}`] } });
        expect(drain(50)).to.deep.equal([]);
        expect(drain(51)[0]).to.include("61 s preStop of container nginx = 61 s");
    });

    it("demands a hook of one that may be meant where none declares the Service's port", () => {
        const undeclared = webStackWith("Deployment", [...nginx, "ports"], [{ name: "other", containerPort: 1 }]);
        expect(violations(undeclared)).to.deep.equal([]);
        const without = change(undeclared, "Deployment", [...nginx, "lifecycle"], undefined);
        expect(violations(without)[0]).to.include("The container nginx gets the traffic and has no preStop hook");
        const unnamed = change(
            change(undeclared, "Deployment", [...nginx, "image"], "registry.example.com/shop/web:1.0"),
            "Deployment",
            [...nginx, "name"],
            "web",
        );
        expect(violations(unnamed)).to.deep.equal([]);
    });

    it("leaves a workload alone that serves nobody", () => {
        const batch = change(without(webStack(), "Ingress"), "Deployment", annotations, undefined);
        expect(violations(change(batch, "Deployment", podSpec, { containers: [{ name: "worker" }] }))).to.deep.equal(
            [],
        );
    });

    it("holds an annotated workload to its promise without an Ingress too", () => {
        const alone = change(without(webStack(), "Ingress"), "Deployment", grace, 30);
        expect(violations(alone)).to.have.length(1);
        expect(violations(change(alone, "Deployment", [...nginx, "lifecycle"], undefined))[0]).to.include("= 40 s");
    });

    it("covers the other kinds of workloads", () => {
        for (const kind of ["StatefulSet", "DaemonSet", "ReplicaSet"]) {
            const objects = change(webStackWith("Deployment", grace, 30), "Deployment", ["kind"], kind);
            expect(violations(objects)[0]).to.include(`${kind} shop/web: terminationGracePeriodSeconds is 30`);
        }
    });

    describe("with unknown values", () => {
        const unknownPlaces: readonly (readonly [string, Path])[] = [
            ["Deployment", grace],
            ["Deployment", [...annotations, longestRequestAnnotation]],
            ["Deployment", [...preStop, "sleep", "seconds"]],
            ["Deployment", preStop],
            ["Deployment", podSpec],
            ["Deployment", [...podSpec, "initContainers"]],
        ];
        for (const [kind, path] of unknownPlaces) {
            it(`says so where ${path.join(".")} is unknown`, () => {
                const { violations: found, undecided } = verdict(
                    graceCoversDrain,
                    webStackWith(kind, path, unknownValue),
                );
                expect(found).to.deep.equal([]);
                expect(undecided).to.have.length(1);
                expect(undecided[0]).to.match(/^Deployment shop\/web: spec\./);
            });
        }

        it("says so where it may be that no Ingress reaches a faulty workload", () => {
            const objects = change(
                webStackWith("Ingress", ["spec", "rules"], unknownValue),
                "Deployment",
                annotations,
                undefined,
            );
            expect(verdict(graceCoversDrain, change(objects, "Deployment", grace, 20))).to.deep.equal({
                violations: [],
                undecided: ["Deployment shop/web: spec.rules of Ingress shop/web"],
            });
        });
    });
});

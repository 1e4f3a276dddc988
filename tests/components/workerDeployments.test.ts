/** Commands of the application beside the pods that serve: what takes jobs from queues. */
import { spawn } from "node:child_process";
import { once } from "node:events";

import type * as k8s from "@pulumi/kubernetes";
import { expect } from "chai";

import { PhpWebService } from "../../components";
import type { Recording } from "../../tools/render/record";
import { recordingOfGolden } from "../golden/golden";
import { recordingOfProgram, recordingOfText, resource } from "../helpers/stacks";
import { webObjects, type Deployment } from "../helpers/webObjects";
import { failures } from "../promises/mutations";

const deploymentOf = (recording: Recording, name: string) => {
    const { inputs, options } = resource(recording, "kubernetes:apps/v1:Deployment", name);
    const spec = inputs["spec"] as Deployment;
    return { spec, pod: spec.template.spec, container: spec.template.spec.containers[0], options };
};

const hpaOf = (recording: Recording, name: string) =>
    resource(recording, "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", name).inputs[
        "spec"
    ] as k8s.types.output.autoscaling.v2.HorizontalPodAutoscalerSpec;

interface ScaledObject {
    readonly scaleTargetRef: object;
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly cooldownPeriod?: number;
    readonly advanced: {
        readonly restoreToOriginalReplicaCount?: boolean;
        readonly horizontalPodAutoscalerConfig: { readonly name: string; readonly behavior: object };
    };
    readonly triggers: readonly object[];
}

const scaledObjectOf = (recording: Recording, name: string) =>
    resource(recording, "kubernetes:keda.sh/v1alpha1:ScaledObject", name).inputs["spec"] as ScaledObject;

const workers = (yaml: string) =>
    recordingOfText(`config:\n  php-web-service:web:\n    workers:\n${yaml.replace(/^/gm, "      ")}\n`);

describe("a worker", () => {
    let recording: Recording;

    before(async () => {
        recording = await recordingOfGolden("releases");
    });

    it("is a Deployment of php-fpm's image, user, environment and folders, with resources of its own", () => {
        const { pod, container } = deploymentOf(recording, "web-mail");
        const { phpFpm } = webObjects(recording);
        expect(pod.containers).to.have.length(1);
        expect(pod).to.not.have.property("initContainers");
        for (const field of ["image", "env", "envFrom", "volumeMounts", "securityContext"] as const) {
            expect(container?.[field], field).to.deep.equal(phpFpm[field]).and.not.equal(undefined);
        }
        expect(container?.command.slice(0, 2)).to.deep.equal(["php", "/srv/app/artisan"]);
        expect(container?.resources.limits).to.deep.equal({ memory: "512Mi" });
        for (const field of ["ports", "livenessProbe", "readinessProbe", "lifecycle"]) {
            expect(container).to.not.have.property(field);
        }
    });

    it("gets the time for its longest job, and 15 s to end itself, from whatever ends its pod", () => {
        expect(deploymentOf(recording, "web-mail").pod.terminationGracePeriodSeconds).to.equal(135);
        expect(deploymentOf(recording, "web-images").pod.terminationGracePeriodSeconds).to.equal(75);
    });

    it("gets no traffic, and no pod of another worker or of the service is its own", () => {
        const served = webObjects(recording);
        const labelsOf = (name: string) => deploymentOf(recording, name).spec.template.metadata.labels;
        const selects = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>) =>
            Object.entries(selector).every(([key, value]) => labels[key] === value);
        const all = {
            web: served.deployment.template.metadata.labels,
            "web-mail": labelsOf("web-mail"),
            "web-images": labelsOf("web-images"),
        };
        for (const [name, labels] of Object.entries(all)) {
            const isServed = name === "web";
            expect(selects(served.service.selector, labels), `${name} is served`).to.equal(isServed);
            expect(selects(served.disruptionBudget.selector.matchLabels, labels)).to.equal(isServed);
            for (const owner of Object.keys(all)) {
                const { matchLabels } = deploymentOf(recording, owner).spec.selector;
                expect(selects(matchLabels, labels), `${owner} owns ${name}`).to.equal(owner === name);
            }
        }
        expect(labelsOf("web-mail")).to.include({ team: "shop" });
    });

    it("is rolled after the release's command, one pod in before one out", () => {
        const { spec, options } = deploymentOf(recording, "web-mail");
        expect(JSON.stringify([options.dependsOn].flat().map((each) => (each as { __name?: string }).__name))).to.equal(
            '["web-release"]',
        );
        expect(spec.strategy.rollingUpdate).to.deep.equal({ maxSurge: "25%", maxUnavailable: 0 });
    });

    it("has an autoscaler that owns its number, by the CPU of its own container, also where it is fixed", () => {
        for (const [name, bounds] of [
            ["web-mail", { minReplicas: 2, maxReplicas: 2 }],
            ["web-images", { minReplicas: 1, maxReplicas: 8 }],
        ] as const) {
            expect(deploymentOf(recording, name).spec).to.not.have.property("replicas");
            const hpa = hpaOf(recording, name);
            expect(hpa).to.deep.include(bounds);
            expect(hpa.scaleTargetRef.name).to.equal(name);
            expect(hpa.metrics[0]?.containerResource.container).to.equal("worker");
        }
    });

    it("is one pod by default, and ends by the image's own signal", async () => {
        const given = await workers("mail: { command: [work] }");
        expect(hpaOf(given, "web-mail")).to.deep.include({ minReplicas: 1, maxReplicas: 1 });
        expect(deploymentOf(given, "web-mail").container).to.not.have.property("lifecycle");
        // Without a release's command.
        const [policy] = [deploymentOf(given, "web-mail").options.dependsOn].flat();
        expect((policy as { __name?: string }).__name).to.equal("web-commands");
    });

    it("is told to end by a command where there is one", async () => {
        const given = await workers('mail: { command: [work], stopCommand: [php, artisan, "queue:restart"] }');
        expect(deploymentOf(given, "web-mail").container?.lifecycle.preStop.exec.command).to.deep.equal([
            "php",
            "artisan",
            "queue:restart",
        ]);
    });

    it("is told to end by a signal where it has one, and nothing else comes before it has ended", async () => {
        const command = deploymentOf(recording, "web-images").container?.lifecycle.preStop.exec.command ?? [];
        expect(command.slice(0, 2)).to.deep.equal(["sh", "-c"]);
        // A process that ends a second after the signal stands for process 1.
        const worker = spawn("sh", ["-c", "trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done"]);
        const script = command[2] ?? "";
        expect(script).to.equal("kill -s TERM 1; while kill -0 1; do sleep 1; done");
        await new Promise((resolve) => setTimeout(resolve, 300));
        let hasEnded = false;
        worker.on("exit", () => (hasEnded = true));
        const hook = spawn("sh", ["-c", script.replaceAll(/(TERM|-0) 1;/g, `$1 ${worker.pid ?? ""};`)]);
        await once(hook, "exit");
        expect(hasEnded).to.equal(true);
    });

    it("takes its place in another program", async () => {
        const other = await recordingOfProgram(() => {
            new PhpWebService("shop", { workers: { mail: { command: ["work"], scaling: { maxReplicas: 3 } } } });
            return {};
        });
        expect(hpaOf(other, "shop-mail")).to.deep.include({ minReplicas: 1, maxReplicas: 3 });
    });

    describe("that KEDA scales by its queue", () => {
        const queue =
            "{ type: redis, name: queue, metricType: AverageValue, metadata: { listName: mail, listLength: '20' }," +
            " authenticationRef: { name: redis } }";
        const scaledBy = (autoscaling: string, more = "") =>
            workers(`mail: { command: [work], autoscaling: ${autoscaling}${more} }`);
        const cpu = (value: string) => ({
            type: "cpu",
            metricType: "Utilization",
            metadata: { containerName: "worker", value },
        });

        it("has a ScaledObject and nothing else that owns its number, with the triggers as they are given", async () => {
            const given = await scaledBy(`{ minReplicas: 2, maxReplicas: 10, triggers: [${queue}] }`);
            const { advanced, ...spec } = scaledObjectOf(given, "web-mail");
            expect(spec).to.deep.equal({
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web-mail" },
                minReplicaCount: 2,
                maxReplicaCount: 10,
                triggers: [
                    {
                        type: "redis",
                        name: "queue",
                        metricType: "AverageValue",
                        metadata: { listName: "mail", listLength: "20" },
                        authenticationRef: { name: "redis" },
                    },
                ],
            });
            const { behavior } = hpaOf(recording, "web-images");
            expect(advanced).to.deep.equal({
                horizontalPodAutoscalerConfig: { name: "keda-hpa-web-mail", behavior },
            });
            expect(given.resources.filter(({ name }) => name === "web-mail").map(({ type }) => type)).to.have.members([
                "kubernetes:apps/v1:Deployment",
                "kubernetes:keda.sh/v1alpha1:ScaledObject",
            ]);
            expect(deploymentOf(given, "web-mail").spec).to.not.have.property("replicas");
            expect(failures(given).policies).to.be.empty;
        });

        it("may have no pod: the last one goes no sooner than others, and comes back before another kind of autoscaler", async () => {
            const given = await scaledBy(`{ minReplicas: 0, maxReplicas: 10, triggers: [${queue}] }`);
            const { minReplicaCount, cooldownPeriod, advanced } = scaledObjectOf(given, "web-mail");
            expect({ minReplicaCount, cooldownPeriod }).to.deep.equal({ minReplicaCount: 0, cooldownPeriod: 300 });
            expect(advanced.restoreToOriginalReplicaCount).to.equal(true);
            // What ends its pod, whoever does, leaves a job its time.
            expect(deploymentOf(given, "web-mail").pod.terminationGracePeriodSeconds).to.equal(75);
            expect(failures(given).policies).to.be.empty;
        });

        it("is scaled by CPU as well where it is said, by a trigger of the same object", async () => {
            const given = await scaledBy(
                `{ maxReplicas: 10, targetCPUUtilizationPercentage: 70, triggers: [${queue}] }`,
            );
            const { triggers } = scaledObjectOf(given, "web-mail");
            expect(triggers).to.have.length(2);
            expect(triggers[0]).to.deep.equal(cpu("70"));
        });

        it("needs no CPU request where no trigger is of CPU", async () => {
            const more = ", resources: { requests: { cpu: null } }";
            const given = await scaledBy(`{ maxReplicas: 10, triggers: [${queue}] }`, more);
            expect(scaledObjectOf(given, "web-mail").triggers).to.have.length(1);
        });

        it("goes from one kind of autoscaler to the other by removing the first one before", async () => {
            for (const [given, type, other] of [
                [
                    await scaledBy(`{ maxReplicas: 10, triggers: [${queue}] }`),
                    "kubernetes:keda.sh/v1alpha1:ScaledObject",
                    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
                ],
                [
                    recording,
                    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
                    "kubernetes:keda.sh/v1alpha1:ScaledObject",
                ],
            ] as const) {
                const { options } = resource(given, type, "web-mail");
                expect(options.aliases).to.deep.include({ type: other });
                expect(options).to.deep.include({ deleteBeforeReplace: true, replaceOnChanges: ["kind"] });
            }
        });

        it("is refused in another program where nothing would bring its first pod", async () => {
            const scaling = { minReplicas: 0, maxReplicas: 3 };
            const refusal = await recordingOfProgram(() => {
                new PhpWebService("shop", { workers: { mail: { command: ["work"], scaling } } });
                return {};
            }).catch((error: unknown) => String(error));
            expect(refusal).to.include("workers.mail.scaling.minReplicas: found 0 without triggers");
        });
    });
});

import { expect } from "chai";

import { kubeObject, unknownValue, type PolicyObject } from "../../../policy/manifest";
import {
    autoscalerOwnsReplicas,
    autoscalerTargetsHaveRequests,
    ignoresChangesOf,
    neverScaledToZero,
} from "../../../policy/rules/autoscalers";
import { change, nginx, phpFpm, podSpec, verdict, webStack, webStackWith, without, type Path } from "../stack";

const hpa = "HorizontalPodAutoscaler";
const metrics: Path = ["spec", "metrics"];
const replicas: Path = ["spec", "replicas"];

const utilization = (name: string) => [
    { type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization: 60 } } },
];

const scaledObject = (trigger: object): PolicyObject => ({
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "web", namespace: "shop" },
    spec: { scaleTargetRef: { name: "web" }, triggers: [trigger] },
});

describe("autoscaler-targets-have-requests", () => {
    const violations = (objects: readonly PolicyObject[]) => verdict(autoscalerTargetsHaveRequests, objects).violations;
    const withoutNginxRequest = (objects: readonly PolicyObject[]) =>
        change(objects, "Deployment", [...nginx, "resources"], undefined);

    it("passes where what is measured has a request", () => {
        expect(violations(webStack())).to.deep.equal([]);
        expect(violations(webStackWith(hpa, metrics, utilization("memory")))).to.deep.equal([]);
    });

    it("passes a container that is not measured", () => {
        expect(violations(withoutNginxRequest(webStack()))).to.deep.equal([]);
    });

    it("demands a request of every container for a Resource metric, of sidecars too", () => {
        const objects = webStackWith(hpa, metrics, utilization("cpu"));
        expect(violations(withoutNginxRequest(objects))).to.deep.equal([
            "HorizontalPodAutoscaler shop/web: spec.metrics[0] (Resource) is in percent of the cpu request, and container " +
                'nginx of Deployment shop/web has none: the autoscaler reports "missing request for cpu" and stands ' +
                "still. Set resources.requests.cpu on it, or measure one container by a ContainerResource metric.",
        ]);
        const sidecar = change(objects, "Deployment", [...phpFpm, "resources", "requests", "cpu"], undefined);
        expect(violations(sidecar)[0]).to.include("container php-fpm of Deployment shop/web has none");
    });

    it("does not ask plain init containers", () => {
        const objects = webStackWith("Deployment", [...podSpec, "initContainers"], [{ name: "migrate" }]);
        expect(violations(change(objects, hpa, metrics, utilization("cpu")))).to.deep.equal([]);
    });

    it("takes a limit, or the pod's own request, for the request", () => {
        const limited = webStackWith("Deployment", [...nginx, "resources"], { limits: { cpu: "1" } });
        expect(violations(change(limited, hpa, metrics, utilization("cpu")))).to.deep.equal([]);
        const podLevel = change(withoutNginxRequest(webStack()), "Deployment", [...podSpec, "resources"], {
            requests: { cpu: "2" },
        });
        expect(violations(change(podLevel, hpa, metrics, utilization("cpu")))).to.deep.equal([]);
    });

    it("asks no request for a target in absolute numbers, or for other metrics", () => {
        const target = { type: "AverageValue", averageValue: "500m" };
        const absolute = [
            { type: "Resource", resource: { name: "cpu", target } },
            { type: "Pods", pods: {} },
        ];
        expect(violations(withoutNginxRequest(webStackWith(hpa, metrics, absolute)))).to.deep.equal([]);
    });

    it("demands that the container of a ContainerResource metric exists and has the request", () => {
        const place: Path = [...metrics, 0, "containerResource"];
        expect(violations(webStackWith(hpa, [...place, "container"], "php"))[0]).to.include(
            "measures container php, and Deployment shop/web has only nginx, php-fpm",
        );
        expect(violations(webStackWith(hpa, [...place, "name"], "ephemeral-storage"))[0]).to.include(
            "Set resources.requests.ephemeral-storage on it.",
        );
    });

    it("knows the older forms, and the metric of an autoscaler that names none", () => {
        const target = { scaleTargetRef: { kind: "Deployment", name: "web" }, maxReplicas: 9 };
        for (const spec of [
            { ...target, targetCPUUtilizationPercentage: 60 },
            target,
            { ...target, metrics: [{ type: "Resource", resource: { name: "cpu", targetAverageUtilization: 60 } }] },
        ]) {
            expect(violations(withoutNginxRequest(webStackWith(hpa, ["spec"], spec)))).to.have.length(1);
        }
    });

    it("knows KEDA's cpu and memory triggers", () => {
        const objects = withoutNginxRequest(without(webStack(), hpa));
        const cpu = { type: "cpu", metricType: "Utilization", metadata: { value: "60" } };
        expect(violations([...objects, scaledObject(cpu)])[0]).to.include("spec.triggers[0] (cpu)");
        const ofContainer = { ...cpu, metadata: { value: "60", containerName: "php-fpm" } };
        expect(violations([...objects, scaledObject(ofContainer)])).to.deep.equal([]);
        expect(violations([...objects, scaledObject({ type: "cron", metadata: {} })])).to.deep.equal([]);
    });

    it("has nothing to say of a target that is not among the objects", () => {
        expect(violations(without(webStack(), "Deployment"))).to.deep.equal([]);
    });

    it("is undecided over unknown values, and still finds a fault beside them", () => {
        const objects = webStackWith("Deployment", [...phpFpm, "resources", "requests"], unknownValue);
        expect(verdict(autoscalerTargetsHaveRequests, objects)).to.deep.equal({
            violations: [],
            undecided: [
                "HorizontalPodAutoscaler shop/web: spec.template.spec.initContainers[0].resources.requests of " +
                    "Deployment shop/web",
            ],
        });
        const both = verdict(
            autoscalerTargetsHaveRequests,
            withoutNginxRequest(change(objects, hpa, metrics, utilization("cpu"))),
        );
        expect(both.violations).to.have.length(1);
        expect(both.undecided).to.have.length(1);
    });

    it("is undecided where the target's name is unknown and it could be at fault", () => {
        const objects = webStackWith(hpa, ["spec", "scaleTargetRef", "name"], unknownValue);
        expect(verdict(autoscalerTargetsHaveRequests, objects).violations).to.deep.equal([]);
        expect(verdict(autoscalerTargetsHaveRequests, objects).undecided).to.have.length(1);
    });
});

describe("autoscaler-owns-replicas", () => {
    const violations = (objects: readonly PolicyObject[]) => verdict(autoscalerOwnsReplicas, objects).violations;

    it("passes without replicas, and replicas without an autoscaler", () => {
        expect(violations(webStack())).to.deep.equal([]);
        expect(violations(without(webStackWith("Deployment", replicas, 3), hpa))).to.deep.equal([]);
    });

    it("refuses replicas beside an autoscaler", () => {
        const [message, ...others] = violations(webStackWith("Deployment", replicas, 3));
        expect(others).to.deep.equal([]);
        expect(message).to.include(
            "spec.replicas is 3, and HorizontalPodAutoscaler shop/web scales it between 3 and 24",
        );
        expect(message).to.include('set ignoreChanges: ["spec.replicas"]');
    });

    it("refuses a second autoscaler", () => {
        const [message, ...others] = violations([...webStack(), scaledObject({ type: "cron" })]);
        expect(others).to.deep.equal([]);
        expect(message).to.include("2 autoscalers target it (HorizontalPodAutoscaler shop/web, ScaledObject shop/web)");
    });

    it("refuses them beside KEDA's ScaledObject too", () => {
        const objects = without(webStackWith("Deployment", replicas, 3), hpa);
        expect(violations([...objects, scaledObject({ type: "cron" })])[0]).to.include(
            "ScaledObject shop/web scales it",
        );
    });

    it("allows the old value that ignoreChanges keeps", () => {
        const objects = webStackWith("Deployment", replicas, 3);
        expect(violations(change(objects, "Deployment", ["ignoreChanges"], ["spec.replicas"]))).to.deep.equal([]);
        expect(violations(change(objects, "Deployment", ["ignoreChanges"], ["spec.paused"]))).to.have.length(1);
    });

    const paths: readonly (readonly [string, boolean])[] = [
        ["spec.replicas", true],
        ['spec["replicas"]', true],
        ['["spec"]["replicas"]', true],
        ["spec.*", true],
        ["spec[*]", true],
        ["spec", true],
        ["*", true],
        ["replicas", false],
        ["spec.replicas.x", false],
        ["spec.template", false],
        ["", false],
    ];
    for (const [ignored, covers] of paths) {
        it(`takes ignoreChanges "${ignored}" as ${covers ? "covering" : "not covering"} spec.replicas`, () => {
            const object = kubeObject({ apiVersion: "apps/v1", kind: "Deployment", ignoreChanges: [ignored] });
            expect(ignoresChangesOf(object, ["spec", "replicas"])).to.equal(covers);
        });
    }

    it("is undecided over unknown replicas, and over an unknown target of a workload with replicas", () => {
        expect(verdict(autoscalerOwnsReplicas, webStackWith("Deployment", replicas, unknownValue))).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.replicas of Deployment shop/web"],
        });
        const target: Path = ["spec", "scaleTargetRef", "name"];
        const fixed = change(webStackWith("Deployment", replicas, 3), hpa, target, unknownValue);
        expect(verdict(autoscalerOwnsReplicas, fixed)).to.deep.equal({
            violations: [],
            undecided: ["Deployment shop/web: spec.scaleTargetRef.name of HorizontalPodAutoscaler shop/web"],
        });
        const free = webStackWith(hpa, target, unknownValue);
        expect(verdict(autoscalerOwnsReplicas, free)).to.deep.equal({ violations: [], undecided: [] });
    });
});

describe("never-scaled-to-zero", () => {
    const violations = (objects: readonly PolicyObject[]) => verdict(neverScaledToZero, objects).violations;

    it("passes one pod or more, and what serves nobody", () => {
        expect(violations(webStack())).to.deep.equal([]);
        expect(violations(webStackWith(hpa, ["spec", "minReplicas"], undefined))).to.deep.equal([]);
        expect(violations(without(webStackWith(hpa, ["spec", "minReplicas"], 0), "Ingress"))).to.deep.equal([]);
    });

    it("refuses zero, which is KEDA's default", () => {
        expect(violations(webStackWith(hpa, ["spec", "minReplicas"], 0))[0]).to.include("to 0 (spec.minReplicas):");
        const keda = [...without(webStack(), hpa), scaledObject({ type: "cron" })];
        expect(violations(keda)[0]).to.include("to 0 (spec.minReplicaCount, which is 0 by default):");
    });

    it("is undecided over an unknown minimum", () => {
        expect(
            verdict(neverScaledToZero, webStackWith(hpa, ["spec", "minReplicas"], unknownValue)).undecided,
        ).to.have.length(1);
    });
});

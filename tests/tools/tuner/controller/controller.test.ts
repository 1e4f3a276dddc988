import { expect } from "chai";

import {
    Controller,
    InvalidSpecError,
    type MetricTarget,
    type PodGroup,
    type World,
} from "../../../../tools/tuner/controller";

const template = { containers: [{ name: "app", requests: { cpu: 100 } }] };
const using = (count: number, cpu: number): PodGroup => ({
    count,
    template,
    sample: { containers: [{ name: "app", usage: { cpu } }] },
});
const world = (replicas: number, cpu: number): World => ({ replicas, pods: [using(replicas, cpu)] });

describe("the model's controller", () => {
    it("decides on the default metric, 80 % of CPU", () => {
        const controller = new Controller({ minReplicas: 2, maxReplicas: 10 });
        expect(controller.reconcile(15_000, world(4, 120))).to.deep.equal({
            currentReplicas: 4,
            recommendation: 6,
            metric: "cpu resource utilization (percentage of request)",
            replicas: 6,
            rescaled: true,
            conditions: {
                AbleToScale: { status: "True", reason: "SucceededRescale" },
                ScaledToZero: { status: "False", reason: "NotScaledToZero" },
                ScalingActive: { status: "True", reason: "ValidMetricFound" },
                ScalingLimited: { status: "False", reason: "DesiredWithinRange" },
            },
        });
    });

    it("takes a group for as many pods as it counts", () => {
        const apart: World = {
            replicas: 5,
            pods: [...Array.from({ length: 4 }, () => using(1, 130)), using(0, 1), using(1, 7)],
        };
        const together: World = { replicas: 5, pods: [using(4, 130), using(1, 7)] };
        const decide = (seen: World) => new Controller({ maxReplicas: 100 }).reconcile(0, seen);
        expect(decide(apart)).to.deep.equal(decide(together));
        expect(decide(apart).recommendation).to.equal(7);
    });

    it("gives a decision that later syncs do not change", () => {
        const controller = new Controller({ maxReplicas: 10 });
        const first = controller.reconcile(0, world(2, 200));
        const copy = structuredClone(first);
        controller.reconcile(15_000, { ...world(4, 80), failScaleGet: true });
        expect(first).to.deep.equal(copy);
    });

    it("remembers recommendations and events, and forgets them at a restart", () => {
        const controller = new Controller({ maxReplicas: 10, behavior: {} });
        expect(controller.state.recommendations).to.equal(undefined);
        controller.reconcile(15_000, world(2, 160));
        expect(controller.state).to.deep.equal({
            recommendations: [
                { replicas: 2, atMilliseconds: 15_000 },
                { replicas: 4, atMilliseconds: 15_000 },
            ],
            scaleUpEvents: [{ replicaChange: 2, atMilliseconds: 15_000, outdated: false }],
            scaleDownEvents: [],
        });
        controller.restart();
        // A controller that knew of the 9 would stay there for the whole window, and one that has just started stays where it is.
        expect(controller.reconcile(30_000, world(3, 10))).to.include({ recommendation: 1, replicas: 3 });
        expect(controller.state.recommendations).to.have.lengthOf(2);
        expect(controller.state.scaleUpEvents).to.have.lengthOf(0);
    });

    it("keeps its spec where an update is refused, and what it remembers where it is not", () => {
        const controller = new Controller({ minReplicas: 2, maxReplicas: 4 });
        expect(() => {
            controller.update({ minReplicas: 5, maxReplicas: 4 });
        }).to.throw(InvalidSpecError, "spec.maxReplicas is 4, which is below minReplicas, 5");
        expect(controller.reconcile(0, world(4, 300)).replicas).to.equal(4);
        controller.update({ minReplicas: 2, maxReplicas: 6 });
        expect(controller.state.recommendations).to.have.lengthOf(2);
        expect(controller.reconcile(15_000, world(4, 300)).replicas).to.equal(6);
    });

    it("tells the utilizations that a sync puts into the status, and remembers nothing of it", () => {
        const cpu = (target: MetricTarget) => ({ type: "Resource", resource: { name: "cpu", target } }) as const;
        const controller = new Controller({
            minReplicas: 2,
            maxReplicas: 4,
            metrics: [
                cpu({ type: "Utilization", averageUtilization: 60 }),
                cpu({ type: "AverageValue", averageValue: "50m" }),
                { type: "Pods", pods: { metric: { name: "rate" }, target: { type: "AverageValue", averageValue: 1 } } },
            ],
        });
        const missing: PodGroup = { count: 1, template };
        expect(controller.utilizations(0, { replicas: 3, pods: [using(1, 50), using(1, 21), missing] })).to.deep.equal([
            35,
            undefined,
            undefined,
        ]);
        expect(controller.utilizations(0, { ...world(2, 50), failResourceMetrics: true })[0]).to.equal(undefined);
        expect(controller.utilizations(0, { replicas: 2, pods: [missing] })[0]).to.equal(undefined);
        for (const outOfBounds of [0, 1, 5]) expect(controller.utilizations(0, world(outOfBounds, 50))).to.be.empty;
        expect(controller.state.recommendations).to.equal(undefined);
    });

    it("names all that the API server would refuse", () => {
        let problems: unknown;
        try {
            new Controller(
                {
                    minReplicas: 0,
                    maxReplicas: 0,
                    metrics: [
                        {
                            type: "Resource",
                            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 0 } },
                        },
                    ],
                    behavior: { scaleUp: { policies: [] }, scaleDown: { stabilizationWindowSeconds: 3601 } },
                },
                { featureGates: { HPAScaleToZero: false } },
            );
        } catch (error) {
            problems = (error as InvalidSpecError).problems.map(({ field }) => field);
        }
        expect(problems).to.deep.equal([
            "spec.minReplicas",
            "spec.maxReplicas",
            "spec.metrics",
            "spec.metrics[0].resource.target.averageUtilization",
            "spec.behavior.scaleUp.policies",
            "spec.behavior.scaleDown.stabilizationWindowSeconds",
        ]);
    });
});

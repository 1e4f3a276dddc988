/**
 * What Kubernetes' own tests expect of proposals (pkg/controller/podautoscaler/replica_calculator_test.go, v1.34.4), in short
 * form. A pod is one word: usage in millicores of both its containers, or "first/second"; then letters for what is special
 * about it; then "@" and the request of each container, 1000 where it is not said, "none" where there is none.
 */
import { expect } from "chai";

import { Controller, type PodGroup, type World } from "../../../../tools/tuner/controller";
import type { ContainerSample, MetricSpec } from "../../../../tools/tuner/controller";

const nowMilliseconds = 1_000_000;
const maxInt32 = 2 ** 31 - 1;

function pod(word: string): PodGroup {
    const [, first, second, letters = "", request = "1000"] =
        /^(-|\d+)(?:\/(\d+|-))?([a-z]*)(?:@(\w+))?$/.exec(word) ?? expect.fail(`what is ${word}?`);
    const requests = request === "none" ? {} : { cpu: Number(request) };
    const sample = (name: string, usage: string): ContainerSample[] =>
        usage === "-" ? [] : [{ name, usage: { cpu: Number(usage) } }];
    return {
        count: 1,
        template: {
            containers: [
                { name: "first", requests },
                { name: "second", requests },
            ],
        },
        // Never ready.
        ready: letters.includes("u") ? "False" : "True",
        // Just started: no sample is of after that.
        startMilliseconds: letters.includes("h") ? nowMilliseconds : nowMilliseconds - 180_000,
        transitionMilliseconds: letters.includes("h") ? nowMilliseconds : nowMilliseconds - 180_000,
        phase: letters.includes("f") ? "Failed" : letters.includes("p") ? "Pending" : "Running",
        deleting: letters.includes("d"),
        gone: letters.includes("g"),
        sample:
            first === "-"
                ? undefined
                : {
                      windowMilliseconds: 60_000,
                      containers: [...sample("first", first!), ...sample("second", second ?? first!)],
                  },
        podsMetrics: first === "-" ? {} : { qps: Number(first) },
    };
}

interface Tolerances {
    readonly up?: number;
    readonly down?: number;
}

/** What the metric asks for; undefined where it fails. */
function proposal(metric: MetricSpec, world: World, { up = 0.1, down = 0.1 }: Tolerances = {}): number | undefined {
    const controller = new Controller(
        {
            maxReplicas: maxInt32,
            metrics: [metric],
            behavior: { scaleUp: { tolerance: up }, scaleDown: { tolerance: down } },
        },
        { cpuInitializationPeriodSeconds: 120, initialReadinessDelaySeconds: 10 },
    );
    return controller.reconcile(nowMilliseconds, world).recommendation;
}

const pods = (words: string) => words.split(" ").map(pod);

describe("proposals that Kubernetes' own tests expect", () => {
    describe("of CPU utilization", () => {
        const utilization = (averageUtilization: number, container: string | undefined): MetricSpec => {
            const target = { type: "Utilization", averageUtilization } as const;
            return container === undefined
                ? { type: "Resource", resource: { name: "cpu", target } }
                : { type: "ContainerResource", containerResource: { name: "cpu", container, target } };
        };
        const rows: readonly [
            title: string,
            current: number,
            pods: string,
            target: number,
            expected: number | undefined,
            container?: string | undefined,
            tolerances?: Tolerances,
        ][] = [
            ["none of known pods", 1, "- 100g", 100, undefined],
            ["up", 3, "300 500 700", 30, 5],
            ["up by a container", 3, "1000/300 1000/500 1000/700", 30, 5, "second"],
            ["up less with an unready pod", 3, "300u 500 700", 30, 4],
            ["up less with a container that just started", 3, "0/300h 0/500 0/700", 30, 4, "second"],
            ["up less with a pod that just started", 3, "300h 500 700", 30, 4],
            ["not up with unready pods", 3, "400 500u 700u", 30, 3],
            ["not up with unready pods that just started", 3, "400 500uh 700uh", 30, 3],
            ["up without failed pods", 2, "500 700 -uf -uf", 30, 4],
            ["up without failed pods' containers", 2, "1000/500 9000/700 1000/-uf 9000/-uf", 30, 4, "second"],
            ["up without failed pods, by a container", 2, "1000/500 9000/700 -uf -uf", 30, 4, "second"],
            ["up without deleted pods", 2, "500 700 -ud -ud", 30, 4],
            ["up without deleted pods, by a container", 2, "500 700 -ud -ud", 30, 4, "first"],
            ["down", 5, "100 300 500 250 250", 50, 3],
            ["down by a container", 5, "1000/100 1000/300 1000/500 1000/250 1000/250", 50, 3, "second"],
            ["down without unready pods", 5, "100 300 500 250u 250u", 50, 2],
            ["down without unready containers", 5, "1000/100 1000/300 1000/500 1000/250u 1000/250u", 50, 2, "second"],
            ["down without unscheduled pods", 5, "100 -up -up -up -up", 50, 1],
            [
                "down without unscheduled containers",
                5,
                "1000/100 1000/300up 1000/500up 1000/250up 1000/250up",
                50,
                1,
                "second",
            ],
            ["down without pods that just started", 5, "100 300 500 250h 250h", 50, 2],
            [
                "down without containers that just started",
                5,
                "1000/100 1000/300 1000/500 1000/1000h 1000/1000h",
                50,
                2,
                "second",
            ],
            ["down without failed pods", 5, "100 300 500 250 250 -uf -uf", 50, 3],
            [
                "down without failed containers",
                5,
                "1000/100 1000/300 1000/500 1000/250 1000/250 -uf -uf",
                50,
                3,
                "second",
            ],
            ["down without deleted pods", 5, "100 300 500 250 250 -ud -ud", 50, 3],
            [
                "down without deleted containers",
                5,
                "1000/100 1000/300 1000/500 1000/250 1000/250 -ud -ud",
                50,
                3,
                "second",
            ],
            ["within tolerance", 3, "1010@900 1030@1000 1020@1100", 100, 3],
            ["outside of no tolerance", 3, "909@900 1010@1000 1111@1100", 100, 4, undefined, { up: 0, down: 0 }],
            ["within 200 % up", 3, "1890@900 1910@1000 1900@1100", 100, 3, undefined, { up: 2 }],
            ["outside of 8 % up", 3, "1100@900 1080@1000 1090@1100", 100, 4, undefined, { up: 0.08, down: 2 }],
            ["within 36 % down", 3, "660@900 640@1000 650@1100", 100, 3, undefined, { down: 0.36 }],
            ["outside of 34 % down", 3, "660@900 640@1000 650@1100", 100, 2, undefined, { down: 0.34 }],
            ["with samples of unknown pods", 4, "4000 9500 3000 7000 3200g 2000g", 100, 24],
            ["down less with missing samples", 4, "400 95 - -", 100, 3],
            ["without any sample", 4, "- - - -", 100, undefined],
            ["without a request", 1, "200@none", 100, undefined],
            ["at the target, one missing", 2, "1000 -", 100, 2],
            ["above, one missing", 2, "1900 -", 100, 2],
            ["below, one missing", 2, "600 -", 100, 2],
            ["one missing, one unready, below", 3, "100u 450 -", 50, 3],
            ["one missing, one just started, below", 3, "100h 450 -", 50, 3],
            ["one missing, one unready, above", 3, "100u 2000 -", 50, 4],
            ["one missing, one unready and just started, above", 3, "100uh 2000 -", 50, 4],
            ["one missing, one unready, far below", 4, "100u 100 100 -", 50, 3],
            ["one missing, target above 100 %", 4, "200u@1000 100@1000 100@2000 -@2000", 300, 2],
            ["a rollout's surge without sample", 2, "100 100 -", 50, 2],
            [
                "just outside of the tolerance",
                10,
                "150@400 150@200 150@310 150@290 150@302 150@298 150@301 150@299 150@300 150@300",
                56,
                9,
            ],
            [
                "just within the tolerance",
                10,
                "150@400 150@200 150@310 150@290 150@302 150@298 150@301 150@299 150@300 150@300",
                55,
                10,
            ],
        ];
        for (const [title, replicas, words, target, expected, container, tolerances] of rows) {
            it(title, () => {
                const world = { replicas, pods: pods(words) };
                expect(proposal(utilization(target, container), world, tolerances)).to.equal(expected);
            });
        }
    });

    describe("of a Pods metric", () => {
        const rows: readonly [
            title: string,
            current: number,
            pods: string,
            target: number,
            expected: number,
            tolerances?: Tolerances,
        ][] = [
            ["up", 3, "20000 10000 30000", 15000, 4],
            ["unready pods count", 3, "50000 10000 30000uh", 15000, 6],
            ["unready pods count, most of them", 3, "50000uh 15000 30000uh", 15000, 7],
            ["up from one", 1, "8600", 4400, 2],
            ["down", 5, "12000 12000 12000 12000 12000", 20000, 3],
            ["within tolerance", 3, "20000 21000 21000", 20000, 3],
            ["outside of 1 % up", 3, "20000 21000 21000", 20000, 4, { up: 0.01 }],
            ["at the target, two missing", 5, "20000 19000 21000 - -", 20000, 5],
            ["a rollout's surge without sample", 2, "10000 10000 -", 17000, 2],
        ];
        for (const [title, replicas, words, target, expected, tolerances] of rows) {
            it(title, () => {
                const metric: MetricSpec = {
                    type: "Pods",
                    pods: { metric: { name: "qps" }, target: { type: "AverageValue", averageValue: `${target}m` } },
                };
                expect(proposal(metric, { replicas, pods: pods(words) }, tolerances)).to.equal(expected);
            });
        }
    });

    describe("of one value", () => {
        const rows: readonly [
            title: string,
            type: "Object" | "External",
            target: "Value" | "AverageValue",
            current: number,
            pods: string,
            value: number,
            target: number,
            expected: number,
            tolerances?: Tolerances,
        ][] = [
            ["up", "Object", "Value", 3, "- - -", 20000, 15000, 4],
            ["up per pod", "Object", "AverageValue", 3, "- - -", 20000, 5000, 4],
            ["unready pods do not count", "Object", "Value", 3, "-u - -u", 50000, 10000, 5],
            ["unready pods do not count", "External", "Value", 3, "-u - -u", 8600, 4400, 2],
            ["up per pod", "External", "AverageValue", 3, "- - -", 8600, 2150, 4],
            ["down per pod", "Object", "AverageValue", 5, "- - - - -", 6000, 2000, 3],
            ["down", "Object", "Value", 5, "- - - - -", 12000, 20000, 3],
            ["down", "External", "Value", 5, "- - - - -", 8600, 14334, 3],
            ["down per pod", "External", "AverageValue", 5, "- - - - -", 8600, 2867, 3],
            ["within tolerance", "Object", "Value", 3, "- - -", 20666, 20000, 3],
            ["within tolerance per pod", "Object", "AverageValue", 4, "- - - -", 20166, 5000, 4],
            ["within tolerance", "External", "Value", 3, "- - -", 8600, 8888, 3],
            ["within tolerance per pod", "External", "AverageValue", 3, "- - -", 8600, 2900, 3],
            ["outside of 1 % up", "Object", "Value", 3, "- - -", 20666, 20000, 4, { up: 0.01 }],
            ["outside of 1 % up per pod", "Object", "AverageValue", 4, "- - - -", 20208, 5000, 5, { up: 0.01 }],
            ["outside of 1 % up", "External", "Value", 3, "- - -", 8900, 8800, 4, { up: 0.01 }],
            ["outside of 1 % up per pod", "External", "AverageValue", 3, "- - -", 8600, 2800, 4, { up: 0.01 }],
            ["more than the largest number", "External", "AverageValue", 1, "-", 2 ** 63, 1, maxInt32],
            ["the largest value at the largest target", "External", "AverageValue", 1, "-", 2 ** 63, 2 ** 63, 1],
        ];
        for (const [title, type, targetType, replicas, words, value, target, expected, tolerances] of rows) {
            it(`${type} ${targetType}: ${title}`, () => {
                const quantity = `${BigInt(target)}m`;
                const metric = {
                    metric: { name: "qps" },
                    target: {
                        type: targetType,
                        ...(targetType === "Value" ? { value: quantity } : { averageValue: quantity }),
                    },
                };
                const spec: MetricSpec =
                    type === "Object"
                        ? { type, object: { ...metric, describedObject: { kind: "Deployment", name: "web" } } }
                        : { type, external: metric };
                const world: World = {
                    replicas,
                    pods: pods(words),
                    objectMetrics: { qps: value },
                    externalMetrics: { qps: [value] },
                };
                expect(proposal(spec, world, tolerances)).to.equal(expected);
            });
        }
    });
});

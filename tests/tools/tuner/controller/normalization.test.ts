/**
 * What Kubernetes' own tests expect of stabilization and limits (pkg/controller/podautoscaler/horizontal_test.go, v1.34.4), in
 * short form.
 */
import { expect } from "chai";

import { type AdmittedBehavior, admit } from "../../../../tools/tuner/controller/admission";
import { normalize, normalizeWithBehavior, type Normalized } from "../../../../tools/tuner/controller/normalization";
import type { MutableState, ScaleEvent } from "../../../../tools/tuner/controller/state";
import type { ScalingPolicy, ScalingRules } from "../../../../tools/tuner/controller";

const nowMilliseconds = 10_000_000;

/** "300 pods/60, 100 percent/60" */
function rules(text: string): ScalingRules {
    if (text === "") return { stabilizationWindowSeconds: 0 };
    const policies = text.split(", ").map((policy): ScalingPolicy => {
        const [, value, type, periodSeconds] = /^(\d+) (pods|percent)\/(\d+)$/.exec(policy) ?? [];
        return {
            type: type === "pods" ? "Pods" : "Percent",
            value: Number(value),
            periodSeconds: Number(periodSeconds),
        };
    });
    return { stabilizationWindowSeconds: 0, policies };
}

function behaviorOf(scaleUp: ScalingRules, scaleDown: ScalingRules): AdmittedBehavior {
    const { behavior } = admit({ maxReplicas: 1, behavior: { scaleUp, scaleDown } }, {});
    return behavior ?? expect.fail("no behavior");
}

/** In the middle of equal parts of the last two minutes. */
function events(changes: readonly number[]): ScaleEvent[] {
    const part = 120 / changes.length;
    return changes.map((replicaChange, i) => ({
        replicaChange,
        atMilliseconds: nowMilliseconds - Math.trunc(120 - part * (i + 1) + part / 2) * 1000,
        outdated: false,
    }));
}

/** Replicas and minutes ago. */
type Past = readonly (readonly [replicas: number, minutesAgo: number])[];

const stateOf = (past: Past): MutableState => ({
    recommendations: past.map(([replicas, minutes]) => ({
        replicas,
        atMilliseconds: nowMilliseconds - minutes * 60_000,
    })),
    scaleUpEvents: [],
    scaleDownEvents: [],
});

const result = ({ replicas, scalingLimited }: Normalized) => [replicas, scalingLimited.reason];
const remembered = ({ recommendations }: MutableState) => recommendations?.map(({ replicas }) => replicas);

describe("normalization that Kubernetes' own tests expect", () => {
    describe("without behavior", () => {
        const limits: readonly [current: number, desired: number, min: number, max: number, ...expected: unknown[]][] =
            [
                [5, 7, 3, 8, 7, "DesiredWithinRange"],
                [3, 1, 2, 8, 2, "TooFewReplicas"],
                [1, 0, 0, 10, 0, "DesiredWithinRange"],
                [20, 1000, 1, 10, 10, "TooManyReplicas"],
                [3, 1000, 1, 2000, 6, "ScaleUpLimit"],
            ];
        for (const [current, desired, minReplicas, maxReplicas, ...expected] of limits) {
            it(`from ${current} to ${desired}, ${minReplicas} to ${maxReplicas}: ${expected.join(", ")}`, () => {
                const spec = { ...admit({ maxReplicas: 1 }, {}), minReplicas, maxReplicas };
                const proposal = { nowMilliseconds, current, desired };
                expect(result(normalize(proposal, spec, stateOf([]), 0))).to.deep.equal(expected);
            });
        }

        const windows: readonly [title: string, past: Past, desired: number, expected: number, length: number][] = [
            ["nothing remembered", [], 5, 5, 1],
            [
                "larger ones within",
                [
                    [4, 2],
                    [5, 1],
                ],
                3,
                5,
                3,
            ],
            [
                "smaller ones within",
                [
                    [1, 2],
                    [2, 1],
                ],
                3,
                3,
                3,
            ],
            [
                "old ones, whose slot is used again",
                [
                    [10, 10],
                    [9, 9],
                ],
                3,
                3,
                2,
            ],
            [
                "old ones among others",
                [
                    [10, 10],
                    [4, 1],
                    [5, 2],
                    [9, 9],
                ],
                3,
                5,
                4,
            ],
        ];
        for (const [title, past, desired, expected, length] of windows) {
            it(`the window: ${title}`, () => {
                const spec = admit({ maxReplicas: 1000 }, {});
                const state = stateOf(past);
                expect(normalize({ nowMilliseconds, current: 100, desired }, spec, state, 300_000).replicas).to.equal(
                    expected,
                );
                expect(state.recommendations).to.have.lengthOf(length);
            });
        }
    });

    describe("with behavior, limits", () => {
        const rows: readonly {
            readonly up?: string;
            readonly down?: string;
            readonly added?: readonly number[];
            readonly removed?: readonly number[];
            /** current, desired, min, max */
            readonly from: readonly [number, number, number, number];
            readonly to: readonly [number, string];
        }[] = [
            { from: [5, 7, 3, 8], to: [7, "DesiredWithinRange"] },
            { from: [3, 1, 2, 8], to: [2, "TooFewReplicas"] },
            { from: [1, 0, 0, 10], to: [0, "DesiredWithinRange"] },
            { from: [20, 1000, 1, 10], to: [10, "TooManyReplicas"] },
            { from: [100, 1000, 100, 150], to: [150, "TooManyReplicas"] },
            { up: "1 percent/60", from: [3, 1000, 1, 2000], to: [4, "ScaleUpLimit"] },
            { down: "20 pods/60", from: [1000, 3, 3, 2000], to: [980, "ScaleDownLimit"] },
            { from: [10, 50, 1, 1000], to: [20, "ScaleUpLimit"] },
            { up: "100 pods/60, 100 percent/60", from: [10, 500, 1, 1000], to: [110, "ScaleUpLimit"] },
            { up: "2 pods/60, 100 percent/60", from: [10, 500, 1, 1000], to: [20, "ScaleUpLimit"] },
            { up: "100 pods/60", from: [10, 50, 1, 1000], to: [50, "DesiredWithinRange"] },
            { up: "10000 pods/60", from: [10, 50, 1, 1000], to: [50, "DesiredWithinRange"] },
            { up: "30 pods/60", from: [10, 50, 1, 1000], to: [40, "ScaleUpLimit"] },
            { up: "200 percent/60", from: [10, 50, 1, 1000], to: [30, "ScaleUpLimit"] },
            { down: "20 pods/60, 1 percent/60", from: [100, 2, 1, 1000], to: [80, "ScaleDownLimit"] },
            { down: "2 pods/60, 1 percent/60", from: [100, 2, 1, 1000], to: [98, "ScaleDownLimit"] },
            { down: "100 pods/60", from: [10, 0, 1, 1000], to: [1, "TooFewReplicas"] },
            { down: "100 percent/60", from: [10, 2, 5, 1000], to: [5, "TooFewReplicas"] },
            { down: "5 pods/60", from: [10, 2, 1, 1000], to: [5, "ScaleDownLimit"] },
            { down: "50 percent/60", from: [10, 5, 1, 1000], to: [5, "DesiredWithinRange"] },
            { up: "300 pods/60", added: [1, 5, 9], from: [100, 500, 1, 200], to: [200, "TooManyReplicas"] },
            { up: "10000 percent/60", added: [1, 5, 9], from: [100, 500, 1, 200], to: [200, "TooManyReplicas"] },
            { up: "5 pods/120", added: [1, 5, 9], from: [100, 500, 1, 1000], to: [100, "ScaleUpLimit"] },
            { up: "150 pods/120", added: [1, 5, 9], from: [100, 500, 1, 1000], to: [235, "ScaleUpLimit"] },
            { up: "200 percent/120", added: [1, 5, 9], from: [100, 500, 1, 1000], to: [255, "ScaleUpLimit"] },
            { up: "300 percent/300", added: [4], removed: [2], from: [6, 24, 1, 1000], to: [16, "ScaleUpLimit"] },
            { removed: [1, 5, 9], from: [10, 5, 1, 1000], to: [5, "DesiredWithinRange"] },
            { down: "115 pods/120", removed: [1, 5, 9], from: [100, 0, 1, 1000], to: [1, "TooFewReplicas"] },
            { down: "130 pods/120", removed: [1, 5, 9], from: [100, 0, 5, 1000], to: [5, "TooFewReplicas"] },
            { down: "100 percent/120", removed: [1, 5, 9], from: [100, 2, 5, 1000], to: [5, "TooFewReplicas"] },
            { down: "5 pods/120", removed: [1, 5, 9], from: [100, 2, 1, 1000], to: [100, "ScaleDownLimit"] },
            { down: "50 percent/120", removed: [2, 4, 6], from: [100, 0, 1, 1000], to: [56, "ScaleDownLimit"] },
            { down: "50 percent/180", added: [2], removed: [4], from: [10, 1, 1, 1000], to: [6, "ScaleDownLimit"] },
            { down: "10 percent/120", removed: [10, 10, 10], from: [100, 0, 1, 1000], to: [100, "ScaleDownLimit"] },
            { down: "1000 percent/120", removed: [10, 10, 10], from: [10, 5, 1, 1000], to: [5, "DesiredWithinRange"] },
            { up: "1000 pods/60", added: [8, 12, 9, 11], from: [100, 200, 1, 1000], to: [200, "DesiredWithinRange"] },
            { down: "1000 pods/60", removed: [8, 12, 9, 11], from: [100, 5, 1, 1000], to: [5, "DesiredWithinRange"] },
        ];
        for (const { up = "", down = "", added = [], removed = [], from, to } of rows) {
            const [current, desired, minReplicas, maxReplicas] = from;
            const title = [up && `up ${up}`, down && `down ${down}`, `+${added.join("+")}`, `-${removed.join("-")}`];
            it(`from ${current} to ${desired}, ${title.filter((part) => part.length > 1).join(", ")}: ${to[0]}`, () => {
                const behavior = behaviorOf(rules(up), rules(down));
                const spec = { ...admit({ maxReplicas: 1 }, {}), minReplicas, maxReplicas };
                const state = {
                    recommendations: [],
                    scaleUpEvents: events(added),
                    scaleDownEvents: events(removed),
                };
                const proposal = { nowMilliseconds, current, desired };
                expect(result(normalizeWithBehavior(proposal, spec, behavior, state, 0))).to.deep.equal(to);
            });
        }
    });

    describe("with behavior, windows", () => {
        const rows: readonly [
            title: string,
            past: Past,
            windows: readonly [upSeconds: number, downSeconds: number],
            current: number,
            desired: number,
            expected: number,
            remembered?: readonly number[],
        ][] = [
            ["nothing remembered", [], [0, 0], 100, 5, 5, [5]],
            [
                "down to the largest",
                [
                    [4, 2],
                    [5, 1],
                ],
                [0, 180],
                100,
                3,
                5,
                [4, 5, 3],
            ],
            [
                "up to the smallest",
                [
                    [4, 2],
                    [5, 1],
                ],
                [300, 0],
                1,
                7,
                4,
                [4, 5, 7],
            ],
            [
                "down, smaller ones within",
                [
                    [1, 2],
                    [2, 1],
                ],
                [300, 0],
                100,
                3,
                3,
                [1, 2, 3],
            ],
            [
                "up, larger ones within",
                [
                    [4, 2],
                    [5, 1],
                ],
                [0, 300],
                1,
                3,
                3,
                [4, 5, 3],
            ],
            [
                "down, a slot is used again",
                [
                    [10, 10],
                    [9, 9],
                ],
                [0, 0],
                100,
                3,
                3,
                [10, 3],
            ],
            [
                "up, a slot is used again",
                [
                    [10, 10],
                    [9, 9],
                ],
                [0, 0],
                1,
                100,
                100,
                [10, 100],
            ],
            [
                "down, old ones among others",
                [
                    [10, 10],
                    [4, 1],
                    [5, 2],
                    [9, 9],
                ],
                [0, 180],
                100,
                3,
                5,
                [10, 4, 5, 3],
            ],
            [
                "up, old ones among others",
                [
                    [10, 100],
                    [6, 1],
                    [5, 2],
                    [9, 3],
                ],
                [300, 0],
                1,
                100,
                5,
                [100, 6, 5, 9],
            ],
            [
                "not up where the metrics ask for less",
                [
                    [2, 100],
                    [3, 3],
                ],
                [300, 300],
                2,
                1,
                2,
            ],
            [
                "not down where the metrics ask for more",
                [
                    [2, 100],
                    [1, 3],
                ],
                [300, 300],
                2,
                3,
                2,
            ],
        ];
        for (const [title, past, [upSeconds, downSeconds], current, desired, expected, memory] of rows) {
            it(title, () => {
                // Policies that limit nothing.
                const policies: readonly ScalingPolicy[] = [{ type: "Pods", value: 10_000, periodSeconds: 1 }];
                const behavior = behaviorOf(
                    { policies, stabilizationWindowSeconds: upSeconds },
                    { policies, stabilizationWindowSeconds: downSeconds },
                );
                const state = stateOf(past);
                const proposal = { nowMilliseconds, current, desired };
                const spec = admit({ maxReplicas: 1000 }, {});
                expect(normalizeWithBehavior(proposal, spec, behavior, state, 0).replicas).to.equal(expected);
                if (memory !== undefined) expect(remembered(state)).to.deep.equal(memory);
            });
        }
    });
});

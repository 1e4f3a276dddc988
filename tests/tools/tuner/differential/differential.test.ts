/**
 * The model of the HPA controller against the real one, on random scenarios.
 *
 * DIFFERENTIAL_SEED and DIFFERENTIAL_SCENARIOS say from where and how many; a scenario's name is its seed.
 */
import { expect } from "chai";

import type { Answer } from "../../../../tools/tuner/scenarios/play";
import type { Scenario } from "../../../../tools/tuner/scenarios/schema";
import { knownAnswers, scenarios, summary } from "../answers";
import { differences, type Seen } from "./comparison";
import { askOracle, oraclePath } from "./oracle";
import { randomScenario } from "./scenarios";
import { shrink } from "./shrink";

const firstSeed = Number(process.env["DIFFERENTIAL_SEED"] ?? 1);
const count = Number(process.env["DIFFERENTIAL_SCENARIOS"] ?? 15_000);
/** As many as cores: feature gates belong to the oracle's process. */
const processes = 2;

/** The seeds of one process: every second one. */
function* randomScenarios(offset: number): Iterable<Scenario> {
    for (let seed = firstSeed + offset; seed < firstSeed + count; seed += processes) yield randomScenario(seed);
}

const everyCondition: readonly string[] = [
    "AbleToScale=False/FailedGetScale",
    "AbleToScale=False/FailedUpdateScale",
    "AbleToScale=True/ReadyForNewScale",
    "AbleToScale=True/ScaleDownStabilized",
    "AbleToScale=True/ScaleUpStabilized",
    "AbleToScale=True/SucceededGetScale",
    "AbleToScale=True/SucceededRescale",
    "ScalingActive=False/FailedGetContainerResourceMetric",
    "ScalingActive=False/FailedGetExternalMetric",
    "ScalingActive=False/FailedGetObjectMetric",
    "ScalingActive=False/FailedGetPodsMetric",
    "ScalingActive=False/FailedGetResourceMetric",
    "ScalingActive=False/InvalidSelector",
    "ScalingActive=False/ScalingDisabled",
    "ScalingActive=True/ValidMetricFound",
    "ScaledToZero=False/NotScaledToZero",
    "ScaledToZero=True/ScaledToZero",
    "ScalingLimited=False/DesiredWithinRange",
    "ScalingLimited=True/ScaleDownLimit",
    "ScalingLimited=True/ScaleUpLimit",
    "ScalingLimited=True/TooFewReplicas",
    "ScalingLimited=True/TooManyReplicas",
];

describe("the model of the HPA controller", () => {
    let path: string;
    const seen: Seen = { conditions: new Map() };

    before(async function () {
        this.timeout(600_000);
        path = await oraclePath();
    });

    it(`decides as the real one in ${count} scenarios from seed ${firstSeed} on`, async function () {
        this.timeout(300_000);
        const halves = await Promise.all(
            Array.from({ length: processes }, (_, offset) => differences(path, randomScenarios(offset), seen)),
        );
        const all = halves.flat();
        const [first] = all;
        if (first === undefined) return;
        const { scenario, model, real } = await shrink(path, first);
        expect.fail(
            `${all.length} of ${count} scenarios differ, ${first.scenario.name} first. Shrunk, to be saved as a line of a file for\n` +
                `npm run -s simulate -- --scenarios FILE and for tools/lab/toolchain/hpa-oracle:\n${JSON.stringify(scenario)}\n` +
                `model ${model ?? "says no more"}\nreal  ${real ?? "says no more"}`,
        );
    });

    it("met every condition there is, many times", () => {
        const rare = everyCondition.filter((condition) => (seen.conditions.get(condition) ?? 0) < count / 100);
        expect(rare).to.deep.equal([]);
        expect([...seen.conditions.keys()].filter((condition) => !everyCondition.includes(condition))).to.deep.equal(
            [],
        );
    });

    it("is compared with a controller that knows the answers", async () => {
        const answers = new Map<string, Answer[]>();
        await askOracle(path, scenarios, (line) => {
            const answer = JSON.parse(line) as Answer;
            answers.set(answer.scenario, [...(answers.get(answer.scenario) ?? []), answer]);
        });
        expect([...answers.values()].map(summary)).to.deep.equal(knownAnswers);
    });
});

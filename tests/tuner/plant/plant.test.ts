import { expect } from "chai";

import { parseSettings } from "../../../settings/parse";
import { plantOf } from "../../../tuner/plant/plant";

const assumptions = { cpuSecondsPerRequest: 0.05, requestSeconds: 0.2, startupSeconds: 20, imbalance: 0.1, seed: 1 };

describe("the plant of a stack", () => {
    it("gives a request up when nginx does: after its wait for a worker and its work", () => {
        const web = { longestRequestSeconds: 30, drain: { queueSeconds: 7 } };
        const result = parseSettings({ values: { web } });
        if (!result.ok) throw new Error(result.problems[0]?.message);
        expect(plantOf(result.settings, assumptions).fastcgiReadTimeoutSeconds).to.equal(37);
    });
});

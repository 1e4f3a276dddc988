import { expect } from "chai";

import { play } from "../../../tools/tuner/scenarios/play";
import { knownAnswers, scenarios, summary } from "./answers";

describe("the model of the HPA controller knows the answers to scenarios", () => {
    it("has an answer to each", () => {
        expect(knownAnswers.map(({ scenario }) => scenario)).to.deep.equal(scenarios.map(({ name }) => name));
        expect(scenarios).to.have.lengthOf.at.least(42);
    });

    for (const [i, scenario] of scenarios.entries()) {
        it(scenario.name, () => {
            expect(summary(play(scenario))).to.deep.equal(knownAnswers[i]);
        });
    }
});

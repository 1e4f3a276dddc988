import { expect } from "chai";

import { recordingOfGolden } from "../golden/golden";
import { failures, judgeMutations, mutations, type Verdict } from "./mutations";
import { promises } from "./promises";

describe("mutations: the checks of the promise can fail", () => {
    let verdicts: readonly Verdict[];

    before(async () => {
        verdicts = await judgeMutations();
    });

    it("breaks at least 25 fields, each with a name of its own", () => {
        expect(new Set(mutations.map(({ name }) => name)).size)
            .to.equal(mutations.length)
            .and.to.be.at.least(25);
    });

    for (const stack of ["prod", "assets"]) {
        it(`leaves stack ${stack} in peace while it is whole`, async () => {
            expect(failures(await recordingOfGolden(stack))).to.deep.equal({ promises: [], policies: [] });
        });
    }

    for (const { name } of mutations) {
        it(`notices: ${name}`, () => {
            const verdict = verdicts.find(({ mutation }) => mutation === name);
            expect([...(verdict?.promises ?? []), ...(verdict?.policies ?? [])]).to.not.be.empty;
        });
    }

    for (const { name } of promises) {
        it(`has a mutation that makes this fail: ${name}`, () => {
            expect(verdicts.filter((verdict) => verdict.promises.includes(name))).to.not.be.empty;
        });
    }
});

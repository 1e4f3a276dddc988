import { readFileSync } from "node:fs";
import { expect } from "chai";

import { checkManifests } from "../../policy/check";
import type { PolicyObject } from "../../policy/manifest";
import { rules } from "../../policy/rules";
import { fromYaml } from "../../tools/render/manifests";
import { goldenPath } from "../golden/golden";
import { stackNames } from "../../tools/common/stackFiles";
import type { Cases, Subject } from "./corpus/build";
import { autoscalers, budgets, rollouts } from "./corpus/capacity";
import { hooks } from "./corpus/hooks";
import { phpFpm } from "./corpus/phpFpm";
import { images, probes } from "./corpus/probes";

const subjects: Readonly<Record<string, Subject>> = {
    hooks,
    phpFpm,
    rollouts,
    budgets,
    autoscalers,
    probes,
    images,
};

/** The mandatory rules that some objects break. An advisory refuses nothing. */
const refusals = (objects: readonly PolicyObject[]): readonly string[] =>
    checkManifests(objects)
        .filter(({ enforcementLevel }) => enforcementLevel === "mandatory")
        .map(({ policy, message }) => `${policy}: ${message}`);

const casesOf = (kind: "bad" | "good"): readonly (readonly [string, readonly PolicyObject[], Subject])[] =>
    Object.entries(subjects).flatMap(([subject, cases]) =>
        Object.entries<Cases[string]>(cases[kind]).map(
            ([name, objects]) => [`${subject}: ${name}`, objects, cases] as const,
        ),
    );

/** What the pack still gets wrong, by name. Each list may have three at most. */
const passing: readonly string[] = [];
const refused: readonly string[] = [];

describe("The corpus", () => {
    const bad = casesOf("bad");
    const good = casesOf("good");

    it("is large enough to tell something", () => {
        expect(bad.length).to.be.at.least(60);
        expect(good.length).to.be.at.least(40);
        expect(bad.length + good.length).to.be.at.least(120);
        const texts = [...bad, ...good].map(([, objects]) => JSON.stringify(objects));
        // Only the service as it is serves as an example in more than one subject.
        expect(texts.filter((text, i) => texts.indexOf(text) !== i)).to.have.length.at.most(1);
        expect(rules.map(({ name }) => name)).to.include.members(Object.values(subjects).flatMap((one) => one.rules));
    });

    it("is refused where it loses requests, by a rule of that subject", () => {
        const found = bad.filter(
            ([, objects, subject]) =>
                !refusals(objects).some((one) => subject.rules.some((rule) => one.startsWith(`${rule}:`))),
        );
        expect(found.map(([name]) => name)).to.deep.equal(passing);
        expect(passing.length).to.be.at.most(3);
    });

    it("is left alone where it loses none", () => {
        const found = good.filter(([, objects]) => refusals(objects).length > 0);
        expect(
            found.map(([name, objects]) => (refused.includes(name) ? name : [name, ...refusals(objects)])),
        ).to.deep.equal(refused);
        expect(refused.length).to.be.at.most(3);
    });

    it("has this repository's own stacks beside it, which are left alone too", () => {
        for (const stack of stackNames()) {
            const objects = fromYaml(readFileSync(goldenPath(stack), "utf8"));
            expect(objects.length).to.be.above(5);
            expect(refusals(objects), stack).to.deep.equal([]);
        }
    });
});

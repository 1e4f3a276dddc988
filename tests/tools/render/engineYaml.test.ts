import { expect } from "chai";

import { parseEngineYaml } from "../../../tools/render/engineYaml";
import { engineScalars } from "./engineScalars";

describe("YAML as the engine reads it", () => {
    for (const [text, value] of engineScalars) {
        it(`reads ${text === "" ? "nothing" : text} as ${JSON.stringify(value)}`, () => {
            expect(parseEngineYaml(`a: ${text}`)).to.deep.equal({ a: value });
            expect(parseEngineYaml(`%YAML 1.1\n---\na: [ ${text} ]`)).to.deep.equal({ a: text === "" ? [] : [value] });
        });
    }

    it("reads numbers as keys, aliases, merge keys and texts of several lines", () => {
        expect(parseEngineYaml("024: a\n1.50: b\ntrue: c")).to.deep.equal({ 20: "a", 1.5: "b", true: "c" });
        expect(parseEngineYaml("a: &x { b: 1 }\nc: *x")).to.deep.equal({ a: { b: 1 }, c: { b: 1 } });
        expect(parseEngineYaml("<<: { a: 1, b: 1 }\nb: 2")).to.deep.equal({ a: 1, b: 2 });
        expect(parseEngineYaml("a: |\n  024\nb: >-\n  024\n")).to.deep.equal({ a: "024\n", b: "024" });
    });

    for (const [text, message] of [
        ["a: 2024-01-01", 'line 1: found "2024-01-01" without quotes: a date'],
        ["a:\n  - 2024-1-2t10:00:00.5+02:00", "line 2: found"],
        ["2024-01-01: a", "a date"],
        ["a: 1\nb: &x\n  c:\n    - *x", "line 4: the alias *x stands within what it stands for"],
        ["a: !!str 5", "line 1: found the tag"],
        ["a: !mine { b: c }", "found the tag !mine"],
        ["~: a", "line 1: found a key without a name"],
        ["a: [.inf]", 'found ".inf", which is no number'],
        ["a: .NaN", "which is no number"],
        ["a: 1\na: 2", "line 2: Map keys must be unique"],
        ['a: { 1: x, "1": y }', "line 1: Map keys must be unique"],
        ["a: &a { x: 1 }\nb: { <<: *a, <<: *a }", "line 2: Map keys must be unique"],
        ["a: b\n\tc: d", "line 2: "],
        ["a: 1\n---\nb: 2", "line 2: "],
        ["a: *x", "line 1: "],
        [`a: ${"[".repeat(20_000)}`, "line 1: found more levels than can be read"],
    ] as const) {
        it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
            expect(() => parseEngineYaml(text)).to.throw(message);
        });
    }

    it("does not repeat the text around an error", () => {
        for (const text of ["password: hunter2\na: [", "a: 1\npassword := hunter2\n"]) {
            expect(() => parseEngineYaml(text)).to.throw(/^line \d: (?!.*hunter)/s);
        }
    });
});

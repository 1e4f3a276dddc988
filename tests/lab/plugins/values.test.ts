import { expect } from "chai";

import {
    fromStruct,
    hasUnknowns,
    isSecret,
    secret,
    toStruct,
    unknownText,
    withMarksOf,
    withoutMarks,
    withoutNulls,
    withoutValueAt,
    withValueAt,
} from "../../../lab/plugins/rpc/values";

describe("property values", () => {
    it("go through the wire and come back the same", () => {
        const properties = { a: 1, b: "x", c: null, d: [true, { e: [] }], f: {}, g: secret({ h: "i" }) };
        expect(fromStruct(toStruct(properties))).to.deep.equal(properties);
        expect(fromStruct(undefined)).to.deep.equal({});
    });

    it("lose their marks at any depth, and keep what is unknown", () => {
        const marked = { a: secret("x"), b: [secret({ c: secret(1) })], d: unknownText };
        expect(withoutMarks(marked)).to.deep.equal({ a: "x", b: [{ c: 1 }], d: unknownText });
        expect(hasUnknowns(marked)).to.equal(true);
        expect(hasUnknowns({ a: secret([unknownText]) })).to.equal(true);
        expect(hasUnknowns({ a: "x" })).to.equal(false);
    });

    it("lose what is null, in lists too", () => {
        expect(withoutNulls({ a: null, b: [{ c: null, d: 1 }], e: { f: null } })).to.deep.equal({
            b: [{ d: 1 }],
            e: {},
        });
    });

    it("get the marks of values of the same shape, a list as a whole", () => {
        const marked = { a: { b: secret("x"), c: "y" }, d: [{ e: secret("z") }], g: secret({ h: 1 }) };
        const plain = { a: { b: "live", c: "y", further: 1 }, d: [{ e: "live" }], g: { h: 2 }, f: "f" };
        expect(withMarksOf(plain, marked)).to.deep.equal({
            a: { b: secret("live"), c: "y", further: 1 },
            d: secret([{ e: "live" }]),
            g: secret({ h: 2 }),
            f: "f",
        });
        expect(isSecret(secret("x"))).to.equal(true);
    });

    it("are set and taken away at a path, and what was given stays as it was", () => {
        const object = { a: { b: 1, c: 2 } };
        expect(withValueAt(object, ["a", "d", "e"], 3)).to.deep.equal({ a: { b: 1, c: 2, d: { e: 3 } } });
        expect(withoutValueAt(object, ["a", "b"])).to.deep.equal({ a: { c: 2 } });
        expect(withoutValueAt(object, ["x", "y"])).to.equal(object);
        expect(object).to.deep.equal({ a: { b: 1, c: 2 } });
    });
});

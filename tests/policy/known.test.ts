import { expect } from "chai";

import { all, any, first, gather, knownFirst, matching, some } from "../../policy/known";
import { UnknownFieldError } from "../../policy/manifest";

const unknown = (): never => {
    throw new UnknownFieldError("spec of Pod a");
};
const yes = () => true;
const no = () => false;

describe("Three-valued logic", () => {
    it("decides by what is known wherever it can", () => {
        expect(any(unknown, yes)).to.equal(true);
        expect(all(unknown, no)).to.equal(false);
        expect(some([1, 2], (n) => (n === 1 ? unknown() : true))).to.equal(true);
    });

    it("raises where the answer hangs on the unknown", () => {
        expect(() => any(unknown, no)).to.throw(UnknownFieldError);
        expect(() => all(unknown, yes)).to.throw(UnknownFieldError);
    });

    it("is plain logic where all is known", () => {
        expect([any(), any(no), any(no, yes)]).to.deep.equal([false, false, true]);
        expect([all(), all(yes), all(yes, no)]).to.deep.equal([true, true, false]);
        expect(first<number>([])).to.equal(undefined);
    });

    it("gathers the known ones before and after an unknown one", () => {
        const found = gather(matching([1, 2, 3], (n) => (n === 2 ? unknown() : true)));
        expect(found.known).to.deep.equal([1, 3]);
        expect(found.unknown?.field).to.equal("spec of Pod a");
    });

    it("keeps what a source found before it ran into an unknown", () => {
        const source = matching([1, 2], (n) => (n === 1 ? unknown() : true));
        expect(gather(knownFirst(source, (n) => [n * 10])).known).to.deep.equal([20]);
    });

    it("lets any other error through", () => {
        const broken = (): never => {
            throw new TypeError("a bug");
        };
        expect(() => any(broken, yes)).to.throw(TypeError, "a bug");
        expect(() => gather(matching([1], broken))).to.throw(TypeError, "a bug");
    });
});

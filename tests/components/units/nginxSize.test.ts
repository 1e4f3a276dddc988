import { expect } from "chai";

import { parseNginxSizeBytes } from "../../../components/units/nginxSize";

describe("a size as nginx writes it", () => {
    for (const [size, bytes] of [
        ["0", 0],
        ["4096", 4096],
        ["4k", 4096],
        ["8m", 8 * 2 ** 20],
        ["2g", 2 * 2 ** 30],
        ["8M", undefined],
        ["8 m", undefined],
        ["m", undefined],
        ["", undefined],
    ] as const) {
        it(`${JSON.stringify(size)} is ${bytes ?? "none"}`, () => {
            expect(parseNginxSizeBytes(size)).to.equal(bytes);
        });
    }
});

import { expect } from "chai";

import { parseStackFile } from "../../../tools/render/stackFile";
import { placeOf } from "../../../tools/render/place";

const place = (text: string) => placeOf("prod", parseStackFile(text));

describe("the place of a stack's service", () => {
    it("is what the stack file says, or the defaults", () => {
        expect(place("config: {}")).to.deep.equal({ namespace: "web", context: undefined });
        const text = "config:\n  php-web-service:web: { namespace: shop }\n  php-web-service:cluster: { context: eu }";
        expect(place(text)).to.deep.equal({ namespace: "shop", context: "eu" });
    });

    it("is the defaults' where a section is empty, as for pulumi", () => {
        expect(place("config:\n  php-web-service:web:\n")).to.deep.equal({ namespace: "web", context: undefined });
    });

    it("refuses a plain text with what is wrong, and no parser's words", () => {
        expect(() => place("config:\n  php-web-service:web: shop\n")).to.throw(
            "php-web-service:web: found a text. Allowed:",
        );
    });
});

import { expect } from "chai";
import * as fc from "fast-check";

import { embeddedJson, markup, nothing } from "../../../tools/html/markup";

describe("tools/html/markup", () => {
    it("escapes text, in elements and in attributes", () => {
        const name = `<img src=x onerror="alert('1')">&`;
        expect(markup`<td title="${name}">${name}</td>`.text).to.equal(
            '<td title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">' +
                "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</td>",
        );
    });

    it("leaves markup, lists of it and numbers as they are", () => {
        const cells = ["<a>", "b"].map((text) => markup`<td>${text}</td>`);
        expect(markup`<tr>${cells}</tr>${nothing}${3}`.text).to.equal("<tr><td>&lt;a&gt;</td><td>b</td></tr>3");
    });

    it("shows that there was a control character", () => {
        expect(markup`${"a\u0000\u001b[31mb\nc"}`.text).to.equal("a\u{fffd}\u{fffd}[31mb\nc");
    });

    it("never lets a text begin an element or end an attribute", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                expect(markup`${text}`.text).not.to.match(/[<>"']/);
            }),
        );
    });

    it("embeds JSON that cannot end its element, and that is read back as it was", () => {
        const value = { name: "</script><script>alert(1)</script>", list: [1, "<!--"] };
        const { text } = embeddedJson(value);
        const json = text.replace('<script type="application/json">', "").replace("</script>", "");
        expect(json).not.to.include("<");
        expect(JSON.parse(json)).to.deep.equal(value);
    });
});

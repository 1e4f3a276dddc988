import { expect } from "chai";
import { parse } from "yaml";

import { fromYaml, toYaml } from "../../../tools/render/manifests";

/** Each of them is no text to YAML 1.1, which kubectl reads, or to 1.2. */
const ambiguous = ["on", "no", "y", "024", "0o24", "0x1f", "1_000", "12:30:45", "2001-01-01", "1e3", ".inf", "~", "="];

describe("manifests as YAML", () => {
    const manifest = {
        apiVersion: "v1",
        kind: "ConfigMap",
        data: Object.fromEntries(ambiguous.map((text, i) => [`text-${i}`, text])),
    };

    it("hold texts that stay texts, whichever YAML is read", () => {
        const text = toYaml([manifest]);
        expect(fromYaml(text)).to.deep.equal([manifest]);
        expect(parse(text, { version: "1.1" })).to.deep.equal(manifest);
        for (const each of ambiguous) expect(text).to.include(`: "${each}"\n`);
    });

    it("are free of quotes where nothing is ambiguous", () => {
        expect(toYaml([{ apiVersion: "v1", kind: "Namespace" }])).to.equal("---\napiVersion: v1\nkind: Namespace\n");
    });
});

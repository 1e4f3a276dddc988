import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { parseStackFile, project, readStackFile, root, secretPlaceholder } from "../../render/stackFile";

describe("stack files without an engine", () => {
    it("know the project's name", () => {
        const { name } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { name: string };
        expect(project).to.equal(name);
    });

    it("give structured values as JSON, and plain ones as they are, as the engine does", () => {
        expect(parseStackFile('config:\n  a:b: { c: [1, true] }\n  a:d: "5"\n  a:e: 5').values).to.deep.equal({
            "a:b": '{"c":[1,true]}',
            "a:d": "5",
            "a:e": "5",
        });
    });

    it("take a key without a namespace as the project's own, as the engine does", () => {
        expect(parseStackFile("config:\n  web: { host: a.example.com }").values).to.deep.equal({
            "php-web-service:web": '{"host":"a.example.com"}',
        });
    });

    it("put a placeholder where a value is encrypted, and say which keys have one", () => {
        const { values, secretKeys } = parseStackFile(
            "config:\n  a:b: { PASSWORD: { secure: v1:x }, list: [{ secure: v1:y }] }\n  a:c: { secure: v1:z }\n  a:d: 1",
        );
        expect(values).to.deep.include({
            "a:b": JSON.stringify({ PASSWORD: secretPlaceholder, list: [secretPlaceholder] }),
            "a:c": secretPlaceholder,
        });
        expect(secretKeys).to.deep.equal(["a:b", "a:c"]);
    });

    it("may be empty", () => {
        for (const text of ["", "config:", "encryptionsalt: v1:x"]) {
            expect(parseStackFile(text)).to.deep.equal({ values: {}, secretKeys: [] });
        }
    });

    it("say which stack file is missing, and what is wrong with one", () => {
        expect(() => readStackFile("stagin")).to.throw("No stack file Pulumi.stagin.yaml");
        expect(() => parseStackFile("config: 5")).to.throw("config: is no map");
    });
});

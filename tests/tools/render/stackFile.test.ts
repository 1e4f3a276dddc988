import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { repositoryRoot } from "../../../tools/common/paths";
import { project } from "../../../settings/project";
import { parseStackFile, readStackFile, secretPlaceholder } from "../../../tools/render/stackFile";

describe("stack files without an engine", () => {
    it("know the project's name", () => {
        const { name } = parse(readFileSync(join(repositoryRoot, "Pulumi.yaml"), "utf8")) as { name: string };
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

    it("take what looks like an encrypted value, but has no text, as a map, as the engine does", () => {
        const { values, secretKeys } = parseStackFile("config:\n  a:b: { PASSWORD: { secure: 5 } }");
        expect(values).to.deep.equal({ "a:b": '{"PASSWORD":{"secure":5}}' });
        expect(secretKeys).to.deep.equal([]);
    });

    it("take an old way to write a key, and nothing as an empty text, as the engine does", () => {
        expect(parseStackFile("config:\n  a:config:b: 024\n  a:c:").values).to.deep.equal({ "a:b": "20", "a:c": "" });
    });

    it("may be empty", () => {
        for (const text of ["", "config:", "encryptionsalt: v1:x"]) {
            expect(parseStackFile(text)).to.deep.equal({ values: {}, secretKeys: [] });
        }
    });

    it("say which stack file is missing, and what is wrong with one", () => {
        expect(() => readStackFile("stagin")).to.throw(
            "--stack stagin: there is no Pulumi.stagin.yaml. The stacks here: dev, ",
        );
        expect(() => parseStackFile("config: 5")).to.throw("config: is no map");
        expect(() => parseStackFile("- config")).to.throw("it is no map");
        expect(() => parseStackFile("config: { a:b:c: 1 }")).to.throw('the key "a:b:c". Allowed: namespace:name');
        expect(() => parseStackFile(`config: { web: {}, ${project}:web: {} }`)).to.throw(`has ${project}:web twice`);
        expect(() => parseStackFile("confg: {}")).to.throw('found "confg", which nobody reads. Allowed: config');
        expect(() => parseStackFile("environment: [a]")).to.throw("Use pulumi preview");
        expect(() => readStackFile("prod", join(repositoryRoot, "nowhere.yaml"))).to.throw(
            "nowhere.yaml cannot be read",
        );
        const folder = mkdtempSync(join(tmpdir(), "stack-file-"));
        const path = join(folder, "Pulumi.prod.yaml");
        try {
            writeFileSync(path, "config: [");
            expect(() => readStackFile("prod", path)).to.throw(`${path}: line 1: `);
            writeFileSync(path, Buffer.from([0x61, 0x3a, 0xff]));
            expect(() => readStackFile("prod", path)).to.throw(`${path} is no UTF-8`);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

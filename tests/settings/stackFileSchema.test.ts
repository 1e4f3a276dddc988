import { readFileSync } from "node:fs";
import { join } from "node:path";

import Ajv from "ajv";
import { expect } from "chai";

import { repositoryRoot } from "../../tools/common/paths";
import { stackFileName } from "../../settings/project";
import { stackNames } from "../../tools/common/stackFiles";
import { parseEngineYaml } from "../../tools/render/engineYaml";
import { settingsSchema } from "../../settings/schema";
import { stackFileSchema, stackFileSchemaPath } from "../../settings/stackFileSchema";
import { refusedFiles } from "./refusedFiles";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

describe(stackFileSchemaPath, () => {
    const schema = JSON.parse(stackFileSchema()) as object;
    const validate = new Ajv().compile(schema);
    /** What an editor would underline, as "path message"; undefined where nothing. */
    const faultOf = (text: string): string | undefined => {
        const isValid = validate(parseEngineYaml(text));
        const [first] = validate.errors ?? [];
        return isValid === true ? undefined : `${first?.dataPath ?? ""} ${first?.message ?? ""}`;
    };

    it("is of the settings as they are now (npm run docs writes it anew)", () => {
        expect(read(stackFileSchemaPath)).to.equal(stackFileSchema());
    });

    it("has patterns that editors take: they read them as Unicode", () => {
        const patterns = [...stackFileSchema().matchAll(/"pattern": (".*")/g)].map(
            ([, text = ""]) => JSON.parse(text) as string,
        );
        expect(patterns.length).to.be.greaterThan(10);
        for (const pattern of patterns) expect(() => new RegExp(pattern, "u"), pattern).to.not.throw();
    });

    for (const name of stackNames().map(stackFileName)) {
        it(`is named in ${name}, and has nothing against it`, () => {
            expect(read(name)).to.match(new RegExp(`^# yaml-language-server: \\$schema=${stackFileSchemaPath}\n`));
            expect(faultOf(read(name))).to.equal(undefined);
        });
    }

    it("has nothing against what only the engine and other programs know", () => {
        for (const text of [
            "",
            "config:",
            "config:\n  aws:region: eu-west-1\n  web:",
            "encryptionsalt: v1:x\nenvironment: [a]",
        ]) {
            expect(faultOf(text === "" ? "{}" : text), text).to.equal(undefined);
        }
    });

    it("takes all defaults as they are", () => {
        const config = settingsSchema.parse({ web: { autoscaling: {} } });
        expect(faultOf(JSON.stringify({ config }))).to.equal(undefined);
    });

    it("shows every unknown and every missing key of the refused files, and something of nearly half of them", () => {
        const files = refusedFiles().map((file) => ({ ...file, isShown: faultOf(file.text) !== undefined }));
        const silent = files.filter(
            ({ expected, isShown }) => /: (?:unknown key|is missing)/.test(expected) && !isShown,
        );
        expect(silent.map(({ name }) => name)).to.deep.equal([]);
        expect(files.filter(({ isShown }) => isShown).length).to.be.greaterThan(files.length * 0.45);
    });
});

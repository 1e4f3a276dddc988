import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { phpIni } from "../../components/specs/phpFpmConf";
import { whyNoIniName, whyNoIniValue } from "../../settings/phpIni";
import { needs } from "../helpers/needs";
import { basePhpIni } from "./playPod";
import { phpFpmPath } from "./run";

/** What the grammar of php.ini gives a meaning to, one by one. */
const pieces = [
    "$",
    "${",
    "}",
    "\\",
    "\\\\",
    "'",
    ";",
    "=",
    "#",
    "&",
    "|",
    "^",
    "!",
    "~",
    "(",
    ")",
    "[",
    "]",
    "{",
    "@",
    "%",
];
const texts = [
    ...pieces,
    ...pieces.map((piece) => `a${piece}b`),
    ...pieces.map((piece) => `a ${piece}`),
    "none",
    "on",
    "null",
    "E_ALL",
    "E_ALL & ~E_NOTICE",
    "1 | 2",
    "C:\\new\\",
    "\\n",
    "${UNSET}",
    "$${UNSET}",
    " a ",
    "ä€",
];
const names = [
    "none",
    "Null",
    "on",
    "OFF",
    "yes",
    "No",
    "true",
    "FALSE",
    "nullable",
    "none.a",
    "PATH",
    "HOST",
    "E_ALL",
    "_a",
];

describe("php.ini, as php-fpm reads it", () => {
    before(needs("php-fpm"));

    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "php-ini-"));
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    /** A setting's value, and whether php-fpm has read the file to its end. */
    function read(ini: Readonly<Record<string, string | number | boolean>>) {
        const path = join(folder, "php.ini");
        writeFileSync(path, `${phpIni({ ...basePhpIni, ini })}from = "the end"\n`);
        const { stdout } = spawnSync(phpFpmPath(), ["-n", "-c", path, "-i"], { encoding: "utf8" });
        const value = (name: string) => new RegExp(`^${name} => (.*) => \\1$`, "m").exec(stdout)?.[1];
        return { userAgent: value("user_agent"), isWhole: value("from") === "the end" };
    }

    it("has every text as it is written, and refuses the others", () => {
        let accepted = 0;
        for (const text of texts) {
            if (whyNoIniValue("user_agent", text) !== undefined) continue;
            accepted++;
            const { userAgent, isWhole } = read({ user_agent: text });
            expect(isWhole, text).to.equal(true);
            expect(userAgent, text).to.equal(text.replaceAll("${UNSET}", "") || "no value");
        }
        expect(accepted).to.be.above(texts.length - 10);
    });

    it("goes on behind every name that is not refused", () => {
        for (const name of names) {
            const { isWhole } = read({ [name]: "a" });
            expect(isWhole, name).to.equal(whyNoIniName(name) === undefined);
        }
    });
});

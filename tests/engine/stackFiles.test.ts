import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { run } from "../../tools/common/commands";
import { ensureTools } from "../../tools/lab/toolchain";
import { project } from "../../settings/project";
import { parseStackFile } from "../../tools/render/stackFile";
import { engineScalars } from "../tools/render/engineScalars";
import { quiet } from "../helpers/quiet";

describe("a stack file", () => {
    let folder: string;
    let pulumi: (...args: readonly string[]) => Promise<string>;

    before(async function () {
        this.timeout(600_000);
        const tools = await ensureTools(["pulumi"], quiet);
        folder = mkdtempSync(join(tmpdir(), "stack-files-"));
        mkdirSync(join(folder, "backend"));
        writeFileSync(join(folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
        const env = {
            PULUMI_HOME: join(folder, "home"),
            PULUMI_BACKEND_URL: `file://${folder}/backend`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        };
        pulumi = (...args) => run(tools.pulumi, [...args, "--non-interactive"], { cwd: folder, env });
        await pulumi("stack", "init", "prod");
    });

    after(() => {
        rmSync(folder, { recursive: true });
    });

    /** Configuration values as the engine has them. */
    async function read(text: string): Promise<Readonly<Record<string, string>>> {
        const path = join(folder, "Pulumi.read.yaml");
        writeFileSync(path, text);
        const json = await pulumi("config", "--json", "--stack", "prod", "--config-file", path);
        const values = JSON.parse(json) as Readonly<Record<string, { readonly value: string }>>;
        return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
    }

    const parsed = (values: Readonly<Record<string, string>>) =>
        Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.parse(value) as unknown]));

    it("is read without the engine as by the engine", async () => {
        const lines = [...engineScalars.keys()].map((scalar, i) => `    k${i}: ${scalar}\n`).join("");
        const text =
            `config:\n  ${project}:web:\n${lines}    024: a\n    1.50: b\n    true: c\n` +
            "    <<: { k1: 1, merged: 2 }\n  ingressController: &a { b: [1, 0x1f] }\n  a:config:b: *a\n";
        const values = await read(text);
        expect(JSON.parse(values[`${project}:web`] ?? "")).to.deep.include({ k0: 20, 20: "a", merged: 2 });
        expect(parsed(parseStackFile(text).values)).to.deep.equal(parsed(values));
    });
});

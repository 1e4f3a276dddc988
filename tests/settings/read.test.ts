import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { repositoryRoot } from "../../tools/common/paths";
import { readStackFile, secretPlaceholder } from "../../tools/render/stackFile";
import { project } from "../../settings/project";
import { stackNames } from "../../tools/common/stackFiles";
import { readStackConfig, readStackText, refusalOf } from "./realPath";

const encrypted = "v1:bm9uY2U=:Y2lwaGVydGV4dA==";

const valueOf = async <T>(output: pulumi.Output<T>): Promise<T> =>
    await new Promise((resolve) => {
        output.apply(resolve);
    });

/** The same value with the keys of every map in the opposite order. */
function reversed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value)
            .reverse()
            .map(([key, child]) => [key, reversed(child)]),
    );
}

describe("readConfiguration", () => {
    for (const stack of stackNames()) {
        it(`accepts Pulumi.${stack}.yaml as it stands in the repository`, async () => {
            const { settings } = await readStackConfig(readStackFile(stack), stack);
            expect(settings.web.scaling.minReplicas).to.be.at.least(1);
        });
    }

    it("gives prod the bounds 3 to 24 at 60 percent", async () => {
        const { settings } = await readStackConfig(readStackFile("prod"));
        expect(settings.web.scaling).to.include({
            minReplicas: 3,
            maxReplicas: 24,
            targetCPUUtilizationPercentage: 60,
        });
    });

    it("does not depend on the order of keys", async () => {
        const text = readFileSync(join(repositoryRoot, "Pulumi.lab.yaml"), "utf8");
        const other = stringify(reversed(parse(text)));
        expect(other).to.not.equal(text);
        expect(await readStackText(other, "lab")).to.deep.equal(await readStackText(text, "lab"));
    });

    it("gives every default to a stack file without values", async () => {
        const { settings } = await readStackText("config: {}");
        expect(await readStackText("")).to.deep.equal({ settings, secrets: {} });
        expect(await readStackText(`config:\n  ${project}:web:\n  ${project}:secrets:\n`)).to.deep.equal({
            settings,
            secrets: {},
        });
        expect(await readStackConfig({ values: { [`${project}:web`]: "" }, secretKeys: [] })).to.deep.equal({
            settings,
            secrets: {},
        });
    });

    it("takes a section that is a JSON text, as pulumi config set without --path writes it", async () => {
        const { settings } = await readStackText(`config:\n  ${project}:web: '{"host": "www.example.com"}'`);
        expect(settings.web.host).to.equal("www.example.com");
    });

    it("leaves the keys of other namespaces alone", async () => {
        const { settings } = await readStackText("config:\n  aws:region: eu-central-1\n  shop:web: { path: /shop }");
        expect(settings.web.path).to.equal("/");
    });

    describe("of secrets", () => {
        const text = `config:\n  ${project}:secrets:\n    DB_PASSWORD:\n      secure: ${encrypted}\n`;

        it("finds isConfigSecret in the SDK, which leaves it out of its type declarations", async () => {
            const runtime = pulumi.runtime as unknown as Record<string, unknown>;
            expect(runtime["isConfigSecret"]).to.be.a("function");
            const isConfigSecret = runtime["isConfigSecret"] as (key: string) => boolean;
            await readStackText(text);
            expect(isConfigSecret(`${project}:secrets`)).to.equal(true);
            expect(isConfigSecret(`${project}:web`)).to.equal(false);
        });

        it("yields each value as an Output that is marked secret", async () => {
            const { secrets } = await readStackText(text);
            expect(Object.keys(secrets)).to.deep.equal(["DB_PASSWORD"]);
            const secret = secrets["DB_PASSWORD"]!;
            expect(pulumi.Output.isInstance(secret)).to.equal(true);
            expect(await pulumi.isSecret(secret)).to.equal(true);
            expect(await valueOf(secret)).to.equal(secretPlaceholder);
        });

        it("takes the name of an object's method for what it is: a name", async () => {
            const { secrets } = await readStackText(text.replace("DB_PASSWORD", "constructor"));
            expect(Object.keys(secrets)).to.deep.equal(["constructor"]);
        });

        it("refuses them with the other problems of the file, in one message", async () => {
            const error = await refusalOf(
                `config:\n  ${project}:secrets:\n    DB_PASSWORD: hunter2\n  ${project}:web:\n    replicas: 1\n`,
            );
            expect(pulumi.RunError.isInstance(error)).to.equal(true);
            expect((error as Error).message.split("\n")).to.have.length(3);
            expect((error as Error).message).to.match(/^Pulumi\.prod\.yaml has 2 problems:\n/);
        });
    });
});

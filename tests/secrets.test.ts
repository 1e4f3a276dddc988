/** No secret in a stack file in plain text, and none in anything that is printed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { toYaml } from "../tools/render/manifests";
import { isSecret } from "../tools/render/record";
import { render } from "../tools/render/render";
import { repositoryRoot } from "../tools/common/paths";
import { stackFileName } from "../settings/project";
import { stackNames } from "../tools/common/stackFiles";
import { secretPlaceholder } from "../tools/render/stackFile";
import { recordingOfConfig, resource } from "./helpers/stacks";
import { webObjects } from "./helpers/webObjects";

const planted = "planted-hunter2-Zm9v";

/** The planted value as it could stand somewhere: as it is, or in base64 at any offset. */
function findPlanted(text: string): readonly string[] {
    const encoded = [0, 1, 2].map((offset) => {
        const base64 = Buffer.from("x".repeat(offset) + planted).toString("base64");
        // The first and last characters depend on their neighbours.
        return base64.slice(offset === 0 ? 0 : 4, -4);
    });
    return [planted, ...encoded].filter((each) => text.includes(each));
}

const config = (secrets: Record<string, string>) => ({
    values: { "php-web-service:secrets": JSON.stringify(secrets) },
    secretKeys: ["php-web-service:secrets"],
});

describe("secrets", () => {
    it("finds the planted value in plain text and in base64, so that this check can fail", () => {
        expect(findPlanted(`password: ${planted}`)).to.not.be.empty;
        for (const before of ["", "x", "xx", "user:"]) {
            expect(findPlanted(Buffer.from(`${before}${planted}\n`).toString("base64")), before).to.not.be.empty;
        }
    });

    for (const file of stackNames().map(stackFileName)) {
        it(`${file} has every value below secrets encrypted`, () => {
            const { config } = parse(readFileSync(join(repositoryRoot, file), "utf8")) as {
                config: Record<string, unknown>;
            };
            for (const [name, value] of Object.entries(config["php-web-service:secrets"] ?? {})) {
                expect(value, name).to.have.all.keys("secure");
            }
        });
    }

    it("reach php-fpm through an immutable Secret that Pulumi names, so that a new value is a rolling update", async () => {
        const recording = await recordingOfConfig(config({ DB_PASSWORD: planted }));
        const { inputs, options } = resource(recording, "kubernetes:core/v1:Secret");
        expect(inputs["immutable"]).to.equal(true);
        expect(inputs["metadata"]).to.not.have.property("name");
        expect(options.additionalSecretOutputs).to.include("data");
        const { phpFpm, nginx } = webObjects(recording);
        expect(phpFpm.envFrom).to.have.length(1);
        expect(phpFpm.envFrom[0]?.secretRef.name).to.match(/^web-env-[0-9a-f]{8}$/);
        expect(nginx).to.not.have.property("envFrom");

        const other = webObjects(await recordingOfConfig(config({ DB_PASSWORD: "another" }))).phpFpm.envFrom[0];
        expect(other?.secretRef.name).to.not.equal(phpFpm.envFrom[0]?.secretRef.name);
    });

    it("are marked as secret wherever they are registered, and nowhere else", async () => {
        const { resources, outputs } = await recordingOfConfig(config({ DB_PASSWORD: planted }));
        const { inputs } = resource({ resources, outputs }, "kubernetes:core/v1:Secret");
        expect(isSecret(inputs["stringData"])).to.equal(true);
        for (const { type, name, inputs } of resources) {
            if (type === "kubernetes:core/v1:Secret") continue;
            expect(findPlanted(JSON.stringify(inputs)), `${type} ${name}`).to.be.empty;
        }
        expect(findPlanted(JSON.stringify(outputs))).to.be.empty;
    });

    it("are placeholders in rendered manifests", async () => {
        const text = toYaml(render(await recordingOfConfig(config({ DB_PASSWORD: planted }))));
        expect(findPlanted(text)).to.be.empty;
        expect(text).to.include(secretPlaceholder);
    });

    it("do not appear in the message that refuses them", async () => {
        for (const secretKeys of [["php-web-service:secrets"], []]) {
            const { values } = config({ "not a name": planted });
            const message = await recordingOfConfig({ values, secretKeys }).then(
                () => "",
                (error: unknown) => String(error),
            );
            expect(message).to.include("php-web-service:secrets");
            expect(findPlanted(message)).to.be.empty;
        }
    });
});

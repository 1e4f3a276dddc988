import { expect } from "chai";

import type { Manifest } from "../../../tools/render/manifests";
import { toMarkdown } from "../../../tools/preview/markdown";
import { review } from "../../../tools/preview/review";
import { signatureKey } from "../../../tools/common/wireValues";
import { maskQuoted, secretSettings, secretText, withoutSecrets } from "../../../tools/preview/secrets";
import { service } from "./objects";

const pulumiSecret = (value: string) => ({
    [signatureKey]: "1b47061264138c4ac30d75fd1eb44270",
    ciphertext: `v1:${value}`,
    plaintext: JSON.stringify(value),
});

describe("secrets in a review", () => {
    it("shows that a Secret's value changes, and neither of its values, nor the one that stays", () => {
        const found = review(
            service({ secret: "hunter2" }),
            service({ secret: "correct horse", secretSuffix: "00ff00ff" }),
        );
        const text = toMarkdown(found);
        expect(text).to.include("- `stringData.DATABASE_PASSWORD`: `[secret]` -> `[secret, new value]`");
        expect(text).not.to.include("API_KEY");
        expect(text + JSON.stringify(found)).not.to.match(/hunter2|correct horse|the-same-key/);
        expect(found.rollouts[0]!.causes).to.deep.equal(["a new Secret web/shop-env-xxxxxxxx (DATABASE_PASSWORD)"]);
    });

    it("masks a Secret that is created and one that is deleted", () => {
        const secret: Manifest = {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "token", namespace: "web" },
            data: { token: "aHVudGVyMg==" },
        };
        for (const found of [review([], [secret]), review([secret], [])]) {
            expect(toMarkdown(found) + JSON.stringify(found)).not.to.include("aHVudGVyMg==");
        }
        expect(toMarkdown(review([], [secret]))).to.include('token: "[secret]"');
    });

    it("masks what Pulumi marks as secret, wherever it stands", () => {
        const deployment = (value: string): Manifest => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "x" },
            spec: {
                template: { spec: { containers: [{ name: "x", env: [{ name: "A", value: pulumiSecret(value) }] }] } },
            },
        });
        const found = review([deployment("old-plain")], [deployment("new-plain")]);
        expect(JSON.stringify(found)).not.to.match(/old-plain|new-plain|ciphertext/);
        const created = review([], [deployment("new-plain")]);
        expect(toMarkdown(created) + JSON.stringify(created)).not.to.match(/new-plain/);
    });

    it("masks secret output values and keeps known and unknown ones apart", () => {
        const output = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
        expect(withoutSecrets({ [signatureKey]: output, value: "x", secret: true })).to.equal(secretText);
        expect(withoutSecrets({ [signatureKey]: output, value: "x" })).to.equal("x");
        expect(withoutSecrets({ [signatureKey]: output })).to.equal("[known after the update]");
        expect(withoutSecrets({ [signatureKey]: "some future signature", v: "x" })).to.equal(secretText);
    });

    it("masks a provider's kubeconfig and kubectl's copy of an object", () => {
        const provider = (kubeconfig: string): Manifest => ({
            apiVersion: "pulumi",
            kind: "Provider",
            metadata: {
                name: "cluster",
                annotations: { "kubectl.kubernetes.io/last-applied-configuration": `copy of ${kubeconfig}` },
            },
            spec: { kubeconfig },
        });
        const found = review([provider("client-key-data: A")], [provider("client-key-data: B")]);
        expect(toMarkdown(found) + JSON.stringify(found)).not.to.include("client-key-data");
        expect(toMarkdown(found)).to.include("- `spec.kubeconfig`: `[secret]` -> `[secret, new value]`");
    });

    it("masks what a message quotes of a secret setting, however it is written", () => {
        const config = {
            "p:secrets": {
                value: "{}",
                objectValue: { A: "hun ter/2", B: { C: ["two-lines\nof a key"] }, D: "ab" },
                secret: true,
            },
            "p:token": { value: "tok-123", secret: true },
            "p:web": { value: "{}", objectValue: { host: "example.com" }, secret: false },
        };
        const secrets = secretSettings(JSON.stringify(config));
        expect(secrets).to.have.members(["hun ter/2", "two-lines\nof a key", "ab", "tok-123"]);
        const ofGo = ["a<b>&c", 'say "hunter2"'];
        expect(maskQuoted('{"a":"a\\u003cb\\u003e\\u0026c"}', ofGo)).to.equal(`{"a":"${secretText}"}`);
        expect(maskQuoted(JSON.stringify(JSON.stringify('say "hunter2"')), ofGo)).to.not.include("hunter2");
        for (const quoted of [
            "hun ter/2",
            "hun%20ter%2F2",
            "hun+ter%2F2",
            Buffer.from("hun ter/2").toString("base64"),
            "two-lines\\nof a key",
            "of a key",
            "tok-123",
            "ab",
        ]) {
            expect(maskQuoted(`bad "${quoted}" here`, secrets)).to.equal(`bad "${secretText}" here`);
        }
        expect(maskQuoted("about example.com", secrets)).to.equal("about example.com");
        // Within another text's base64, and as YAML indents it.
        for (const before of ["", "u:", "us:", "user:"]) {
            const auth = Buffer.from(`${before}correct horse battery, and more`).toString("base64");
            const [, start = auth, rest = ""] =
                /^(.*)\[secret\](.*)$/.exec(maskQuoted(auth, ["correct horse battery"])) ?? [];
            const shown = [start, rest].map((part) => Buffer.from(part, "base64").toString());
            expect(shown.join(), auth).to.not.match(/correct|horse|batt/);
        }
        expect(maskQuoted("  line two", ["one\n    line two"])).to.equal(`  ${secretText}`);
        expect(maskQuoted("dial postgres://shop:p@ss@db:5432/shop", [])).to.equal(
            `dial postgres://${secretText}@db:5432/shop`,
        );
        expect(secretSettings("error: no such stack")).to.deep.equal([]);
    });
});

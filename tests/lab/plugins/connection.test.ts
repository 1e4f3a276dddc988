import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { checkConfiguration, diffConfiguration } from "../../../lab/plugins/kubernetes/configuration";
import { connectionOf, findKubeconfig } from "../../../lab/plugins/kubernetes/kubeconfig";

const kubeconfig = (user: object = { token: "t" }) =>
    JSON.stringify({
        "current-context": "one",
        clusters: [
            { name: "c", cluster: { server: "https://127.0.0.1:6443/path", "certificate-authority-data": "Q0E=" } },
        ],
        users: [{ name: "u", user }],
        contexts: [
            { name: "one", context: { cluster: "c", user: "u" } },
            { name: "two", context: { cluster: "c", user: "u", namespace: "n" } },
        ],
    });

describe("a kubeconfig", () => {
    const connect = (text: string, context?: string) => connectionOf(findKubeconfig(text), context);

    it("says where the cluster is and how to be let in", () => {
        const connection = connect(kubeconfig());
        expect(connection.url.href).to.equal("https://127.0.0.1:6443/path");
        expect(connection.headers).to.deep.equal({ authorization: "Bearer t" });
        expect(String(connection.tls.ca)).to.equal("CA");
        expect(connection.tls.rejectUnauthorized).to.equal(true);
        expect(connection.namespace).to.equal("default");
        expect(connect(kubeconfig(), "two").namespace).to.equal("n");
    });

    it("may name files beside it", () => {
        const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
        try {
            writeFileSync(join(folder, "user.crt"), "CERTIFICATE");
            writeFileSync(join(folder, "config"), kubeconfig({ "client-certificate": "user.crt" }));
            const { tls } = connectionOf(findKubeconfig(join(folder, "config")), undefined);
            expect(String(tls.cert)).to.equal("CERTIFICATE");
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("is refused with what is wrong with it, and without what is in it", () => {
        expect(() => connect(kubeconfig(), "three")).to.throw('no context named "three". It has: one, two.');
        expect(() => connect(kubeconfig({ exec: { command: "aws" } }))).to.throw("a user with exec is not supported");
        expect(() => findKubeconfig("/a/config:/b/config")).to.throw("A KUBECONFIG of 2 files");
        expect(() => findKubeconfig("/nowhere/config")).to.throw("no kubeconfig at /nowhere/config");
        expect(() => connect("token: {secret\n")).to.throw(/^(?!.*secret).*not readable as YAML/);
    });
});

describe("arguments of the provider", () => {
    it("are taken where the stand-in heeds them, or does so anyway", () => {
        checkConfiguration({ context: "one", clusterIdentifier: "x", enableServerSideApply: "true", version: "4" });
    });

    it("are refused otherwise", () => {
        expect(() => {
            checkConfiguration({ enableServerSideApply: "false" });
        }).to.throw("enableServerSideApply is not supported");
        expect(() => {
            checkConfiguration({ renderYamlToDirectory: "x" });
        }).to.throw("renderYamlToDirectory is not supported");
    });

    it("mean another cluster where its identifier changes, and only then", () => {
        expect(
            diffConfiguration({ clusterIdentifier: "a", context: "x" }, { clusterIdentifier: "a", context: "y" }),
        ).to.deep.equal({ changed: ["context"], replacing: [] });
        expect(diffConfiguration({ clusterIdentifier: "a" }, { clusterIdentifier: "b" }).replacing).to.deep.equal([
            "clusterIdentifier",
        ]);
        expect(diffConfiguration({}, { clusterIdentifier: "b" }).replacing).to.deep.equal([]);
    });
});

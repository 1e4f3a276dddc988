import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { freePorts } from "../../../tools/lab/cluster/controlPlane";
import { chartsPort } from "../../../tools/lab/preflight";
import { readLabStackFile, routeOf, stackEnvironment } from "../../../tools/lab/stack";
import { whileServing } from "../../../tools/lab/steps/charts";
import { serviceAddress } from "../../../tools/lab/steps/service";

describe("stack lab", () => {
    it("takes its chart from where the lab serves it", () => {
        const { config } = parse(readLabStackFile("ingress-nginx")) as {
            config: Record<string, { chart?: { repository?: string } }>;
        };
        expect(config["php-web-service:ingressController"]?.chart?.repository).to.equal(
            `http://127.0.0.1:${chartsPort}`,
        );
    });

    it("has no cluster of somebody's in its file", () => {
        expect(readLabStackFile("ingress-nginx")).not.to.match(/cluster:|context:|encryptionsalt:/);
    });

    it("answers at the front door, under its own host and path", () => {
        expect(serviceAddress("config: {}", 8088)).to.deep.equal({ url: "http://127.0.0.1:8088/", host: undefined });
        const file = "config: { php-web-service:web: { host: shop.example.com, path: /shop } }";
        expect(routeOf(file)).to.deep.equal({ host: "shop.example.com", path: "/shop" });
        expect(routeOf(file.replace("php-web-service:", ""))).to.deep.equal({
            host: "shop.example.com",
            path: "/shop",
        });
        expect(serviceAddress(file, 80)).to.deep.equal({ url: "http://127.0.0.1:80/shop", host: "shop.example.com" });
    });

    it("keeps out the variables of whoever has a Pulumi of their own", () => {
        process.env["PULUMI_CONFIG_PASSPHRASE"] = "somebody's";
        try {
            const environment = stackEnvironment({ pulumi: "/cache/pulumi", kubectl: "/cache/kubectl" });
            expect(environment).to.have.property("PULUMI_CONFIG_PASSPHRASE", undefined);
            expect(environment["PULUMI_BACKEND_URL"]).to.match(/^file:\/\/\/var\/lib\/php-web-service-lab\//);
        } finally {
            delete process.env["PULUMI_CONFIG_PASSPHRASE"];
        }
    });
});

describe("the chart repository", () => {
    let folder: string;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "charts-test-"));
        mkdirSync(join(folder, "served"));
        writeFileSync(join(folder, "served/index.yaml"), "entries: {}\n");
        writeFileSync(join(folder, "secret"), "not for everybody\n");
    });

    after(() => {
        rmSync(folder, { recursive: true });
    });

    /** The path as it is: a URL would lose its dots. */
    const fetched = (port: number, path: string): Promise<string> =>
        new Promise((resolve, reject) => {
            get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
                let body = "";
                response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
                response.on("end", () => {
                    resolve(`${response.statusCode ?? 0} ${body}`);
                });
            }).on("error", reject);
        });

    it("serves its files, nothing outside of its folder, and only while it is needed", async () => {
        const { apiserver: port } = await freePorts();
        const seen = await whileServing(join(folder, "served"), port, async () => [
            await fetched(port, "/index.yaml"),
            await fetched(port, "/other.tgz"),
            await fetched(port, "/"),
            await fetched(port, "/../secret"),
            await fetched(port, "/%2e%2e/secret"),
            await fetched(port, "/%2e%2e%2fsecret"),
            await fetched(port, "/%zz"),
            await fetched(port, "/%00"),
            await fetched(port, "//"),
            await fetched(port, `/${"a".repeat(5000)}`),
        ]);
        expect(seen).to.deep.equal(["200 entries: {}\n", ...Array.from({ length: 9 }, () => "404 ")]);
        const afterwards = await fetched(port, "/index.yaml").catch((error: unknown) => String(error));
        expect(afterwards).to.include("ECONNREFUSED");
    });
});

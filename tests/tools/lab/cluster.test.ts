/** What of the lab's cluster can be checked without one. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { CertificateAuthority, signingKeys } from "../../../tools/lab/cluster/certificates";
import { freePorts } from "../../../tools/lab/cluster/controlPlane";
import { ask, isHealthy } from "../../../tools/lab/cluster/health";
import { kubeconfig } from "../../../tools/lab/cluster/kubeconfig";
import { hostAddress, labRange, nodeNetworks, podRange } from "../../../tools/lab/cluster/network";
import { isReadySince } from "../../../tools/lab/cluster/node";
import {
    cniConfiguration,
    kubeletConfiguration,
    kubeProxyConfiguration,
} from "../../../tools/lab/cluster/nodeConfiguration";
import { parseImageList } from "../../../tools/lab/cluster/nodeImages";
import { dnsObjects } from "../../../tools/lab/cluster/objects";
import { needs } from "../../helpers/needs";

describe("the lab's certificates", () => {
    let folder: string;
    let authority: CertificateAuthority;

    before(needs("openssl"));

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "certificates-test-"));
        authority = await CertificateAuthority.open(folder, "test");
    });

    after(() => {
        rmSync(folder, { recursive: true });
    });

    const certificate = (path: string) => new X509Certificate(readFileSync(path));

    it("are issued by an authority that may, and may issue none themselves", async () => {
        const { certificatePath } = await authority.issue({
            name: "server",
            commonName: "server",
            usages: ["serverAuth"],
            hosts: ["127.0.0.1", "localhost"],
        });
        const [root, leaf] = [certificate(authority.certificatePath), certificate(certificatePath)];
        expect(root.ca).to.equal(true);
        expect(leaf.ca).to.equal(false);
        expect(leaf.verify(root.publicKey)).to.equal(true);
        expect(leaf.subjectAltName).to.equal("IP Address:127.0.0.1, DNS:localhost");
        // serverAuth
        expect(leaf.keyUsage).to.deep.equal(["1.3.6.1.5.5.7.3.1"]);
    });

    it("carry the group that Kubernetes reads as organization", async () => {
        const { certificatePath } = await authority.issue({
            name: "node",
            commonName: "system:node:node-1",
            organization: "system:nodes",
            usages: ["clientAuth"],
        });
        expect(certificate(certificatePath).subject).to.equal("O=system:nodes\nCN=system:node:node-1");
    });

    it("stay when they are asked for again", async () => {
        const request = { name: "again", commonName: "again", usages: ["clientAuth"] } as const;
        const first = readFileSync((await authority.issue(request)).certificatePath, "utf8");
        const reopened = await CertificateAuthority.open(folder, "test");
        expect(reopened.certificate).to.equal(authority.certificate);
        expect(readFileSync((await reopened.issue(request)).certificatePath, "utf8")).to.equal(first);
    });

    it("are others for other addresses", async () => {
        const request = { name: "moved", commonName: "moved", usages: ["serverAuth"] } as const;
        const first = await authority.issue({ ...request, hosts: ["127.0.0.1"] });
        const second = await authority.issue({ ...request, hosts: ["127.0.0.2"] });
        expect(certificate(first.certificatePath).subjectAltName).to.equal("IP Address:127.0.0.1");
        expect(certificate(second.certificatePath).subjectAltName).to.equal("IP Address:127.0.0.2");
    });

    it("have keys that only their owner reads", async () => {
        await authority.issue({ name: "key", commonName: "key", usages: ["clientAuth"] });
        await signingKeys(folder);
        const keys = readdirSync(folder).filter((name) => name.endsWith(".key"));
        for (const start of ["ca-", "key-", "service-accounts"]) {
            expect(keys.some((name) => name.startsWith(start))).to.equal(true);
        }
        for (const name of keys) expect(statSync(join(folder, name)).mode & 0o777, name).to.equal(0o600);
    });

    it("fit into a kubeconfig", async () => {
        const pair = await authority.issue({ name: "admin", commonName: "admin", usages: ["clientAuth"] });
        const config = JSON.parse(kubeconfig("https://127.0.0.1:6443", authority.certificate, "admin", pair)) as {
            clusters: { cluster: Record<string, string> }[];
            users: { user: Record<string, string> }[];
        };
        const decoded = (text: string | undefined) => Buffer.from(text ?? "", "base64").toString();
        expect(decoded(config.clusters[0]?.cluster["certificate-authority-data"])).to.equal(authority.certificate);
        expect(decoded(config.users[0]?.user["client-key-data"])).to.equal(readFileSync(pair.keyPath, "utf8"));
    });
});

describe("the lab's network", () => {
    const number = (address: string) => address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
    const range = (cidr: string): readonly [number, number] => {
        const [address = "", length] = cidr.split("/");
        return [number(address), number(address) + 2 ** (32 - Number(length)) - 1];
    };
    const contains = (outer: string, inner: string) => {
        const [from, to] = range(outer);
        const [first, last] = range(inner);
        return from <= first && last <= to;
    };

    it("has addresses that are set aside for benchmarks, and nothing twice", () => {
        const pods = nodeNetworks.map((node) => node.pods);
        for (const each of pods) expect(contains(podRange, each), each).to.equal(true);
        expect(new Set(pods).size).to.equal(nodeNetworks.length);
        const machines = [hostAddress, ...nodeNetworks.map(({ address }) => address)];
        expect(new Set(machines).size).to.equal(machines.length);
        for (const each of [podRange, ...machines.map((address) => `${address}/32`)]) {
            expect(contains(labRange, each), each).to.equal(true);
        }
        // A pod would take a node for its neighbour, and never reach it.
        for (const address of machines) expect(contains(podRange, `${address}/32`), address).to.equal(false);
    });

    it("gives every node's pods their gateway", () => {
        for (const { pods, podGateway } of nodeNetworks) expect(contains(pods, `${podGateway}/32`)).to.equal(true);
    });
});

describe("the lab's nodes", () => {
    it("have configuration that is JSON", () => {
        const [node] = nodeNetworks;
        for (const text of [
            cniConfiguration(node!),
            kubeletConfiguration("node-1", false),
            kubeProxyConfiguration(podRange),
        ]) {
            expect(() => void JSON.parse(text)).not.to.throw();
        }
    });

    it("tell pods of the address that Service kube-dns has", () => {
        const { clusterDNS } = JSON.parse(kubeletConfiguration("node-1", false)) as { clusterDNS: readonly string[] };
        const addresses = dnsObjects.map((object) => (object as { spec?: { clusterIP?: string } }).spec?.clusterIP);
        expect(addresses.filter((address) => address !== undefined)).to.deep.equal(clusterDNS);
    });

    it("let the kubelet run with control groups of version 1, where the machine has these", () => {
        const failsWith = (hasCgroupV1: boolean) =>
            (JSON.parse(kubeletConfiguration("node-1", hasCgroupV1)) as { failCgroupV1?: boolean }).failCgroupV1;
        expect(failsWith(true)).to.equal(false);
        expect(failsWith(false)).to.equal(undefined);
    });

    const startedAt = new Date("2026-11-24T10:00:00.500Z");
    const node = (status: string, heartbeat: string) =>
        JSON.stringify({ status: { conditions: [{ type: "Ready", status, lastHeartbeatTime: heartbeat }] } });
    const lease = (renewed: string) => JSON.stringify({ spec: { renewTime: renewed } });
    const none = JSON.stringify({ kind: "Status", code: 404 });

    for (const [what, nodeObject, leaseObject, expected] of [
        ["there is no such node", none, none, false],
        ["it says that it is not", node("False", "2026-11-24T10:00:09Z"), none, false],
        ["what it said is from before its start", node("True", "2026-11-24T09:59:59Z"), none, false],
        ["its lease is older, too", node("True", "2026-11-24T09:59:00Z"), lease("2026-11-24T10:00:00.4Z"), false],
        ["it has said so since", node("True", "2026-11-24T10:00:01Z"), none, true],
        ["it said so in the second of its start", node("True", "2026-11-24T10:00:00Z"), none, true],
        [
            "it was, and has renewed its lease",
            node("True", "2026-11-24T09:59:00Z"),
            lease("2026-11-24T10:00:01Z"),
            true,
        ],
    ] as const) {
        it(`are ${expected ? "ready" : "not ready"} where ${what}`, () => {
            expect(isReadySince(startedAt, nodeObject, leaseObject)).to.equal(expected);
        });
    }

    it("list their images with digests", () => {
        const table = `REF                     TYPE                                       DIGEST        SIZE      PLATFORMS   LABELS
lab.local/nginx:1.26    application/vnd.oci.image.manifest.v1+json sha256:aaaa   10.3 MiB  linux/amd64 io.cri-containerd.image=managed
sha256:bbbb             application/vnd.oci.image.manifest.v1+json sha256:aaaa   10.3 MiB  linux/amd64 io.cri-containerd.image=managed
`;
        const images = parseImageList(table);
        expect(images.get("lab.local/nginx:1.26")).to.equal("sha256:aaaa");
        expect(images.get("lab.local/php-fpm:8.4")).to.equal(undefined);
    });

    it("list none where they have none", () => {
        expect(parseImageList("REF TYPE DIGEST SIZE PLATFORMS LABELS\n").size).to.equal(0);
    });
});

describe("asking for health", () => {
    it("takes 200 for a yes, anything else for a no, and silence for an error", async () => {
        const server = createServer((request, response) => {
            if (request.url === "/silent") return;
            response.writeHead(request.url === "/well" ? 200 : 503).end("text");
        });
        const { apiserver: port } = await freePorts();
        await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
        const url = `http://127.0.0.1:${port}`;
        try {
            expect(await isHealthy(`${url}/well`)).to.equal(true);
            expect(await isHealthy(`${url}/ill`)).to.equal(false);
            expect(await ask(`${url}/ill`)).to.deep.equal({ status: 503, body: "text" });
            const error = await ask(`${url}/silent`, {}, 0.2).catch((reason: unknown) => String(reason));
            expect(error).to.equal(`Error: ${url}/silent did not answer within 0.2 s.`);
        } finally {
            server.closeAllConnections();
            server.close();
        }
    });
});

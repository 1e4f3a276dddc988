/** The real Traefik as it serves Ingresses. */
import { request } from "node:http";

import { expect } from "chai";

import { problemsOfAnnotations } from "../../components/furtherAnnotations";
import { parseTraefikLogLine } from "../../tools/drill/observe/traefikLog";
import { needs } from "../helpers/needs";
import { recordingOfText, resource } from "../helpers/stacks";
import type { ApiObject } from "./kubernetesApi";
import { ask, podAddresses, RunningTraefik, statusOf, until } from "./runningTraefik";

const acceptSeconds = 2;

describe("Traefik as it is installed", function () {
    this.timeout(60_000);

    let traefik: RunningTraefik;
    let ports: RunningTraefik["ports"];
    let ingress: ApiObject;

    before(needs("traefik"));

    before(async () => {
        traefik = await RunningTraefik.start({ trustedIPs: ["127.0.0.9/32"] }, acceptSeconds, "kubernetesIngressNGINX");
        ({ ports } = traefik);
        await putObjects();
    });

    after(() => traefik.stop());

    /** The stack's own Ingress and class, with a Service and endpoints as Kubernetes would have them. */
    async function putObjects(): Promise<void> {
        const stack = await recordingOfText(
            "config:\n  php-web-service:ingressController: { kind: traefik, install: true }",
        );
        const made = (type: string, name?: string) =>
            resource(stack, `kubernetes:${type}`, name).inputs as unknown as ApiObject;
        ingress = made("networking.k8s.io/v1:Ingress");
        putIngress();
        traefik.api.set("ingressclasses", [made("networking.k8s.io/v1:IngressClass")]);
        traefik.putServices(made("core/v1:Service", "web"));
        traefik.putEndpoints([]);
    }

    /** @param further annotations beside the stack's own */
    function putIngress(further: Readonly<Record<string, string>> = {}): void {
        const { metadata, spec } = ingress;
        const annotations = { ...metadata.annotations, ...further };
        traefik.api.set("ingresses", [{ spec, metadata: { ...metadata, annotations, namespace: "web" } }]);
    }

    it("has not started before it has read the cluster's Ingresses, when it would answer visitors with 404", async () => {
        expect(await statusOf(ports.web, "/")).to.equal(404);
        expect(await traefik.isLoaded()).to.equal(404);
        traefik.api.release();
        await until(async () => (await traefik.isLoaded()) === 200);
        expect(await statusOf(ports.web, "/")).to.equal(200);
    });

    it("shows of its API nothing but that", async () => {
        for (const path of ["/api/rawdata", "/api/http/services", "/dashboard/"]) {
            expect(await statusOf(ports.ping, path), path).to.equal(404);
        }
    });

    it("asks the API server for what its ClusterRole allows, and the role allows nothing else", () => {
        const { allowed, unused } = traefik.rights();
        expect(allowed).to.include.members([...traefik.api.asked]);
        expect(unused).to.be.empty;
    });

    it("sends a request when it has all of it, and an answer too, whatever the application says", async () => {
        await traefik.expectBuffered();
    });

    it("believes nobody but the proxies that it is told of", async () => {
        await new Promise((resolve, reject) => {
            const headers = { "x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https" };
            request({ host: "127.0.0.1", port: ports.web, path: "/visitor", agent: false, headers }, resolve)
                .on("error", reject)
                .end();
        });
        const { headers } = traefik.seen.find(({ path }) => path === "/visitor") ?? expect.fail("not seen");
        expect(headers).to.include({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" });
    });

    it("does as annotations tell it that are taken, and passes over one that is refused", async () => {
        const closing = "nginx.ingress.kubernetes.io/allowlist-source-range";
        const passedOver = "nginx.ingress.kubernetes.io/denylist-source-range";
        const isRefused = (name: string) => problemsOfAnnotations({ [name]: "" }, "traefik").length > 0;
        expect([isRefused(closing), isRefused(passedOver)]).to.deep.equal([false, true]);
        putIngress({ [closing]: "192.0.2.0/24" });
        await until(async () => (await statusOf(ports.web, "/")) === 403);
        putIngress({ [passedOver]: "127.0.0.0/8" });
        await until(async () => (await statusOf(ports.web, "/")) === 200);
        putIngress();
    });

    it("says in its log which pod it has asked, as the drill reads it", async () => {
        await ask(ports.web, "/logged?id=ours-7");
        const logged = () =>
            traefik.output
                .split("\n")
                .map((line) => parseTraefikLogLine(line))
                .find((entry) => entry?.requestLine.includes("/logged"));
        await until(() => Promise.resolve(logged() !== undefined), 3);
        const { requestLine, upstreamAddresses, upstreamStatuses } = logged() ?? expect.fail("not logged");
        expect(requestLine).to.equal("GET /logged?id=ours-7 HTTP/1.1");
        expect(upstreamStatuses).to.deep.equal([200]);
        expect(upstreamAddresses).to.have.length(1);
        expect(podAddresses.map((address) => `${address}:${ports.pods}`)).to.include(upstreamAddresses[0]);
    });

    it("sends nothing more to a pod that ends", async () => {
        const [ending, staying] = podAddresses;
        traefik.putEndpoints([ending]);
        await until(async () => {
            const answers = await Promise.all([1, 2, 3, 4].map(() => ask(ports.web, "/")));
            return answers.every(({ text }) => text === `${staying}.`);
        });
        traefik.putEndpoints([]);
    });

    it("when it ends: has clients close, says that it is not ready, accepts for a while, and answers what it accepted", () =>
        traefik.expectGoodEnd());
});

/** The real Traefik as it serves the stack's own Gateway. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request, type IncomingMessage } from "node:http";
import { get } from "node:https";
import type { Duplex } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { leastDrainSeconds } from "../../components/problems";
import { parseTraefikLogLine } from "../../tools/drill/observe/traefikLog";
import { CertificateAuthority } from "../../tools/lab/cluster/certificates";
import type { Recording } from "../../tools/render/record";
import { needs } from "../helpers/needs";
import { recordingOfText, resource } from "../helpers/stacks";
import type { ApiObject } from "./kubernetesApi";
import { ask, goneAddress, podAddresses, RunningTraefik, statusOf, until } from "./runningTraefik";

const acceptSeconds = 2;
const proxyReadTimeoutSeconds = 6;
/** The shortest time that the stack gives a controller to hear of a route before the one of before is removed. */
const heardSeconds = leastDrainSeconds.endpointWithdrawalSeconds;
const host = "shop.example.com";
const headers = { host };

interface Condition {
    readonly type: string;
    readonly status: string;
}

interface RouteStatus {
    readonly parents: readonly { readonly conditions: readonly Condition[] }[];
}

const ofGateway = (kind: string) => `gateway.networking.k8s.io/v1:${kind}`;

/** The stack with a Gateway, or with an Ingress. */
const stackWith = (web: string) =>
    recordingOfText(
        `config:\n  php-web-service:web: { host: ${host}, ${web} }\n` +
            "  php-web-service:ingressController: { kind: traefik, install: true, gateway: true }",
    );

/** An object of the stack's as another service would have it, for another host. */
function renamed(object: ApiObject, name: string, itsHost: string): ApiObject {
    const text = JSON.stringify({ ...object, metadata: { ...object.metadata, name } });
    return JSON.parse(text.replaceAll(host, itsHost).replaceAll('"name":"web"', `"name":"${name}"`)) as ApiObject;
}

describe("Traefik as it serves a Gateway", function () {
    this.timeout(60_000);

    let traefik: RunningTraefik;
    let ports: RunningTraefik["ports"];
    let stack: Recording;

    before(needs("traefik", "openssl"));

    before(async () => {
        traefik = await RunningTraefik.start(
            { gateway: true, clientMaxBodySize: "4k", proxyReadTimeoutSeconds },
            acceptSeconds,
            "kubernetesIngressNGINX",
            "kubernetesGateway",
        );
        ({ ports } = traefik);
        stack = await stackWith("gateway: { create: true }");
        traefik.api.set("gatewayclasses", [traefik.own(ofGateway("GatewayClass"))]);
        putGateway(stack);
        traefik.putServices(resource(stack, "kubernetes:core/v1:Service", "web").inputs as unknown as ApiObject);
        traefik.putEndpoints([]);
    });

    after(() => traefik.stop());

    /** Objects of a stack as they stand in its namespace. */
    const made = (from: Recording, type: string) =>
        from.resources
            .filter((each) => each.type === `kubernetes:${type}` && each.parent?.name === "web")
            .map(({ inputs }) => inputs as unknown as ApiObject)
            .map((object) => traefik.onPortsHere({ ...object, metadata: { ...object.metadata, namespace: "web" } }));

    /** A stack's Gateway and routes beside Traefik's own. */
    function putGateway(from: Recording, ...further: readonly ApiObject[]): void {
        traefik.api.written.clear();
        traefik.api.set("gateways", [traefik.own(ofGateway("Gateway")), ...made(from, ofGateway("Gateway"))]);
        const routes = [traefik.own(ofGateway("HTTPRoute")), ...made(from, ofGateway("HTTPRoute"))];
        traefik.api.set("httproutes", [...routes, ...further]);
    }

    /** As the stack's annotation for Pulumi asks for it. */
    function isAccepted(route = "web"): boolean {
        const written = traefik.api.written.get(`httproutes/status web/${route}`);
        const [first] = (written?.["status"] as RouteStatus | undefined)?.parents ?? [];
        return first?.conditions.some(({ type, status }) => type === "Accepted" && status === "True") === true;
    }

    /** Waits until nobody is asked at an address that is gone from them. */
    async function putEndpoints(addresses: readonly string[], gone: string): Promise<void> {
        traefik.putEndpoints([], addresses);
        await until(async () => {
            const from = traefik.seen.length;
            for (let i = 0; i < 8; i++) await ask(ports.web, "/", { headers });
            return traefik.seen.slice(from).every(({ pod }) => pod !== gone);
        });
    }

    it("has not started before it has read the cluster's Ingresses and its routes", async () => {
        const expectNotStarted = async () => {
            expect(await statusOf(ports.web, "/", { headers })).to.equal(404);
            expect(await traefik.isLoaded()).to.equal(404);
        };
        await expectNotStarted();
        traefik.api.release("httproutes", "ingresses");
        await until(() => Promise.resolve(traefik.api.asked.has("watch services")));
        await sleep(1500);
        await expectNotStarted();
        // With its routes, and without the Ingresses.
        traefik.api.release("ingresses");
        await until(async () => (await statusOf(ports.web, "/", { headers })) === 200);
        expect(await traefik.isLoaded()).to.equal(404);
        traefik.api.release();
        await until(async () => (await traefik.isLoaded()) === 200);
        expect(await statusOf(ports.web, "/", { headers })).to.equal(200);
    });

    it("would not have started without its own route: new pods wait where somebody has removed it", async () => {
        traefik.api.set("httproutes", made(stack, ofGateway("HTTPRoute")));
        await until(async () => (await traefik.isLoaded()) === 404);
        expect(await statusOf(ports.web, "/", { headers })).to.equal(200);
        putGateway(stack);
        await until(async () => (await traefik.isLoaded()) === 200);
    });

    it("says of the Gateway where it is, and that it has taken it", async () => {
        const place = "gateways/status web/web";
        await until(() => Promise.resolve(traefik.api.written.has(place) && isAccepted()));
        const status = traefik.api.written.get(place)?.["status"] as {
            readonly addresses: readonly { readonly value: string }[];
            readonly conditions: readonly Condition[];
        };
        expect(status.addresses.map(({ value }) => value)).to.deep.equal(["192.0.2.1"]);
        const programmed = status.conditions.find(({ type }) => type === "Programmed");
        expect(programmed).to.include({ status: "True" });
    });

    it("serves the hosts of the route and nobody else's, and shows of its API nothing but its start", async () => {
        expect(await statusOf(ports.web, "/")).to.equal(404);
        for (const path of ["/api/rawdata", "/api/http/services", "/dashboard/"]) {
            expect(await statusOf(ports.ping, path), path).to.equal(404);
        }
        const [own] = made(stack, ofGateway("HTTPRoute"));
        const { spec, metadata } = own ?? expect.fail("no route");
        const backendRefs = [{ group: "traefik.io", kind: "TraefikService", name: "api@internal" }];
        const rules = [{ matches: [{ path: { type: "PathPrefix", value: "/api" } }], backendRefs }];
        putGateway(stack, { ...own, metadata: { ...metadata, name: "spy" }, spec: { ...(spec as object), rules } });
        await until(() => Promise.resolve(isAccepted("spy")));
        await sleep(1500);
        const spied = await ask(ports.web, "/api/rawdata", { headers });
        expect(spied.text).to.not.include("routers");
        putGateway(stack);
    });

    it("asks the API server for what its ClusterRole allows, and the role allows nothing else that there was a need for", () => {
        const { allowed, unused } = traefik.rights();
        expect(allowed).to.include.members([...traefik.api.asked]);
        // Of these kinds there was no object.
        const withoutObject = /^update (?:ingresses|grpcroutes|tlsroutes|backendtlspolicies)\/status$/;
        expect(unused.filter((right) => !withoutObject.test(right))).to.be.empty;
    });

    it("sends a request when it has all of it, and takes an answer as fast as it comes", async () => {
        await traefik.expectBuffered({ headers });
    });

    it("refuses an upload that is larger than the stack's limit, and the pods do not see it", async () => {
        // eslint-disable-next-line @typescript-eslint/require-await -- a stream of one part
        async function* body(bytes: number) {
            yield "a".repeat(bytes);
        }
        const statusWith = (bytes: number) => statusOf(ports.web, "/large", { headers, body: body(bytes) });
        expect(await statusWith(4096)).to.equal(200);
        expect(await statusWith(4097)).to.equal(413);
        expect(traefik.seen.filter(({ path }) => path === "/large")).to.have.length(1);
    });

    it("lets other protocols through", async () => {
        const upgrading = { ...headers, connection: "upgrade", upgrade: "websocket" };
        const sent = request({ host: "127.0.0.1", port: ports.web, path: "/", headers: upgrading, agent: false }).end();
        const [, socket] = (await once(sent, "upgrade")) as [IncomingMessage, Duplex];
        socket.write("hello");
        const [echo] = (await once(socket, "data")) as [Buffer];
        expect(String(echo)).to.equal("hello");
        socket.destroy();
    });

    it("gives up a pod that does not answer after the pod's own time, and asks no other one", async () => {
        const begun = performance.now();
        const seconds = proxyReadTimeoutSeconds + 4;
        // eslint-disable-next-line @typescript-eslint/require-await -- a stream of one part
        async function* body() {
            yield "a";
        }
        const [get, post] = await Promise.all([
            statusOf(ports.web, `/stuck?silent&seconds=${seconds}`, { headers }),
            statusOf(ports.web, `/stuck-post?silent&seconds=${seconds}`, { headers, body: body() }),
        ]);
        expect([get, post]).to.deep.equal([504, 504]);
        expect((performance.now() - begun) / 1000).to.be.within(proxyReadTimeoutSeconds, proxyReadTimeoutSeconds + 2);
        expect(traefik.seen.filter(({ path }) => path.startsWith("/stuck"))).to.have.length(2);
    });

    it("asks another pod where one is gone, for what nothing has been sent of", async () => {
        const [staying, gone] = podAddresses;
        await putEndpoints([staying, goneAddress], gone);
        // eslint-disable-next-line @typescript-eslint/require-await -- a stream of one part
        async function* body() {
            yield "a";
        }
        const statuses: number[] = [];
        // One after the other, as it goes through its pods in turn.
        for (let i = 0; i < 20; i++) statuses.push(await statusOf(ports.web, "/again", { headers, body: body() }));
        expect(new Set(statuses)).to.deep.equal(new Set([200]));
        expect(traefik.seen.filter(({ path }) => path === "/again")).to.have.length(20);
        traefik.putEndpoints([]);
    });

    it("says in its log which pod it has asked, as the drill reads it", async () => {
        await ask(ports.web, "/logged?id=ours-7", { headers });
        const logged = () =>
            traefik.output
                .split("\n")
                .map((line) => parseTraefikLogLine(line))
                .find((entry) => entry?.requestLine.includes("/logged"));
        await until(() => Promise.resolve(logged() !== undefined), 3);
        const { upstreamAddresses, upstreamStatuses } = logged() ?? expect.fail("not logged");
        expect(upstreamStatuses).to.deep.equal([200]);
        expect(upstreamAddresses).to.have.length(1);
        expect(podAddresses.map((address) => `${address}:${ports.pods}`)).to.include(upstreamAddresses[0]);
    });

    it("with a certificate: serves HTTPS, sends HTTP there, and takes the route only when the certificate is there", async () => {
        const secure = await stackWith("gateway: { create: true }, tls: { secretName: shop-tls }");
        putGateway(secure);
        await until(() => Promise.resolve(isAccepted("web-redirect")));
        expect(isAccepted()).to.equal(false);

        const folder = mkdtempSync(join(tmpdir(), "php-web-service-certificate-"));
        const authority = await CertificateAuthority.open(folder, "test");
        const usages = ["serverAuth"] as const;
        const pair = await authority.issue({ name: "shop", commonName: host, usages, hosts: [host] });
        const base64 = (path: string) => readFileSync(path).toString("base64");
        traefik.api.set("secrets", [
            {
                metadata: { name: "shop-tls", namespace: "web" },
                type: "kubernetes.io/tls",
                data: { "tls.crt": base64(pair.certificatePath), "tls.key": base64(pair.keyPath) },
            },
        ]);
        await until(() => Promise.resolve(isAccepted()));
        const ca = authority.certificate;
        rmSync(folder, { recursive: true });
        const connection = { host: "127.0.0.1", port: ports.websecure, servername: host, ca, agent: false };
        const statusThere = async () => {
            const [answer] = (await once(get({ ...connection, path: "/", headers }), "response")) as [IncomingMessage];
            answer.resume();
            return answer.statusCode;
        };
        // The certificate is the authority's, or there is no answer.
        await until(() => statusThere().then((status) => status === 200, () => false)); // prettier-ignore
        expect(traefik.seen.at(-1)?.headers).to.include({ "x-forwarded-proto": "https", host });

        const redirected = await ask(ports.web, "/cart?id=7", { headers, method: "POST" });
        expect(redirected.status).to.equal(308);
        expect(redirected.headers.location).to.equal(`https://${host}/cart?id=7`);
        putGateway(stack);
        await until(async () => (await statusOf(ports.web, "/", { headers })) === 200);
    });

    it("loses nothing when the stack goes from the Ingress to the Gateway, and back", async () => {
        const before = await stackWith("awaitAddress: false");
        const ingresses = made(before, "networking.k8s.io/v1:Ingress");
        traefik.api.set("ingressclasses", [
            resource(before, "kubernetes:networking.k8s.io/v1:IngressClass").inputs as unknown as ApiObject,
        ]);
        const gateways = made(stack, ofGateway("Gateway"));
        const routes = made(stack, ofGateway("HTTPRoute"));
        const ownGateway = traefik.own(ofGateway("Gateway"));
        const ownRoute = traefik.own(ofGateway("HTTPRoute"));
        const services = traefik.api.get("services").filter(({ metadata }) => metadata.namespace === "web");
        // A neighbour's, whose pods come and go: Traefik takes what is new from a provider once in a while, and they are first.
        const neighbours = (objects: readonly ApiObject[]) =>
            objects.map((object) => renamed(object, "neighbour", "neighbour.example.com"));
        const putRoutes = (gateway: readonly ApiObject[], route: readonly ApiObject[]) => {
            traefik.api.set("gateways", [ownGateway, ...neighbours(gateways), ...gateway]);
            traefik.api.set("httproutes", [ownRoute, ...neighbours(routes), ...route]);
        };
        const slices = traefik.api.get("endpointslices");
        traefik.api.set("services", [...traefik.api.get("services"), ...neighbours(services)]);
        let turn = 0;
        const coming = setInterval(() => {
            const ofNeighbour = JSON.stringify(slices)
                .replace('"web-1"', '"neighbour-1"')
                .replace('service-name":"web"', 'service-name":"neighbour"');
            const terminating = ofNeighbour.replace('"terminating":false', `"terminating":${turn++ % 2 === 0}`);
            traefik.api.set("endpointslices", [...slices, ...(JSON.parse(terminating) as ApiObject[])]);
        }, 300);
        // By the Ingress alone.
        traefik.api.set("ingresses", ingresses);
        await sleep(1500);
        putRoutes([], []);
        await sleep(1500);

        const statuses: number[] = [];
        let isOver = false;
        const agent = new Agent({ keepAlive: true });
        const load = Promise.all(
            Array.from({ length: 4 }, async () => {
                while (!isOver) {
                    statuses.push(await statusOf(ports.web, "/moved", { headers, agent }));
                    await sleep(5);
                }
            }),
        );
        // What waits longer than the Gateway's bound is the Ingress's, whose bound it keeps.
        const patient = statusOf(ports.web, `/patient?silent&seconds=${proxyReadTimeoutSeconds + 2}`, { headers });
        await sleep(500);
        // As Pulumi does it: the Gateway, the route when that is taken, and the Ingress goes some time after the route is.
        traefik.api.written.clear();
        putRoutes(gateways, []);
        await until(() => Promise.resolve(traefik.api.written.has("gateways/status web/web")));
        putRoutes(gateways, routes);
        await until(() => Promise.resolve(isAccepted()));
        await sleep(heardSeconds * 1000);
        traefik.api.set("ingresses", []);
        await sleep(2500);
        const there = statuses.length;
        // Where nobody waits for its address, nothing tells that it is served.
        traefik.api.set("ingresses", ingresses);
        await sleep(heardSeconds * 1000);
        putRoutes([], []);
        await sleep(2500);
        isOver = true;
        clearInterval(coming);
        await load;
        expect(await patient).to.equal(200);
        expect(there).to.be.above(100);
        expect(statuses.length - there).to.be.above(100);
        const lost = (of: readonly number[]) => of.filter((status) => status !== 200).length;
        expect([lost(statuses.slice(0, there)), lost(statuses.slice(there))]).to.deep.equal([0, 0]);

        putRoutes(gateways, routes);
        await until(() => Promise.resolve(isAccepted()));
        traefik.api.set("ingresses", []);
        await sleep(1500);
    });

    it("sends nothing more to a pod that ends", async () => {
        const [ending, staying] = podAddresses;
        traefik.putEndpoints([ending]);
        await until(async () => {
            const answers = await Promise.all([1, 2, 3, 4].map(() => ask(ports.web, "/", { headers })));
            return answers.every(({ text }) => text === `${staying}.`);
        });
        traefik.putEndpoints([]);
    });

    it("ends as before Ingresses: has clients close, says so, accepts for a while, and answers what it accepted", () =>
        traefik.expectGoodEnd({ headers }));
});
